"""Models that the importer has to refuse, one per file: each has one thing that is not supported.

    python3 refused.py FOLDER
"""

import pathlib
import sys

import numpy as np
import onnx
import refused_channels
from linear import Linear
from onnx import TensorProto, helper
from writer import UINT8, Writer

CASES = {}


def case(function):
    """`function(writer, x)` gives the output of a network whose input is a quantised image of shape [1, 4, 6, 6]."""
    def make(path):
        w = Writer(1)
        x = w.quant(w.input([1, 4, 6, 6]), 0.25, 4)
        w.output(function(w, x), None)
        w.save(path)
    CASES[function.__name__] = make
    return function


def plain(function):
    """`function(writer)` builds all of the network."""
    def make(path):
        w = Linear(2)
        function(w)
        w.save(path)
    CASES[function.__name__] = make
    return function


def conv(w, x, bits=4, **attributes):
    weights = w.weights([4, 4 // attributes.get("group", 1), 3, 3], bits)
    return w.op("Conv", [x, weights], kernel_shape=[3, 3], **attributes)


@case
def operator_unknown(w, x):
    return w.op("Erf", [x])


@case
def operator_of_other_domain(w, x):
    return w.op("Mystery", [x], domain="somebody.else")


@case
def softmax_inside(w, x):
    return w.quant(w.op("Softmax", [w.quant(conv(w, x), 0.25, 8)], axis=1), 1 / 256, 8, signed=0)


@case
def softmax_of_columns(w, x):
    return w.op("Softmax", [w.quant(conv(w, x), 0.25, 8)])


@case
def log_softmax(w, x):
    return w.op("LogSoftmax", [w.quant(conv(w, x), 0.25, 8)], axis=1)


@plain
def softmax_of_integers(w):
    w.output(w.op("Softmax", [w.input([1, 12], UINT8)]), [1, 12])


@case
def resize_linear(w, x):
    return w.op("Resize", [x, w.constant([]), w.constant([1, 1, 2, 2])], mode="linear")


@case
def resize_by_half(w, x):
    return w.op("Resize", [x, w.constant([]), w.constant([1, 1, 1.5, 1])], mode="nearest")


@case
def resize_of_sums(w, x):
    return w.quant(w.op("Resize", [conv(w, x), w.constant([]), w.constant([1, 1, 2, 2])], mode="nearest"), 0.25, 8)


@case
def depth_to_space_of_three(w, x):
    return w.op("DepthToSpace", [x], blocksize=3)


@case
def output_not_quantised(w, x):
    return w.op("BatchNormalization", [conv(w, x), *[w.constant(np.arange(1, 5) * 0.37) for _ in range(4)]])


@case
def output_too_wide(w, x):
    y = w.quant(conv(w, x), 0.25, 8)
    return w.op("Conv", [y, w.constant(np.full((2, 4, 4, 4), 100))], kernel_shape=[4, 4])


@case
def convolution_of_sums(w, x):
    return w.quant(conv(w, conv(w, x)), 1.0, 8)


@case
def weights_of_float(w, x):
    return w.quant(w.op("Conv", [x, w.constant(w.random.normal(size=(4, 4, 3, 3)))]), 1.0, 8)


@case
def weights_of_nine_bits(w, x):
    return w.quant(w.op("Conv", [x, w.weights([4, 4, 3, 3], 9, 0.01)]), 1.0, 8)


@case
def weights_scaled_per_input(w, x):
    return w.quant(w.op("Conv", [x, w.weights([4, 4, 3, 3], 4, per_channel=True, axis=1)]), 1.0, 8)


@case
def weights_computed(w, x):
    return w.op("MatMul", [x, x])


@case
def activation_of_nine_bits(w, x):
    return w.quant(conv(w, x), 0.25, 9)


@case
def activation_scaled_per_channel(w, x):
    return w.quant(conv(w, x), np.array([0.1, 0.2, 0.3, 0.4]).reshape([1, 4, 1, 1]), 4)


@case
def rounding_mode_unknown(w, x):
    return w.quant(conv(w, x), 0.25, 4, rounding="STOCHASTIC")


@case
def sums_on_a_step(w, x):
    return w.bipolar(w.op("Conv", [w.quant(x, 0.3, 4), w.weights([4, 4, 3, 3], 4, 0.1)]))


@case
def pool_before_falling_function(w, x):
    y = w.op("MaxPool", [conv(w, x)], kernel_shape=[2, 2])
    return w.quant(w.op("Sub", [w.constant(1.0), y]), 0.25, 8)


@case
def pad_of_binary_with_zero(w, x):
    y = w.op("Pad", [w.bipolar(x), w.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64)])
    return w.bipolar(conv(w, y, bits=1))


@case
def pool_dilated(w, x):
    return w.op("MaxPool", [x], kernel_shape=[2, 2], dilations=[2, 2])


@case
def pool_leaves_image(w, x):
    return w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1)


