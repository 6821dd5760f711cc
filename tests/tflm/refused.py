"""Models that the importer has to refuse, one per reason.

    python3 refused.py FOLDER
"""

import pathlib
import sys

import channels
import int16
import numpy as np
from models import add, conv, dense, mean, pool, single, two_branches, unary, VALID, NONE
from writer import Writer, schema

CASES = {
    "operator_unknown": single(1, (8,), unary("ABS", (8,), 0.05, 0)),
    "softmax_inside": single(2, (8,), lambda w, x, s: dense(w, w.op("SOFTMAX", [x], [w.tensor([1, 8], 1 / 256, -128)], "SoftmaxOptions", beta=1.0), 8, 3)),
    "mean_of_channels": single(3, (4, 4, 6), lambda w, x, s: mean(w, x, s, 0.1, 0, False, (1, 3))),
    "relu6_changes_scale": single(4, (8,), unary("RELU6", (8,), 0.07, 0)),
    "pool_changes_scale": single(5, (4, 4, 6), lambda w, x, s: pool("MAX_POOL_2D", w, x, s, (2, 2), (2, 2), VALID), 0.06),
    "fully_connected_of_pixels": single(6, (4, 4, 6), lambda w, x, s: dense(w, x, 6, 3)),
    "add_different_shapes": two_branches(7, lambda w, a, b, s: add(NONE, (0.1, 0))(w, a, w.op("RESHAPE", [b], [w.tensor([1, 210], 0.031, 12)]), s)),
    "int16_fully_connected_too_wide": int16.of_dense(40, 1200, 2),
    "int16_factor_above_128": int16.of_dense(41, 3, 2, scale=0.5, out=0.000001, kind=None),
    "int16_softmax_inside": int16.single(42, [8], lambda w, x: int16.dense(w, int16.softmax(1.0)(w, x), 8, 3)),
    "int16_relu": int16.single(43, [8], lambda w, x: w.op("RELU", [x], [int16.activation(w, [8], 0.0005)])),
    "int16_pool": int16.single(44, [4, 4, 6], lambda w, x: w.op(
        "MAX_POOL_2D", [x], [int16.activation(w, [2, 2, 6], 0.0005)], "Pool2DOptions", padding=VALID, strideH=2, strideW=2, filterHeight=2,
        filterWidth=2)),
    "int16_logistic_at_end": int16.single(45, [8], lambda w, x: w.op("LOGISTIC", [x], [int16.activation(w, [8], 1 / 32768)])),
    "int16_to_int8": int16.single(46, [8], lambda w, x: w.op("QUANTIZE", [x], [w.tensor([1, 8], 0.05, 3)])),
    "int16_from_int8": single(47, (8,), lambda w, x, s: w.op("QUANTIZE", [x], [int16.activation(w, [8], 0.0005)])),
    "int16_softmax_of_int8": single(48, (8,), lambda w, x, s: int16.softmax(1.0)(w, x)),
    "int16_add": int16.single(49, [8], lambda w, x: w.op("ADD", [x, x], [int16.activation(w, [8], 0.001)], "AddOptions")),
    "output_shape_wrong": single(9, (4, 4, 6), lambda w, x, s: w.op("RESHAPE", [x], [w.tensor([1, 95], 0.05, -7)])),
}


def case(function):
    CASES[function.__name__] = function
    return function


def small(path, change, shape=(4, 4, 6)):
    """A convolution with `change(writer)` done to it before it is written."""
    w = Writer(20)
    x = w.tensor([1, *shape], 0.05, -7, name="input")
    y, _ = conv(w, x, list(shape), 3, (2, 2))
    w.graph.tensors[y].name = "conv"
    change(w)
    w.save(path, [x], [y])


@case
def weights_asymmetric(path):
    def change(w):
        w.graph.tensors[1].quantization.zeroPoint[0] = 5
    small(path, change)


@case
def weights_without_data(path):
    def change(w):
        w.graph.tensors[1].buffer = 0
    small(path, change)


@case
def weights_truncated(path):
    def change(w):
        w.model.buffers[1].data = w.model.buffers[1].data[:-1]
    small(path, change)


@case
def weights_float16(path):
    def change(w):
        w.graph.tensors[1].type = schema.TensorType.FLOAT16
    small(path, change)


@case
def weights_sparse(path):
    def change(w):
        w.graph.tensors[1].sparsity = schema.SparsityParametersT()
    small(path, change)


