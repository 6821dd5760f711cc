"""Compares the integer model with TensorFlow Lite Micro on the MNIST test set: all
intermediate tensors of all digits must be equal. Also prints the accuracy."""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from tflite_micro import runtime

from common.integer_model import IntegerModel

EXAMPLES = """examples:
  python check.py --data mnist.npz
  python check.py --data mnist.npz --digits 1000 --model quick.tflite

The data file holds x_test (uint8 [n, 28, 28]) and y_test (labels).
"""

ARENA_BYTES = 1 << 21
BATCH = 500


def run(description, models):
    """The command `check.py`; `models` are its default files."""
    arguments = parse(description, models)
    data = np.load(arguments.data)
    pixels = data["x_test"][:arguments.digits]
    labels = data["y_test"][:arguments.digits]
    equal = [compare(path, pixels, labels) for path in arguments.model]
    if not all(equal):
        sys.exit("the integer model and TensorFlow Lite Micro differ")


def compare(path, pixels, labels):
    """Prints what one model does with the images; true if nothing differs."""
    model = IntegerModel(Path(path).read_bytes())
    images = model.inputs(pixels)
    interpreter = runtime.Interpreter.from_file(
        str(path), arena_size=ARENA_BYTES,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors)
    logits = model.logits_name()

    started = time.time()
    right, right_softmax, compared = 0, 0, 0
    differences = {}
    for start in range(0, len(images), BATCH):
        batch, truth = images[start:start + BATCH], labels[start:start + BATCH]
        ours = model.run(batch)
        right += np.sum(ours[logits].argmax(axis=1) == truth)
        for i in range(len(batch)):
            interpreter.set_input(batch[i:i + 1], 0)
            interpreter.invoke()
            right_softmax += interpreter.get_output(0)[0].argmax() == truth[i]
            for index, tensor in enumerate(model.graph.tensors):
                name = tensor.name.decode()
                if name in ours:
                    theirs = interpreter.GetTensor(index, 0)["tensor_data"]
                    different = np.count_nonzero(theirs.reshape(-1) != ours[name][i].reshape(-1))
                    differences[name] = differences.get(name, 0) + different
                    compared += theirs.size

    count = len(images)
    print(f"{Path(path).name}: {count} digits, {model.macs} multiply-accumulates each, "
          f"{time.time() - started:.0f} s")
    print(f"accuracy from the logits  {right / count:.2%}")
    print(f"accuracy from the softmax {right_softmax / count:.2%}")
    print(f"values compared with TensorFlow Lite Micro: {compared}; different: "
          + ", ".join(f"{name} {n}" for name, n in differences.items()), flush=True)
    return not any(differences.values())


def parse(description, models):
    parser = argparse.ArgumentParser(description=description, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--model", nargs="+", default=models, metavar="FILE",
                        help="default: " + ", ".join(Path(path).name for path in models) + " here")
    parser.add_argument("--digits", type=int, default=10000, metavar="N",
                        help="how many of the test set (default: 10000)")
    return parser.parse_args()
