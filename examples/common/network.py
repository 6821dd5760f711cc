"""Sequential networks in floating point: forward, backward, and the Adam optimiser.

A network is a list of layers. Images are NHWC in 0..1. Weights lie as TensorFlow
Lite stores them: convolutions OHWI, dense layers [outputs, inputs]. The last layer
gives the logits and has no ReLU; all other weighted layers end in one.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Layer:
    """`kind` is "conv" (stride 1), "depthwise" (stride 1, "same"), "displace", "pool"
    (2x2 maximum) or "dense"; `shape` that of the weights, [channels, size, size, 1] for
    depthwise; `padding` that of a convolution, "same" or "valid"; `offsets` one (dy, dx)
    per channel: output pixel (y, x) is input pixel (y + dy, x + dx), or 0."""

    name: str
    kind: str
    shape: tuple = ()
    padding: str = "valid"
    offsets: tuple = ()


class Network:
    """What the layers compute and how it changes with the parameters, which are
    {layer name: (weights, bias)} and always handed in."""

    def __init__(self, title, layers):
        self.title, self.layers = title, layers
        self.weighted = [layer for layer in layers if layer.shape]

    def initial(self, rng):
        """He-initialised parameters."""
        return {l.name: (rng.normal(0, np.sqrt(2 / np.prod(l.shape[1:])), l.shape).astype(np.float32),
                         np.zeros(l.shape[0], np.float32))
                for l in self.weighted}

    def forward(self, parameters, images):
        """Every activation by layer name, and what a weighted layer multiplies
        (flat rows, or im2col rows) by (layer name, "rows")."""
        x, a = images, {}
        for layer in self.layers:
            if layer.kind == "pool":
                x = max_pool(x)
            elif layer.kind == "displace":
                x = displaced(x, layer.offsets)
            else:
                if layer.kind == "depthwise":
                    x = taps(x, layer.shape[1])
                elif layer.kind == "conv":
                    x = im2col(padded(x, layer), layer.shape[1])
                else:
                    x = x.reshape(len(x), -1)
                a[layer.name, "rows"] = x
                each = per_channel if layer.kind == "depthwise" else affine
                x = each(x, *parameters[layer.name])
                if layer is not self.layers[-1]:
                    np.maximum(x, 0, out=x)
            a[layer.name] = x
        return a

    def logits(self, parameters, images):
        return self.forward(parameters, images)[self.layers[-1].name]

    def gradients(self, parameters, images, labels):
        """Mean cross entropy's gradient by parameter, and the loss itself."""
        a = self.forward(parameters, images)
        d, loss = cross_entropy(a[self.layers[-1].name], labels)
        out = {}
        for position, layer in reversed(list(enumerate(self.layers))):
            y = a[layer.name]
            x = a[self.layers[position - 1].name] if position else images
            d = d.reshape(y.shape)
            if layer.kind == "pool":
                d = max_pool_gradient(x, y, d)
                continue
            if layer.kind == "displace":
                d = displaced(d, [(-dy, -dx) for dy, dx in layer.offsets])
                continue
            if layer is not self.layers[-1]:
                d = d * (y > 0)
            rows = a[layer.name, "rows"]
            weights = parameters[layer.name][0].reshape(layer.shape[0], -1)
            if layer.kind == "depthwise":
                out[layer.name] = (np.einsum("nhwc,nhwtc->ct", d, rows, optimize=True).reshape(layer.shape),
                                   d.sum(axis=(0, 1, 2)))
                d = cropped(untaps(d[:, :, :, None] * weights.T, layer.shape[1]), layer)
                continue
            flat = d.reshape(-1, len(weights))
            out[layer.name] = ((flat.T @ rows.reshape(len(flat), -1)).reshape(layer.shape),
                               flat.sum(axis=0))
            if position:
                d = d @ weights
                if layer.kind == "conv":
                    d = cropped(col2im(d, layer.shape[1], layer.shape[3]), layer)
        return out, loss

    def accuracy(self, parameters, images, labels):
        right = sum(np.sum(self.logits(parameters, images[i:i + 500]).argmax(axis=1)
                           == labels[i:i + 500]) for i in range(0, len(images), 500))
        return right / len(images)


def affine(x, weights, bias):
    return x @ weights.reshape(len(weights), -1).T + bias


