"""Modules of known networks as PyTorch exports them, small, in float: ShuffleNet V2 and V1, ShiftNet, As-ResNet, Inception; see `floats.py`."""

import numpy as np
from channels import around, displaced, shuffle, slices, split

CASES = {}


def case(shape, signed=False):
    """A function that adds nodes behind the input and returns the output."""
    def add(build):
        CASES[build.__name__] = (shape, signed, build)
        return build
    return add


def unit(w, x, shape, relu=True, **attributes):
    """Convolution, batch normalisation with positive factors, rectifier."""
    x = w.weighted("Conv", x, shape, bias=False, kernel_shape=list(shape[2:]), **attributes)
    lists = [w.random.random(shape[0]) + 0.5, w.random.normal(size=shape[0]) * 0.3, w.random.normal(size=shape[0]) * 0.2, w.random.random(shape[0]) + 0.5]
    x = w.op("BatchNormalization", [x, *map(w.constant, lists)], epsilon=1e-5)
    return w.op("Relu", [x]) if relu else x


def computed_shuffle(w, x, groups):
    """A channel shuffle whose sizes are computed, as exporters write them for open shapes."""
    size = w.op("Shape", [x])
    batch, channels, height, width = (w.op("Gather", [size, w.constant(axis, np.int64)], axis=0) for axis in range(4))
    each = w.op("Div", [channels, w.constant(groups, np.int64)])
    zero = w.constant([0], np.int64)
    batch, channels, height, width, each = (w.op("Unsqueeze", [value, zero]) for value in (batch, channels, height, width, each))
    x = w.op("Reshape", [x, w.op("Concat", [batch, w.constant([groups], np.int64), each, height, width], axis=0)])
    x = w.op("Transpose", [x], perm=[0, 2, 1, 3, 4])
    return w.op("Reshape", [x, w.op("Concat", [batch, channels, height, width], axis=0)])


def classified(w, x, channels, classes):
    return w.gemm(w.op("ReduceMean", [x], axes=[2, 3], keepdims=0), (classes, channels))


@case([1, 3, 12, 12])
def shufflenet_v2(w, x):
    """A unit with stride and two without (N. Ma et al., ECCV 2018), as torchvision has them."""
    x = unit(w, x, (8, 3, 3, 3), pads=[1] * 4)
    down = {"pads": [1] * 4, "strides": [2, 2]}
    left = unit(w, unit(w, x, (8, 1, 3, 3), False, group=8, **down), (10, 8, 1, 1))
    right = unit(w, unit(w, x, (10, 8, 1, 1)), (10, 1, 3, 3), False, group=10, **down)
    x = computed_shuffle(w, w.op("Concat", [left, unit(w, right, (10, 10, 1, 1))], axis=1), 2)
    for _ in range(2):
        left, right = split(w, x, 1, [10, 10])
        right = unit(w, unit(w, right, (10, 10, 1, 1)), (10, 1, 3, 3), False, group=10, pads=[1] * 4)
        x = computed_shuffle(w, w.op("Concat", [left, unit(w, right, (10, 10, 1, 1))], axis=1), 2)
    return classified(w, unit(w, x, (16, 20, 1, 1)), 16, 5)


@case([1, 3, 10, 10], signed=True)
def shufflenet_v1(w, x):
    """Convolutions with groups around a shuffle (X. Zhang et al., CVPR 2018): a unit with a sum, and one with stride that joins an average."""
    x = unit(w, x, (12, 3, 3, 3), pads=[1] * 4)
    y = shuffle(w, unit(w, x, (6, 4, 1, 1), group=3), 3, [1, 6, 10, 10])
    y = unit(w, unit(w, y, (6, 1, 3, 3), False, group=6, pads=[1] * 4), (12, 2, 1, 1), False, group=3)
    x = w.op("Relu", [w.op("Add", [x, y])])
    y = shuffle(w, unit(w, x, (6, 4, 1, 1), group=3), 3, [1, 6, 10, 10])
    y = unit(w, unit(w, y, (6, 1, 3, 3), False, group=6, pads=[1] * 4, strides=[2, 2]), (12, 2, 1, 1), False, group=3)
    x = w.op("AveragePool", [x], kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2], count_include_pad=1)
    return classified(w, w.op("Relu", [w.op("Concat", [x, y], axis=1)]), 24, 4)


