"""Operators that take channels or put them in another order (Split, Slice, Gather, channel shuffles), groups, and convolutions that displace channels."""

import numpy as np
from linear import Linear
from networks import conv, image
from writer import UINT8, Writer

CASES = {}


def case(function):
    """Registers a model; its function's name becomes the file's."""
    CASES[function.__name__] = function
    return function


def split(w, x, axis, lengths=None, parts=2, **attributes):
    inputs = [x] if lengths is None else [x, w.constant(lengths, np.int64)]
    names = [w.name("split") for _ in lengths or range(parts)]
    w.op("Split", inputs, names=names, axis=axis, **attributes)
    return names


def slices(w, x, starts, ends, axes, steps):
    return w.op("Slice", [x, *(w.constant(numbers, np.int64) for numbers in (starts, ends, axes, steps))])


def shuffle(w, x, groups, shape):
    """A channel shuffle as PyTorch exports it."""
    _, channels, height, width = shape
    x = w.op("Reshape", [x, w.constant([1, groups, channels // groups, height, width], np.int64)])
    x = w.op("Transpose", [x], perm=[0, 2, 1, 3, 4])
    return w.op("Reshape", [x, w.constant([1, -1, height, width], np.int64)])


def displaced(w, x, offsets, kernel=3, scale=1.0, **attributes):
    """A depthwise convolution with one weight in each filter, of an image that keeps its size; `offsets` counts taps from the middle."""
    weights = np.zeros([len(offsets), 1, kernel, kernel])
    middle = kernel // 2
    for channel, (dy, dx) in enumerate(offsets):
        weights[channel, 0, middle + dy, middle + dx] = scale
    pads = attributes.pop("pads", [middle] * 4)
    return w.op("Conv", [x, w.constant(weights)], kernel_shape=[kernel, kernel], group=len(offsets), pads=pads, **attributes)


def around(count, reach=1):
    """Displacements in all directions, in turn."""
    side = 2 * reach + 1
    return [(index % side - reach, index // side % side - reach) for index in range(count)]


@case
def split_and_shuffle(path):
    """A unit of ShuffleNet V2: half of the channels pass, a shuffle behind the concatenation."""
    w = Writer(800)
    x = w.quant(conv(w, image(w), 3, 12, 4, pads=[1, 1, 1, 1]), 0.5, 4, signed=0)
    for _ in range(2):
        left, right = split(w, x, 1)
        right = w.quant(conv(w, right, 6, 6, 4, groups=6, pads=[1, 1, 1, 1]), 0.5, 6)
        right = w.quant(w.op("Relu", [conv(w, right, 6, 6, 4, kernel=1)]), 0.5, 4, signed=0)
        x = shuffle(w, w.op("Concat", [left, right], axis=1), 2, [1, 12, 8, 8])
    w.output(w.quant(conv(w, x, 12, 4, 4), 0.5, 8), [1, 4, 6, 6])
    w.save(path)


@case
def split_binary(path):
    """Binary activations, split into three and joined in another order."""
    w = Writer(801)
    x = w.bipolar(w.batch_norm(conv(w, image(w), 3, 24, 1, pads=[1, 1, 1, 1]), 24))
    a, b, c = split(w, x, -3, [6, 10, 8])
    x = shuffle(w, w.op("Concat", [c, a, b], axis=1), 3, [1, 24, 8, 8])
    w.output(w.bipolar(w.batch_norm(conv(w, x, 24, 6, 1), 6)), [1, 6, 6, 6])
    w.save(path)


@case
def split_of_sums(path):
    """Sums are split before anything quantises them: of a convolution (a pool between), of one with groups, of a depthwise one."""
    w = Writer(802)
    x = image(w, (6, 8, 8))
    wide = w.op("MaxPool", [w.batch_norm(conv(w, x, 6, 10, 4, pads=[1, 1, 1, 1]), 10, negative=False)], kernel_shape=[2, 2], strides=[2, 2])
    a, b = split(w, wide, 1, [3, 7])
    grouped = shuffle(w, w.batch_norm(conv(w, x, 6, 9, 4, groups=3, strides=[2, 2], pads=[1, 1, 1, 1]), 9), 3, [1, 9, 4, 4])
    depthwise = w.op("Gather", [conv(w, x, 6, 6, 4, groups=6, strides=[2, 2], pads=[1, 1, 1, 1]), w.constant([4, 0, 3], np.int64)], axis=1)
    c = w.op("Add", [depthwise, w.constant(w.random.normal(size=(3, 1, 1)))])
    parts = [w.quant(a, 0.5, 6), w.quant(w.op("Relu", [b]), 0.5, 6), w.quant(grouped, 0.5, 6), w.quant(c, 0.5, 6)]
    for part, channels in zip(parts, (3, 7, 9, 3)):
        w.output(part, [1, channels, 4, 4])
    w.save(path)


@case
def split_of_rows_of_numbers(path):
    """A matrix product, a sum of two activations and an average, each split."""
    w = Writer(803)
    x = image(w, (4, 6, 6))
    a, b = split(w, w.op("MatMul", [w.op("Flatten", [x]), w.weights([144, 8], 4)]), 1, [5, 3])
    y = w.quant(w.op("GlobalAveragePool", [x]), 0.25, 6)
    s = w.op("Flatten", [w.op("Add", [y, y])])
    c, d = split(w, s, 1)
    e = slices(w, w.op("GlobalAveragePool", [x]), [3], [-9], [1], [-2])
    for part, shape in [(a, [1, 5]), (b, [1, 3]), (c, [1, 2]), (d, [1, 2]), (e, [1, 2, 1, 1])]:
        w.output(w.quant(part, 0.25, 8), shape)
    w.save(path)


@case
def slices_and_lists(path):
    """Channels backwards, every second one, from a list, a list with one twice."""
    w = Writer(804)
    x = w.quant(conv(w, image(w), 3, 10, 4), 0.5, 4)
    largest = 2**63 - 1
    parts = [slices(w, x, [-1, 0], [-largest, largest], [1, 2], [-1, 1]), slices(w, x, [1], [8], [-3], [2]),
             w.op("Gather", [x, w.constant([9, -4, 0, 3], np.int64)], axis=1), w.op("Gather", [x, w.constant([2, 2], np.int64)], axis=1)]
    for part, channels in zip(parts, (10, 4, 4, 2)):
        w.output(w.quant(conv(w, part, channels, 3, 4), 0.5, 8), [1, 3, 4, 4])
    w.save(path)


@case
def slices_of_the_first_version(path):
    """Slice and Split with attributes, and a split that leaves a part unread."""
    w = Writer(805, opset=9)
    x = w.quant(conv(w, image(w), 3, 8, 4), 0.5, 4)
    a = w.op("Slice", [x], starts=[2], ends=[7], axes=[1])
    b, _ = split(w, x, 1, parts=2, split=[3, 5])
    w.output(w.quant(conv(w, w.op("Concat", [a, b], axis=1), 8, 4, 4), 0.5, 8), [1, 4, 4, 4])
    w.save(path)


@case
def split_of_the_last_version(path):
    """Parts of one length but for the last."""
    w = Writer(806, opset=18)
    x = w.quant(conv(w, image(w), 3, 8, 4), 0.5, 4)
    a, b, c = split(w, x, 1, parts=3, num_outputs=3)
    w.output(w.quant(conv(w, w.op("Concat", [c, a, b], axis=1), 8, 4, 4), 0.5, 8), [1, 4, 4, 4])
    w.save(path)


@case
def shuffle_and_split_in_one(path):
    """As the authors' ShuffleNet V2: pairs of channels are divided by a reshape to five axes, of which Gather takes the first; shapes are computed."""
    w = Writer(807)
    x = w.quant(conv(w, image(w), 3, 12, 4), 0.5, 4)
    size = w.op("Shape", [x])
    channels, height, width = (w.op("Slice", [size, *(w.constant([n], np.int64) for n in (axis, axis + 1, 0))]) for axis in (1, 2, 3))
    two = w.constant([2], np.int64)
    half, area = w.op("Div", [channels, two]), w.op("Mul", [height, width])
    y = w.op("Reshape", [x, w.op("Concat", [half, two, area], axis=0)])
    y = w.op("Transpose", [y], perm=[1, 0, 2])
    y = w.op("Reshape", [y, w.op("Concat", [two, w.constant([-1], np.int64), half, height, width], axis=0)])
    parts = [w.op("Gather", [y, w.constant(index, np.int64)], axis=0) for index in (0, 1)]
    joined = w.op("Concat", [parts[1], w.quant(conv(w, parts[0], 6, 6, 4, kernel=1), 0.5, 4)], axis=1)
    w.output(w.quant(conv(w, joined, 12, 4, 4), 0.5, 8), [1, 4, 4, 4])
    w.save(path)


@case
def shuffle_channels_last(path):
    """As converters from TensorFlow write images."""
    w = Writer(808)
    x = w.op("Transpose", [w.quant(w.input([1, 6, 6, 3]), 0.25, 4)], perm=[0, 3, 1, 2])
    x = w.op("Transpose", [w.quant(conv(w, x, 3, 12, 4, pads=[1, 1, 1, 1]), 0.25, 4)], perm=[0, 2, 3, 1])
    x = w.op("Reshape", [x, w.constant([1, 6, 6, 3, 4], np.int64)])
    x = w.op("Reshape", [w.op("Transpose", [x], perm=[0, 1, 2, 4, 3]), w.constant([1, 6, 6, 12], np.int64)])
    x, rest = split(w, x, -1, [7, 5])
    x = w.quant(conv(w, w.op("Transpose", [x], perm=[0, 3, 1, 2]), 7, 5, 4, pads=[1, 1, 1, 1]), 0.25, 4)
    y = w.op("Concat", [w.op("Transpose", [x], perm=[0, 2, 3, 1]), rest], axis=3)
    w.output(y, [1, 6, 6, 10])
    w.save(path)


@case
def depth_to_space_of_groups(path):
    """DepthToSpace of a convolution with groups and of a depthwise one."""
    w = Writer(809)
    x = image(w, (4, 5, 5))
    for groups, mode, filters in [(2, "CRD", 8), (4, "DCR", 4)]:
        y = conv(w, x, 4, filters, 4, groups=groups)
        w.output(w.quant(w.op("DepthToSpace", [y], blocksize=2, mode=mode), 0.5, 6), [1, filters // 4, 6, 6])
    w.save(path)


@case
def displaced_channels(path):
    """Shift convolutions: folded into a convolution of one pixel, with a stride, and read by a pool; further than one pixel, with dilation."""
    w = Writer(810)
    x = w.quant(conv(w, image(w), 3, 10, 4, pads=[1, 1, 1, 1]), 0.5, 4, signed=0)
    x = conv(w, displaced(w, x, around(10)), 10, 12, 4, kernel=1)
    x = w.quant(w.op("Relu", [w.batch_norm(x, 12)]), 0.5, 4, signed=0)
    y = conv(w, displaced(w, x, around(12, 2), 5), 12, 6, 4, kernel=1, strides=[2, 2])
    z = displaced(w, x, around(12), pads=[2, 2, 2, 2], dilations=[2, 2])
    w.output(w.quant(y, 0.5, 8), [1, 6, 4, 4])
    w.output(w.op("MaxPool", [z], kernel_shape=[2, 2], strides=[2, 2]), [1, 12, 4, 4])
    w.save(path)


@case
def displaced_otherwise(path):
    """Almost displacements: of binary activations, which are never 0; with another weight; with a bias; an image that grows."""
    w = Writer(811)
    x = image(w, (4, 6, 6), 4)
    y = w.quant(displaced(w, w.bipolar(x), around(4)), 0.5, 3)
    z = w.quant(displaced(w, x, around(4), scale=2.0), 0.25, 6)
    bias = w.constant([0.25, 0.5, 0.0, -1.0])
    one = w.constant(np.eye(9)[[2, 3, 4, 8]].reshape(4, 1, 3, 3))
    b = w.quant(w.op("Conv", [x, one, bias], kernel_shape=[3, 3], group=4, pads=[1, 1, 1, 1]), 0.25, 6)
    g = w.quant(w.op("Conv", [x, one], kernel_shape=[3, 3], group=4, pads=[2, 1, 1, 1]), 0.25, 6)
    for value, rows in [(y, 6), (z, 6), (b, 6), (g, 7)]:
        w.output(value, [1, 4, rows, 6])
    w.save(path)


@case
def qdq_shuffle(path):
    """A split, a shuffle and a displacement between DequantizeLinear and QuantizeLinear, which keep their scale."""
    w = Linear(812)
    meaning = (0.021, 119, "uint8")
    x = w.qdq(w.input([1, 3, 7, 7]), 0.031, 3, "uint8")
    weights, scales = w.weights([8, 3, 3, 3])
    x = w.qdq(w.op("Conv", [x, weights, w.bias(8, np.float32(0.031) * scales)], kernel_shape=[3, 3]), *meaning)
    left, right = (w.qdq(part, *meaning) for part in split(w, x, 1))
    weights, scales = w.weights([4, 4, 1, 1])
    right = w.qdq(w.op("Conv", [right, weights, w.bias(4, np.float32(0.021) * scales)], kernel_shape=[1, 1]), *meaning)
    x = w.qdq(w.op("Concat", [left, right], axis=1), *meaning)
    x = w.qdq(w.op("Reshape", [x, w.constant([1, 2, 4, 5, 5], np.int64)]), *meaning)
    x = w.qdq(w.op("Transpose", [x], perm=[0, 2, 1, 3, 4]), *meaning)
    x = w.qdq(w.op("Reshape", [x, w.constant([1, 8, 5, 5], np.int64)]), *meaning)
    weights, scales = w.weights([6, 8, 3, 3])
    x = w.op("Conv", [x, weights, w.bias(6, np.float32(0.021) * scales)], kernel_shape=[3, 3])
    w.output(w.qdq(x, 0.047, 125, "uint8"), [1, 6, 3, 3])
    w.save(path)


@case
def qdq_rows_and_columns(path):
    """Kernels of one row and of one column, pads that differ from side to side, groups."""
    w = Linear(813)
    scale, x = 0.031, w.qdq(w.input([1, 4, 9, 8]), 0.031, 3, "uint8")
    layers = [(6, 4, (1, 7), [0, 3, 0, 3], 1), (6, 6, (7, 1), [4, 0, 2, 0], 1), (8, 3, (3, 2), [2, 0, 0, 1], 2), (8, 1, (1, 3), [0, 2, 0, 0], 8)]
    for filters, own, kernel, pads, groups in layers:
        weights, scales = w.weights([filters, own, *kernel])
        x = w.op("Conv", [x, weights, w.bias(filters, np.float32(scale) * scales)], kernel_shape=list(kernel), pads=pads, group=groups)
        scale = 0.027
        x = w.qdq(x, scale, 121, "uint8")
    w.output(x, [1, 8, 9, 8])
    w.save(path)


@case
def qlinear_split(path):
    """Integers, split and shuffled between integer convolutions."""
    w = Linear(814)
    x = w.input([1, 3, 6, 6], UINT8)

    def layer(x, filters, channels, kernel, before, after):
        weights = [w.constant(w.integers([filters, channels, kernel, kernel], "int8"), np.int8), *w.scale(0.0052, 0, "int8")]
        return w.op("QLinearConv", [x, *w.scale(*before, "uint8"), *weights, *w.scale(*after, "uint8")], kernel_shape=[kernel, kernel])

    inner = (0.041, 117)
    x = layer(x, 8, 3, 3, (0.0079, 121), inner)
    a, b = split(w, shuffle(w, x, 4, [1, 8, 4, 4]), 1, [3, 5])
    x = w.op("Concat", [layer(b, 5, 5, 1, inner, inner), a], axis=1)
    w.output(layer(slices(w, x, [1], [7], [1], [1]), 4, 6, 3, inner, (0.061, 100)), [1, 4, 2, 2], UINT8)
    w.save(path)
