"""Trains LeNet-5 on MNIST, writes it as float ONNX, quantises it to int8, writes a TensorFlow Lite file.

Quantisation follows TensorFlow Lite's specification: activations int8 per tensor
with a zero point, weights int8 symmetric (one scale per output channel in
convolutions, one per layer in fully connected layers), biases int32 with scale
`input scale * weight scale`. Ranges are the extremes seen on a part of the
training set. Nothing is retrained afterwards.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from common import float_export, mnist, quantise  # noqa: E402
from common.network import Layer, Network  # noqa: E402
from common.training import Dense, fit  # noqa: E402

EXAMPLES = """examples:
  python train.py --data mnist.npz
  python train.py --data mnist.npz --epochs 1 --output quick.tflite

"""

NETWORK = Network("LeNet-5", [
    Layer("conv1", "conv", (6, 5, 5, 1), padding="same"),
    Layer("pool1", "pool"),
    Layer("conv2", "conv", (16, 5, 5, 6)),
    Layer("pool2", "pool"),
    Layer("fc1", "dense", (120, 400)),
    Layer("fc2", "dense", (84, 120)),
    Layer("fc3", "dense", (10, 84)),
])

# The largest shift of a training image, in pixels, in each direction.
MAX_SHIFT = 1


def main():
    arguments = parse()
    data = mnist.load(arguments.data)
    rng = np.random.default_rng(arguments.seed)
    trained = fit(NETWORK, Dense(NETWORK.initial(rng)), data, rng, epochs=arguments.epochs,
                  rate=arguments.rate, batch=arguments.batch, shift=MAX_SHIFT)
    parameters = trained.parameters()
    accuracy = NETWORK.accuracy(parameters, data["x_test"], data["y_test"])
    print(f"float32 test accuracy {accuracy:.2%}")
    float_export.save_onnx(NETWORK, parameters, data["x_test"].shape[1:], arguments.float_output, "LeNet-5")

    rng = np.random.default_rng(arguments.seed)
    some = rng.choice(len(data["x_train"]), arguments.calibration, replace=False)
    ranges = quantise.calibrate(NETWORK, parameters, data["x_train"][some])
    model = quantise.quantised_model(NETWORK, parameters, ranges,
                                     quantise.per_channel_convolutions, "LeNet-5, MNIST, int8")
    print(f"wrote {arguments.output}: {model.save(arguments.output)} bytes")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES + mnist.DATA_HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--output", default=str(HERE / "lenet5_int8.tflite"),
                        metavar="FILE", help="the model (default: lenet5_int8.tflite here)")
    parser.add_argument("--float-output", default=str(HERE / "lenet5_float.onnx"),
                        metavar="FILE", help="the float model (default: lenet5_float.onnx here)")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice (default: 1)")
    parser.add_argument("--epochs", type=int, default=8, help="default: 8")
    parser.add_argument("--batch", type=int, default=100, help="images per step (default: 100)")
    parser.add_argument("--rate", type=float, default=2e-3,
                        help="first learning rate, falls to 0 along a cosine (default: 0.002)")
    parser.add_argument("--calibration", type=int, default=2000, metavar="N",
                        help="training images that set the ranges (default: 2000)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
