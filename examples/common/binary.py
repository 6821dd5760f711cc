"""Networks of binary weights and binary activations: what they compute and how they are
trained, in floating point.

Every weighted layer is followed by batch normalisation, then by the 2x2 maximum if a pool
comes next, then by the sign; the last layer's normalised sums are the logits. Weights
multiply as their signs and are trained as latent real numbers in -1..1. The sign has no
gradient of use, so a gradient passes it unchanged (the straight-through estimator): for
weights always, for activations where the value before the sign lies in -1..1 (I. Hubara
et al., "Binarized Neural Networks", NIPS 2016).

The sign is monotone, so the maximum before it and after it are the same. Training takes
the maximum first, where it has one winner; the exported network takes the sign first and
pools bits.
"""

import numpy as np

from common.network import col2im, cross_entropy, im2col, max_pool, max_pool_gradient
from common.training import Dense

EPSILON = 1e-5
INITIAL_SPREAD = 0.1   # of the latent weights: small, so that signs change easily at first
CHUNK = 100


def sign(x):
    """-1 or +1; zero counts as positive, as in QONNX's BipolarQuant."""
    return np.where(x >= 0, np.float32(1), np.float32(-1))


class Binary(Dense):
    """Trains {layer name: (latent weights, scale, offset)}; the network sees signs."""

    def parameters(self):
        for latent, _, _ in self.values.values():
            np.clip(latent, -1, 1, out=latent)
        return {name: (sign(latent), scale, offset)
                for name, (latent, scale, offset) in self.values.items()}


class BinaryNetwork:
    """A list of `common.network.Layer`: "conv" without padding, "dense", and "pool" after
    a convolution. Images are NHWC, weights OHWI and [outputs, inputs]; convolutions are
    flattened in the order height, width, channel."""

    def __init__(self, title, layers):
        self.title, self.layers = title, layers
        followers = [*layers[1:], None]
        # (weighted layer, whether a pool follows)
        self.stages = [(layer, after is not None and after.kind == "pool")
                       for layer, after in zip(layers, followers) if layer.shape]

    def initial(self, rng):
        """About half of the scales start negative. Before a pool it makes a difference:
        the sign of the maximum asks whether any sum is above a value, with a negative
        scale whether any is below."""
        return {layer.name: (rng.uniform(-INITIAL_SPREAD, INITIAL_SPREAD, layer.shape).astype(np.float32),
                             rng.choice(np.array([-1, 1], np.float32), layer.shape[0]),
                             np.zeros(layer.shape[0], np.float32))
                for layer, _ in self.stages}

    def gradients(self, parameters, images, labels):
        """Mean cross entropy's gradient by parameter, normalised over this batch, and the
        loss itself."""
        x, kept = images, []
        for layer, pooled in self.stages:
            weights, scale, offset = parameters[layer.name]
            rows = rows_of(layer, x)
            sums = rows @ weights.reshape(len(weights), -1).T
            across = tuple(range(sums.ndim - 1))
            sums -= sums.mean(axis=across)
            deviation = np.sqrt((sums * sums).mean(axis=across) + np.float32(EPSILON))
            sums /= deviation
            y = sums * scale + offset
            z = max_pool(y) if pooled else y
            kept.append((rows, sums, deviation, y, z, x.shape))
            x = sign(z)
        d, loss = cross_entropy(kept[-1][4], labels)
        out = {}
        for position, (layer, pooled) in reversed(list(enumerate(self.stages))):
            weights, scale, _ = parameters[layer.name]
            rows, unit, deviation, y, z, shape = kept[position]
            if layer is not self.stages[-1][0]:
                d = d.reshape(z.shape) * (np.abs(z) <= 1)
            if pooled:
                d = max_pool_gradient(y, z, d)
            flat, unit = d.reshape(-1, len(weights)), unit.reshape(-1, len(weights))
            by_offset, by_scale = flat.sum(axis=0), np.einsum("nc,nc->c", flat, unit)
            flat = (flat - unit * (by_scale / len(flat)) - by_offset / len(flat)) * (scale / deviation)
            by_weights = flat.T @ rows.reshape(len(flat), -1)
            out[layer.name] = (by_weights.reshape(layer.shape), by_scale, by_offset)
            if position:
                d = flat @ weights.reshape(len(weights), -1)
                if layer.kind == "conv":
                    d = col2im(d.reshape(rows.shape), layer.shape[1], layer.shape[3])
                d = d.reshape(shape)
        return out, loss

    def statistics(self, parameters, images):
        """{layer name: (mean, variance)} of every channel's sums over all images, each
        layer fed with what the layers before it compute with their own statistics."""
        out, x = {}, images
        for layer, pooled in self.stages:
            total, squares, count = 0.0, 0.0, 0
            for chunk in chunks(x):
                sums = self.sums(layer, parameters, chunk).astype(np.float64)
                flat = sums.reshape(-1, layer.shape[0])
                total, squares, count = total + flat.sum(0), squares + (flat * flat).sum(0), count + len(flat)
            mean = total / count
            out[layer.name] = (mean, squares / count - mean * mean)
            # Kept as bytes: a hidden layer of all images would be large in float32.
            x = np.concatenate([sign(self.stage(layer, pooled, parameters, out, chunk)).astype(np.int8)
                                for chunk in chunks(x)]) if layer is not self.stages[-1][0] else None
        return out

    def logits(self, parameters, statistics, images):
        """Real logits [n, classes], normalised with the statistics."""
        out = []
        for x in chunks(images):
            for layer, pooled in self.stages:
                y = self.stage(layer, pooled, parameters, statistics, x)
                x = sign(y)
            out.append(y)
        return np.concatenate(out)

    def accuracy(self, parameters, statistics, images, labels):
        return np.mean(self.logits(parameters, statistics, images).argmax(axis=1) == labels)

    def stage(self, layer, pooled, parameters, statistics, x):
        """One layer's normalised sums, pooled if a pool follows: what the sign takes."""
        _, scale, offset = parameters[layer.name]
        mean, variance = statistics[layer.name]
        factor = scale / np.sqrt(variance + EPSILON)
        y = self.sums(layer, parameters, x) * factor.astype(np.float32)
        y += (offset - mean * factor).astype(np.float32)
        return max_pool(y) if pooled else y

    def sums(self, layer, parameters, x):
        weights = parameters[layer.name][0]
        return rows_of(layer, x.astype(np.float32)) @ weights.reshape(len(weights), -1).T


def rows_of(layer, x):
    """What the layer's weights multiply: im2col rows, or the flat image."""
    return im2col(x, layer.shape[1]) if layer.kind == "conv" else x.reshape(len(x), -1)


def chunks(images):
    return (images[i:i + CHUNK] for i in range(0, len(images), CHUNK))
