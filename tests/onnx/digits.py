"""A float network trained on MNIST, quantised by onnxruntime.quantization in its formats, types and granularities.

    python3 digits.py FOLDER DATA

DATA holds the digits, see examples/common/mnist.py. FOLDER gets `models/`, and 1,000 test digits as `digits.npy` (float32, NCHW) with
`labels.npy`.
"""

import logging
import os
import pathlib
import sys

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from onnxruntime import quantization  # noqa: E402
from writer import Writer  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "examples"))
from common import mnist, training  # noqa: E402
from common.network import Layer, Network  # noqa: E402

NETWORK = Network("CNN", [
    Layer("conv1", "conv", (8, 5, 5, 1)),
    Layer("pool1", "pool"),
    Layer("conv2", "conv", (16, 5, 5, 8)),
    Layer("pool2", "pool"),
    Layer("fc1", "dense", (32, 256)),
    Layer("fc2", "dense", (10, 32)),
])
TRAINED, CALIBRATED, COMPARED = 60000, 100, 1000


def nchw(images):
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def save(parameters, path):
    """The network as ONNX; the flattening is of NCHW."""
    w = Writer(0)
    x = w.input(["N", 1, 28, 28])
    for layer in NETWORK.layers:
        if layer.kind == "pool":
            x = w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
            continue
        weights, bias = parameters[layer.name]
        if layer.kind == "conv":
            x = w.op("Conv", [x, w.constant(weights.transpose(0, 3, 1, 2)), w.constant(bias)], kernel_shape=list(layer.shape[1:3]))
        else:
            if layer.name == "fc1":
                x = w.op("Flatten", [x])
                weights = weights.reshape(-1, 4, 4, 16).transpose(0, 3, 1, 2).reshape(len(weights), -1)
            x = w.op("Gemm", [x, w.constant(weights), w.constant(bias)], transB=1)
        x = x if layer is NETWORK.layers[-1] else w.op("Relu", [x])
    w.output(x, ["N", 10])
    w.save(path)


class Reader(quantization.CalibrationDataReader):
    def __init__(self, images):
        self.rows = iter([{"input": image[None]} for image in images])

    def get_next(self):
        return next(self.rows, None)


def quantise(source, folder, images):
    """One model for every format, type of the activations and granularity of the weights."""
    types = {"int8": quantization.QuantType.QInt8, "uint8": quantization.QuantType.QUInt8}
    for kind in quantization.QuantFormat:
        for act, number in types.items():
            for per_channel in (False, True):
                # Kernels for int8 by int8 of machines without VNNI saturate with eight bits, and of QLinear layers there are no others.
                narrow = kind is quantization.QuantFormat.QOperator and act == "int8"
                name = f"digits_{kind.name.lower()}_{act}_{'channel' if per_channel else 'tensor'}.onnx"
                quantization.quantize_static(
                    source, str(folder / name), Reader(images), quant_format=kind, activation_type=number,
                    weight_type=quantization.QuantType.QInt8, per_channel=per_channel, reduce_range=narrow,
                    extra_options={"WeightSymmetric": True, "ActivationSymmetric": False})


def main(folder, file):
    logging.disable(logging.WARNING)
    data = mnist.load(file)
    rng = np.random.default_rng(700)
    part = {"x_train": data["x_train"][:TRAINED], "y_train": data["y_train"][:TRAINED]}
    way = training.fit(NETWORK, training.Dense(NETWORK.initial(rng)), part, rng, epochs=1, rate=2e-3, batch=50, shift=0)
    (folder / "models").mkdir(parents=True)
    source = str(folder / "float.onnx")
    save(way.parameters(), source)
    images, labels = nchw(data["x_test"][:COMPARED]), data["y_test"][:COMPARED]
    logits = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"]).run(None, {"input": images})[0]
    own = NETWORK.logits(way.parameters(), data["x_test"][:COMPARED])
    assert np.abs(logits - own).max() < 1e-3, "the ONNX model is not the network"
    print(f"float network: {np.mean(logits.argmax(axis=1) == labels):.2%} of {COMPARED}")
    quantise(source, folder / "models", nchw(data["x_train"][-CALIBRATED:]))
    np.save(folder / "digits.npy", images)
    np.save(folder / "labels.npy", labels)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
