"""Runs the int8 LeNet-5 over the MNIST test set twice and compares every layer.

Once with the integer model of this folder, once with TensorFlow Lite Micro: all
intermediate tensors of all digits must be equal. Also prints the accuracy.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from tflite_micro import runtime

from integer_model import IntegerModel

EXAMPLES = """examples:
  python check.py --data mnist.npz
  python check.py --data mnist.npz --model quick.tflite --digits 1000

The data file holds x_test (uint8 [n, 28, 28]) and y_test (labels).
"""

ARENA_BYTES = 1 << 20
BATCH = 500


def main():
    arguments = parse()
    data = np.load(arguments.data)
    images = to_int8(data["x_test"][:arguments.digits])
    labels = data["y_test"][:arguments.digits]

    model = IntegerModel(Path(arguments.model).read_bytes())
    interpreter = runtime.Interpreter.from_file(
        arguments.model, arena_size=ARENA_BYTES,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors)

    started = time.time()
    right, right_softmax, compared = 0, 0, 0
    differences = {}
    for start in range(0, len(images), BATCH):
        batch, truth = images[start:start + BATCH], labels[start:start + BATCH]
        ours = model.run(batch)
        right += np.sum(ours["fc3"].argmax(axis=1) == truth)
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
    print(f"{count} digits, {model.macs} multiply-accumulates each, {time.time() - started:.0f} s")
    print(f"accuracy from the logits  {right / count:.2%}")
    print(f"accuracy from the softmax {right_softmax / count:.2%}")
    print(f"values compared with TensorFlow Lite Micro: {compared}; different: "
          + ", ".join(f"{name} {n}" for name, n in differences.items()))
    if any(differences.values()):
        sys.exit("the integer model and TensorFlow Lite Micro differ")


def to_int8(pixels):
    """Pixels 0..255 as the network takes them: scale 1/255, zero point -128."""
    return (pixels.reshape(-1, 28, 28, 1).astype(np.int16) - 128).astype(np.int8)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--model", default=str(Path(__file__).with_name("lenet5_int8.tflite")),
                        metavar="FILE", help="default: lenet5_int8.tflite here")
    parser.add_argument("--digits", type=int, default=10000, metavar="N",
                        help="how many of the test set (default: 10000)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
