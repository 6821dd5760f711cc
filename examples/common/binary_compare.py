"""Compares the integer model of a binary network with qonnx's executor: all tensors of
some digits must be equal. Prints the integer model's accuracy on the test set."""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx

from common.binary_export import PIXEL
from common.binary_model import BinaryModel

EXAMPLES = """examples:
  python check.py --data mnist.npz
  python check.py --data mnist.npz --digits 10000 --model quick.onnx

The data file holds x_test (uint8 [n, 28, 28]) and y_test (labels).
"""


def run(description, path):
    """The command `check.py`; `path` is its default file."""
    arguments = parse(description, path)
    data = np.load(arguments.data)
    pixels, labels = data["x_test"], data["y_test"]
    model = BinaryModel(Path(arguments.model).read_bytes())
    started = time.time()
    right = int(np.sum(model.logits(pixels).argmax(axis=1) == labels))
    print(f"{Path(arguments.model).name}: {model.macs} multiply-accumulates for a digit")
    print(f"integer model: {right} of {len(labels)} digits right, {right / len(labels):.2%}, "
          f"{time.time() - started:.0f} s", flush=True)
    if not compare(model, arguments.model, pixels[:arguments.digits], labels):
        sys.exit("the integer model and qonnx differ")


def compare(model, path, pixels, labels):
    """Runs the digits one by one through both; true if nothing differs."""
    wrapper = ModelWrapper(str(path))
    source, output = wrapper.graph.input[0].name, wrapper.graph.output[0].name
    shape = wrapper.get_tensor_shape(source)
    started, right, compared = time.time(), 0, 0
    differences = {}
    for digit, label in zip(pixels, labels):
        image = (digit * np.float32(PIXEL)).reshape(shape)
        theirs = execute_onnx(wrapper, {source: image}, return_full_exec_context=True)
        right += int(theirs[output].argmax() == label)
        for name, ours in model.run(digit[None]).items():
            differences[name] = (differences.get(name, 0)
                                 + np.count_nonzero(theirs[name] != ours.real()))
            compared += ours.values.size
    print(f"qonnx's executor: {right} of {len(pixels)} digits right, {time.time() - started:.0f} s")
    print(f"values compared with qonnx: {compared}; different: "
          + ", ".join(f"{name} {n}" for name, n in differences.items()), flush=True)
    return not any(differences.values())


def parse(description, path):
    parser = argparse.ArgumentParser(description=description, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--model", default=path, metavar="FILE", help=f"default: {path.name} here")
    parser.add_argument("--digits", type=int, default=100, metavar="N",
                        help="how many of the test set qonnx runs too (default: 100)")
    return parser.parse_args()
