"""Operators that make larger images: Resize and Upsample to the nearest neighbour, DepthToSpace."""

import numpy as np
from linear import Linear
from networks import conv, image
from writer import UINT8, Writer

CASES = {}
NEAREST = dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")


def resized(seed, shape, scales=None, sizes=None, opset=13, **attributes):
    """Between two convolutions, then a pool, so that several kinds of layers read it."""
    def make(path):
        w = Writer(seed, opset)
        x = w.quant(conv(w, image(w), 3, 5, 4), 0.5, 6)
        lists = ["", w.constant(sizes, np.int64)] if sizes else [w.constant(scales)]
        x = w.op("Resize", [x, w.constant([]), *lists], **attributes)
        y = w.quant(conv(w, x, 5, 4, 4, pads=[1, 1, 1, 1]), 0.5, 6)
        w.output(y, [1, 4, *shape])
        w.output(w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2]), [1, 5, *[size // 2 for size in shape]])
        w.save(path)
    return make


CASES["resize_floor"] = resized(700, [12, 12], [1, 1, 2, 2], **NEAREST)
CASES["resize_half_pixel"] = resized(701, [18, 12], [1, 1, 3, 2], mode="nearest")
CASES["resize_to_sizes"] = resized(702, [6, 24], sizes=[1, 5, 6, 24], mode="nearest", coordinate_transformation_mode="pytorch_half_pixel")


def upsample(path):
    """The operator that Resize replaced, of the network's input."""
    w = Writer(703, opset=9)
    x = w.op("Upsample", [image(w), w.constant([1, 1, 2, 3])], mode="nearest")
    w.output(w.quant(conv(w, x, 3, 4, 4), 0.5, 6), [1, 4, 14, 22])
    w.save(path)


def resize_integers(path):
    """Of integers, as the first version of Resize."""
    w = Linear(704, opset=10)
    x = w.op("Resize", [w.dq(w.input([1, 3, 5, 4], UINT8), 0.02, 131, "uint8"), w.constant([1, 1, 2, 3])], mode="nearest")
    w.output(w.q(x, 0.02, 131, "uint8"), [1, 3, 10, 12], UINT8)
    w.save(path)


CASES |= {"upsample": upsample, "resize_integers": resize_integers}


def depth_to_space(seed, mode, early, block=2):
    """Before or behind the quantiser; functions per channel on both sides."""
    def make(path):
        w = Writer(seed)
        channels = 3 * block * block
        x = w.op("Mul", [conv(w, image(w), 3, channels, 4), w.constant(w.random.normal(size=(channels, 1, 1)))])
        x = w.op("DepthToSpace", [x if early else w.quant(x, 0.25, 8)], blocksize=block, mode=mode)
        x = w.op("Add", [x, w.constant(w.random.normal(size=(3, 1, 1)))])
        w.output(w.quant(w.op("Relu", [x]), 0.25, 6, signed=0), [1, 3, 6 * block, 6 * block])
        w.save(path)
    return make


CASES |= {
    "depth_to_space": depth_to_space(710, "CRD", True),
    "depth_to_space_dcr": depth_to_space(711, "DCR", True, 3),
    "depth_to_space_of_activation": depth_to_space(712, "CRD", False),
    "depth_to_space_of_activation_dcr": depth_to_space(713, "DCR", False),
}
