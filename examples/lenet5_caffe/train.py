"""Trains the LeNet-5 of the Caffe examples on MNIST and compresses it: pruning, shared
weights, int8."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common.deep_compression import Plan, run  # noqa: E402
from common.network import Layer, Network  # noqa: E402

NETWORK = Network("LeNet-5 (Caffe)", [
    Layer("conv1", "conv", (20, 5, 5, 1)),
    Layer("pool1", "pool"),
    Layer("conv2", "conv", (50, 5, 5, 20)),
    Layer("pool2", "pool"),
    Layer("fc1", "dense", (500, 800)),
    Layer("fc2", "dense", (10, 500)),
])

PLAN = Plan(
    name="lenet5_caffe",
    network=NETWORK,
    densities={"conv1": 0.66, "conv2": 0.12, "fc1": 0.065, "fc2": 0.19},
    bits={"conv1": 5, "conv2": 5, "fc1": 4, "fc2": 4},
    pruning_steps=5,
    epochs=(8, 2, 6, 2),
    rates=(1e-3, 7e-4, 1e-3, 3e-4),
    decay=0.1,
    shift=1,
)

if __name__ == "__main__":
    run(PLAN, HERE)
