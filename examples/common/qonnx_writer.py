"""Writes QONNX files of sequential networks, one call per operation.

QONNX (fastmachinelearning/qonnx) is ONNX with quantisers of its own: activations and
weights stay float32, and `Quant` and `BipolarQuant` nodes say which values they can take.
Images are NCHW, weights OIHW and [inputs, outputs]; the batch is 1. Every tensor's shape
is written, so a reader need not infer any.
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

DOMAIN = "qonnx.custom_op.general"
OPSET = 13   # the last in which a BatchNormalization of inference has no mode


class Model:
    """Each call appends nodes and returns the name of the tensor they make; `name` is
    that tensor's name, and the start of the names of its constants."""

    def __init__(self, description):
        self.description = description
        self.nodes, self.constants, self.shapes = [], [], {}
        self.inputs, self.outputs = [], []

    def input(self, shape, name="input"):
        self.inputs.append(name)
        self.shapes[name] = list(shape)
        return name

    def output(self, x):
        self.outputs.append(x)

    def quant(self, x, scale, bits, signed, name):
        """Rounds to the nearest of the integers of `bits` bits times `scale`; ties go to
        the even one."""
        settings = [self.constant(f"{name}_{what}", value) for what, value in
                    (("scale", scale), ("zero_point", 0), ("bits", bits))]
        return self.node("Quant", [x, *settings], name, self.shapes[x], domain=DOMAIN,
                         signed=int(signed), narrow=0, rounding_mode="ROUND")

    def bipolar(self, x, name):
        """-1 below zero, +1 from zero on."""
        return self.node("BipolarQuant", [x, self.constant(f"{name}_scale", 1)], name,
                         self.shapes[x], domain=DOMAIN)

    def binary(self, weights, name):
        """A constant of -1 and +1, with the quantiser that says so."""
        return self.bipolar(self.constant(f"{name}_signs", weights), name)

    def conv(self, x, weights, name):
        """Stride 1, no padding, no bias; binary weights [outputs, inputs, height, width]."""
        outputs, _, height, width = weights.shape
        _, _, h, w = self.shapes[x]
        return self.node("Conv", [x, self.binary(weights, f"{name}_weights")], name,
                         [1, outputs, h - height + 1, w - width + 1], kernel_shape=[height, width],
                         strides=[1, 1], pads=[0, 0, 0, 0], dilations=[1, 1], group=1)

    def matmul(self, x, weights, name):
        """Binary weights [inputs, outputs]."""
        return self.node("MatMul", [x, self.binary(weights, f"{name}_weights")], name,
                         [1, weights.shape[1]])

    def batch_norm(self, x, scale, offset, mean, variance, epsilon, name):
        """scale * (x - mean) / sqrt(variance + epsilon) + offset, by channel."""
        settings = [self.constant(f"{name}_{what}", value) for what, value in
                    (("scale", scale), ("offset", offset), ("mean", mean), ("variance", variance))]
        return self.node("BatchNormalization", [x, *settings], name, self.shapes[x],
                         epsilon=float(epsilon))

    def max_pool(self, x, name):
        """2x2, stride 2."""
        _, channels, h, w = self.shapes[x]
        return self.node("MaxPool", [x], name, [1, channels, h // 2, w // 2], kernel_shape=[2, 2],
                         strides=[2, 2], pads=[0, 0, 0, 0])

    def flatten(self, x, name):
        """In the order channel, height, width."""
        return self.node("Flatten", [x], name, [1, int(np.prod(self.shapes[x]))], axis=1)

    def constant(self, name, value):
        array = np.asarray(value, np.float32)
        self.constants.append(numpy_helper.from_array(array, name))
        self.shapes[name] = list(array.shape)
        return name

    def node(self, kind, inputs, name, shape, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        self.shapes[name] = list(shape)
        return name

    def save(self, path):
        """Writes the file and returns its size in bytes."""
        def described(names):
            return [helper.make_tensor_value_info(n, TensorProto.FLOAT, self.shapes[n]) for n in names]

        stored = {constant.name for constant in self.constants}
        inner = [n for n in self.shapes if n not in stored and n not in self.inputs + self.outputs]
        graph = helper.make_graph(self.nodes, self.description, described(self.inputs),
                                  described(self.outputs), self.constants, value_info=described(inner))
        model = helper.make_model(graph, producer_name="fretwork examples", ir_version=8, opset_imports=[
            helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)])
        checker.check_model(model)
        content = model.SerializeToString(deterministic=True)
        with open(path, "wb") as file:
            file.write(content)
        return len(content)
