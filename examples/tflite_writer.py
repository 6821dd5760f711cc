"""Writes TensorFlow Lite files: the quantised operations, one call each.

Lives here: the file format (FlatBuffers tables, by the field numbers of the
published schema, version 3) and shape arithmetic. Does not live here: training,
calibration, choosing scales. It needs `numpy` and `flatbuffers` and nothing else.

A model is built front to back; every call returns the tensor it made:

    import numpy as np
    from tflite_writer import Model, symmetric_int8

    rng = np.random.default_rng(0)
    m = Model("one convolution")
    x = m.input([1, 8, 8, 4], scale=0.05, zero_point=3)                 # NHWC
    weights, scales = symmetric_int8(rng.normal(size=(6, 3, 3, 4)), axis=0)  # OHWI
    y = m.conv2d(x, weights, scales, bias=rng.integers(-500, 500, 6),
                 scale=0.4, zero_point=-7, stride=(1, 2), padding="same",
                 activation="relu")
    m.output(y)
    m.save("conv.tflite")

Conventions
- `scale` and `zero_point` always describe the result. Operations that TFLite
  requires to keep them (pooling, reshape, pad, transpose, ...) take them from
  the input; softmax, logistic and tanh have the fixed ones that TFLite demands.
- Weights and biases are the stored integers. A bias (int32; int64 with int16
  activations, `Model(dtype="int16")`, whose zero point is 0) is stored with the
  scale `input scale * weight scale` and zero point 0, as TFLite requires.
- `padding` is "same" or "valid"; `activation` is None, "relu", "relu6" or
  "relu_n1_to_1"; `stride`, `dilation` and `window` are an int or a pair (h, w).
- `add`, `sub`, `mul`, `maximum` and `minimum` take two tensors; a constant
  operand comes from `Model.constant`.
- An operation without a method of its own: `Model.op` with the raw names.
"""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np

SCHEMA_VERSION = 3
FILE_IDENTIFIER = b"TFL3"
BUFFER_ALIGNMENT = 16

# enum TensorType
TENSOR_TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4,
                "bool": 6, "int16": 7, "int8": 9, "int4": 17}

PADDINGS = {"same": 0, "valid": 1}
ACTIVATIONS = {None: 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3, "tanh": 4}

# enum BuiltinOperator: name -> (code, version that introduced int8 operands)
OPERATORS = {
    "ADD": (0, 2), "AVERAGE_POOL_2D": (1, 2), "CONCATENATION": (2, 2),
    "CONV_2D": (3, 3), "DEPTHWISE_CONV_2D": (4, 3), "DEQUANTIZE": (6, 2),
    "FULLY_CONNECTED": (9, 4), "LOGISTIC": (14, 2), "MAX_POOL_2D": (17, 2),
    "MUL": (18, 2), "RELU": (19, 2), "RELU_N1_TO_1": (20, 2), "RELU6": (21, 2),
    "RESHAPE": (22, 1), "SOFTMAX": (25, 2), "TANH": (28, 2), "PAD": (34, 2),
    "TRANSPOSE": (39, 2), "MEAN": (40, 2), "SUB": (41, 2), "SQUEEZE": (43, 1),
    "MAXIMUM": (55, 2), "MINIMUM": (57, 2), "PADV2": (60, 2),
    "LEAKY_RELU": (98, 2), "QUANTIZE": (114, 1), "HARD_SWISH": (117, 1),
}
# Versions of the same operations when their weights are int4.
INT4_VERSIONS = {"CONV_2D": 7, "DEPTHWISE_CONV_2D": 7, "FULLY_CONNECTED": 10}
# Versions of the same operations when their activations are int16.
INT16_VERSIONS = {"CONV_2D": 4, "FULLY_CONNECTED": 7, "SOFTMAX": 3}
# Codes from 127 on do not fit the older one-byte field, which then holds 127.
PLACEHOLDER_FOR_GREATER_CODES = 127