def per_channel(rows, weights, bias):
    """Rows of `taps` times one filter per channel."""
    return np.einsum("nhwtc,ct->nhwc", rows, weights.reshape(len(weights), -1), optimize=True) + bias


def taps(x, size):
    """NHWC to [n, h, w, size * size, c]: what each tap of a window in the image reads."""
    s = size // 2
    x = np.pad(x, ((0, 0), (s, s), (s, s), (0, 0)))
    n, h, w, c = x.shape
    h, w = h - 2 * s, w - 2 * s
    return np.stack([x[:, i:i + h, j:j + w] for i in range(size) for j in range(size)], axis=3)


def displaced(x, offsets):
    """Every channel moved by its own offset; zeros move in."""
    s = max(abs(d) for pair in offsets for d in pair)
    n, h, w, c = x.shape
    around = np.pad(x, ((0, 0), (s, s), (s, s), (0, 0)))
    out = np.empty_like(x)
    for dy, dx in set(offsets):
        own = [k for k, pair in enumerate(offsets) if tuple(pair) == (dy, dx)]
        out[..., own] = around[:, s + dy:s + dy + h, s + dx:s + dx + w][..., own]
    return out


def cross_entropy(logits, labels):
    """The gradient of the mean cross entropy by the logits, and the mean itself."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(p[rows, labels] + 1e-12).mean()
    p[rows, labels] -= 1
    return p / len(labels), loss


def side(layer):
    """Zeros on each side of the image; kernels are square and odd."""
    return layer.shape[1] // 2 if layer.padding == "same" or layer.kind == "depthwise" else 0


def padded(x, layer):
    s = side(layer)
    return np.pad(x, ((0, 0), (s, s), (s, s), (0, 0))) if s else x


def cropped(x, layer):
    s = side(layer)
    return x[:, s:-s, s:-s] if s else x


def im2col(x, size):
    """NHWC to rows of `size * size * C` values, one row per output position."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    n, h, w, c = windows.shape[:4]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(n, h, w, size * size * c)


def col2im(columns, size, channels):
    """The transpose of `im2col`: adds every row back to the positions it came from."""
    n, h, w, _ = columns.shape
    return untaps(columns.reshape(n, h, w, size * size, channels), size)


def untaps(values, size):
    """The transpose of `taps`, with the border still around it."""
    n, h, w, _, c = values.shape
    x = np.zeros((n, h + size - 1, w + size - 1, c), values.dtype)
    for i in range(size):
        for j in range(size):
            x[:, i:i + h, j:j + w] += values[:, :, :, i * size + j]
    return x


def max_pool(x):
    """2x2 maximum, stride 2; the size must be even."""
    return np.maximum(np.maximum(x[:, ::2, ::2], x[:, ::2, 1::2]),
                      np.maximum(x[:, 1::2, ::2], x[:, 1::2, 1::2]))


def max_pool_gradient(x, y, dy):
    """Passes `dy` to the inputs that were the maximum."""
    dx = np.empty_like(x)
    for i in range(2):
        for j in range(2):
            dx[:, i::2, j::2] = (x[:, i::2, j::2] == y) * dy
    return dx


class Adam:
    """Adam (Kingma and Ba, 2014), with decoupled weight decay (Loshchilov and Hutter,
    2019) on the first array of every pair; `step` updates the parameters in place."""

    def __init__(self, parameters, beta1=0.9, beta2=0.999, decay=0.0):
        self.betas, self.decay, self.count = (beta1, beta2), decay, 0
        self.moments = {name: [(np.zeros_like(v), np.zeros_like(v)) for v in values]
                        for name, values in parameters.items()}

    def step(self, parameters, gradient, rate):
        self.count += 1
        b1, b2 = self.betas
        corrected = rate * np.sqrt(1 - b2 ** self.count) / (1 - b1 ** self.count)
        for name, values in parameters.items():
            if self.decay:
                values[0][...] *= np.float32(1 - rate * self.decay)
            for value, g, (m, v) in zip(values, gradient[name], self.moments[name]):
                m += (1 - b1) * (g - m)
                v += (1 - b2) * (g * g - v)
                value -= np.float32(corrected) * m / (np.sqrt(v) + 1e-8)
