"""Models with int16 activations and int8 weights ("16x8"), for `models.py` and `refused.py`."""

import numpy as np
from writer import Writer

SAME, VALID = 0, 1
NONE, RELU, RELU_N1_TO_1, RELU6 = 0, 1, 2, 3


def activation(w, shape, scale, name=None):
    return w.tensor([1, *shape], scale, 0, dtype=np.int16, name=name)


def bias(w, count, kind=np.int64, limit=2_000_000):
    """Random biases of either width, or none."""
    return [] if kind is None else [w.tensor([count], [1.0], data=w.random.integers(-limit, limit, size=count).astype(kind))]


def dense(w, x, inputs, outputs, scale=0.0123, out=0.0017, fused=NONE, kind=np.int64, per_channel=False):
    scale = w.scales(outputs, scale) if per_channel else scale
    weights = w.weights([outputs, inputs], scale)
    biases = bias(w, outputs, kind)
    if biases:
        # The kernels of fully connected layers compare this with the product of the other two.
        product = w.graph.tensors[x].quantization.scale[0] * w.graph.tensors[weights].quantization.scale
        w.graph.tensors[biases[0]].quantization.scale = product.astype(np.float32)
        w.graph.tensors[biases[0]].quantization.zeroPoint = np.zeros(len(product), dtype=np.int64)
    y = activation(w, [outputs], out)
    return w.op("FULLY_CONNECTED", [x, weights, *biases], [y], "FullyConnectedOptions", fusedActivationFunction=fused)


def conv(w, x, shape, filters, kernel, stride=(1, 1), dilation=(1, 1), padding=SAME, fused=NONE, kind=np.int64, scale=0.004, out=0.0021,
         per_channel=True, groups=1):
    """CONV_2D on `x` of `shape` [h, w, c]; returns the output and its shape."""
    scale = w.scales(filters, scale) if per_channel else scale
    inputs = [x, w.weights([filters, *kernel, shape[2] // groups], scale), *bias(w, filters, kind)]
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    sizes = [-(-n // s) if padding == SAME else (n - span) // s + 1 for n, s, span in zip(shape, stride, spans)]
    y = activation(w, [*sizes, filters], out)
    w.op("CONV_2D", inputs, [y], "Conv2DOptions", padding=padding, strideH=stride[0], strideW=stride[1], dilationHFactor=dilation[0],
         dilationWFactor=dilation[1], fusedActivationFunction=fused)
    return y, [*sizes, filters]


def single(seed, shape, build, scale=0.0005):
    """A model of one int16 input and what `build(writer, input)` returns."""
    def make(path):
        w = Writer(seed)
        x = activation(w, shape, scale, "input")
        w.save(path, [x], [build(w, x)])
    return make


def of_dense(seed, inputs, outputs, **options):
    return single(seed, [inputs], lambda w, x: dense(w, x, inputs, outputs, **options))


def of_conv(seed, shape=(9, 7, 5), filters=6, kernel=(3, 3), **options):
    return single(seed, shape, lambda w, x: conv(w, x, list(shape), filters, kernel, **options)[0])


def softmax(beta):
    def build(w, x):
        y = activation(w, w.graph.tensors[x].shape[1:], 1 / 32768)
        return w.op("SOFTMAX", [x], [y], "SoftmaxOptions", beta=beta)
    return build


def network(path):
    """Real input, two convolutions, two dense layers, real probabilities."""
    w = Writer(940)
    x = w.tensor([1, 8, 7, 2], dtype=np.float32)
    q = w.op("QUANTIZE", [x], [activation(w, [8, 7, 2], 4 / 32768)])
    a, shape = conv(w, q, [8, 7, 2], 10, (3, 3), stride=(2, 1), fused=RELU, scale=0.01, out=12 / 32768)
    b, shape = conv(w, a, shape, 5, (2, 2), padding=VALID, kind=np.int32, scale=0.01, out=30 / 32768)
    count = int(np.prod(shape))
    to = w.tensor([2], data=np.array([1, count], dtype=np.int32))
    flat = w.op("RESHAPE", [b, to], [activation(w, [count], 30 / 32768)], "ReshapeOptions", newShape=[1, count])
    c = dense(w, flat, count, 21, fused=RELU, out=80 / 32768, per_channel=True)
    d = dense(w, c, 21, 10, out=40 / 32768)
    p = softmax(1.0)(w, d)
    r = w.op("DEQUANTIZE", [p], [w.tensor([1, 10], dtype=np.float32)])
    w.save(path, [x], [r])


CASES = {
    "int16_fully_connected": of_dense(900, 75, 13),
    "int16_fully_connected_bias32": of_dense(901, 40, 7, kind=np.int32),
    "int16_fully_connected_without_bias": of_dense(902, 20, 5, kind=None),
    "int16_fully_connected_relu": of_dense(903, 64, 1, fused=RELU),
    "int16_fully_connected_relu6_per_channel": of_dense(904, 33, 9, fused=RELU6, per_channel=True),
    "int16_fully_connected_factor_near_one": of_dense(905, 3, 30, scale=0.0020999, out=0.0000010499999, kind=None),
    "int16_fully_connected_factor_100": of_dense(906, 3, 30, scale=0.02, out=0.0000001, kind=None),
    "int16_fully_connected_factor_tiny": of_dense(907, 50, 30, scale=0.0000001, out=0.0017),
    "int16_conv_same": of_conv(910),
    "int16_conv_valid": of_conv(911, kernel=(3, 2), padding=VALID),
    "int16_conv_stride2_relu": of_conv(912, stride=(2, 2), fused=RELU),
    "int16_conv_dilation": of_conv(913, dilation=(2, 3), fused=RELU_N1_TO_1, out=0.0001),
    "int16_conv_bias32": of_conv(914, kind=np.int32),
    "int16_conv_without_bias": of_conv(915, kind=None, per_channel=False),
    "int16_conv_groups": of_conv(917, shape=(6, 5, 6), groups=3),
    "int16_conv_point": of_conv(916, shape=(4, 5, 37), filters=18, kernel=(1, 1)),
    "int16_network": network,
}
for index, (classes, beta, scale) in enumerate(
        [(10, 1.0, 0.0005), (2, 1.0, 0.002), (1, 1.0, 0.001), (100, 1.0, 0.0001), (12, 2.5, 0.01), (7, 0.5, 1.1), (300, 1.0, 0.00002), (5, 1.0, 3.0)]):
    CASES[f"int16_softmax_{index}"] = single(920 + index, [classes], softmax(beta), scale)
