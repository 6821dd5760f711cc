"""Runs the binary network over the MNIST test set as integers, and some of the digits
through qonnx's executor, whose tensors must all be equal. Also prints the accuracy."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common.binary_compare import run  # noqa: E402

if __name__ == "__main__":
    run(__doc__, HERE / "binary_lenet5.onnx")
