"""A small float network of MNIST's shape, quantised by onnxruntime.quantization in its two formats."""

import logging
import pathlib
import tempfile

import numpy as np
import onnx
from onnxruntime import quantization
from writer import Writer

CASES = {}
logging.disable(logging.WARNING)


class Reader(quantization.CalibrationDataReader):
    def __init__(self):
        random = np.random.default_rng(500)
        self.rows = iter([{"input": random.random((1, 1, 28, 28)).astype(np.float32)} for _ in range(8)])

    def get_next(self):
        return next(self.rows, None)


def float_network(path):
    w = Writer(501)

    def layer(kind, x, shape, **attributes):
        weights = w.constant(w.random.normal(size=shape) / np.sqrt(np.prod(shape[1:])))
        return w.op(kind, [x, weights, w.constant(w.random.normal(size=shape[0]) * 0.1)], **attributes)

    x = w.input([1, 1, 28, 28])
    for channels, filters in [(1, 8), (8, 16)]:
        x = w.op("Relu", [layer("Conv", x, [filters, channels, 3, 3], kernel_shape=[3, 3], pads=[1, 1, 1, 1])])
        x = w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = w.op("Flatten", [x])
    x = w.op("Relu", [layer("Gemm", x, [32, 784], transB=1)])
    w.output(layer("Gemm", x, [10, 32], transB=1), [1, 10])
    w.save(path)


def quantised(kind, act, weight, per_channel, reduce_range=False):
    def make(path):
        kinds = {"int8": quantization.QuantType.QInt8, "uint8": quantization.QuantType.QUInt8}
        with tempfile.TemporaryDirectory() as folder:
            source = str(pathlib.Path(folder) / "float.onnx")
            float_network(source)
            quantization.quantize_static(
                source, path, Reader(), quant_format=kind, activation_type=kinds[act], weight_type=kinds[weight], per_channel=per_channel, reduce_range=reduce_range,
                extra_options={"WeightSymmetric": True, "ActivationSymmetric": False})
        onnx.checker.check_model(path)
    return make


QDQ, QOPERATOR = quantization.QuantFormat.QDQ, quantization.QuantFormat.QOperator
CASES["quantised_qdq_int8"] = quantised(QDQ, "int8", "int8", True)
CASES["quantised_qdq_uint8"] = quantised(QDQ, "uint8", "int8", False)
CASES["quantised_qoperator_uint8"] = quantised(QOPERATOR, "uint8", "int8", False)
# Seven bits: the kernels that there are for it saturate with eight, see oracle.py.
CASES["quantised_qoperator_int8"] = quantised(QOPERATOR, "int8", "int8", True, reduce_range=True)