@case
def convolution_grouped(path):
    def change(w):
        w.graph.tensors[1].shape = [3, 2, 2, 3]
        w.model.buffers[1].data = w.model.buffers[1].data[:36]
    small(path, change)


@case
def batch_of_two(path):
    def change(w):
        w.graph.tensors[0].shape[0] = 2
    small(path, change)


@case
def shape_dynamic(path):
    def change(w):
        w.graph.tensors[0].shapeSignature = [-1, -1, 4, 6]
    small(path, change)


@case
def model_float32(path):
    def change(w):
        for tensor in w.graph.tensors:
            tensor.type = schema.TensorType.FLOAT32
            tensor.quantization = None
    small(path, change)


@case
def model_uint8(path):
    def change(w):
        for tensor in w.graph.tensors[:1]:
            tensor.type = schema.TensorType.UINT8
    small(path, change)


@case
def model_int16(path):
    def change(w):
        w.graph.tensors[-1].type = schema.TensorType.INT16
    small(path, change)


@case
def int16_after_int8(path):
    def change(w):
        w.graph.tensors[-1].type = schema.TensorType.INT16
        w.graph.tensors[-1].quantization.zeroPoint[0] = 0
    small(path, change)


@case
def int16_bias_too_large(path):
    w = Writer(50)
    x = int16.activation(w, [4, 4, 6], 0.0005, "input")
    y, _ = int16.conv(w, x, [4, 4, 6], 3, (2, 2))
    w.model.buffers[2].data = np.frombuffer(np.array([1, -2**31, 2**31], dtype=np.int64).tobytes(), dtype=np.uint8)
    w.save(path, [x], [y])


@case
def bias_too_short(path):
    def change(w):
        w.graph.tensors[2].shape = [2]
        w.model.buffers[2].data = w.model.buffers[2].data[:8]
    small(path, change)


@case
def accumulator_too_wide(path):
    def change(w):
        w.model.buffers[2].data = np.frombuffer(np.full(3, 2**31 - 1, dtype=np.int32).tobytes(), dtype=np.uint8)
    small(path, change)


@case
def window_above_image(path):
    def change(w):
        w.graph.operators[0].builtinOptions.padding = VALID
        w.graph.operators[0].builtinOptions.dilationHFactor = 9
    small(path, change)


@case
def activation_tanh(path):
    def change(w):
        w.graph.operators[0].builtinOptions.fusedActivationFunction = 4
    small(path, change)


@case
def options_missing(path):
    def change(w):
        w.graph.operators[0].builtinOptions = None
        w.graph.operators[0].builtinOptionsType = 0
    small(path, change)


@case
def subgraphs_two(path):
    def change(w):
        w.model.subgraphs.append(schema.SubGraphT())
    small(path, change)


@case
def operator_custom(path):
    def change(w):
        w.model.operatorCodes[0].builtinCode = 32
        w.model.operatorCodes[0].deprecatedBuiltinCode = 32
        w.model.operatorCodes[0].customCode = "Mystery"
    small(path, change)


@case
def add_constant(path):
    w = Writer(30)
    x = w.tensor([1, 8], 0.05, -7)
    constant = w.tensor([1, 8], 0.01, 0, data=np.zeros([1, 8], dtype=np.int8))
    y = w.op("ADD", [x, constant], [w.tensor([1, 8], 0.05, -7)], "AddOptions")
    w.save(path, [x], [y])


@case
def concatenation_of_rows(path):
    w = Writer(31)
    x = w.tensor([1, 2, 2, 3], 0.05, -7)
    y = w.op("CONCATENATION", [x, x], [w.tensor([1, 4, 2, 3], 0.05, -7)], "ConcatenationOptions", axis=1)
    w.save(path, [x], [y])


@case
def pad_of_channels(path):
    w = Writer(32)
    x = w.tensor([1, 2, 2, 3], 0.05, -7)
    amounts = w.tensor([4, 2], data=np.array([[0, 0], [0, 0], [0, 0], [1, 1]], dtype=np.int32))
    y = w.op("PAD", [x, amounts], [w.tensor([1, 2, 2, 5], 0.05, -7)])
    w.save(path, [x], [y])


for number, function in enumerate(channels.REFUSED):
    CASES[function.__name__] = single(60 + number, (4, 4, 6), function)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in CASES.items():
        make(folder / f"{name}.tflite")
