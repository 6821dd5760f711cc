"""Float networks with inputs and the outputs of ONNX Runtime, for the post-training quantiser.

usage: floats.py FOLDER [--small]

Writes NAME.onnx, NAME.input.npy ([inferences, ...]) and NAME.output.npy; with --small the networks only.
"""

import pathlib
import sys

import modules
import numpy as np
import onnxruntime
from writer import Writer

INFERENCES = 32
CASES = {}


def case(shape, signed=False):
    """A function that adds nodes behind the input and returns the output."""
    def add(build):
        CASES[build.__name__] = (shape, signed, build)
        return build
    return add


class Floats(Writer):
    def weighted(self, kind, x, shape, bias=True, **attributes):
        fan = np.prod(shape[1:])
        weights = self.constant(self.random.normal(size=shape) * np.sqrt(2 / fan))
        extra = [self.constant(self.random.normal(size=shape[0]) * 0.1)] if bias else []
        return self.op(kind, [x, weights, *extra], **attributes)

    def conv(self, x, shape, pad=0, **attributes):
        return self.weighted("Conv", x, shape, kernel_shape=list(shape[2:]), pads=[pad] * 4, **attributes)

    def gemm(self, x, shape):
        return self.weighted("Gemm", x, shape, transB=1)

    def normalised(self, x, channels):
        """Batch normalisation with factors of both signs."""
        r = self.random
        lists = [r.normal(size=channels), r.normal(size=channels) * 0.5, r.normal(size=channels) * 0.3, r.random(channels) + 0.5]
        return self.op("BatchNormalization", [x, *(self.constant(values) for values in lists)], epsilon=1e-3)

    def matmul(self, x, shape, axes):
        product = self.op("MatMul", [x, self.constant(self.random.normal(size=shape) / np.sqrt(shape[0]))])
        return self.op("Add", [product, self.constant(self.random.normal(size=[1] * axes + [shape[1]]) * 0.1)])


@case([1, 3, 12, 12])
def batch_norm(w, x):
    x = w.op("Relu", [w.normalised(w.conv(x, (8, 3, 3, 3), 1, bias=False), 8)])
    x = w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = w.op("Relu", [w.normalised(w.conv(x, (12, 8, 3, 3), 1, strides=[2, 2]), 12)])
    return w.gemm(w.op("Flatten", [w.op("GlobalAveragePool", [x])]), (10, 12))


@case([1, 3, 10, 10], signed=True)
def residual(w, x):
    x = w.op("Relu", [w.normalised(w.conv(x, (8, 3, 3, 3), 1), 8)])
    y = w.op("Relu", [w.normalised(w.conv(x, (8, 8, 3, 3), 1), 8)])
    y = w.normalised(w.conv(y, (8, 8, 3, 3), 1), 8)
    x = w.op("Relu", [w.op("Add", [x, y])])
    x = w.op("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
    return w.matmul(w.op("Flatten", [x]), (200, 6), 0)


@case([1, 4, 9, 9])
def depthwise(w, x):
    x = w.op("Clip", [w.conv(x, (8, 4, 1, 1)), w.constant(0), w.constant(6)])
    x = w.op("Clip", [w.conv(x, (8, 1, 3, 3), 1, group=8), w.constant(0), w.constant(6)])
    left, right = w.op("Relu", [w.conv(x, (6, 8, 1, 1))]), w.conv(x, (4, 8, 3, 1))
    right = w.op("Relu", [w.op("Pad", [right, w.constant([0, 0, 1, 0, 0, 0, 1, 0], np.int64)])])
    x = w.conv(w.op("Concat", [left, right], axis=1), (5, 10, 3, 3), strides=[2, 2])
    return w.op("ReduceMean", [x], axes=[2, 3], keepdims=0)


@case([1, 20], signed=True)
def functions(w, x):
    x = w.op("Tanh", [w.gemm(x, (16, 20))])
    x = w.op("Sigmoid", [w.gemm(x, (16, 16))])
    x = w.op("LeakyRelu", [w.gemm(x, (16, 16))], alpha=0.1)
    return w.gemm(x, (4, 16))


@case([1, 1, 12, 12])
def scaled_input(w, x):
    """Pixels of 0 to 255, biases of their own nodes, shapes that are computed."""
    x = w.op("Div", [x, w.constant(255)])
    x = w.weighted("Conv", x, (6, 1, 5, 5), bias=False, kernel_shape=[5, 5], auto_pad="SAME_UPPER")
    x = w.op("Relu", [w.op("Add", [x, w.constant(w.random.normal(size=(6, 1, 1)) * 0.1)])])
    x = w.op("MaxPool", [x], kernel_shape=[3, 3], strides=[3, 3])
    batch = w.op("Gather", [w.op("Shape", [x]), w.constant(0, np.int64)], axis=0)
    rows = w.op("Concat", [w.op("Unsqueeze", [batch, w.constant([0], np.int64)]), w.constant([-1], np.int64)], axis=0)
    weights = w.op("Reshape", [w.constant(w.random.normal(size=(6, 4, 4, 7)) * 0.1), w.constant([96, 7], np.int64)])
    product = w.op("MatMul", [w.op("Reshape", [x, rows]), weights])
    return w.op("Add", [product, w.constant(w.random.normal(size=(1, 7)) * 0.1)])


@case([1, 3, 8, 8], signed=True)
def norm_behind_relu(w, x):
    x = w.normalised(w.op("Relu", [w.conv(x, (8, 3, 3, 3), 1)]), 8)
    x = w.op("Relu", [w.conv(x, (8, 8, 3, 3))])
    return w.gemm(w.op("Flatten", [x]), (5, 288))


@case([1, 2, 10, 10])
def grouped(w, x):
    x = w.op("Relu", [w.normalised(w.conv(x, (8, 2, 3, 3)), 8)])
    x = w.op("Relu", [w.normalised(w.conv(x, (8, 4, 3, 3), group=2, dilations=[2, 2]), 8)])
    return w.gemm(w.op("Flatten", [x]), (5, 128))


@case([1, 3, 6, 6])
def upsampled(w, x):
    x = w.op("Relu", [w.conv(x, (6, 3, 3, 3), 1)])
    x = w.op("Resize", [x, "", w.constant([1, 1, 2, 2])], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    x = w.op("Relu", [w.conv(x, (8, 6, 3, 3), 1)])
    return w.op("DepthToSpace", [w.conv(x, (8, 8, 1, 1))], blocksize=2, mode="CRD")


CASES |= modules.CASES


def main():
    folder, small = pathlib.Path(sys.argv[1]), "--small" in sys.argv
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, (shape, signed, build)) in enumerate(CASES.items()):
        w = Floats(900 + seed)
        last = build(w, w.input(shape))
        w.output(last, None)
        path = folder / f"{name}.onnx"
        w.save(path)
        if small:
            continue
        random = np.random.default_rng(1000 + seed)
        inputs = random.random([INFERENCES, *shape[1:]]).astype(np.float32)
        inputs = inputs * 2 - 1 if signed else inputs * (255 if name == "scaled_input" else 1)
        inputs = inputs.astype(np.float32)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        outputs = [session.run(None, {"input": row[None]})[0] for row in inputs]
        np.save(folder / f"{name}.input.npy", inputs)
        np.save(folder / f"{name}.output.npy", np.concatenate(outputs))


if __name__ == "__main__":
    main()
