"""Softmax and ArgMax at an output, in every dialect. Names that begin with `softmax` are compared within a tolerance."""

import numpy as np
from linear import Linear
from networks import conv, image
from writer import INT8, INT64, UINT8, Writer

CASES = {}


def logits(w):
    """Twelve logits from 30 inputs."""
    x = w.quant(w.input([1, 30]), 0.25, 4)
    return w.quant(w.op("MatMul", [x, w.weights([30, 12], 4)]), 0.5, 8)


def row(seed, kind, shape, result=None, opset=13, **attributes):
    def make(path):
        w = Writer(seed, opset)
        w.output(w.op(kind, [logits(w)], **attributes), shape, **({} if result is None else {"kind": result}))
        w.save(path)
    return make


def pixels(seed, kind, shape, result=None, **attributes):
    """Over the channels of every pixel."""
    def make(path):
        w = Writer(seed)
        x = w.quant(conv(w, image(w), 3, 5, 4), 0.5, 6)
        w.output(w.op(kind, [x], axis=1, **attributes), shape, **({} if result is None else {"kind": result}))
        w.save(path)
    return make


CASES["softmax_row"] = row(600, "Softmax", [1, 12])
CASES["softmax_row_opset_11"] = row(601, "Softmax", [1, 12], opset=11)
CASES["softmax_pixels"] = pixels(602, "Softmax", [1, 5, 6, 6])
CASES["argmax_row"] = row(603, "ArgMax", [1, 1], INT64, axis=1)
CASES["argmax_row_last"] = row(604, "ArgMax", [1], INT64, axis=-1, keepdims=0, select_last_index=1)
CASES["argmax_pixels"] = pixels(605, "ArgMax", [1, 6, 6], INT64, keepdims=0)


def sums(kind, shape, result=None, **attributes):
    """Of logits that nothing quantises."""
    def make(path):
        w = Writer(606)
        x = w.quant(w.input([1, 30]), 0.25, 4)
        y = w.op("MatMul", [x, w.weights([30, 9], 3)])
        w.output(w.op(kind, [y], **attributes), shape, **({} if result is None else {"kind": result}))
        w.save(path)
    return make


CASES["softmax_of_sums"] = sums("Softmax", [1, 9])
CASES["argmax_of_sums"] = sums("ArgMax", [1, 1], INT64, axis=1)


def qdq(kind, act, number):
    """Behind DequantizeLinear; ArgMax also of the integers themselves."""
    def make(path):
        w = Linear(610)
        x = w.dq(w.input([1, 40], number), 0.02, 3, act)
        weights, scales = w.weights([12, 40])
        x = w.q(w.op("Gemm", [x, weights, w.bias(12, np.float32(0.02) * scales)], transB=1), 0.043, 5, act)
        if kind == "Softmax":
            w.output(w.op("Softmax", [w.dq(x, 0.043, 5, act)]), [1, 12])
        else:
            w.output(w.op("ArgMax", [x], axis=1), [1, 1], INT64)
            w.output(w.op("ArgMax", [w.dq(x, 0.043, 5, act)], axis=1, select_last_index=1), [1, 1], INT64)
        w.save(path)
    return make


CASES |= {"softmax_qdq": qdq("Softmax", "uint8", UINT8), "argmax_qdq_uint8": qdq("ArgMax", "uint8", UINT8),
          "argmax_qdq_int8": qdq("ArgMax", "int8", INT8)}
