"""Trains a multilayer perceptron with binary weights and activations on MNIST."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common.binary import BinaryNetwork  # noqa: E402
from common.binary_training import Plan, run  # noqa: E402
from common.network import Layer  # noqa: E402

NETWORK = BinaryNetwork("Binary MLP", [
    Layer("fc1", "dense", (256, 784)),
    Layer("fc2", "dense", (256, 256)),
    Layer("fc3", "dense", (256, 256)),
    Layer("fc4", "dense", (10, 256)),
])

PLAN = Plan(name="binary_mlp", network=NETWORK, epochs=60, rate=5e-3)

if __name__ == "__main__":
    run(PLAN, HERE)
