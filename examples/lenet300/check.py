"""Runs the three networks over the MNIST test set twice and compares every layer.

Once with the integer model of `common`, once with TensorFlow Lite Micro: all
intermediate tensors of all digits must be equal. Also prints the accuracy.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common.compare import run  # noqa: E402

if __name__ == "__main__":
    run(__doc__, [HERE / "lenet300_dense_int8.tflite", HERE / "lenet300_deep_int8.tflite",
                  HERE / "lenet300_deep_int16.tflite"])
