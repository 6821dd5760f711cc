"""Trains a LeNet-5 with binary weights and activations on MNIST."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common.binary import BinaryNetwork  # noqa: E402
from common.binary_training import Plan, run  # noqa: E402
from common.network import Layer  # noqa: E402

NETWORK = BinaryNetwork("Binary LeNet-5", [
    Layer("conv1", "conv", (32, 5, 5, 1)),
    Layer("pool1", "pool"),
    Layer("conv2", "conv", (64, 5, 5, 32)),
    Layer("pool2", "pool"),
    Layer("fc1", "dense", (256, 1024)),
    Layer("fc2", "dense", (10, 256)),
])

PLAN = Plan(name="binary_lenet5", network=NETWORK, epochs=15, rate=5e-3)

if __name__ == "__main__":
    run(PLAN, HERE)
