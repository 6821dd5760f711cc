"""Small ONNX models, one per file, in every dialect and with every operator that the importer supports.

    python3 models.py FOLDER
"""

import pathlib
import sys

import channels
import linear
import networks
import numpy as np
import quantised
import shipped
import space
import tails
from networks import conv, image
from writer import Writer

CASES = channels.CASES | linear.CASES | networks.CASES | quantised.CASES | shipped.CASES | space.CASES | tails.CASES


def case(function):
    """Registers a model; its function's name becomes the file's."""
    CASES[function.__name__] = function
    return function


def single(seed, build, shape=(4, 8, 8), bits=4, signed=0, scale=0.25, out=8, out_scale=0.25):
    """One operation between two quantisers; `build(writer, x)` gives a value and its shape."""
    def make(path):
        w = Writer(seed)
        x, out_shape = build(w, image(w, shape, bits, scale, signed))
        w.output(w.quant(x, out_scale, out) if out else x, out_shape)
        w.save(path)
    return make


def windows():
    """Convolutions: strides, dilations, paddings, groups."""
    variants = {
        "stride2": dict(strides=[2, 2], pads=[1, 1, 1, 1]),
        "strides_differ": dict(strides=[1, 3], pads=[0, 1, 0, 1]),
        "dilation2": dict(dilations=[2, 2], pads=[2, 2, 2, 2]),
        "pads_asymmetric": dict(pads=[0, 1, 2, 0]),
        "same_upper": dict(auto_pad="SAME_UPPER", strides=[2, 2]),
        "same_lower": dict(auto_pad="SAME_LOWER", strides=[2, 2]),
        "valid": dict(auto_pad="VALID"),
    }
    for index, (name, attributes) in enumerate(variants.items()):
        for bits in (1, 4):
            def build(w, x, attributes=attributes, bits=bits):
                y = conv(w, x, 4, 6, bits, **attributes)
                sizes = {"stride2": [4, 4], "strides_differ": [6, 3], "dilation2": [8, 8], "pads_asymmetric": [8, 7], "same_upper": [4, 4],
                         "same_lower": [4, 4], "valid": [6, 6]}
                return y, [1, 6, *sizes[[n for n, a in variants.items() if a is attributes][0]]]
            CASES[f"window_{name}_a{bits}"] = single(200 + index, build, bits=bits, signed=1)
    CASES["conv_depthwise"] = single(220, lambda w, x: (conv(w, x, 4, 4, 4, groups=4, pads=[1, 1, 1, 1]), [1, 4, 8, 8]))
    CASES["conv_depthwise_doubled"] = single(221, lambda w, x: (conv(w, x, 4, 8, 4, groups=4, pads=[1, 1, 1, 1]), [1, 8, 8, 8]))
    CASES["conv_two_groups"] = single(222, lambda w, x: (conv(w, x, 4, 6, 4, groups=2, pads=[1, 1, 1, 1]), [1, 6, 8, 8]))


windows()


@case
def pool_before_quantiser(path):
    w = Writer(302)
    x = conv(w, image(w), 3, 8, 4, pads=[1, 1, 1, 1])
    x = w.op("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = w.op("Relu", [w.batch_norm(x, 8, negative=False)])
    w.output(w.quant(x, 0.25, 4, signed=0), [1, 8, 4, 4])
    w.save(path)


@case
def pad_minus_one(path):
    w = Writer(303)
    x = w.bipolar(w.input([1, 4, 8, 8]))
    x = w.op("Pad", [x, w.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64), w.constant(-1.0)], mode="constant")
    x = conv(w, x, 4, 6, 1)
    w.output(w.bipolar(w.batch_norm(x, 6)), [1, 6, 8, 8])
    w.save(path)


@case
def pad_zero(path):
    w = Writer(304)
    x = w.op("Pad", [image(w), w.constant([0, 0, 1, 0, 0, 0, 2, 1], np.int64)], mode="constant")
    w.output(w.quant(conv(w, x, 3, 6, 4), 0.5, 5), [1, 6, 9, 7])
    w.save(path)


@case
def branch_add_concat(path):
    """A residual sum of activations of one quantiser, one of different scales, and a concatenation."""
    w = Writer(305)
    x = w.quant(w.batch_norm(conv(w, image(w), 3, 8, 4, pads=[1, 1, 1, 1]), 8), 0.25, 4)
    y = w.quant(w.batch_norm(conv(w, x, 8, 8, 4, pads=[1, 1, 1, 1]), 8), 0.25, 4)
    s = w.quant(w.op("Relu", [w.op("Add", [x, y])]), 0.25, 4, signed=0)
    z = w.quant(w.batch_norm(conv(w, s, 8, 4, 4, pads=[1, 1, 1, 1]), 4), 0.25, 4, signed=0)
    joined = w.op("Concat", [s, z], axis=1)
    w.output(w.quant(w.batch_norm(conv(w, joined, 12, 4, 4), 4), 0.125, 8), [1, 4, 6, 6])
    w.save(path)


