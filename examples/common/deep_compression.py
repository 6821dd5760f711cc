"""The command line and the steps of the two Deep Compression examples.

1. The dense network is trained and quantised to int8: `<name>_dense_int8.tflite`.
2. It is pruned step by step: the smallest weights of every layer go, the others are
   trained on, until each layer has its planned density.
3. Every layer's weights are shared: k-means finds 2^bits - 1 values, which are then
   trained on as the few parameters they are.
4. The result is quantised to int8, each shared value to one integer:
   `<name>_deep_int8.tflite`.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import mnist, quantise, size
from common.integer_model import IntegerModel
from common.training import Dense, Pruned, Shared, fit

EXAMPLES = """examples:
  python train.py --data mnist.npz
  python train.py --data mnist.npz --epochs-scale 0.2 --output .

"""


@dataclass
class Plan:
    """What one example asks for. Epochs and rates: of the dense training, of each
    pruning step, of the last one, and of the shared values."""

    name: str
    network: object
    densities: dict
    bits: dict
    pruning_steps: int
    epochs: tuple
    rates: tuple
    decay: float
    batch: int = 100
    shift: int = 0


def run(plan, folder):
    """Trains, compresses, writes both models below `folder` (or --output) and prints
    what became of the network at each step."""
    arguments = parse(plan, folder)
    data = mnist.load(arguments.data)
    rng = np.random.default_rng(arguments.seed)
    some = rng.choice(len(data["x_train"]), arguments.calibration, replace=False)
    calibration = data["x_train"][some]
    output = Path(arguments.output)
    started = time.time()

    def train(way, stage, title):
        epochs = max(1, round(plan.epochs[stage] * arguments.epochs_scale))
        fit(plan.network, way, data, rng, epochs=epochs, rate=plan.rates[stage], batch=plan.batch,
            shift=plan.shift, decay=0.0 if isinstance(way, Shared) else plan.decay, title=title)
        accuracy = plan.network.accuracy(way.parameters(), data["x_test"], data["y_test"])
        print(f"{title}: float32 test accuracy {accuracy:.2%}, {time.time() - started:.0f} s so far",
              flush=True)
        return way.parameters()

    def write(parameters, kind, scheme):
        ranges = quantise.calibrate(plan.network, parameters, calibration)
        model = quantise.quantised_model(plan.network, parameters, ranges, scheme,
                                         f"{plan.network.title}, {kind}, MNIST, int8")
        path = output / f"{plan.name}_{kind}_int8.tflite"
        written = model.save(path)
        content = path.read_bytes()
        accuracy = IntegerModel(content).accuracy(data["x_test"], data["y_test"])
        print(f"wrote {path.name}: {written} bytes, int8 test accuracy {accuracy:.2%}", flush=True)
        return content

    parameters = train(Dense(plan.network.initial(rng)), 0, "dense")
    write(parameters, "dense", quantise.per_tensor)

    for step in range(1, plan.pruning_steps + 1):
        part = step / plan.pruning_steps
        densities = {name: density ** part for name, density in plan.densities.items()}
        pruned = Pruned(parameters, densities)
        stage = 2 if step == plan.pruning_steps else 1
        parameters = train(pruned, stage, f"pruning {step}/{plan.pruning_steps}")

    parameters = train(Shared(parameters, plan.bits), 3, "sharing")
    print(size.report(write(parameters, "deep", quantise.shared)))
    print(f"{time.time() - started:.0f} s in all")


def parse(plan, folder):
    parser = argparse.ArgumentParser(
        description=f"{plan.network.title}: trains, prunes and shares the weights, writes "
                    f"{plan.name}_dense_int8.tflite and {plan.name}_deep_int8.tflite.\n\n"
                    + __doc__.partition("\n\n")[2],
        epilog=EXAMPLES + mnist.DATA_HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--output", default=str(folder), metavar="FOLDER",
                        help="where both models go (default: here)")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice (default: 1)")
    parser.add_argument("--calibration", type=int, default=2000, metavar="N",
                        help="training images that set the ranges (default: 2000)")
    parser.add_argument("--epochs-scale", type=float, default=1.0, metavar="F",
                        help="factor on all numbers of epochs, for quick trials (default: 1)")
    return parser.parse_args()
