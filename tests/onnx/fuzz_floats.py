"""Random float networks of operators that move channels between convolutions, with inputs and outputs of ONNX Runtime as `floats.py` writes them.

    MODELS=20 SEED=0 python3 fuzz_floats.py FOLDER [--small]
"""

import os
import pathlib
import sys

import numpy as np
from channels import displaced, shuffle, slices, split
from floats import Floats, write
from fuzz import divisor
from modules import classified, unit

KERNELS = [(1, 1), (3, 3), (1, 5), (4, 1), (2, 3)]


def convolved(w, x, shape, filters=None):
    """A convolution that keeps the image's size, with groups, pads that may differ from side to side, with or without a rectifier; of at least
    four filters where the number is free, so that not all are always 0."""
    r, channels = w.random, shape[1]
    groups = divisor(r, channels) if r.integers(3) == 0 else 1
    filters = filters or groups * int(r.integers(-(-4 // groups), 2 + 12 // groups))
    groups = groups if filters % groups == 0 else 1
    kernel = KERNELS[r.integers(len(KERNELS))]
    before = [int(r.integers(size)) for size in kernel]
    pads = [*before, *(size - 1 - first for size, first in zip(kernel, before))]
    return unit(w, x, (filters, channels // groups, *kernel), bool(r.integers(3)), group=groups, pads=pads), [1, filters, *shape[2:]]


def joined(w, x, shape):
    """Two parts of the channels that meet again, one of them behind a convolution."""
    r, channels = w.random, shape[1]
    if channels % 2 == 0 and r.integers(2):
        half = [1, channels // 2, *shape[2:]]
        left, right = split(w, x, 1)
        right = convolved(w, right, half, channels // 2)[0] if r.integers(2) else right
        return w.op("Add", [left, right]), half
    first = int(r.integers(1, channels))
    left, right = split(w, x, 1, [first, channels - first])
    left, grown = convolved(w, left, [1, first, *shape[2:]])
    parts = [left, right] if r.integers(2) else [right, left, right]
    return w.op("Concat", parts, axis=1), [1, grown[1] + (len(parts) - 1) * (channels - first), *shape[2:]]


def moved(w, x, shape):
    r, channels = w.random, shape[1]
    kind = r.integers(7)
    if kind == 0:
        return shuffle(w, x, divisor(r, channels), shape), shape
    if kind == 1:
        chosen = r.integers(-channels, channels, size=int(r.integers(1, channels + 3)))
        return w.op("Gather", [x, w.constant(chosen, np.int64)], axis=1), [1, len(chosen), *shape[2:]]
    if kind == 2:
        start, step = int(r.integers(channels)), int(r.choice([-2, -1]))
        return slices(w, x, [start], [-channels - 1], [1], [step]), [1, len(range(start, -1, step)), *shape[2:]]
    if kind == 3:
        return displaced(w, x, r.integers(-2, 3, size=(channels, 2)), 5), shape
    if kind == 4:
        return w.op("MaxPool", [x], kernel_shape=[3, 3], pads=[1] * 4), shape
    if kind == 5:
        return w.op("AveragePool", [x], kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1), shape
    return joined(w, x, shape) if channels > 1 else (x, shape)


def build(w, x, shape):
    r = w.random
    x, shape = convolved(w, x, shape)
    for _ in range(int(r.integers(2, 6))):
        x, shape = moved(w, x, shape)
        if r.integers(2) or shape[1] > 40:
            x, shape = convolved(w, x, shape)
    x, shape = convolved(w, x, shape)
    return classified(w, x, shape[1], 4)


if __name__ == "__main__":
    folder, count, first = pathlib.Path(sys.argv[1]), int(os.environ.get("MODELS", 20)), int(os.environ.get("SEED", 0))
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        w = Floats(5000 + seed)
        shape = [1, int(w.random.integers(1, 6)), 6, 5]
        w.output(build(w, w.input(shape), shape), None)
        write(w, folder / f"random_{seed:05}.onnx", seed, shape, "--small" in sys.argv)