# union BuiltinOptions: table -> (union tag, {field: (field number, type, default)})
OPTIONS = {
    "Conv2DOptions": (1, {
        "padding": (0, "int8", 0), "stride_w": (1, "int32", 0),
        "stride_h": (2, "int32", 0), "activation": (3, "int8", 0),
        "dilation_w": (4, "int32", 1), "dilation_h": (5, "int32", 1)}),
    "DepthwiseConv2DOptions": (2, {
        "padding": (0, "int8", 0), "stride_w": (1, "int32", 0),
        "stride_h": (2, "int32", 0), "depth_multiplier": (3, "int32", 0),
        "activation": (4, "int8", 0), "dilation_w": (5, "int32", 1),
        "dilation_h": (6, "int32", 1)}),
    "Pool2DOptions": (5, {
        "padding": (0, "int8", 0), "stride_w": (1, "int32", 0),
        "stride_h": (2, "int32", 0), "filter_width": (3, "int32", 0),
        "filter_height": (4, "int32", 0), "activation": (5, "int8", 0)}),
    "FullyConnectedOptions": (8, {
        "activation": (0, "int8", 0), "weights_format": (1, "int8", 0),
        "keep_num_dims": (2, "bool", False)}),
    "SoftmaxOptions": (9, {"beta": (0, "float32", 0.0)}),
    "ConcatenationOptions": (10, {
        "axis": (0, "int32", 0), "activation": (1, "int8", 0)}),
    "AddOptions": (11, {"activation": (0, "int8", 0)}),
    "ReshapeOptions": (17, {"new_shape": (0, "ints", None)}),
    "MulOptions": (21, {"activation": (0, "int8", 0)}),
    "PadOptions": (22, {}),
    "TransposeOptions": (26, {}),
    "ReducerOptions": (27, {"keep_dims": (0, "bool", False)}),
    "SubOptions": (28, {"activation": (0, "int8", 0)}),
    "SqueezeOptions": (30, {"squeeze_dims": (0, "ints", None)}),
    "DequantizeOptions": (38, {}),
    "MaximumMinimumOptions": (39, {}),
    "PadV2Options": (43, {}),
    "LeakyReluOptions": (75, {"alpha": (0, "float32", 0.0)}),
    "QuantizeOptions": (89, {}),
    "HardSwishOptions": (91, {}),
}


@dataclass
class Tensor:
    """One tensor of a model. `scales` and `zero_points` have one element, or
    one per index of dimension `axis`, or none where nothing is quantised."""

    index: int
    shape: list
    dtype: str
    name: str
    scales: np.ndarray
    zero_points: np.ndarray
    axis: int = 0
    data: bytes = None

    @property
    def scale(self):
        return float(self.scales[0])

    @property
    def zero_point(self):
        return int(self.zero_points[0])


@dataclass
class Operator:
    """One operation: a name from OPERATORS, tensor indices (-1: left out), and
    its options table with the fields that differ from the defaults."""

    name: str
    version: int
    inputs: list
    outputs: list
    options: str = None
    fields: dict = field(default_factory=dict)


def symmetric_int8(weights, axis=None, bits=8):
    """Quantises real weights symmetrically: integers in +-(2^(bits-1) - 1) and
    their float32 scales, one per index of `axis` or one for all (None)."""
    weights = np.asarray(weights, dtype=np.float64)
    limit = 2 ** (bits - 1) - 1
    others = tuple(d for d in range(weights.ndim) if d != axis)
    peak = np.abs(weights).max(axis=others if axis is not None else None, keepdims=True)
    scales = (np.where(peak > 0, peak, 1.0) / limit).astype(np.float32)
    integers = np.clip(np.rint(weights / scales), -limit, limit).astype(np.int8)
    return integers, scales.reshape(-1)


def pair(value):
    """An int or a pair (h, w), as a pair."""
    return (value, value) if np.isscalar(value) else tuple(value)