@case
def add_other_scales(path):
    w = Writer(306)
    x = w.input([1, 3, 6, 6])
    a, b = w.quant(x, 0.11, 5), w.quant(w.input([1, 3, 6, 6], name="second"), 0.053, 6)
    w.output(w.quant(w.op("Add", [a, b]), 0.173, 6), [1, 3, 6, 6])
    w.save(path)


@case
def concat_before_quantiser(path):
    w = Writer(307)
    x = image(w)
    parts = [w.batch_norm(conv(w, x, 3, filters, 4), filters) for filters in (4, 6)]
    y = w.op("Mul", [w.op("Concat", parts, axis=1), w.constant(w.random.normal(size=(1, 10, 1, 1)))])
    w.output(w.quant(y, 0.25, 4), [1, 10, 6, 6])
    w.save(path)


@case
def multi_threshold(path):
    w = Writer(308)
    x = conv(w, image(w, bits=4, scale=1.0), 3, 6, 4, scale=1.0)
    steps = np.sort(w.random.integers(-200, 200, size=(6, 15)), axis=1)
    x = w.op("MultiThreshold", [x, w.constant(steps)], out_dtype="UINT4")
    x = conv(w, x, 6, 4, 2, scale=1.0)
    steps = np.sort(w.random.normal(size=(1, 7)) * 20, axis=1)
    x = w.op("MultiThreshold", [x, w.constant(steps)], out_dtype="INT4", out_bias=-4.0)
    x = w.op("Flatten", [x])
    x = w.op("MatMul", [x, w.weights([64, 5], 2, 1.0)])
    w.output(w.op("MultiThreshold", [x, w.constant(np.zeros((5, 1)))], out_dtype="BIPOLAR", out_scale=2.0, out_bias=-1.0), [1, 5])
    w.save(path)


@case
def thresholds_of_activation(path):
    """Thresholds per channel on an activation, and functions per channel between two quantisers."""
    w = Writer(309)
    x = image(w, (4, 6, 6), 6, 0.25, 1)
    x = w.op("MultiThreshold", [x, w.constant(np.sort(w.random.normal(size=(4, 7)) * 4, axis=1))], out_dtype="UINT3", out_scale=0.5)
    x = w.op("Mul", [x, w.constant(w.random.normal(size=(4, 1, 1)))])
    w.output(w.quant(x, 0.2, 5), [1, 4, 6, 6])
    w.save(path)


@case
def trunc_average(path):
    w = Writer(310)
    x = w.quant(conv(w, image(w), 3, 8, 4, pads=[1, 1, 1, 1]), 0.5, 4, signed=0)
    x = w.op("AveragePool", [x], kernel_shape=[4, 4], strides=[4, 4])
    x = w.op("Mul", [x, w.constant(16.0)])
    x = w.op("Trunc", [x, w.constant(0.5), w.constant(0.0), w.constant(8.0), w.constant(4.0)], rounding_mode="FLOOR")
    x = w.op("Flatten", [x])
    w.output(w.quant(w.op("MatMul", [x, w.weights([32, 7], 4)]), 0.25, 8), [1, 7])
    w.save(path)


@case
def trunc_second_version(path):
    w = Writer(311)
    w.versions = {"qonnx.custom_op.general": 2}
    x = conv(w, image(w, bits=4, scale=0.25), 3, 6, 4)
    numbers = [0.0625, 0.0, 12.0, 1.0, 6.0]
    x = w.op("Trunc", [x, *map(w.constant, numbers)], rounding_mode="ROUND", signed=1, narrow=0)
    w.output(x, [1, 6, 6, 6])
    w.save(path)


@case
def global_average(path):
    w = Writer(312)
    x = w.quant(conv(w, image(w), 3, 8, 4), 0.5, 6, signed=0)
    x = w.op("Flatten", [w.quant(w.op("GlobalAveragePool", [x]), 0.25, 8, signed=0)])
    w.output(w.quant(w.op("MatMul", [x, w.weights([8, 5], 4)]), 0.25, 8), [1, 5])
    w.save(path)


@case
def reduce_mean(path):
    w = Writer(313, opset=11)
    x = w.quant(conv(w, image(w), 3, 8, 4), 0.5, 6, signed=0)
    w.output(w.quant(w.op("ReduceMean", [x], axes=[2, 3], keepdims=0), 0.25, 7), [1, 8])
    w.save(path)


