"""The small networks that `fretwork methods` compresses, and inputs to calibrate them with.

usage: methods.py FOLDER

Random weights; what is compared is what the hardware computes, not what the networks know.
"""

import pathlib
import sys

import numpy as np
from floats import Floats

SHAPE = [1, 2, 12, 12]
CASES = []


def case(build):
    CASES.append(build)
    return build


def block(w, x, shape, pad=1, **attributes):
    return w.op("Relu", [w.normalised(w.conv(x, shape, pad, **attributes), shape[0])])


def pool(w, x):
    return w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])


def head(w, x, inputs):
    x = w.op("Relu", [w.gemm(w.op("Flatten", [x]), (32, inputs))])
    return w.gemm(x, (10, 32))


@case
def plain(w, x):
    x = pool(w, block(w, x, (16, 2, 3, 3)))
    x = pool(w, block(w, x, (24, 16, 3, 3)))
    return head(w, x, 24 * 9)


@case
def separable(w, x):
    """Inverted residual (MobileNet V2): expand, filter per channel, reduce, add."""
    x = pool(w, block(w, x, (8, 2, 3, 3)))
    y = block(w, x, (24, 8, 1, 1), 0)
    y = block(w, y, (24, 1, 3, 3), group=24)
    y = w.normalised(w.conv(y, (8, 24, 1, 1)), 8)
    return head(w, pool(w, w.op("Add", [x, y])), 72)


def shuffled(w, x, groups, channels, size):
    x = w.op("Reshape", [x, w.constant([1, groups, channels // groups, size, size], np.int64)])
    x = w.op("Transpose", [x], perm=[0, 2, 1, 3, 4])
    return w.op("Reshape", [x, w.constant([1, channels, size, size], np.int64)])


@case
def grouped(w, x):
    """Grouped convolutions with a shuffle between them (ShuffleNet)."""
    x = pool(w, block(w, x, (16, 2, 3, 3)))
    x = shuffled(w, block(w, x, (32, 4, 1, 1), 0, group=4), 4, 32, 6)
    x = block(w, x, (32, 1, 3, 3), group=32)
    x = block(w, x, (16, 8, 1, 1), 0, group=4)
    return head(w, pool(w, x), 144)


@case
def split(w, x):
    """Half of the channels pass, the other half is filtered, then both are shuffled (ShuffleNet V2)."""
    x = pool(w, block(w, x, (16, 2, 3, 3)))
    for _ in range(2):
        left = w.op("Slice", [x, *(w.constant([v], np.int64) for v in (0, 8, 1))])
        right = w.op("Slice", [x, *(w.constant([v], np.int64) for v in (8, 16, 1))])
        right = block(w, right, (8, 8, 1, 1), 0)
        right = w.normalised(w.conv(right, (8, 1, 3, 3), 1, group=8), 8)
        right = block(w, right, (8, 8, 1, 1), 0)
        x = shuffled(w, w.op("Concat", [left, right], axis=1), 2, 16, 6)
    return head(w, pool(w, x), 144)


@case
def shift(w, x):
    """Every channel displaced, between convolutions of one pixel (ShiftNet)."""
    x = pool(w, block(w, x, (16, 2, 3, 3)))
    x = block(w, x, (36, 16, 1, 1), 0)
    filters = np.zeros((36, 1, 3, 3), np.float32)
    for channel in range(36):
        filters[channel, 0, channel // 4 // 3, channel // 4 % 3] = 1
    x = w.op("Conv", [x, w.constant(filters)], kernel_shape=[3, 3], pads=[1] * 4, group=36)
    x = block(w, x, (16, 36, 1, 1), 0)
    return head(w, pool(w, x), 144)


@case
def active_shift(w, x):
    """Displacements by parts of a pixel: four bilinear taps (As-ResNet)."""
    x = pool(w, block(w, x, (16, 2, 3, 3)))
    y = block(w, x, (24, 16, 1, 1), 0)
    filters = np.zeros((24, 1, 3, 3), np.float32)
    for channel, (dy, dx) in enumerate(w.random.random((24, 2)) * 1.8 - 0.9):
        rows, cols = (np.maximum(0, 1 - np.abs(np.arange(-1, 2) - d)) for d in (dy, dx))
        filters[channel, 0] = np.outer(rows, cols)
    y = w.op("Conv", [y, w.constant(filters)], kernel_shape=[3, 3], pads=[1] * 4, group=24)
    y = w.normalised(w.conv(y, (16, 24, 1, 1)), 16)
    return head(w, pool(w, w.op("Add", [x, y])), 144)


@case
def branches(w, x):
    """Branches of 1x1, 1x3 and 3x1, 3x3 and a pool, concatenated (inception), and a residual sum."""
    x = pool(w, block(w, x, (16, 2, 3, 3)))
    one = block(w, x, (8, 16, 1, 1), 0)
    row = w.op("Relu", [w.weighted("Conv", x, (8, 16, 1, 3), kernel_shape=[1, 3], pads=[0, 1, 0, 1])])
    both = w.op("Relu", [w.weighted("Conv", row, (8, 8, 3, 1), kernel_shape=[3, 1], pads=[1, 0, 1, 0])])
    large = block(w, block(w, x, (4, 16, 1, 1), 0), (8, 4, 3, 3))
    most = block(w, w.op("MaxPool", [x], kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4), (8, 16, 1, 1), 0)
    x = w.op("Concat", [one, both, large, most], axis=1)
    y = w.normalised(w.conv(block(w, x, (8, 32, 1, 1), 0), (32, 8, 3, 3), 1), 32)
    return head(w, pool(w, w.op("Relu", [w.op("Add", [x, y])])), 288)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for seed, build in enumerate(CASES):
        w = Floats(2000 + seed)
        w.output(build(w, w.input(SHAPE)), None)
        w.save(folder / f"{build.__name__}.onnx")
    np.save(folder / "inputs.npy", np.random.default_rng(7).random([16, *SHAPE[1:]]).astype(np.float32))


if __name__ == "__main__":
    main()
