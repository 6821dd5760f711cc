"""Writes lenet300_deep_int16.tflite: the compressed network with int16 activations.

Its weights are those of lenet300_deep_int8.tflite; nothing is trained. The training
images set the scales of the activations.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common import mnist  # noqa: E402
from common.integer_model import IntegerModel  # noqa: E402
from common.wide import widened  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=mnist.DATA_HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--output", default=str(HERE), metavar="FOLDER",
                        help="where the model goes (default: here)")
    arguments = parser.parse_args()
    data = mnist.load(arguments.data)
    content = (HERE / "lenet300_deep_int8.tflite").read_bytes()
    model = widened(content, data["x_train"], "LeNet-300-100, deep, MNIST, int16 activations")
    path = Path(arguments.output) / "lenet300_deep_int16.tflite"
    written = model.save(path)
    for name, file in (("int8", content), ("int16", path.read_bytes())):
        accuracy = IntegerModel(file).accuracy(data["x_test"], data["y_test"])
        print(f"{name} activations: test accuracy {accuracy:.2%}")
    print(f"wrote {path.name}: {written} bytes")


if __name__ == "__main__":
    main()
