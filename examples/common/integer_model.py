"""What an int8 or int16 TensorFlow Lite file computes, in numpy, integers only.

Convolutions and fully connected layers are exact sums; requantisation is the
double rounding of gemmlowp (`rounding_doubling_high_mul`, then
`rounding_shift_right`). Covers the operations of the examples: CONV_2D, MAX_POOL_2D,
RESHAPE, FULLY_CONNECTED. SOFTMAX is left out: it changes no decision. With int16
activations weights stay int8, biases are int64, and requantisation rounds once
(`requantise_once`).

The file is read with the schema's own bindings (they come with tflite-micro), so
a file that the writer laid out wrongly cannot be read back wrongly in the same way.
"""

import math

import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from common.mnist import to_int16, to_int8

STORED = {schema.TensorType.INT8: np.int8, schema.TensorType.INT16: np.int16,
          schema.TensorType.INT32: np.int32, schema.TensorType.INT64: np.int64}
RELU = schema.ActivationFunctionType.RELU
SAME = schema.Padding.SAME
WEIGHTED = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.FULLY_CONNECTED)


class IntegerModel:
    """`run(batch)` gives every activation tensor as {tensor name: int8 or int16 array}."""

    def __init__(self, content):
        """`content` is the bytes of the file."""
        self.model = schema.ModelT.InitFromPackedBuf(content, 0)
        self.graph = self.model.subgraphs[0]
        self.macs = 0

    def run(self, batch):
        """`batch` is NHWC [n, 28, 28, 1] in the input's type; the file's own batch is 1."""
        self.macs = 0
        values = {self.graph.inputs[0]: batch.astype(np.int64)}
        for operator in self.graph.operators:
            code = self.code(operator)
            if code == schema.BuiltinOperator.SOFTMAX:
                break
            x, y = operator.inputs[0], operator.outputs[0]
            if code == schema.BuiltinOperator.CONV_2D:
                columns = self.windows(values[x], operator)
                values[y] = self.weighted(columns, operator)
            elif code == schema.BuiltinOperator.FULLY_CONNECTED:
                values[y] = self.weighted(values[x], operator)
            elif code == schema.BuiltinOperator.MAX_POOL_2D:
                values[y] = max_pool(values[x], operator.builtinOptions)
            elif code == schema.BuiltinOperator.RESHAPE:
                values[y] = values[x].reshape(len(batch), *self.tensor(y).shape[1:])
            else:
                raise ValueError(f"operator code {code} is not supported here")
        return {self.tensor(i).name.decode(): v.astype(STORED[self.tensor(i).type])
                for i, v in values.items()}

    def inputs(self, pixels):
        """Pixels 0..255 as the file's input takes them."""
        wide = self.tensor(self.graph.inputs[0]).type == schema.TensorType.INT16
        return to_int16(pixels) if wide else to_int8(pixels)

    def logits(self, batch):
        """Integers [n, classes], of as many images as there are, some at a time."""
        name = self.logits_name()
        return np.concatenate([self.run(batch[i:i + 500])[name] for i in range(0, len(batch), 500)])

    def logits_name(self):
        """The tensor that the last weighted operation makes."""
        return self.tensor(self.weighted_operators()[-1].outputs[0]).name.decode()

    def accuracy(self, pixels, labels):
        """The fraction of images whose largest logit is the right one; `pixels` are
        0..255, or float in 0..1."""
        if pixels.dtype != np.uint8:
            pixels = np.rint(pixels * 255)
        return np.mean(self.logits(self.inputs(pixels)).argmax(axis=1) == labels)

    def weighted_operators(self):
        return [o for o in self.graph.operators if self.code(o) in WEIGHTED]

    def code(self, operator):
        return self.model.operatorCodes[operator.opcodeIndex].builtinCode

    def tensor(self, index):
        return self.graph.tensors[index]

    def constant(self, index):
        t = self.tensor(index)
        data = np.asarray(self.model.buffers[t.buffer].data, dtype=np.uint8).tobytes()
        return np.frombuffer(data, STORED[t.type]).reshape(t.shape).astype(np.int64)

    def windows(self, x, operator):
        """im2col with stride 1; outside the image stands the zero point."""
        options = operator.builtinOptions
        if (options.strideH, options.strideW) != (1, 1):
            raise ValueError("only stride 1 is supported here")
        _, kh, kw, _ = self.tensor(operator.inputs[1]).shape
        if options.padding == SAME:
            zero_point = self.tensor(operator.inputs[0]).quantization.zeroPoint[0]
            sides = [((k - 1) // 2, k - 1 - (k - 1) // 2) for k in (kh, kw)]
            x = np.pad(x, ((0, 0), *sides, (0, 0)), constant_values=zero_point)
        v = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(1, 2))
        return v.transpose(0, 1, 2, 4, 5, 3).reshape(*v.shape[:3], -1)

    def weighted(self, x, operator):
        """bias + sum((x - zero point) * weight), requantised and clamped."""
        source, target = self.tensor(operator.inputs[0]), self.tensor(operator.outputs[0])
        weights = self.constant(operator.inputs[1])
        weights = weights.reshape(len(weights), -1)
        centred = x - source.quantization.zeroPoint[0]
        # float64 holds integers to 2^53 exactly, far above these sums.
        acc = (centred.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int64)
        acc += self.constant(operator.inputs[2])
        if np.abs(acc).max() >= 2 ** 31:
            raise OverflowError("an accumulator does not fit 32 bits")
        self.macs += acc[0].size * weights.shape[1]

        multipliers = real_multipliers(source, self.tensor(operator.inputs[1]), target)
        parameters = np.array([quantised_multiplier(r) for r in multipliers])
        # The type of the sums is the biases'; it decides how they are scaled.
        wide = self.tensor(operator.inputs[2]).type == schema.TensorType.INT64
        scaled = requantise_once if wide else requantise
        out = scaled(acc, parameters[:, 0], parameters[:, 1])
        zero_point = target.quantization.zeroPoint[0]
        relu = operator.builtinOptions.fusedActivationFunction == RELU
        limits = np.iinfo(STORED[target.type])
        return np.clip(out + zero_point, zero_point if relu else limits.min, limits.max)


def real_multipliers(source, weights, target):
    """input scale * weight scale / output scale, one per weight scale: the stored
    scales are single precision, the product and the quotient double precision."""
    scale_in = np.float64(np.float32(source.quantization.scale[0]))
    scale_out = np.float64(np.float32(target.quantization.scale[0]))
    scales = np.asarray(weights.quantization.scale, dtype=np.float32)
    return scale_in * scales.astype(np.float64) / scale_out


def quantised_multiplier(real):
    """`real` as (m, shift): m * 2^(shift - 31), m a 31-bit integer."""
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    m = math.floor(fraction * 2 ** 31 + 0.5)
    if m == 2 ** 31:
        m, shift = m // 2, shift + 1
    return (m, shift) if shift >= -31 else (0, 0)


def requantise(acc, m, shift):
    """acc * m * 2^(shift - 31), rounded twice."""
    product = rounding_doubling_high_mul(acc << np.maximum(shift, 0), m)
    return rounding_shift_right(product, np.maximum(-shift, 0))


def requantise_once(acc, m, shift):
    """acc * m * 2^(shift - 31) with the upper 15 bits of m, rounded once, halves up."""
    m = np.where(m < 0x7fff0000, (m + (1 << 15)) >> 16, 0x7fff)
    right = 15 - shift
    return (acc * m + (1 << (right - 1))) >> right


def rounding_doubling_high_mul(a, b):
    """a * b / 2^31 to the nearest integer, halves away from zero for positive
    products and toward zero for negative ones."""
    product = a * b
    nudged = product + np.where(product >= 0, 2 ** 30, 1 - 2 ** 30)
    return np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31))


def rounding_shift_right(x, shift):
    """x / 2^shift to the nearest integer, halves away from zero."""
    mask = (1 << shift) - 1
    return (x >> shift) + ((x & mask) > (mask >> 1) + (x < 0))


def max_pool(x, options):
    """VALID windows that do not overlap."""
    kh, kw = options.filterHeight, options.filterWidth
    if (options.strideH, options.strideW) != (kh, kw) or options.padding == SAME:
        raise ValueError("only VALID pooling with stride = window is supported here")
    n, h, w, c = x.shape
    x = x[:, :h // kh * kh, :w // kw * kw]
    return x.reshape(n, h // kh, kh, w // kw, kw, c).max(axis=(2, 4))
