"""A small writer of ONNX models: nodes one after the other, constants named as they come."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DOMAIN = "qonnx.custom_op.general"
FLOAT, UINT8, INT8, INT64 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT8, TensorProto.INT64
CUSTOM = {"Quant", "BipolarQuant", "Trunc", "MultiThreshold"}


class Writer:
    def __init__(self, seed, opset=13):
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []
        self.opset, self.count, self.versions = opset, 0, {DOMAIN: 1}

    def name(self, stem):
        self.count += 1
        return f"{stem}_{self.count}"

    def input(self, shape, kind=FLOAT, name="input"):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, shape, kind=FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def constant(self, value, dtype=np.float32):
        name = self.name("constant")
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def op(self, kind, inputs, domain=None, names=None, **attributes):
        names = names or [self.name(kind.lower())]
        domain = (DOMAIN if kind in CUSTOM else "") if domain is None else domain
        self.nodes.append(helper.make_node(kind, inputs, names, name=self.name(f"node_{kind}"), domain=domain, **attributes))
        return names[0]

    def quant(self, x, scale, bits, signed=1, narrow=0, zero=0, rounding="ROUND", **more):
        inputs = [x, self.constant(scale), self.constant(zero), self.constant(bits)]
        return self.op("Quant", inputs, signed=signed, narrow=narrow, rounding_mode=rounding, **more)

    def bipolar(self, x, scale=1.0):
        return self.op("BipolarQuant", [x, self.constant(scale)])

    def act(self, x, bits, scale=0.5, signed=0, **more):
        """The activation's quantiser for so many bits."""
        return self.bipolar(x) if bits == 1 else self.quant(x, scale, bits, signed, **more)

    def weights(self, shape, bits, scale=0.25, per_channel=False, axis=0):
        """Quantised weights; with one scale, or one per channel along `axis`."""
        real = self.constant(self.random.normal(size=shape))
        if bits == 1:
            return self.bipolar(real)
        if per_channel:
            sizes = [1] * len(shape)
            sizes[axis] = shape[axis]
            scale = (scale * (0.5 + self.random.random(shape[axis]))).reshape(sizes)
        return self.quant(real, scale, bits, narrow=1)

    def batch_norm(self, x, channels, spread=4.0, negative=True):
        r = self.random
        factor = r.normal(size=channels) if negative else 0.2 + r.random(channels)
        lists = [factor, r.normal(size=channels), r.normal(size=channels) * spread, spread * spread * (0.2 + r.random(channels))]
        return self.op("BatchNormalization", [x, *[self.constant(values) for values in lists]], epsilon=1e-5)

    def save(self, path):
        graph = helper.make_graph(self.nodes, "graph", self.inputs, self.outputs, self.constants)
        used = {node.domain for node in self.nodes if node.domain}
        opsets = [helper.make_opsetid("", self.opset)] + [helper.make_opsetid(domain, self.versions.get(domain, 1)) for domain in sorted(used)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="fretwork")
        onnx.save(model, path)
