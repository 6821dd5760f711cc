"""Random QONNX models: layers with random functions between sums and quantiser. Scales are powers of two where sums are formed.

    MODELS=100 SEED=0 python3 fuzz.py FOLDER
"""

import os
import pathlib
import sys

import numpy as np
from channels import displaced, shuffle, slices, split
from writer import Writer

ROUNDINGS = ["ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN"]


def function(w, x, shape):
    """One element-wise function with random constants."""
    r, channels = w.random, shape[1]
    sizes = [channels] + [1] * (len(shape) - 2)
    constant = w.constant(r.normal(size=sizes) * 3 if r.integers(2) else r.normal() * 3)
    kind = r.choice(["Add", "Sub", "Mul", "Div", "SubFrom", "Relu", "Clip", "LeakyRelu", "BatchNormalization", "Sigmoid", "Tanh"],
                    p=[0.12, 0.1, 0.12, 0.1, 0.08, 0.1, 0.08, 0.05, 0.21, 0.02, 0.02])
    if kind == "SubFrom":
        return w.op("Sub", [constant, x])
    if kind in ("Add", "Sub", "Mul", "Div"):
        return w.op(kind, [x, constant])
    if kind == "Clip":
        return w.op("Clip", [x, w.constant(-abs(r.normal()) * 4), w.constant(abs(r.normal()) * 4)])
    if kind == "BatchNormalization":
        return w.batch_norm(x, channels, spread=2.0)
    return w.op(kind, [x])


def quantiser(w, x, shape):
    r = w.random
    kind = r.integers(8)
    if kind == 0:
        return w.bipolar(x, 2.0 ** r.integers(-2, 2))
    if kind == 1 and len(shape) == 4:
        steps = np.sort(r.normal(size=(shape[1], int(r.integers(2, 16)))) * 4, axis=1)
        return w.op("MultiThreshold", [x, w.constant(steps)], out_dtype="INT5", out_scale=0.5, out_bias=-0.5 * float(r.integers(0, 4)))
    bits, signed = int(r.integers(1, 9)), int(r.integers(2))
    zero = int(r.integers(-2, 3)) if bits > 3 and signed else 0
    narrow = int(r.integers(2)) if bits > 1 else 0
    return w.quant(x, 2.0 ** r.integers(-4, 1), bits, signed=signed, narrow=narrow, zero=zero, rounding=str(r.choice(ROUNDINGS)))


def divisor(r, number):
    return int(r.choice([n for n in range(1, number + 1) if number % n == 0]))


def rearranged(w, x, shape, quantised):
    """Some channels of an image, or all in another order; and where it is quantised, displaced."""
    r, channels = w.random, shape[1]
    kind = r.integers(5 if quantised else 4)
    if kind == 0:
        chosen = r.integers(-channels, channels, size=int(r.integers(1, channels + 2)))
        return w.op("Gather", [x, w.constant(chosen, np.int64)], axis=1), [1, len(chosen), *shape[2:]]
    if kind == 1:
        start, step = int(r.integers(channels)), int(r.choice([-2, -1, 1, 2]))
        end = -channels - 1 if step < 0 else channels
        return slices(w, x, [start], [end], [1], [step]), [1, len(range(channels)[start:end if step > 0 else None:step]), *shape[2:]]
    if kind == 2:
        return shuffle(w, x, divisor(r, channels), shape), shape
    if kind == 3 and channels > 1:
        first = int(r.integers(1, channels))
        parts = split(w, x, 1, [first, channels - first])
        return w.op("Concat", parts[::-1], axis=1), shape
    if kind == 4:
        return displaced(w, x, r.integers(-1, 2, size=(channels, 2))), shape
    return x, shape


def make(path, seed):
    w = Writer(seed)
    r = w.random
    shape = [1, int(r.integers(1, 6)), 7, 6]
    x = w.quant(w.input(shape), 2.0 ** r.integers(-5, 0), int(r.integers(2, 9)), signed=int(r.integers(2)))
    for _ in range(int(r.integers(1, 4))):
        if len(shape) == 4 and r.integers(2) == 0:
            x, shape = rearranged(w, x, shape, True)
        kind = r.integers(6)
        if kind == 0:
            shape, x = [1, int(np.prod(shape))], w.op("Flatten", [x]) if len(shape) == 4 else x
            weights = w.weights([shape[1], 5], int(r.integers(1, 9)), 2.0 ** -int(r.integers(1, 6)))
            shape, x = [1, 5], w.op("MatMul", [x, weights])
        elif kind < 5 and len(shape) == 4:
            filters, kernel = int(r.integers(1, 7)), int(r.integers(1, 4))
            groups = divisor(r, shape[1]) if r.integers(2) == 0 else 1
            filters = groups * int(r.integers(1, 4)) if groups > 1 else filters
            weights = w.weights([filters, shape[1] // groups, kernel, kernel], int(r.integers(1, 9)), 2.0 ** -int(r.integers(1, 6)))
            pad = kernel // 2
            x = w.op("Conv", [x, weights], kernel_shape=[kernel, kernel], group=groups, pads=[pad] * 4)
            shape = [1, filters, *[size + 2 * pad - kernel + 1 for size in shape[2:]]]
        if len(shape) == 4 and r.integers(4) == 0:
            x, shape = rearranged(w, x, shape, False)
        for _ in range(int(r.integers(0, 4))):
            x = function(w, x, shape)
        if len(shape) == 4 and min(shape[2:]) > 3 and r.integers(3) == 0:
            x = w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[1, 1])
            shape = [*shape[:2], shape[2] - 1, shape[3] - 1]
        for _ in range(int(r.integers(0, 2))):
            x = function(w, x, shape)
        x = quantiser(w, x, shape)
    w.output(x, shape)
    w.save(path)


if __name__ == "__main__":
    folder, count, seed = pathlib.Path(sys.argv[1]), int(os.environ.get("MODELS", 100)), int(os.environ.get("SEED", 0))
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(seed, seed + count):
        make(str(folder / f"random_{index:05}.onnx"), index)
