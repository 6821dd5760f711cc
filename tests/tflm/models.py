"""Small TFLite models, one per file, that together use every operator and option the importer supports.

    python3 models.py FOLDER
"""

import pathlib
import sys

import channels
import int16
import numpy as np
from writer import Writer

SAME, VALID = 0, 1
NONE, RELU, RELU_N1_TO_1, RELU6 = 0, 1, 2, 3
CASES = dict(int16.CASES)


def case(function):
    """Registers a model; its function's name becomes the file's."""
    CASES[function.__name__] = function
    return function


def variant(name, function):
    CASES[name] = function


def size(length, kernel, stride, dilation, padding):
    span = (kernel - 1) * dilation + 1
    return -(-length // stride) if padding == SAME else (length - span) // stride + 1


def conv(w, x, shape, filters, kernel, stride=(1, 1), dilation=(1, 1), padding=SAME, activation=NONE, zero=3, per_channel=True, bias=True, out=(0.4, -9)):
    """CONV_2D on `x` of `shape` [h, w, c]; returns the output and its shape."""
    h, wd, c = shape
    scale = w.scales(filters, 0.004) if per_channel else 0.004
    inputs = [x, w.weights([filters, *kernel, c], scale)] + ([w.bias(filters)] if bias else [])
    shape = [size(h, kernel[0], stride[0], dilation[0], padding), size(wd, kernel[1], stride[1], dilation[1], padding), filters]
    y = w.tensor([1, *shape], *out)
    w.op("CONV_2D", inputs, [y], "Conv2DOptions", padding=padding, strideH=stride[0], strideW=stride[1], dilationHFactor=dilation[0],
         dilationWFactor=dilation[1], fusedActivationFunction=activation)
    return y, shape


def depthwise(w, x, shape, multiplier, kernel, stride=(1, 1), dilation=(1, 1), padding=SAME, activation=NONE, per_channel=True):
    h, wd, c = shape
    filters = c * multiplier
    scale = w.scales(filters, 0.02) if per_channel else 0.02
    inputs = [x, w.weights([1, *kernel, filters], scale, axis=3), w.bias(filters)]
    shape = [size(h, kernel[0], stride[0], dilation[0], padding), size(wd, kernel[1], stride[1], dilation[1], padding), filters]
    y = w.tensor([1, *shape], 0.31, 4)
    w.op("DEPTHWISE_CONV_2D", inputs, [y], "DepthwiseConv2DOptions", padding=padding, strideH=stride[0], strideW=stride[1],
         depthMultiplier=multiplier, dilationHFactor=dilation[0], dilationWFactor=dilation[1], fusedActivationFunction=activation)
    return y, shape


def single(seed, shape, build, scale=0.05, zero=-7):
    """A model of one input and what `build(writer, input, shape)` returns first."""
    def make(path):
        w = Writer(seed)
        x = w.tensor([1, *shape], scale, zero, name="input")
        y = build(w, x, list(shape))
        w.save(path, [x], [y[0] if isinstance(y, tuple) else y])
    return make


CONVS = {
    "conv_same": dict(kernel=(3, 3)),
    "conv_valid": dict(kernel=(3, 2), padding=VALID),
    "conv_stride2_odd_width": dict(kernel=(3, 3), stride=(2, 2)),
    "conv_stride2_valid": dict(kernel=(2, 3), stride=(2, 2), padding=VALID),
    "conv_strides_differ": dict(kernel=(4, 3), stride=(1, 3)),
    "conv_stride_above_kernel": dict(kernel=(1, 1), stride=(3, 2)),
    "conv_dilation2_same": dict(kernel=(3, 3), dilation=(2, 2)),
    "conv_dilation_valid": dict(kernel=(2, 3), dilation=(3, 2), padding=VALID),
    "conv_relu": dict(kernel=(3, 3), activation=RELU),
    "conv_relu6": dict(kernel=(3, 3), activation=RELU6, out=(0.05, -60)),
    "conv_relu_n1_to_1": dict(kernel=(3, 3), activation=RELU_N1_TO_1, out=(0.013, 10)),
    "conv_per_tensor": dict(kernel=(3, 3), per_channel=False),
    "conv_without_bias": dict(kernel=(3, 3), bias=False),
    "conv_kernel_above_image": dict(kernel=(11, 9)),
    "conv_scale_above_one": dict(kernel=(1, 1), out=(0.0001, 0)),
}
for index, (name, options) in enumerate(CONVS.items()):
    variant(name, single(index, (9, 7, 5), lambda w, x, s, o=options: conv(w, x, s, 6, **o)))

DEPTHWISE = {
    "depthwise_same": dict(multiplier=1, kernel=(3, 3)),
    "depthwise_stride2_valid": dict(multiplier=1, kernel=(3, 3), stride=(2, 2), padding=VALID, activation=RELU6),
    "depthwise_dilation": dict(multiplier=1, kernel=(3, 2), dilation=(2, 3), activation=RELU),
    "depthwise_per_tensor": dict(multiplier=1, kernel=(2, 5), per_channel=False),
    "depthwise_multiplier2": dict(multiplier=2, kernel=(3, 3), stride=(2, 1)),
    "depthwise_multiplier3_dilation": dict(multiplier=3, kernel=(2, 2), dilation=(2, 2), padding=VALID, activation=RELU),
}
for index, (name, options) in enumerate(DEPTHWISE.items()):
    variant(name, single(100 + index, (8, 11, 4), lambda w, x, s, o=options: depthwise(w, x, s, **o)))
variant("depthwise_one_channel", single(150, (12, 6, 1), lambda w, x, s: depthwise(w, x, s, 8, (10, 4), stride=(2, 2))))


def dense(w, x, inputs, outputs, activation=NONE, per_channel=False, bias=True):
    scale = w.scales(outputs, 0.01) if per_channel else 0.0123
    tensors = [x, w.weights([outputs, inputs], scale)]
    if bias:
        tensors.append(w.tensor([outputs], w.graph.tensors[x].quantization.scale[0] * np.float32(0.0123),
                                data=w.random.integers(-3000, 3000, size=outputs, dtype=np.int32)))
    y = w.tensor([1, outputs], 0.211, 17)
    return w.op("FULLY_CONNECTED", tensors, [y], "FullyConnectedOptions", fusedActivationFunction=activation)


variant("fully_connected", single(200, (75,), lambda w, x, s: dense(w, x, 75, 13)))
variant("fully_connected_relu", single(201, (64,), lambda w, x, s: dense(w, x, 64, 1, RELU)))
variant("fully_connected_per_channel", single(202, (33,), lambda w, x, s: dense(w, x, 33, 9, RELU6, per_channel=True)))
variant("fully_connected_without_bias", single(203, (20,), lambda w, x, s: dense(w, x, 20, 5, bias=False)))
variant("fully_connected_of_image", single(204, (3, 4, 5), lambda w, x, s: dense(w, x, 60, 7)))


def pool(name, w, x, shape, kernel, stride, padding, activation=NONE):
    h, wd, c = shape
    out = [size(h, kernel[0], stride[0], 1, padding), size(wd, kernel[1], stride[1], 1, padding), c]
    y = w.tensor([1, *out], 0.05, -7)
    return w.op(name, [x], [y], "Pool2DOptions", padding=padding, strideH=stride[0], strideW=stride[1], filterHeight=kernel[0],
                filterWidth=kernel[1], fusedActivationFunction=activation)


for name in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
    short = name[:-8].lower().replace("_p", "_p")
    for label, options in {
        "valid": ((2, 2), (2, 2), VALID), "same_odd": ((3, 3), (2, 2), SAME), "same_wide": ((4, 5), (3, 1), SAME, RELU),
        "whole": ((7, 9), (7, 9), VALID), "relu6": ((3, 2), (1, 1), SAME, RELU6),
    }.items():
        variant(f"{name.lower()}_{label}", single(300, (7, 9, 6), lambda w, x, s, n=name, o=options: pool(n, w, x, s, *o)))


def mean(w, x, shape, scale, zero, keep, axes=(1, 2)):
    y = w.tensor([1, 1, 1, shape[2]] if keep else [1, shape[2]], scale, zero)
    axes = w.tensor([len(axes)], data=np.array(axes, dtype=np.int32))
    return w.op("MEAN", [x, axes], [y], "ReducerOptions", keepDims=keep)


for label, (shape, scale, zero) in {
    "equal": ((4, 4, 19), 0.05, -7), "equal_odd": ((7, 5, 8), 0.05, -7), "finer": ((6, 3, 9), 0.011, 5), "coarser": ((8, 8, 7), 0.3, -20),
    "one_pixel": ((1, 1, 9), 0.02, 0), "large": ((32, 24, 3), 0.02, 3),
}.items():
    variant(f"mean_{label}", single(400, shape, lambda w, x, s, a=scale, z=zero: mean(w, x, s, a, z, True)))
    variant(f"mean_{label}_flat", single(401, shape, lambda w, x, s, a=scale, z=zero: mean(w, x, s, a, z, False, (-2, 1))))


def unary(name, shape, scale, zero):
    return lambda w, x, s: w.op(name, [x], [w.tensor([1, *shape], scale, zero)])


for index, scale in enumerate((0.0003, 0.0078125, 0.021, 0.05, 0.1, 0.2371, 0.9, 3.0)):
    for zero in (-128, -3, 77):
        label = f"{index}_zero{zero + 128}"
        variant(f"logistic_end_{label}", single(500, (256,), unary("LOGISTIC", (256,), 1 / 256, -128), scale, zero))
        variant(f"tanh_{label}", single(501, (256,), unary("TANH", (256,), 1 / 128, 0), scale, zero))
        variant(f"relu_{label}", single(502, (256,), unary("RELU", (256,), 0.07, -100), scale, zero))
        variant(f"quantize_{label}", single(503, (256,), unary("QUANTIZE", (256,), 0.07, -5), scale, zero))
for zero in (-128, 0, 90):
    variant(f"relu6_zero{zero + 128}", single(504, (256,), unary("RELU6", (256,), 0.06, zero), 0.06, zero))


@case
def logistic_inside(path):
    w = Writer(510)
    x = w.tensor([1, 5, 5, 6], 0.06, 11)
    y = w.op("LOGISTIC", [x], [w.tensor([1, 5, 5, 6], 1 / 256, -128)])
    z, _ = conv(w, y, [5, 5, 6], 3, (3, 3), out=(0.02, 1))
    w.save(path, [x], [z])


for index, (classes, beta, scale) in enumerate([(10, 1.0, 0.1718), (12, 1.0, 0.02), (2, 1.0, 0.0146), (1, 1.0, 0.1), (100, 1.0, 0.06), (200, 0.5, 0.3), (7, 2.5, 1.1), (5, 1.0, 15.0), (400, 1.0, 0.0005)]):
    def softmax(w, x, s, beta=beta):
        return w.op("SOFTMAX", [x], [w.tensor([1, *s], 1 / 256, -128)], "SoftmaxOptions", beta=beta)
    variant(f"softmax_{index}", single(600 + index, (classes,), softmax, scale, 24))
    variant(f"softmax_pixels_{index}", single(650 + index, (2, 3, classes), softmax, scale, -30))


def two_branches(seed, join, a=(0.09, -4), b=(0.031, 12)):
    """Two convolutions of one input, joined by `join(writer, a, b, shape)`."""
    def make(path):
        w = Writer(seed)
        x = w.tensor([1, 6, 5, 4], 0.05, -7)
        left, shape = conv(w, x, [6, 5, 4], 7, (3, 3), out=a)
        right, _ = conv(w, x, [6, 5, 4], 7, (1, 1), out=b)
        w.save(path, [x], [join(w, left, right, shape)])
    return make


def add(activation, out):
    return lambda w, a, b, s: w.op("ADD", [a, b], [w.tensor([1, *s], *out)], "AddOptions", fusedActivationFunction=activation)


variant("add", two_branches(700, add(NONE, (0.1, 3))))
variant("add_relu", two_branches(701, add(RELU, (0.06, -128)), (0.04, -128), (0.1, 4)))
variant("add_relu6", two_branches(702, add(RELU6, (0.03, -100))))
variant("add_scales_far_apart", two_branches(703, add(NONE, (0.002, 60)), (0.7, 0), (0.001, -50)))
variant("add_to_itself", two_branches(704, lambda w, a, b, s: add(NONE, (0.2, 1))(w, a, a, s)))


def concat(parts, axis):
    def join(w, a, b, shape):
        inputs = [(a, b)[part] for part in parts]
        y = w.tensor([1, *shape[:2], 7 * len(parts)], 0.09, -4)
        return w.op("CONCATENATION", inputs, [y], "ConcatenationOptions", axis=axis)
    return join


variant("concatenation", two_branches(710, concat((0, 1), 3), (0.09, -4), (0.09, -4)))
variant("concatenation_three", two_branches(711, concat((1, 0, 1), -1), (0.09, -4), (0.09, -4)))


def mul(shape, zero, activation, first, out=(0.02, 5)):
    def build(w, x, s):
        constant = w.tensor(shape, 0.013, zero, data=w.random.integers(-128, 128, size=shape, dtype=np.int8))
        inputs = [constant, x] if first else [x, constant]
        return w.op("MUL", inputs, [w.tensor([1, *s], *out)], "MulOptions", fusedActivationFunction=activation)
    return build


variant("mul_per_channel", single(720, (4, 5, 6), mul([6], 0, NONE, False)))
variant("mul_per_channel_zero_point", single(721, (4, 5, 6), mul([1, 1, 1, 6], -31, RELU, True)))
variant("mul_scalar", single(722, (4, 5, 6), mul([1], 3, NONE, False)))
variant("mul_rank0", single(723, (4, 5, 6), mul([], 0, RELU6, False)))


@case
def pad_and_valid_conv(path):
    w = Writer(730)
    x = w.tensor([1, 6, 5, 4], 0.05, -7)
    amounts = w.tensor([4, 2], data=np.array([[0, 0], [1, 2], [3, 0], [0, 0]], dtype=np.int32))
    y = w.op("PAD", [x, amounts], [w.tensor([1, 9, 8, 4], 0.05, -7)])
    z, _ = conv(w, y, [9, 8, 4], 5, (3, 3), stride=(2, 2), padding=VALID)
    w.save(path, [x], [z])


@case
def shapes(path):
    w = Writer(740)
    x = w.tensor([1, 24], 0.05, -7)
    shape = w.tensor([4], data=np.array([1, 4, 3, 2], dtype=np.int32))
    y = w.op("RESHAPE", [x, shape], [w.tensor([1, 4, 3, 2], 0.05, -7)], "ReshapeOptions", newShape=[1, 4, 3, 2])
    z, _ = conv(w, y, [4, 3, 2], 3, (4, 3), padding=VALID)
    flat = w.op("SQUEEZE", [z], [w.tensor([1, 3], 0.4, -9)], "SqueezeOptions", squeezeDims=[1, 2])
    axis = w.tensor([1], data=np.array([1], dtype=np.int32))
    wide = w.op("EXPAND_DIMS", [flat, axis], [w.tensor([1, 1, 3], 0.4, -9)])
    w.save(path, [x], [wide])


@case
def float_borders(path):
    w = Writer(750)
    x = w.tensor([1, 6, 5, 4], dtype=np.float32)
    q = w.op("QUANTIZE", [x], [w.tensor([1, 6, 5, 4], 0.031, -7)])
    y, shape = conv(w, q, [6, 5, 4], 3, (3, 3))
    r = w.op("DEQUANTIZE", [y], [w.tensor([1, *shape], dtype=np.float32)])
    w.save(path, [x], [r])


@case
def float_borders_softmax(path):
    w = Writer(751)
    x = w.tensor([1, 40], dtype=np.float32)
    q = w.op("QUANTIZE", [x], [w.tensor([1, 40], 0.031, -7)])
    y = dense(w, q, 40, 6)
    p = w.op("SOFTMAX", [y], [w.tensor([1, 6], 1 / 256, -128)], "SoftmaxOptions", beta=1.0)
    r = w.op("DEQUANTIZE", [p], [w.tensor([1, 6], dtype=np.float32)])
    w.save(path, [x], [r])


@case
def two_inputs_two_outputs(path):
    w = Writer(760)
    x = w.tensor([1, 6, 5, 4], 0.05, -7)
    y = w.tensor([1, 6, 5, 4], 0.02, 9)
    z = w.op("ADD", [x, y], [w.tensor([1, 6, 5, 4], 0.06, 2)], "AddOptions")
    a, _ = conv(w, z, [6, 5, 4], 3, (3, 3))
    b, _ = conv(w, z, [6, 5, 4], 2, (1, 1))
    w.save(path, [x, y], [b, a])


for name, (seed, shape, build) in channels.MODELS.items():
    variant(name, single(seed, shape, build))


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in CASES.items():
        make(folder / f"{name}.tflite")
