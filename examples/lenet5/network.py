"""LeNet-5 in floating point: forward, backward, and the Adam optimiser.

Images are NHWC [n, 28, 28, 1] in 0..1. Weights lie as TensorFlow Lite stores
them: convolutions OHWI, fully connected layers [outputs, inputs].
"""

import numpy as np

# name, shape of the weights
LAYERS = [("conv1", (6, 5, 5, 1)),    # SAME:  28x28x1 -> 28x28x6, pooled to 14x14x6
          ("conv2", (16, 5, 5, 6)),   # VALID: 14x14x6 -> 10x10x16, pooled to 5x5x16
          ("fc1", (120, 400)),
          ("fc2", (84, 120)),
          ("fc3", (10, 84))]
CONV1_PAD = 2


def initial(rng):
    """He-initialised parameters: {name: (weights, bias)}."""
    return {name: (rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32),
                   np.zeros(shape[0], np.float32))
            for name, shape in LAYERS}


def im2col(x, size):
    """NHWC to rows of `size * size * C` values, one row per output position."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    n, h, w, c = windows.shape[:4]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(n, h, w, size * size * c)


def col2im(columns, size, channels):
    """The transpose of `im2col`: adds every row back to the positions it came from."""
    n, h, w, _ = columns.shape
    taps = columns.reshape(n, h, w, size, size, channels)
    x = np.zeros((n, h + size - 1, w + size - 1, channels), columns.dtype)
    for i in range(size):
        for j in range(size):
            x[:, i:i + h, j:j + w] += taps[:, :, :, i, j]
    return x


def max_pool(x):
    """2x2 maximum, stride 2; the size must be even."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))


def max_pool_gradient(x, y, dy):
    """Passes `dy` to the inputs that were the maximum."""
    n, h, w, c = x.shape
    tiles = x.reshape(n, h // 2, 2, w // 2, 2, c)
    winners = tiles == y[:, :, None, :, None]
    return (winners * dy[:, :, None, :, None]).reshape(x.shape)


def forward(parameters, images):
    """Every activation by name; "fc3" holds the logits."""
    a = {"input": images}
    a["columns1"] = im2col(np.pad(images, ((0, 0), (CONV1_PAD,) * 2, (CONV1_PAD,) * 2, (0, 0))), 5)
    a["conv1"] = np.maximum(affine(a["columns1"], *parameters["conv1"]), 0)
    a["pool1"] = max_pool(a["conv1"])
    a["columns2"] = im2col(a["pool1"], 5)
    a["conv2"] = np.maximum(affine(a["columns2"], *parameters["conv2"]), 0)
    a["pool2"] = max_pool(a["conv2"])
    a["flat"] = a["pool2"].reshape(len(images), -1)
    a["fc1"] = np.maximum(affine(a["flat"], *parameters["fc1"]), 0)
    a["fc2"] = np.maximum(affine(a["fc1"], *parameters["fc2"]), 0)
    a["fc3"] = affine(a["fc2"], *parameters["fc3"])
    return a


def affine(x, weights, bias):
    return x @ weights.reshape(len(weights), -1).T + bias


def gradients(parameters, images, labels):
    """Mean cross entropy's gradient by parameter, and the loss itself."""
    a = forward(parameters, images)
    logits = a["fc3"] - a["fc3"].max(axis=1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(p[rows, labels] + 1e-12).mean()
    p[rows, labels] -= 1
    d = p / len(labels)

    out = {}
    for name, source in (("fc3", "fc2"), ("fc2", "fc1"), ("fc1", "flat")):
        out[name] = (d.T @ a[source], d.sum(axis=0))
        d = d @ parameters[name][0]
        if source != "flat":
            d *= a[source] > 0

    d = max_pool_gradient(a["conv2"], a["pool2"], d.reshape(a["pool2"].shape)) * (a["conv2"] > 0)
    out["conv2"] = conv_gradient(d, a["columns2"], parameters["conv2"][0])
    d = col2im(d @ parameters["conv2"][0].reshape(16, -1), 5, 6)
    d = max_pool_gradient(a["conv1"], a["pool1"], d) * (a["conv1"] > 0)
    out["conv1"] = conv_gradient(d, a["columns1"], parameters["conv1"][0])
    return out, loss


def conv_gradient(d, columns, weights):
    d = d.reshape(-1, len(weights))
    return (d.T @ columns.reshape(len(d), -1)).reshape(weights.shape), d.sum(axis=0)


class Adam:
    """Adam (Kingma and Ba, 2014); `step` updates the parameters in place."""

    def __init__(self, parameters, beta1=0.9, beta2=0.999):
        self.betas, self.count = (beta1, beta2), 0
        self.moments = {name: [(np.zeros_like(v), np.zeros_like(v)) for v in values]
                        for name, values in parameters.items()}

    def step(self, parameters, gradient, rate):
        self.count += 1
        b1, b2 = self.betas
        rate *= np.sqrt(1 - b2 ** self.count) / (1 - b1 ** self.count)
        for name, values in parameters.items():
            for value, g, (m, v) in zip(values, gradient[name], self.moments[name]):
                m += (1 - b1) * (g - m)
                v += (1 - b2) * (g * g - v)
                value -= np.float32(rate) * m / (np.sqrt(v) + 1e-8)
