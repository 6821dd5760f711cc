"""Models in the dialects of ONNX Runtime: QDQ (QuantizeLinear and DequantizeLinear around operators) and its integer operators."""

import numpy as np
from writer import INT8, UINT8, Writer

CASES = {}
TYPES = {"int8": (np.int8, INT8, -128, 127), "uint8": (np.uint8, UINT8, 0, 255)}


class Linear(Writer):
    def scale(self, scale, zero, kind):
        return [self.constant(scale), self.constant(zero, TYPES[kind][0])]

    def q(self, x, scale, zero, kind):
        return self.op("QuantizeLinear", [x, *self.scale(scale, zero, kind)])

    def dq(self, x, scale, zero, kind):
        return self.op("DequantizeLinear", [x, *self.scale(scale, zero, kind)])

    def qdq(self, x, scale, zero, kind):
        return self.dq(self.q(x, scale, zero, kind), scale, zero, kind)

    def integers(self, shape, kind, spread=40, zero=0):
        low, high = max(TYPES[kind][2], zero - 127), TYPES[kind][3]
        return np.clip(np.round(self.random.normal(size=shape) * spread) + zero, low, high).astype(TYPES[kind][0])

    def weights(self, shape, kind="int8", per_channel=True, axis=0):
        """DequantizeLinear of constant weights, and their scales."""
        channels = shape[axis]
        scales = (0.004 * (0.5 + self.random.random(channels))).astype(np.float32) if per_channel else np.float32(0.0052)
        zero = 0 if kind == "int8" else 128
        zeros = np.full(channels, zero) if per_channel else zero
        integers = self.constant(self.integers(shape, kind, zero=zero), TYPES[kind][0])
        inputs = [integers, self.constant(scales), self.constant(zeros, TYPES[kind][0])]
        return self.op("DequantizeLinear", inputs, **({"axis": axis} if per_channel else {})), scales

    def bias(self, channels, scale):
        scale = np.asarray(scale, dtype=np.float32)
        scale = np.broadcast_to(scale, [channels]) if scale.ndim else scale
        values = self.constant(self.random.integers(-3000, 3000, size=channels), np.int32)
        zeros = np.zeros(scale.shape)
        inputs = [values, self.constant(scale), self.constant(zeros, np.int32)]
        return self.op("DequantizeLinear", inputs, **({"axis": 0} if scale.ndim else {}))


def qdq_cnn(kind, weight_kind="int8", per_channel=True, relu=True):
    """Of MNIST's shape: two convolutions with pools, two dense layers."""
    def make(path):
        w = Linear(400 + len(kind) + per_channel)
        zero = {"int8": -128, "uint8": 0}[kind]
        x = w.qdq(w.input([1, 1, 28, 28]), 1 / 255, zero, kind)
        scale = np.float32(1 / 255)
        for channels, filters, out in [(1, 8, 0.021), (8, 12, 0.034)]:
            weights, scales = w.weights([filters, channels, 3, 3], weight_kind, per_channel)
            x = w.op("Conv", [x, weights, w.bias(filters, scale * scales)], kernel_shape=[3, 3])
            x = w.op("Relu", [x]) if relu else x
            x = w.qdq(x, out, zero, kind)
            x = w.qdq(w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2]), out, zero, kind)
            scale = np.float32(out)
        x = w.op("Reshape", [x, w.constant([1, -1], np.int64)])
        x = w.qdq(x, scale, zero, kind)
        for inputs, outputs, out, zero_out in [(300, 32, 0.09, zero), (32, 10, 0.13, zero + 131)]:
            weights, scales = w.weights([outputs, inputs], weight_kind, per_channel)
            x = w.op("Gemm", [x, weights, w.bias(outputs, scale * scales)], transB=1)
            x = w.qdq(x, out, zero_out, kind)
            scale = np.float32(out)
        w.output(x, [1, 10])
        w.save(path)
    return make


CASES["qdq_cnn_int8"] = qdq_cnn("int8")
CASES["qdq_cnn_uint8"] = qdq_cnn("uint8", per_channel=False)
CASES["qdq_cnn_uint8_weights"] = qdq_cnn("uint8", "uint8", per_channel=False)
CASES["qdq_cnn_signed"] = qdq_cnn("int8", relu=False)


