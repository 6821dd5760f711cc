"""Trains a LeNet-5 whose second convolution is two shift modules on MNIST.

A module is a convolution of one pixel, a displacement of every channel by one of the
nine offsets of a 3x3 window, and another convolution of one pixel (B. Wu et al.,
"Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions", CVPR 2018).
Eight channels share an offset: as many as an array of 8 rows reads at once.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common import float_training  # noqa: E402
from common.network import Layer, Network  # noqa: E402

OFFSETS = tuple((channel // 8 // 3 - 1, channel // 8 % 3 - 1) for channel in range(72))

NETWORK = Network("Shift LeNet-5", [
    Layer("conv1", "conv", (16, 5, 5, 1), padding="same"),
    Layer("pool1", "pool"),
    Layer("expand1", "conv", (72, 1, 1, 16)),
    Layer("shift1", "displace", offsets=OFFSETS),
    Layer("reduce1", "conv", (32, 1, 1, 72)),
    Layer("pool2", "pool"),
    Layer("expand2", "conv", (72, 1, 1, 32)),
    Layer("shift2", "displace", offsets=OFFSETS),
    Layer("reduce2", "conv", (32, 1, 1, 72)),
    Layer("fc", "dense", (10, 7 * 7 * 32)),
])

if __name__ == "__main__":
    float_training.main(NETWORK, __doc__, HERE / "shift_lenet5_float.onnx")
