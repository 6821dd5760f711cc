"""Networks that come with the qonnx package: ONNX's MNIST CNN, quantised here, and super-resolution networks that Brevitas exported.

    python3 shipped.py FOLDER

writes the MNIST CNNs and `digits.npy`, the digits of an example as they take them.
"""

import logging
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import qonnx
from onnx import helper, numpy_helper, version_converter
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

CASES = {}
MODELS = pathlib.Path(qonnx.__file__).parent / "data/onnx"
DIGITS = pathlib.Path(__file__).resolve().parent.parent.parent / "examples/lenet5/digits.npy"


def digits():
    """Pixels from 0 to 255, NCHW; the file has them less 128, NHWC."""
    return np.ascontiguousarray(np.load(DIGITS).astype(np.float32).transpose(0, 3, 1, 2)) + np.float32(128)


class Reader(quantization.CalibrationDataReader):
    def __init__(self):
        self.rows = iter([{"Input3": digit[None]} for digit in digits()])

    def get_next(self):
        return next(self.rows, None)


def mnist(kind):
    """The float network, quantised as ONNX Runtime's manual says: preprocessed, which folds its biases and reshapes, then with calibration."""
    def make(path):
        logging.disable(logging.WARNING)
        with tempfile.TemporaryDirectory() as folder:
            old, source = (str(pathlib.Path(folder) / name) for name in ("old.onnx", "float.onnx"))
            onnx.save(version_converter.convert_version(onnx.load(MODELS / "mnist-conv/model.onnx"), 13), old)
            quant_pre_process(old, source, skip_symbolic_shape=True)
            quantization.quantize_static(
                source, path, Reader(), quant_format=kind, activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8, per_channel=False,
                extra_options={"WeightSymmetric": True, "ActivationSymmetric": False})
    return make


MNIST = {f"mnist_{kind.name.lower()}": mnist(kind) for kind in quantization.QuantFormat}
CASES |= MNIST


def espcn(kind, size):
    """A super-resolution network as Brevitas exported it, for a smaller image. Without a quantiser at its input it gets one: bytes of 0 to 1."""
    def make(path):
        model = onnx.load(MODELS / f"bsd300x3-espcn/{kind}/quant_model.onnx")
        graph = model.graph
        del graph.value_info[:]
        constants = {constant.name for constant in graph.initializer}
        source = next(value for value in graph.input if value.name not in constants)
        for dim, value in zip(source.type.tensor_type.shape.dim, [1, 3, *size]):
            dim.dim_value = value
        for dim, value in zip(graph.output[0].type.tensor_type.shape.dim, [1, 3, *[2 * axis for axis in size]]):
            dim.dim_value = value
        if kind == "subpixel":
            numbers = [numpy_helper.from_array(np.float32(value), f"input_{index}") for index, value in enumerate([1 / 255, 0, 8])]
            graph.initializer.extend(numbers)
            first = next(node for node in graph.node if node.op_type == "Conv")
            inputs = [first.input[0], *[number.name for number in numbers]]
            first.input[0] = "quantised_input"
            quant = helper.make_node("Quant", inputs, ["quantised_input"], domain="onnx.brevitas", signed=0, narrow=0, rounding_mode="ROUND")
            graph.node.insert(0, quant)
        onnx.save(model, path)
    return make


CASES |= {"espcn_nn_resize_odd_scales": espcn("nn_resize", [6, 7]), "espcn_subpixel_odd_scales": espcn("subpixel", [6, 7])}


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    (folder / "models").mkdir(parents=True)
    np.save(folder / "digits.npy", digits())
    for name, make in MNIST.items():
        make(str(folder / "models" / f"{name}.onnx"))