@case
def average_of_borders(w, x):
    return w.quant(w.op("AveragePool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1]), 0.25, 8)


@case
def add_of_sums(w, x):
    return w.quant(w.op("Add", [conv(w, x, pads=[1, 1, 1, 1]), x]), 0.25, 8)


@case
def product_of_activations(w, x):
    return w.quant(w.op("Mul", [x, x]), 0.25, 8)


@case
def constant_per_pixel(w, x):
    return w.quant(w.op("Add", [conv(w, x), w.constant(np.arange(16.0).reshape(4, 4))]), 0.25, 8)


@case
def transpose_of_rows(w, x):
    return w.op("Transpose", [x], perm=[0, 1, 3, 2])


@case
def matrix_product_of_pixels(w, x):
    return w.quant(w.op("MatMul", [x, w.weights([6, 3], 4)]), 0.25, 8)


@case
def division_by_activation(w, x):
    return w.quant(w.op("Div", [w.constant(1.0), x]), 0.25, 8)


@case
def window_above_image(w, x):
    return w.quant(w.op("Conv", [x, w.weights([4, 4, 7, 7], 4)], kernel_shape=[7, 7]), 0.25, 8)


@case
def concat_of_rows(w, x):
    return w.op("Concat", [x, x], axis=2)


@case
def thresholds_scaled_oddly(w, x):
    return w.op("MultiThreshold", [conv(w, x), w.constant([[1.0, 2.0, 3.0]])], out_dtype="INT2", out_bias=-0.3)


@plain
def input_not_quantised(w):
    w.input([1, 4, 6, 6])
    w.output(w.quant(w.op("Conv", ["input", w.weights([4, 4, 3, 3])[0]]), 0.25, 8), None)


@plain
def input_scaled(w):
    x = w.op("Div", [w.input([1, 4, 6, 6]), w.constant(255.0)])
    w.output(w.quant(x, 0.25, 8), None)


@plain
def input_of_open_size(w):
    w.output(w.quant(w.input([1, 4, None, None]), 0.25, 8), None)


@plain
def batch_of_two(w):
    w.output(w.quant(w.input([2, 4, 6, 6]), 0.25, 8), None)


@plain
def bias_of_float_in_qdq(w):
    x = w.qdq(w.input([1, 4, 6, 6]), 0.1, 3, "int8")
    x = w.op("Conv", [x, w.weights([2, 4, 3, 3])[0], w.constant([0.1, 0.2])])
    w.output(w.qdq(x, 0.1, 3, "int8"), None)


@plain
def weights_asymmetric(w):
    x = w.input([1, 4, 6, 6], UINT8)
    weights = [w.constant(w.integers([2, 4, 3, 3], "uint8", zero=200), np.uint8), *w.scale(0.01, 3, "uint8")]
    x = w.op("QLinearConv", [x, *w.scale(0.1, 3, "uint8"), *weights, *w.scale(0.1, 3, "uint8")])
    w.output(x, None, UINT8)


@plain
def qlinear_scales_differ(w):
    x = w.op("QuantizeLinear", [w.input([1, 4]), *w.scale(0.1, 3, "int8")])
    x = w.op("DequantizeLinear", [x, *w.scale(0.2, 3, "int8")])
    w.output(x, None)


def external_data(path):
    w = Writer(3)
    x = w.quant(w.input([1, 40]), 0.25, 4)
    w.output(w.quant(w.op("MatMul", [x, w.weights([40, 30], 4)]), 1.0, 8), None)
    w.save(path)
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=1000)
    pathlib.Path(path).with_name("weights.bin").unlink()


def control_flow(path):
    branch = helper.make_graph([helper.make_node("Identity", ["input"], ["y"])], "b", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    node = helper.make_node("If", ["condition"], ["z"], name="choice", then_branch=branch, else_branch=branch)
    w = Writer(4)
    w.input([1, 4])
    w.constants.append(helper.make_tensor("condition", TensorProto.BOOL, [], [True]))
    w.nodes.append(node)
    w.output("z", None)
    w.save(path)


for function in refused_channels.CASES:
    case(function)
for function in refused_channels.PLAIN:
    plain(function)
CASES |= {"external_data": external_data, "control_flow": control_flow}

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in CASES.items():
        make(str(folder / f"{name}.onnx"))