def window_output(size, window, stride, dilation, padding):
    """How many positions a window has along one dimension."""
    if padding == "same":
        return -(-size // stride)
    return (size - (window - 1) * dilation - 1) // stride + 1


class Model:
    """A TensorFlow Lite model with one subgraph."""

    def __init__(self, description="", dtype="int8"):
        """`dtype` is the type of the activations that the methods create."""
        self.description = description
        self.dtype = dtype
        self.tensors, self.operators, self.inputs, self.outputs = [], [], [], []

    # --- tensors ---------------------------------------------------------------

    def tensor(self, shape, scale=(), zero_point=0, dtype=None, axis=0, name=None, data=None):
        """Adds a tensor; the methods below call this."""
        scales = np.atleast_1d(np.asarray(scale, dtype=np.float32))
        zero_points = np.broadcast_to(np.asarray(zero_point, dtype=np.int64), scales.shape)
        index = len(self.tensors)
        made = Tensor(index, [int(d) for d in shape], dtype or self.dtype,
                      name or f"t{index}", scales, zero_points, axis, data)
        self.tensors.append(made)
        return made

    def constant(self, values, scale=(), zero_point=0, dtype=None, axis=0, name=None):
        """A constant; dtype "int4" packs two values in a byte, low half first."""
        values = np.asarray(values)
        dtype = dtype or str(values.dtype)
        if dtype == "int4":
            nibbles = values.astype(np.uint8).reshape(-1) & 15
            nibbles = np.append(nibbles, np.zeros(nibbles.size % 2, np.uint8))
            data = (nibbles[0::2] | nibbles[1::2] << 4).tobytes()
        else:
            stored = values.astype(dtype)
            if not np.array_equal(stored, values):
                raise ValueError(f"constant {name}: values do not fit {dtype}")
            data = np.ascontiguousarray(stored, np.dtype(dtype).newbyteorder("<")).tobytes()
        return self.tensor(values.shape, scale, zero_point, dtype, axis, name, data)

    def input(self, shape, scale=(), zero_point=0, dtype=None, name="input"):
        made = self.tensor(shape, scale, zero_point, dtype, name=name)
        self.inputs.append(made.index)
        return made

    def output(self, *tensors):
        """Declares results; without it the last operation's result is the output."""
        self.outputs += [t.index for t in tensors]

    # --- operations ------------------------------------------------------------

    def op(self, name, inputs, outputs, options=None, version=None, **fields):
        """Any operation. `inputs` may hold None for one that is left out."""
        for key in fields:
            if key not in OPTIONS[options][1]:
                raise ValueError(f"{options} has no field {key}")
        self.operators.append(Operator(
            name, self._version(name, version, inputs[0].dtype),
            [-1 if t is None else t.index for t in inputs],
            [t.index for t in outputs], options, fields))
        return outputs[0]

    @staticmethod
    def _version(name, version, dtype):
        if dtype == "int16" and name in INT16_VERSIONS:
            return INT16_VERSIONS[name]
        return version or OPERATORS[name][1]

    def conv2d(self, x, weights, weight_scales, bias=None, *, scale, zero_point, stride=1,
               dilation=1, padding="same", activation=None, weight_dtype="int8", name=None):
        """CONV_2D; weights OHWI, `weight_scales` one or one per output channel."""
        (sh, sw), (dh, dw) = pair(stride), pair(dilation)
        n, h, w, _ = x.shape
        outputs, kh, kw, _ = np.shape(weights)
        name = name or f"conv{len(self.operators)}"
        y = self.tensor([n, window_output(h, kh, sh, dh, padding),
                         window_output(w, kw, sw, dw, padding), outputs],
                        scale, zero_point, name=name)
        operands = self._weights(x, weights, weight_scales, bias, 0, weight_dtype, name)
        version = INT4_VERSIONS["CONV_2D"] if weight_dtype == "int4" else None
        return self.op("CONV_2D", [x, *operands], [y], "Conv2DOptions",
                       version=version,
                       padding=PADDINGS[padding], stride_w=sw, stride_h=sh, dilation_w=dw,
                       dilation_h=dh, activation=ACTIVATIONS[activation])

    def depthwise_conv2d(self, x, weights, weight_scales, bias=None, *, scale, zero_point,
                         stride=1, dilation=1, padding="same", activation=None,
                         weight_dtype="int8", name=None):
        """DEPTHWISE_CONV_2D; weights [1, h, w, channels * depth multiplier]."""
        (sh, sw), (dh, dw) = pair(stride), pair(dilation)
        n, h, w, channels = x.shape
        _, kh, kw, outputs = np.shape(weights)
        if outputs % channels:
            raise ValueError(f"{outputs} outputs are not a multiple of {channels} channels")
        name = name or f"depthwise{len(self.operators)}"
        y = self.tensor([n, window_output(h, kh, sh, dh, padding),
                         window_output(w, kw, sw, dw, padding), outputs],
                        scale, zero_point, name=name)
        operands = self._weights(x, weights, weight_scales, bias, 3, weight_dtype, name)
        version = INT4_VERSIONS["DEPTHWISE_CONV_2D"] if weight_dtype == "int4" else None
        return self.op("DEPTHWISE_CONV_2D", [x, *operands], [y], "DepthwiseConv2DOptions",
                       version=version,
                       padding=PADDINGS[padding], stride_w=sw, stride_h=sh, dilation_w=dw,
                       dilation_h=dh, activation=ACTIVATIONS[activation],
                       depth_multiplier=outputs // channels)

    def fully_connected(self, x, weights, weight_scales, bias=None, *, scale, zero_point,
                        activation=None, keep_num_dims=False, weight_dtype="int8", name=None):
        """FULLY_CONNECTED; weights [outputs, inputs]. Any leading dimensions of the
        input become one, unless `keep_num_dims`."""
        outputs, inputs = np.shape(weights)
        count = int(np.prod(x.shape))
        if count % inputs:
            raise ValueError(f"input {x.shape} does not divide into rows of {inputs}")
        shape = [*x.shape[:-1], outputs] if keep_num_dims else [count // inputs, outputs]
        name = name or f"dense{len(self.operators)}"
        y = self.tensor(shape, scale, zero_point, name=name)
        operands = self._weights(x, weights, weight_scales, bias, 0, weight_dtype, name)
        version = 6 if bias is None else 5 if keep_num_dims else 4
        if weight_dtype == "int4":
            version = INT4_VERSIONS["FULLY_CONNECTED"]
        return self.op("FULLY_CONNECTED", [x, *operands], [y], "FullyConnectedOptions",
                       version=version, activation=ACTIVATIONS[activation],
                       keep_num_dims=keep_num_dims)

    def max_pool(self, x, window=2, stride=None, padding="valid", activation=None, name=None):
        return self._pool("MAX_POOL_2D", x, window, stride, padding, activation, name)

    def average_pool(self, x, window=2, stride=None, padding="valid", activation=None, name=None):
        return self._pool("AVERAGE_POOL_2D", x, window, stride, padding, activation, name)

    def add(self, a, b, *, scale, zero_point, activation=None, name=None):
        return self._binary("ADD", "AddOptions", a, b, scale, zero_point, name,
                            activation=ACTIVATIONS[activation])

    def sub(self, a, b, *, scale, zero_point, activation=None, name=None):
        return self._binary("SUB", "SubOptions", a, b, scale, zero_point, name,
                            activation=ACTIVATIONS[activation])

    def mul(self, a, b, *, scale, zero_point, activation=None, name=None):
        # A rescaling factor of 1 or more came with version 3.
        version = 3 if a.scale * b.scale / float(scale) >= 1 else None
        return self._binary("MUL", "MulOptions", a, b, scale, zero_point, name, version=version,
                            activation=ACTIVATIONS[activation])

    def maximum(self, a, b, name=None):
        return self._binary("MAXIMUM", "MaximumMinimumOptions", a, b, a.scales, a.zero_points, name)

    def minimum(self, a, b, name=None):
        return self._binary("MINIMUM", "MaximumMinimumOptions", a, b, a.scales, a.zero_points, name)

    def mean(self, x, axes=(1, 2), *, scale, zero_point, keep_dims=False, name=None):
        axes = [a % len(x.shape) for a in axes]
        shape = [1 if d in axes else n for d, n in enumerate(x.shape) if keep_dims or d not in axes]
        y = self.tensor(shape, scale, zero_point, name=name)
        return self.op("MEAN", [x, self.constant(np.int32(axes))], [y], "ReducerOptions",
                       keep_dims=keep_dims)

    def pad(self, x, paddings, value=None, name=None):
        """PAD with the zero point, or PADV2 with `value` (an integer of the input's
        scale); `paddings` is one pair (before, after) per dimension."""
        paddings = np.asarray(paddings, dtype=np.int32)
        y = self.tensor(np.add(x.shape, paddings.sum(axis=1)), x.scales, x.zero_points, name=name)
        if value is None:
            return self.op("PAD", [x, self.constant(paddings)], [y], "PadOptions")
        fill = self.constant(np.full(1, value), x.scales, x.zero_points, x.dtype)
        return self.op("PADV2", [x, self.constant(paddings), fill], [y], "PadV2Options")

    def concat(self, tensors, axis=-1, scale=None, zero_point=None, name=None):
        """CONCATENATION; int8 operands must share scale and zero point."""
        first = tensors[0]
        shape = list(first.shape)
        shape[axis] = sum(t.shape[axis] for t in tensors)
        y = self.tensor(shape, first.scales if scale is None else scale,
                        first.zero_points if zero_point is None else zero_point, name=name)
        return self.op("CONCATENATION", tensors, [y], "ConcatenationOptions", axis=axis)

    def reshape(self, x, shape, name=None):
        """RESHAPE; one dimension may be -1."""
        shape = [int(d) for d in shape]
        known = int(np.prod([d for d in shape if d != -1]))
        full = [int(np.prod(x.shape)) // known if d == -1 else d for d in shape]
        y = self.tensor(full, x.scales, x.zero_points, x.dtype, name=name)
        return self.op("RESHAPE", [x, self.constant(np.int32(shape))], [y], "ReshapeOptions",
                       new_shape=shape)

    def squeeze(self, x, dims, name=None):
        shape = [n for d, n in enumerate(x.shape) if d not in dims]
        y = self.tensor(shape, x.scales, x.zero_points, x.dtype, name=name)
        return self.op("SQUEEZE", [x], [y], "SqueezeOptions", squeeze_dims=list(dims))

    def transpose(self, x, order, name=None):
        y = self.tensor([x.shape[d] for d in order], x.scales, x.zero_points, x.dtype, name=name)
        return self.op("TRANSPOSE", [x, self.constant(np.int32(order))], [y], "TransposeOptions")

    def softmax(self, x, beta=1.0, name=None):
        scale, zero_point = (1 / 32768, 0) if x.dtype == "int16" else (1 / 256, -128)
        y = self.tensor(x.shape, scale, zero_point, name=name)
        return self.op("SOFTMAX", [x], [y], "SoftmaxOptions", beta=beta)

    def logistic(self, x, name=None):
        return self.op("LOGISTIC", [x], [self.tensor(x.shape, 1 / 256, -128, name=name)])

    def tanh(self, x, name=None):
        return self.op("TANH", [x], [self.tensor(x.shape, 1 / 128, 0, name=name)])

    def relu(self, x, scale=None, zero_point=None, name=None):
        return self.op("RELU", [x], [self._like(x, scale, zero_point, name)])

    def relu6(self, x, scale=None, zero_point=None, name=None):
        return self.op("RELU6", [x], [self._like(x, scale, zero_point, name)])

    def leaky_relu(self, x, alpha, *, scale, zero_point, name=None):
        return self.op("LEAKY_RELU", [x], [self._like(x, scale, zero_point, name)],
                       "LeakyReluOptions", alpha=alpha)

    def hard_swish(self, x, *, scale, zero_point, name=None):
        return self.op("HARD_SWISH", [x], [self._like(x, scale, zero_point, name)],
                       "HardSwishOptions")

    def quantize(self, x, *, scale, zero_point, dtype=None, name=None):
        """QUANTIZE: from float32, or from one scale to another."""
        return self.op("QUANTIZE", [x], [self.tensor(x.shape, scale, zero_point, dtype, name=name)],
                       "QuantizeOptions")

    def dequantize(self, x, name=None):
        return self.op("DEQUANTIZE", [x], [self.tensor(x.shape, dtype="float32", name=name)],
                       "DequantizeOptions")

    def _weights(self, x, weights, weight_scales, bias, axis, weight_dtype, name):
        scales = np.atleast_1d(np.asarray(weight_scales, dtype=np.float32))
        outputs = np.shape(weights)[axis]
        if scales.size not in (1, outputs):
            raise ValueError(f"{name}: {scales.size} weight scales, need 1 or {outputs}")
        stored = self.constant(weights, scales, 0, weight_dtype, axis if scales.size > 1 else 0,
                               name=f"{name}/weights")
        if bias is None:
            return stored, None
        bias_dtype = "int64" if x.dtype == "int16" else "int32"
        return stored, self.constant(bias, x.scales * scales, 0, bias_dtype, name=f"{name}/bias")

    def _pool(self, operator, x, window, stride, padding, activation, name):
        (kh, kw), (sh, sw) = pair(window), pair(window if stride is None else stride)
        n, h, w, channels = x.shape
        y = self.tensor([n, window_output(h, kh, sh, 1, padding),
                         window_output(w, kw, sw, 1, padding), channels],
                        x.scales, x.zero_points, name=name)
        return self.op(operator, [x], [y], "Pool2DOptions", padding=PADDINGS[padding],
                       stride_w=sw, stride_h=sh, filter_width=kw, filter_height=kh,
                       activation=ACTIVATIONS[activation])

    def _binary(self, operator, options, a, b, scale, zero_point, name, **fields):
        shape = np.broadcast_shapes(tuple(a.shape), tuple(b.shape))
        y = self.tensor(shape, scale, zero_point, name=name)
        return self.op(operator, [a, b], [y], options, **fields)

    def _like(self, x, scale, zero_point, name):
        return self.tensor(x.shape, x.scales if scale is None else scale,
                           x.zero_points if zero_point is None else zero_point, name=name)

    # --- the file --------------------------------------------------------------

    def save(self, path):
        """Writes the file and returns its size in bytes."""
        data = self.to_bytes()
        with open(path, "wb") as file:
            file.write(data)
        return len(data)

    def to_bytes(self):
        """The file's content. Equal models give equal bytes."""
        b = flatbuffers.Builder(4096)
        codes = sorted({(OPERATORS[o.name][0], o.version) for o in self.operators})
        outputs = self.outputs or self.operators[-1].outputs

        # Buffer 0 is empty by convention: tensors without data point to it.
        buffers, buffer_of = [_table(b, 3, [])], {}
        for t in self.tensors:
            if t.data is not None:
                data = _bytes(b, t.data)
                buffer_of[t.index] = len(buffers)
                buffers.append(_table(b, 3, [(0, "offset", data, 0)]))

        tensors = [self._tensor_table(b, t, buffer_of.get(t.index, 0)) for t in self.tensors]
        operators = [self._operator_table(b, o, codes) for o in self.operators]
        subgraph = [_offsets(b, tensors), _ints(b, self.inputs), _ints(b, outputs),
                    _offsets(b, operators), b.CreateString("main")]
        subgraph = _table(b, 5, [(i, "offset", o, 0) for i, o in enumerate(subgraph)])
        operator_codes = [
            _table(b, 4, [(0, "int8", min(code, PLACEHOLDER_FOR_GREATER_CODES), 0),
                          (2, "int32", version, 1), (3, "int32", code, 0)])
            for code, version in codes]

        fields = [_offsets(b, operator_codes), _offsets(b, [subgraph]),
                  b.CreateString(self.description), _offsets(b, buffers)]
        root = _table(b, 5, [(0, "uint32", SCHEMA_VERSION, 0)]
                      + [(i + 1, "offset", o, 0) for i, o in enumerate(fields)])
        b.Finish(root, file_identifier=FILE_IDENTIFIER)
        return bytes(b.Output())

    @staticmethod
    def _tensor_table(b, t, buffer):
        name, shape = b.CreateString(t.name), _ints(b, t.shape)
        quantization = []
        if t.scales.size:
            scales = b.CreateNumpyVector(t.scales)
            zero_points = b.CreateNumpyVector(np.array(t.zero_points, dtype=np.int64))
            quantization = [(2, "offset", scales, 0), (3, "offset", zero_points, 0),
                            (6, "int32", t.axis, 0)]
        quantization = _table(b, 7, quantization)
        return _table(b, 6, [
            (0, "offset", shape, 0), (1, "int8", TENSOR_TYPES[t.dtype], 0),
            (2, "uint32", buffer, 0), (3, "offset", name, 0), (4, "offset", quantization, 0)])

    @staticmethod
    def _operator_table(b, o, codes):
        inputs, outputs = _ints(b, o.inputs), _ints(b, o.outputs)
        code = codes.index((OPERATORS[o.name][0], o.version))
        fields = [(0, "uint32", code, 0), (1, "offset", inputs, 0), (2, "offset", outputs, 0)]
        if o.options:
            tag, known = OPTIONS[o.options]
            values = [(number, "offset", _ints(b, o.fields[key]), 0) if kind == "ints"
                      else (number, kind, o.fields[key], default)
                      for key, (number, kind, default) in known.items() if key in o.fields]
            options = _table(b, len(known), values)
            fields += [(3, "uint8", tag, 0), (4, "offset", options, 0)]
        return _table(b, 5, fields)


def _table(b, field_count, fields):
    """Writes a table from (field number, type, value, default) and returns its offset."""
    add = {"bool": b.PrependBoolSlot, "int8": b.PrependInt8Slot, "uint8": b.PrependUint8Slot,
           "int32": b.PrependInt32Slot, "uint32": b.PrependUint32Slot,
           "float32": b.PrependFloat32Slot, "offset": b.PrependUOffsetTRelativeSlot}
    b.StartObject(field_count)
    for number, kind, value, default in fields:
        add[kind](number, value, default)
    return b.EndObject()


def _ints(b, values):
    return b.CreateNumpyVector(np.array(values, dtype=np.int32))


def _offsets(b, offsets):
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()


def _bytes(b, data):
    """A byte vector whose content is aligned as the schema demands of buffers."""
    b.StartVector(1, len(data), BUFFER_ALIGNMENT)
    for byte in reversed(data):
        b.PrependByte(byte)
    return b.EndVector()
