"""Trains LeNet-300-100 on MNIST and compresses it: pruning, shared weights, int8."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common.deep_compression import Plan, run  # noqa: E402
from common.network import Layer, Network  # noqa: E402

NETWORK = Network("LeNet-300-100", [
    Layer("fc1", "dense", (300, 784)),
    Layer("fc2", "dense", (100, 300)),
    Layer("fc3", "dense", (10, 100)),
])

PLAN = Plan(
    name="lenet300",
    network=NETWORK,
    densities={"fc1": 0.07, "fc2": 0.09, "fc3": 0.26},
    bits={"fc1": 4, "fc2": 4, "fc3": 4},
    pruning_steps=8,
    epochs=(15, 5, 20, 5),
    rates=(1e-3, 5e-4, 5e-4, 3e-4),
    decay=0.3,
)

if __name__ == "__main__":
    run(PLAN, HERE)