@case
def average_with_padding(path):
    w = Writer(314)
    x = w.op("AveragePool", [image(w)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
    w.output(w.quant(x, 1 / 32, 8, signed=0), [1, 3, 4, 4])
    w.save(path)


def rounding(mode, zero, signed, narrow):
    def build(w, x):
        y = conv(w, x, 4, 4, 4)
        return w.quant(y, 1.5, 5, signed=signed, narrow=narrow, zero=zero, rounding=mode), [1, 4, 6, 6]
    return build


for index, mode in enumerate(["ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN", "HALF_EVEN"]):
    CASES[f"rounding_{mode.lower()}"] = single(320 + index, rounding(mode, index % 3, index % 2, index // 2 % 2), out=0)
for index, name in enumerate(["Sigmoid", "Tanh", "Relu", "LeakyRelu"]):
    def table(w, x, name=name):
        return w.op(name, [x]), [1, 4, 8, 8]
    CASES[f"table_{name.lower()}"] = single(330 + index, table, bits=8, signed=1, scale=0.043, out_scale=0.0117)

    def behind_sums(w, x, name=name):
        return w.op(name, [w.batch_norm(conv(w, x, 4, 5, 4), 5)]), [1, 5, 6, 6]
    CASES[f"sums_{name.lower()}"] = single(340 + index, behind_sums, out_scale=0.0117, out=6)


@case
def chain_of_everything(path):
    w = Writer(350)
    x = image(w)
    bias = w.constant(w.random.normal(size=6))
    x = w.op("Conv", [x, w.weights([6, 3, 3, 3], 5), bias], kernel_shape=[3, 3])
    x = w.op("Sub", [w.constant(w.random.normal(size=(6, 1, 1))), x])
    x = w.op("Div", [x, w.constant(1.7)])
    x = w.op("Sub", [x, w.constant(w.random.normal(size=(1, 6, 1, 1)))])
    x = w.op("Clip", [w.op("Identity", [x]), w.constant(-3.0), w.constant(5.5)])
    x = w.op("Dropout", [x])
    x = w.quant(x, 0.5, 4, narrow=1)
    x = w.op("Mul", [w.op("Relu", [x]), w.constant(0.5)])
    x = w.op("Squeeze", [w.op("Unsqueeze", [x, w.constant([0], np.int64)]), w.constant([0], np.int64)])
    x = conv(w, x, 6, 4, 3)
    w.output(w.bipolar(x), [1, 4, 4, 4])
    w.save(path)


@case
def channels_last(path):
    """As converters from TensorFlow write images."""
    w = Writer(351)
    x = w.quant(w.input([1, 8, 8, 3]), 1 / 32, 8, signed=0)
    x = conv(w, w.op("Transpose", [x], perm=[0, 3, 1, 2]), 3, 6, 4)
    x = w.op("Transpose", [w.quant(x, 0.5, 4), ], perm=[0, 2, 3, 1])
    x = w.op("Reshape", [x, w.constant([1, 216], np.int64)])
    x = w.op("MatMul", [x, w.op("Transpose", [w.weights([7, 216], 4)], perm=[1, 0])])
    w.output(w.quant(w.op("Add", [x, w.constant(w.random.normal(size=7))]), 0.25, 8), [1, 7])
    w.save(path)


@case
def wide_output(path):
    """Without a quantiser at the end: sums that fit 16 bits."""
    w = Writer(352)
    x = w.quant(w.input([1, 30]), 0.25, 4)
    w.output(w.op("MatMul", [x, w.weights([30, 9], 3)]), [1, 9])
    w.save(path)


@case
def two_outputs(path):
    w = Writer(353)
    x = w.quant(conv(w, image(w), 3, 4, 4), 0.5, 4)
    w.output(w.op("Mul", [w.quant(conv(w, x, 4, 3, 4), 0.5, 4), w.constant(0.3)]), [1, 3, 4, 4])
    w.output(x, [1, 4, 6, 6])
    w.save(path)


@case
def flatten_by_shape(path):
    """The flattening that exporters write for an open batch."""
    w = Writer(354)
    x = w.quant(conv(w, image(w), 3, 4, 4), 0.5, 4)
    batch = w.op("Gather", [w.op("Shape", [x]), w.constant(0, np.int64)], axis=0)
    batch = w.op("Unsqueeze", [batch, w.constant([0], np.int64)])
    x = w.op("Reshape", [x, w.op("Concat", [batch, w.constant([-1], np.int64)], axis=0)])
    w.output(w.quant(w.op("MatMul", [x, w.weights([144, 6], 4)]), 0.25, 8), [1, 6])
    w.save(path)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in CASES.items():
        make(str(folder / f"{name}.onnx"))
