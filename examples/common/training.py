"""The training loop, and three ways to be trained: freely, pruned, with shared weights.

Each way holds `values`, the arrays that are trained, {layer name: (array, bias)};
`parameters()` makes the network's parameters of them and `gradient` maps a gradient
by those parameters back to one by the values.

- `Dense`: the values are the parameters.
- `Pruned`: a mask per layer; what it removed stays zero (S. Han et al., "Learning both
  Weights and Connections for Efficient Neural Networks", NIPS 2015).
- `Shared`: the values are tables of a few weights, found by k-means, and every weight
  is an index into its layer's table; entry 0 is the zero of the pruned weights. A
  table's gradient is the sum over the weights of its cluster (S. Han et al., "Deep
  Compression", ICLR 2016).
"""

import time

import numpy as np

from common.mnist import shifted
from common.network import Adam

KMEANS_ROUNDS = 100


class Dense:
    def __init__(self, parameters):
        self.values = parameters

    def parameters(self):
        return self.values

    def gradient(self, gradient):
        return gradient


class Pruned(Dense):
    """Keeps the largest weights: of each layer the fraction that `densities` says."""

    def __init__(self, parameters, densities):
        self.masks, self.values = {}, {}
        for name, (weights, bias) in parameters.items():
            kept = round(weights.size * densities[name])
            magnitudes = np.abs(weights).reshape(-1)
            mask = np.zeros(weights.size, bool)
            mask[np.argsort(-magnitudes, kind="stable")[:kept]] = True
            self.masks[name] = mask.reshape(weights.shape) & (weights != 0)
            self.values[name] = (weights * self.masks[name], bias.copy())

    def gradient(self, gradient):
        return {name: (w * self.masks[name], b) for name, (w, b) in gradient.items()}


class Shared:
    """At most 2^bits - 1 values beside zero in each layer."""

    def __init__(self, parameters, bits):
        self.values, self.indices = {}, {}
        for name, (weights, bias) in parameters.items():
            table, self.indices[name] = kmeans(weights, 2 ** bits[name] - 1)
            self.values[name] = (table, bias.copy())

    def parameters(self):
        return {name: (table[self.indices[name]], bias)
                for name, (table, bias) in self.values.items()}

    def gradient(self, gradient):
        out = {}
        for name, (w, b) in gradient.items():
            table, index = self.values[name][0], self.indices[name]
            sums = np.bincount(index.reshape(-1), w.reshape(-1), len(table)).astype(np.float32)
            sums[0] = 0
            out[name] = (sums, b)
        return out


def kmeans(weights, clusters):
    """A table of zero and at most `clusters` values, and every weight's index in it.
    The first centres lie evenly between the extremes, as Deep Compression found best."""
    kept = weights[weights != 0]
    centres = np.linspace(kept.min(), kept.max(), clusters)
    for _ in range(KMEANS_ROUNDS):
        nearest = np.searchsorted((centres[1:] + centres[:-1]) / 2, kept)
        counts = np.bincount(nearest, minlength=len(centres))
        used = counts > 0
        moved = np.bincount(nearest, kept, len(centres))[used] / counts[used]
        if len(moved) == len(centres) and np.array_equal(moved, centres):
            break
        centres = moved
    index = np.searchsorted((centres[1:] + centres[:-1]) / 2, weights) + 1
    return np.append(0, centres).astype(np.float32), np.where(weights != 0, index, 0)


def fit(network, way, data, rng, *, epochs, rate, batch, shift, decay=0.0, title=""):
    """Cross entropy, Adam, a learning rate that falls to 0 along a cosine, images
    shifted by up to `shift` pixels. Updates `way` and returns it."""
    optimiser = Adam(way.values, decay=decay)
    count = len(data["x_train"]) // batch
    for epoch in range(epochs):
        started, total = time.time(), 0.0
        batches = rng.permutation(len(data["x_train"]))[:count * batch]
        for i, chosen in enumerate(batches.reshape(count, batch)):
            images = data["x_train"][chosen]
            if shift:
                images = shifted(images, rng, shift)
            gradient, loss = network.gradients(way.parameters(), images, data["y_train"][chosen])
            progress = (epoch * count + i) / (count * epochs)
            optimiser.step(way.values, way.gradient(gradient),
                           rate * (1 + np.cos(np.pi * progress)) / 2)
            total += loss
        print(f"{title} epoch {epoch + 1}/{epochs}: loss {total / count:.4f}, ".lstrip()
              + f"{time.time() - started:.0f} s", flush=True)
    return way
