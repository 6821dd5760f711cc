"""Models that take channels or put them in another order, and convolutions with groups, for `models.py` and `refused.py`."""

import numpy as np

SAME, VALID = 0, 1
MEANING = (0.05, -7)


def words(w, values, dtype=np.int32):
    return w.tensor(np.shape(values), data=np.array(values, dtype=dtype))


def like(w, shape):
    """An activation of the input's scale and zero point."""
    return w.tensor([1, *shape], *MEANING)


def grouped(w, x, shape, filters, groups, kernel=(3, 3), stride=1, padding=SAME, activation=0, out=MEANING):
    """CONV_2D whose filters read the channels of their group only."""
    height, width, channels = shape
    inputs = [x, w.weights([filters, *kernel, channels // groups], w.scales(filters, 0.004)), w.bias(filters)]
    span = [0, 0] if padding == SAME else [size - 1 for size in kernel]
    shape = [-(-(height - span[0]) // stride), -(-(width - span[1]) // stride), filters]
    y = w.tensor([1, *shape], *out)
    w.op("CONV_2D", inputs, [y], "Conv2DOptions", padding=padding, strideH=stride, strideW=stride, dilationHFactor=1, dilationWFactor=1,
         fusedActivationFunction=activation)
    return y, shape


def split(w, x, shape, parts, axis=3):
    """SPLIT into equal parts."""
    outputs = [like(w, [*shape[:2], shape[2] // parts]) for _ in range(parts)]
    w.op("SPLIT", [words(w, axis), x], outputs, "SplitOptions", numSplits=parts)
    return outputs


def split_v(w, x, shape, sizes, axis=-1):
    known = sum(size for size in sizes if size >= 0)
    outputs = [like(w, [*shape[:2], size if size >= 0 else shape[2] - known]) for size in sizes]
    w.op("SPLIT_V", [x, words(w, sizes), words(w, axis)], outputs, "SplitVOptions", numSplits=len(sizes))
    return outputs


def slice_(w, x, shape, first, count, dtype=np.int32):
    return w.op("SLICE", [x, words(w, [0, 0, 0, first], dtype), words(w, [1, -1, shape[1], count], dtype)], [like(w, [*shape[:2], count])], "SliceOptions")


def strided_slice(w, x, shape, begin, end, stride, begin_mask=0, end_mask=0):
    """STRIDED_SLICE of the channels; the masks of the other axes are set."""
    chosen = slice(None if begin_mask else begin, None if end_mask else end, stride)
    count = len(range(shape[2])[chosen])
    inputs = [x, *(words(w, [0, 0, 0, begin]), words(w, [0, 0, 0, end]), words(w, [1, 1, 1, stride]))]
    return w.op("STRIDED_SLICE", inputs, [like(w, [*shape[:2], count])], "StridedSliceOptions", beginMask=7 + 8 * begin_mask, endMask=7 + 8 * end_mask)


def gather(w, x, shape, indices, axis=3):
    return w.op("GATHER", [x, words(w, indices)], [like(w, [*shape[:2], len(indices)])], "GatherOptions", axis=axis)


def reshape(w, x, shape):
    return w.op("RESHAPE", [x, words(w, [1, *shape])], [like(w, shape)], "ReshapeOptions", newShape=[1, *shape])


def transpose(w, x, shape, order):
    return w.op("TRANSPOSE", [x, words(w, order)], [like(w, [shape[axis - 1] for axis in order[1:]])], "TransposeOptions")


def shuffle(w, x, shape, groups):
    height, width, channels = shape
    parts = [height, width, groups, channels // groups]
    return reshape(w, transpose(w, reshape(w, x, parts), parts, [0, 1, 2, 4, 3]), shape)


def concat(w, parts, shape):
    return w.op("CONCATENATION", parts, [like(w, shape)], "ConcatenationOptions", axis=3)


def shufflenet_unit(w, x, shape):
    """A shuffle, a split, one half through a convolution with groups, and both together again."""
    left, right = split(w, shuffle(w, x, shape, 3), shape, 2)
    half = [*shape[:2], shape[2] // 2]
    right, _ = grouped(w, right, half, half[2], 3)
    right, _ = grouped(w, right, half, half[2], 1, kernel=(1, 1))
    joined = shuffle(w, concat(w, [left, right], shape), shape, 2)
    return grouped(w, joined, shape, 4, 2, stride=2, activation=1, out=(0.03, -20))[0]


def lists(w, x, shape):
    """Every way to take channels, joined and read by a convolution."""
    a, b, c = split_v(w, x, shape, [2, -1, 3])
    parts = [c, gather(w, x, shape, [11, 0, 5]), slice_(w, x, shape, 3, 4), slice_(w, x, shape, 8, 4, np.int64), gather(w, x, shape, [7], axis=-1),
             strided_slice(w, x, shape, 1, 12, 3), strided_slice(w, x, shape, 0, 0, -2, 1, 1), strided_slice(w, x, shape, -2, -6, -1), a, b]
    whole = concat(w, parts, [*shape[:2], 38])
    return grouped(w, whole, [*shape[:2], 38], 6, 1, padding=VALID)[0]


def parts_of_five_axes(w, x, shape):
    """Divided channels, of which one part is taken by SPLIT, one by SLICE, and axes of size 1 are moved."""
    height, width, channels = shape
    x = reshape(w, x, [height, width, 2, channels // 2])
    outputs = [like(w, [height, width, 1, channels // 2]) for _ in range(2)]
    w.op("SPLIT", [words(w, 3), x], outputs, "SplitOptions", numSplits=2)
    a = transpose(w, outputs[1], [height, width, 1, channels // 2], [0, 1, 2, 4, 3])
    b = w.op("SLICE", [x, words(w, [0, 0, 0, 0, 1]), words(w, [1, -1, -1, 2, 2])], [like(w, [height, width, 2, 2])], "SliceOptions")
    a, b = reshape(w, a, [height, width, channels // 2]), reshape(w, b, [height, width, 4])
    return concat(w, [b, a], [height, width, 4 + channels // 2])


def rows_and_columns(w, x, shape):
    """Kernels of one row and of one column, depthwise too; an even kernel, padded on one side, and pads of their own."""
    x, shape = grouped(w, x, shape, 6, 1, kernel=(1, 7))
    x, shape = grouped(w, x, shape, 8, 1, kernel=(7, 1))
    y = w.tensor([1, *shape], *MEANING)
    w.op("DEPTHWISE_CONV_2D", [x, w.weights([1, 1, 4, 8], w.scales(8, 0.02), axis=3), w.bias(8)], [y], "DepthwiseConv2DOptions", padding=SAME, strideH=1,
         strideW=1, depthMultiplier=1, dilationHFactor=1, dilationWFactor=1)
    height, width, channels = shape
    padded = w.op("PAD", [y, words(w, [[0, 0], [2, 0], [0, 1], [0, 0]])], [like(w, [height + 2, width + 1, channels])])
    return grouped(w, padded, [height + 2, width + 1, channels], 4, 1, kernel=(3, 2), padding=VALID)[0]


def two_groups(w, x, shape):
    x, shape = grouped(w, x, shape, 8, 4, activation=3)
    return grouped(w, x, shape, 10, 2, stride=2, padding=VALID)[0]


MODELS = {"grouped": (800, (7, 6, 12), two_groups), "shufflenet_unit": (801, (6, 5, 12), shufflenet_unit), "channel_lists": (802, (5, 4, 12), lists),
          "channels_of_five_axes": (803, (4, 5, 8), parts_of_five_axes), "rows_and_columns": (804, (9, 8, 4), rows_and_columns)}


def split_of_rows(w, x, shape):
    outputs = [like(w, [2, *shape[1:]]) for _ in range(2)]
    w.op("SPLIT", [words(w, 1), x], outputs, "SplitOptions", numSplits=2)
    return outputs[0]


def split_with_another_scale(w, x, shape):
    outputs = [w.tensor([1, *shape[:2], shape[2] // 2], 0.06, -7) for _ in range(2)]
    w.op("SPLIT", [words(w, 3), x], outputs, "SplitOptions", numSplits=2)
    return outputs[0]


def slice_of_pixels(w, x, shape):
    inputs = [x, words(w, [0, 1, 0, 0]), words(w, [1, 2, -1, -1])]
    return w.op("SLICE", inputs, [like(w, [2, *shape[1:]])], "SliceOptions")


def strided_slice_that_drops_an_axis(w, x, shape):
    inputs = [x, words(w, [0, 0, 0, 2]), words(w, [1, 4, 4, 3]), words(w, [1, 1, 1, 1])]
    return w.op("STRIDED_SLICE", inputs, [like(w, shape[:2])], "StridedSliceOptions", shrinkAxisMask=8)


def gather_beyond(w, x, shape):
    return gather(w, x, shape, [0, shape[2]])


def transpose_to_channels_first(w, x, shape):
    return transpose(w, x, shape, [0, 3, 1, 2])


def rectifier_of_five_axes(w, x, shape):
    x = reshape(w, x, [*shape[:2], 2, shape[2] // 2])
    return w.op("RELU", [x], [like(w, [*shape[:2], 2, shape[2] // 2])])


def groups_that_do_not_divide(w, x, shape):
    return grouped(w, x, shape, 4, 3)[0]


REFUSED = [split_of_rows, split_with_another_scale, slice_of_pixels, strided_slice_that_drops_an_axis, gather_beyond, transpose_to_channels_first,
           rectifier_of_five_axes, groups_that_do_not_divide]
