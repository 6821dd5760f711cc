"""What a QONNX file of a binary network computes, in numpy, integers only.

Activations are pixels 0..255, then -1 and +1; sums are integers. Batch normalisation
and the quantiser after it become one comparison with an integer per channel, or, for
the logits, a table over all possible sums: computed once in double precision and
refused if a value is so near to a decision that single precision might decide
otherwise. So nothing here depends on how floating point rounds.

Covers the operations of the examples: Quant, BipolarQuant, Conv, MatMul,
BatchNormalization, MaxPool, Flatten.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

NEAREST = {"sign": 0.01, "step": 1e-4}   # to a decision: in units of the sum, in steps of the logit
CHUNK = 100


@dataclass
class Integers:
    """Stands for `values * unit`."""

    values: np.ndarray
    unit: float
    largest: int   # magnitude that the values cannot exceed

    def real(self):
        return self.values * self.unit


@dataclass
class Normalised:
    """Sums with a batch normalisation that waits for its quantiser."""

    sums: Integers
    scale: np.ndarray
    offset: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def along(self, parameter):
        """A parameter by channel, shaped so that it meets axis 1 of the sums."""
        return parameter.reshape(-1, *[1] * (self.sums.values.ndim - 2))


class BinaryModel:
    """`run(batch)` gives every activation but the outputs of batch normalisations as
    {tensor name: Integers}; `weights` holds -1 and +1 by tensor name."""

    def __init__(self, content):
        """`content` is the bytes of the file."""
        self.graph = onnx.load_from_string(content).graph
        self.constants = {c.name: numpy_helper.to_array(c) for c in self.graph.initializer}
        self.weights = {n.output[0]: signs(self.constants[n.input[0]]) for n in self.graph.node
                        if n.input[0] in self.constants}
        self.macs = 0

    def run(self, batch):
        """`batch` holds pixels, uint8 [n, ...]; the file's own batch is 1."""
        shape = [d.dim_value for d in self.graph.input[0].type.tensor_type.shape.dim]
        self.macs = 0
        pixels = batch.reshape(len(batch), *shape[1:]).astype(np.int64)
        values = {self.graph.input[0].name: Integers(pixels, 1 / 256, 255)}
        for node in self.graph.node:
            if node.output[0] not in self.weights:
                values[node.output[0]] = getattr(self, node.op_type)(node, values[node.input[0]])
        return {name: v for name, v in values.items() if isinstance(v, Integers)}

    def logits(self, batch):
        """Integers [n, classes], of as many images as there are, some at a time."""
        name = self.graph.output[0].name
        return np.concatenate([self.run(batch[i:i + CHUNK])[name].values
                               for i in range(0, len(batch), CHUNK)])

    def accuracy(self, pixels, labels):
        return np.mean(self.logits(pixels).argmax(axis=1) == labels)

    def Quant(self, node, x):
        scale, zero_point, bits = (float(self.constants[name]) for name in node.input[1:])
        expect(node, zero_point == 0 and attribute(node, "narrow") == 0, "a zero point or a narrow range")
        expect(node, attribute(node, "rounding_mode") == b"ROUND", "another rounding mode than ROUND")
        expect(node, np.log2(scale) == np.rint(np.log2(scale)), "a scale that is no power of two")
        signed = attribute(node, "signed")
        least = -2 ** (bits - 1) if signed else 0
        if isinstance(x, Integers):
            expect(node, (x.unit, bits, signed) == (scale, 8, 0), "an input that is not pixels")
            return x
        possible = np.arange(-x.sums.largest, x.sums.largest + 1)[:, None] * x.sums.unit
        # Sums of an even number of terms -1 and +1 are even, others odd.
        reached = np.arange(-x.sums.largest, x.sums.largest + 1) % 2 == x.sums.largest % 2
        steps = ((possible - x.mean) / x.deviation * x.scale + x.offset) / scale
        distance = np.abs(steps - np.floor(steps) - 0.5)[reached]
        expect(node, distance.min() > NEAREST["step"], "a logit too near to a tie")
        table = np.clip(np.rint(steps), least, least + 2 ** bits - 1).astype(np.int64)
        looked_up = table[x.sums.values + x.sums.largest, np.arange(table.shape[1])]
        return Integers(looked_up, scale, int(np.abs(table).max()))

    def BipolarQuant(self, node, x):
        expect(node, self.constants[node.input[1]] == 1, "a scale that is not 1")
        flip = (x.mean - x.offset * x.deviation / x.scale) / x.sums.unit
        expect(node, np.abs(flip - np.rint(flip)).min() > NEAREST["sign"], "a flip too near to a sum")
        above = x.sums.values > x.along(np.floor(flip).astype(np.int64))
        return Integers(np.where(above == x.along(x.scale > 0), 1, -1), 1.0, 1)

    def BatchNormalization(self, node, x):
        scale, offset, mean, variance = (self.constants[n].astype(np.float64) for n in node.input[1:])
        return Normalised(x, scale, offset, mean, np.sqrt(variance + attribute(node, "epsilon")))

    def Conv(self, node, x):
        weights = self.weights[node.input[1]]
        expect(node, len(node.input) == 2 and not any(attribute(node, "pads")), "a bias or padding")
        expect(node, set(attribute(node, "strides")) == {1}, "a stride")
        windows = np.lib.stride_tricks.sliding_window_view(x.values, weights.shape[2:], axis=(2, 3))
        n, _, h, w = windows.shape[:4]
        rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, h, w, -1)
        return self.weighted(x, rows, weights.reshape(len(weights), -1).T, (0, 3, 1, 2))

    def MatMul(self, node, x):
        return self.weighted(x, x.values, self.weights[node.input[1]], (0, 1))

    def weighted(self, x, rows, weights, order):
        largest = x.largest * len(weights)
        if largest >= 2 ** 24:
            raise OverflowError("a sum does not fit single precision")
        sums = rows.astype(np.float32) @ weights
        self.macs += sums[0].size * len(weights)
        return Integers(sums.astype(np.int64).transpose(order), x.unit, largest)

    def MaxPool(self, node, x):
        expect(node, set([*attribute(node, "kernel_shape"), *attribute(node, "strides")]) == {2}
               and not any(attribute(node, "pads")), "another window than 2x2")
        n, c, h, w = x.values.shape
        windows = x.values.reshape(n, c, h // 2, 2, w // 2, 2)
        return Integers(windows.max(axis=(3, 5)), x.unit, x.largest)

    def Flatten(self, node, x):
        return Integers(x.values.reshape(len(x.values), -1), x.unit, x.largest)


def signs(x):
    return np.where(x >= 0, np.float32(1), np.float32(-1))


def attribute(node, name):
    return helper.get_node_attr_value(node, name)


def expect(node, condition, otherwise):
    if not condition:
        raise ValueError(f"{node.name}: {otherwise} is not supported here")
