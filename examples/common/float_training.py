"""Trains a network on MNIST as it is and writes it as float ONNX: the command line of the examples that are quantised afterwards."""

import argparse

import numpy as np

from common import float_export, mnist
from common.training import Dense, fit

# The largest shift of a training image, in pixels, in each direction.
MAX_SHIFT = 1


def main(network, description, output):
    arguments = parse(description, output)
    data = mnist.load(arguments.data)
    rng = np.random.default_rng(arguments.seed)
    trained = fit(network, Dense(network.initial(rng)), data, rng, epochs=arguments.epochs, rate=arguments.rate,
                  batch=arguments.batch, shift=MAX_SHIFT)
    parameters = trained.parameters()
    accuracy = network.accuracy(parameters, data["x_test"], data["y_test"])
    print(f"float32 test accuracy {accuracy:.2%}")
    float_export.save_onnx(network, parameters, data["x_test"].shape[1:], arguments.output, network.title)


def parse(description, output):
    examples = "examples:\n  python train.py --data mnist.npz\n  python train.py --data mnist.npz --epochs 1 --output quick.onnx\n\n"
    parser = argparse.ArgumentParser(description=description, epilog=examples + mnist.DATA_HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--output", default=str(output), metavar="FILE", help=f"the model (default: {output.name} here)")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice (default: 1)")
    parser.add_argument("--epochs", type=int, default=6, help="default: 6")
    parser.add_argument("--batch", type=int, default=100, help="images per step (default: 100)")
    parser.add_argument("--rate", type=float, default=2e-3,
                        help="first learning rate, falls to 0 along a cosine (default: 0.002)")
    return parser.parse_args()
