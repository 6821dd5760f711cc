"""The command line and the steps of the examples with binary networks.

1. The network is trained with real latent weights whose signs multiply.
2. Each channel's mean and variance are measured over all training images, layer by
   layer, with the weights as signs.
3. The network is written as QONNX: `<name>.onnx`.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import mnist
from common.binary import Binary
from common.binary_export import PIXEL, exported
from common.binary_model import BinaryModel
from common.training import fit

EXAMPLES = """examples:
  python train.py --data mnist.npz
  python train.py --data mnist.npz --epochs 2 --output quick.onnx

"""


@dataclass
class Plan:
    """What one example asks for; `rate` is the first learning rate."""

    name: str
    network: object
    epochs: int
    rate: float
    batch: int = 100
    shift: int = 1


def run(plan, folder):
    """Trains, writes the model below `folder` (or to --output) and prints its accuracy."""
    arguments = parse(plan, folder)
    data = mnist.load(arguments.data)
    pixels, labels = np.load(arguments.data)["x_test"], data["y_test"]
    for images in ("x_train", "x_test"):
        data[images] = np.rint(data[images] * 255) * np.float32(PIXEL)
    rng = np.random.default_rng(arguments.seed)
    started = time.time()

    way = Binary(plan.network.initial(rng))
    fit(plan.network, way, data, rng, epochs=arguments.epochs, rate=plan.rate, batch=plan.batch,
        shift=plan.shift)
    parameters = way.parameters()
    statistics = plan.network.statistics(parameters, data["x_train"])
    for part in ("train", "test"):
        accuracy = plan.network.accuracy(parameters, statistics, data[f"x_{part}"], data[f"y_{part}"])
        print(f"real logits: {part} accuracy {accuracy:.2%}", flush=True)

    model = exported(plan.network, parameters, statistics, data["x_train"],
                     f"{plan.network.title}, MNIST")
    written = model.save(arguments.output)
    accuracy = BinaryModel(Path(arguments.output).read_bytes()).accuracy(pixels, labels)
    negative = {layer.name: f"{np.sum(parameters[layer.name][1] < 0)} of {layer.shape[0]}"
                for layer, _ in plan.network.stages}
    print("channels with a negative scale: " + ", ".join(f"{k} {v}" for k, v in negative.items()))
    print(f"wrote {Path(arguments.output).name}: {written} bytes, test accuracy {accuracy:.2%}, "
          f"{time.time() - started:.0f} s in all")


def parse(plan, folder):
    parser = argparse.ArgumentParser(
        description=f"{plan.network.title}: trains on MNIST, writes {plan.name}.onnx.\n\n"
                    + __doc__.partition("\n\n")[2],
        epilog=EXAMPLES + mnist.DATA_HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--output", default=str(folder / f"{plan.name}.onnx"), metavar="FILE",
                        help=f"where the model goes (default: {plan.name}.onnx here)")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice (default: 1)")
    parser.add_argument("--epochs", type=int, default=plan.epochs, metavar="N",
                        help=f"passes over the training images (default: {plan.epochs})")
    return parser.parse_args()