def qlinear_cnn(kind, weight_kind, per_channel):
    def make(path):
        w = Linear(420 + len(kind) + per_channel)
        number = TYPES[kind][1]
        x = w.input([1, 1, 28, 28], number)
        scale, zero = 0.0079, {"int8": -3, "uint8": 121}[kind]
        weight_zero = 0 if weight_kind == "int8" else 128
        for channels, filters, out, extra in [(1, 8, 0.051, {}), (8, 12, 0.084, {"strides": [2, 2], "pads": [1, 0, 1, 2]})]:
            scales = 0.004 * (0.5 + w.random.random(filters)) if per_channel else 0.0052
            zeros = np.full(filters, weight_zero) if per_channel else weight_zero
            weights = [w.constant(w.integers([filters, channels, 3, 3], weight_kind, zero=weight_zero), TYPES[weight_kind][0]), w.constant(scales),
                       w.constant(zeros, TYPES[weight_kind][0])]
            bias = w.constant(w.random.integers(-3000, 3000, size=filters), np.int32)
            x = w.op("QLinearConv", [x, *w.scale(scale, zero, kind), *weights, *w.scale(out, zero + 5, kind), bias], kernel_shape=[3, 3], **extra)
            scale, zero = out, zero + 5
            x = w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
        x = w.op("Flatten", [x])
        size = 12 * 3 * 3
        weights = [w.constant(w.integers([size, 10], weight_kind, zero=weight_zero), TYPES[weight_kind][0]), w.constant(0.0043),
                   w.constant(weight_zero, TYPES[weight_kind][0])]
        x = w.op("QLinearMatMul", [x, *w.scale(scale, zero, kind), *weights, *w.scale(0.31, zero, kind)])
        w.output(x, [1, 10], number)
        w.save(path)
    return make


CASES["qlinear_cnn_uint8"] = qlinear_cnn("uint8", "uint8", False)
CASES["qlinear_cnn_uint8_int8"] = qlinear_cnn("uint8", "int8", True)
CASES["qlinear_cnn_int8"] = qlinear_cnn("int8", "int8", True)


