"""Trains a LeNet-5 of depthwise separable convolutions on MNIST.

Each is a 3x3 filter per channel and a convolution of one pixel (A. Howard et al.,
"MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017).
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common import float_training  # noqa: E402
from common.network import Layer, Network  # noqa: E402

NETWORK = Network("Separable LeNet-5", [
    Layer("conv1", "conv", (16, 5, 5, 1), padding="same"),
    Layer("pool1", "pool"),
    Layer("depthwise1", "depthwise", (16, 3, 3, 1)),
    Layer("pointwise1", "conv", (32, 1, 1, 16)),
    Layer("pool2", "pool"),
    Layer("depthwise2", "depthwise", (32, 3, 3, 1)),
    Layer("pointwise2", "conv", (64, 1, 1, 32)),
    Layer("fc", "dense", (10, 7 * 7 * 64)),
])

if __name__ == "__main__":
    float_training.main(NETWORK, __doc__, HERE / "separable_lenet5_float.onnx")