@case([1, 3, 10, 10])
def shiftnet(w, x):
    """Conv-shift-conv modules (B. Wu et al., CVPR 2018): one that is added to its input, one with a stride, one that shifts before anything else."""
    x = unit(w, x, (12, 3, 3, 3), pads=[1] * 4)
    y = unit(w, x, (27, 12, 1, 1))
    y = unit(w, displaced(w, y, around(27)), (12, 27, 1, 1), False)
    x = w.op("Relu", [w.op("Add", [x, y])])
    y = unit(w, displaced(w, x, around(12)), (25, 12, 1, 1))
    y = unit(w, displaced(w, y, around(25, 2), 5), (16, 25, 1, 1), strides=[2, 2])
    y = w.op("MaxPool", [displaced(w, y, around(16), pads=[2] * 4, dilations=[2, 2])], kernel_shape=[2, 2], strides=[2, 2])
    return w.gemm(w.op("Flatten", [y]), (5, 64))


@case([1, 3, 9, 9], signed=True)
def active_shift(w, x):
    """Shifts by parts of a pixel (Y. Jeon and J. Kim, NeurIPS 2018): depthwise convolutions that interpolate between four pixels."""
    def shifted(x, channels):
        dy, dx = w.random.uniform(-1, 1, size=(2, channels))
        weights = np.zeros([channels, 1, 3, 3])
        for channel, (y, z) in enumerate(zip(dy, dx)):
            for row in range(3):
                for column in range(3):
                    weights[channel, 0, row, column] = max(0, 1 - abs(row - 1 - y)) * max(0, 1 - abs(column - 1 - z))
        return w.op("Conv", [x, w.constant(weights)], kernel_shape=[3, 3], group=channels, pads=[1] * 4)

    x = unit(w, x, (10, 3, 3, 3), pads=[1] * 4)
    y = unit(w, x, (14, 10, 1, 1))
    x = w.op("Relu", [w.op("Add", [x, unit(w, shifted(y, 14), (10, 14, 1, 1), False)])])
    return classified(w, unit(w, shifted(x, 10), (12, 10, 1, 1), strides=[2, 2]), 12, 4)


@case([1, 4, 9, 9])
def inception(w, x):
    """Branches of one pixel, of three by three, of a row and a column, and of pools (C. Szegedy et al., CVPR 2016)."""
    x = unit(w, x, (12, 4, 3, 3), pads=[1] * 4)
    a = unit(w, x, (6, 12, 1, 1))
    b = unit(w, unit(w, x, (5, 12, 1, 1)), (7, 5, 3, 3), pads=[1] * 4)
    c = unit(w, unit(w, unit(w, x, (5, 12, 1, 1)), (6, 5, 1, 7), pads=[0, 3, 0, 3]), (6, 6, 7, 1), pads=[3, 0, 3, 0])
    d = w.op("AveragePool", [x], kernel_shape=[3, 3], pads=[1] * 4, strides=[1, 1], count_include_pad=1)
    x = w.op("Concat", [a, b, c, unit(w, d, (5, 12, 1, 1))], axis=1)
    a = unit(w, unit(w, x, (8, 24, 1, 1)), (9, 8, 3, 3), strides=[2, 2])
    b = unit(w, x, (6, 24, 4, 3), pads=[1, 0, 0, 1], strides=[2, 2])
    c = w.op("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
    return classified(w, w.op("Concat", [a, b, c], axis=1), 39, 6)


@case([1, 6, 8, 8])
def channel_lists(w, x):
    """Channels of the input and of sums: backwards, from lists, three ways; parts that meet again in an addition and in a concatenation."""
    first, rest = split(w, x, 1, [2, 4])
    x = w.op("Concat", [unit(w, rest, (6, 4, 3, 3), pads=[1] * 4), first], axis=1)
    x = w.conv(w.op("Gather", [x, w.constant([7, 1, 2, 0, 6, 3], np.int64)], axis=1), (12, 6, 3, 3), 1)
    a, b, c = split(w, x, 1, parts=3)
    b = w.op("Relu", [w.op("Add", [w.op("Tanh", [a]), slices(w, b, [-1], [-9], [1], [-1])])])
    x = w.op("Concat", [c, b, w.op("Sigmoid", [c])], axis=1)
    x = unit(w, x, (8, 12, 3, 3))
    left, right = (w.op("Gather", [w.op("Reshape", [x, w.constant([2, 4, 36], np.int64)]), w.constant(index, np.int64)], axis=0) for index in (1, 0))
    left = w.op("Reshape", [left, w.constant([1, 4, 6, 6], np.int64)])
    right = w.op("Reshape", [right, w.constant([1, 4, 6, 6], np.int64)])
    return classified(w, w.op("Add", [unit(w, left, (4, 4, 1, 1)), right]), 4, 3)