def qdq_residual(path):
    w = Linear(440)
    x = w.qdq(w.input([1, 3, 8, 8]), 0.031, 117, "uint8")
    weights, scales = w.weights([3, 3, 3, 3])
    y = w.op("Conv", [x, weights, w.bias(3, np.float32(0.031) * scales)], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    y = w.qdq(y, 0.0273, 131, "uint8")
    w.output(w.qdq(w.op("Add", [x, y]), 0.0471, 125, "uint8"), [1, 3, 8, 8])
    w.save(path)


def qdq_functions(path):
    w = Linear(441)
    x = w.qdq(w.input([1, 4, 6, 6]), 0.043, 3, "uint8")
    x = w.qdq(w.op("Sigmoid", [x]), 0.0041, 5, "uint8")
    x = w.qdq(w.op("Relu", [w.op("Sub", [x, w.constant(0.4)])]), 0.0033, 0, "uint8")
    w.output(w.q(x, 0.0041, 12, "uint8"), [1, 4, 6, 6], UINT8)
    w.save(path)


CASES["qdq_residual"] = qdq_residual
CASES["qdq_functions"] = qdq_functions


def qdq_integers(path):
    """Integers in, integers out; depthwise, then pointwise."""
    w = Linear(442)
    x = w.dq(w.input([1, 4, 8, 8], UINT8), 0.02, 131, "uint8")
    weights, scales = w.weights([4, 1, 3, 3])
    x = w.op("Conv", [x, weights, w.bias(4, np.float32(0.02) * scales)], kernel_shape=[3, 3], group=4, pads=[1, 1, 1, 1])
    x = w.qdq(x, 0.013, 100, "uint8")
    weights, scales = w.weights([6, 4, 1, 1])
    x = w.op("Conv", [x, weights, w.bias(6, np.float32(0.013) * scales)], kernel_shape=[1, 1])
    w.output(w.q(x, 0.007, 120, "uint8"), [1, 6, 8, 8], UINT8)
    w.save(path)


CASES["qdq_integers"] = qdq_integers


def qdq_global_average(kind):
    def make(path):
        w = Linear(450 + len(kind))
        x = w.qdq(w.input([1, 5, 7, 6]), 0.037, 3, kind)
        x = w.op("Flatten", [w.qdq(w.op("GlobalAveragePool", [x]), 0.0093, 9, kind)])
        x = w.qdq(x, 0.0093, 9, kind)
        weights, scales = w.weights([6, 5])
        x = w.op("Gemm", [x, weights, w.bias(6, np.float32(0.0093) * scales)], transB=1)
        w.output(w.qdq(x, 0.011, 5, kind), [1, 6])
        w.save(path)
    return make


def qdq_average(path):
    w = Linear(460)
    x = w.qdq(w.input([1, 5, 6, 6]), 0.1, 3, "uint8")
    w.output(w.qdq(w.op("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2]), 0.0517, 9, "uint8"), [1, 5, 3, 3])
    w.save(path)


def qdq_concat(path):
    """Parts of different scales, joined and quantised again."""
    w = Linear(461)
    x = w.input([1, 3, 5, 5])
    parts = [w.qdq(x, 0.031, 3, "int8"), w.qdq(w.input([1, 2, 5, 5], name="second"), 0.023, -20, "int8")]
    w.output(w.qdq(w.op("Concat", parts, axis=1), 0.029, 7, "int8"), [1, 5, 5, 5])
    w.save(path)


def qdq_matmul(path):
    w = Linear(462)
    x = w.qdq(w.input([1, 40]), 0.031, 3, "uint8")
    x = w.op("MatMul", [x, w.weights([40, 12], "uint8", False)[0]])
    x = w.qdq(w.op("Clip", [x, w.constant(-50.0), w.constant(80.0)]), 0.0217, 128, "uint8")
    x = w.op("MatMul", [x, w.weights([12, 7], "uint8", False)[0]])
    w.output(w.qdq(x, 0.0117, 120, "uint8"), [1, 7])
    w.save(path)


def qdq_long_sums(path):
    """Sums that can leave the 24 bits up to which float32 is exact."""
    w = Linear(465)
    x = w.qdq(w.input([1, 6000]), 0.031, 0, "uint8")
    weights, scales = w.weights([5, 6000])
    x = w.op("Gemm", [x, weights, w.bias(5, np.float32(0.031) * scales)], transB=1)
    w.output(w.qdq(x, 0.43, 120, "uint8"), [1, 5])
    w.save(path)


def microsoft(path):
    """Integer operators of domain com.microsoft."""
    w = Linear(463)
    w.versions["com.microsoft"] = 1
    x = w.input([1, 6, 5, 5], UINT8)
    x = w.op("QLinearGlobalAveragePool", [x, *w.scale(0.037, 3, "uint8"), *w.scale(0.0213, 60, "uint8")], domain="com.microsoft")
    x = w.op("Flatten", [x])
    weights = [w.constant(w.integers([9, 6], "uint8", zero=128), np.uint8), *w.scale(0.0043, 128, "uint8")]
    bias = w.constant(w.random.integers(-3000, 3000, size=9), np.int32)
    inputs = [x, *w.scale(0.0213, 60, "uint8"), *weights, bias, *w.scale(0.013, 100, "uint8")]
    x = w.op("QGemm", inputs, domain="com.microsoft", transB=1, alpha=1.0)
    y = w.input([1, 9], UINT8, name="second")
    inputs = [x, *w.scale(0.013, 100, "uint8"), y, *w.scale(0.0211, 90, "uint8"), *w.scale(0.0291, 120, "uint8")]
    w.output(w.op("QLinearAdd", inputs, domain="com.microsoft"), [1, 9], UINT8)
    w.save(path)


def microsoft_functions(path):
    """Those that compute with real numbers between integers."""
    w = Linear(464)
    w.versions["com.microsoft"] = 1
    x = w.input([1, 4, 6, 6], UINT8)

    def op(kind, inputs, **attributes):
        return w.op(kind, inputs, domain="com.microsoft", **attributes)

    a = op("QLinearSigmoid", [x, *w.scale(0.043, 120, "uint8"), *w.scale(0.0041, 5, "uint8")])
    b = op("QLinearLeakyRelu", [x, *w.scale(0.043, 120, "uint8"), *w.scale(0.031, 40, "uint8")], alpha=0.13)
    inputs = [*w.scale(0.0171, 30, "uint8"), a, *w.scale(0.0041, 5, "uint8"), b, *w.scale(0.031, 40, "uint8")]
    y = op("QLinearConcat", inputs, axis=1)
    y = op("QLinearAveragePool", [y, *w.scale(0.0171, 30, "uint8"), *w.scale(0.0107, 20, "uint8")], kernel_shape=[3, 3], strides=[3, 3])
    w.output(y, [1, 8, 2, 2], UINT8)
    w.save(path)


CASES |= {"qdq_global_average_int8": qdq_global_average("int8"), "qdq_global_average_uint8": qdq_global_average("uint8"), "qdq_average": qdq_average,
          "qdq_concat": qdq_concat, "qdq_long_sums": qdq_long_sums, "qdq_matmul": qdq_matmul, "microsoft": microsoft, "microsoft_functions": microsoft_functions}
