"""Models that take channels in ways that the importer has to refuse; see `refused.py`."""

import numpy as np
from channels import slices, split
from writer import UINT8

CASES, PLAIN = [], []


def case(function):
    """`function(writer, x)` gives the output of a network whose input is a quantised image of shape [1, 4, 6, 6]."""
    CASES.append(function)
    return function


def plain(function):
    """`function(writer)` builds all of the network."""
    PLAIN.append(function)
    return function


def grouped(w, x, group):
    return w.op("Conv", [x, w.weights([4, 4 // group, 3, 3], 4)], kernel_shape=[3, 3], group=group)


@case
def split_of_rows(w, x):
    return split(w, x, 2)[1]


@case
def split_unequal(w, x):
    return split(w, x, 1, parts=3)[2]


@case
def split_of_concatenation(w, x):
    joined = w.op("Concat", [grouped(w, x, 1), grouped(w, x, 2)], axis=1)
    return w.quant(split(w, joined, 1)[0], 0.5, 8)


@case
def slice_of_columns(w, x):
    return slices(w, x, [0, 1], [3, 5], [1, 3], [1, 1])


@case
def slice_of_an_axis_twice(w, x):
    return slices(w, x, [0, 1], [3, 2], [1, -3], [1, 1])


@case
def slice_of_nothing(w, x):
    return slices(w, x, [3], [1], [1], [1])


@case
def slice_of_pixels(w, x):
    return slices(w, w.op("Flatten", [x]), [0], [70], [1], [1])


@case
def gather_of_an_axis_that_is_not_there(w, x):
    return w.op("Gather", [x, w.constant([1, 0], np.int64)], axis=4)


@case
def gather_beyond(w, x):
    return w.op("Gather", [x, w.constant([1, 4], np.int64)], axis=1)


@case
def gather_computed(w, x):
    return w.op("Gather", [x, w.quant(x, 1.0, 8)], axis=1)


@case
def shuffle_of_pixels(w, x):
    x = w.op("Reshape", [x, w.constant([1, 2, 2, 6, 6], np.int64)])
    return w.op("Transpose", [x], perm=[0, 2, 3, 1, 4])


@plain
def split_of_the_input(w):
    w.output(w.quant(split(w, w.input([1, 4, 6, 6]), 1)[0], 0.25, 4), None)


@plain
def split_of_open_integers(w):
    x = split(w, w.input([1, 4, 6, 6], UINT8), 1)[0]
    weights = [w.constant(w.integers([2, 2, 3, 3], "int8"), np.int8), *w.scale(0.01, 0, "int8")]
    x = w.op("QLinearConv", [x, *w.scale(0.1, 3, "uint8"), *weights, *w.scale(0.1, 3, "uint8")])
    w.output(x, None, UINT8)
