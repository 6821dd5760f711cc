"""Trains LeNet-5 on MNIST, quantises it to int8, writes a TensorFlow Lite file.

Quantisation follows TensorFlow Lite's specification: activations int8 per tensor
with a zero point, weights int8 symmetric (one scale per output channel in
convolutions, one per layer in fully connected layers), biases int32 with scale
`input scale * weight scale`. Ranges are the extremes seen on a part of the
training set. Nothing is retrained afterwards.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import network

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tflite_writer import Model, symmetric_int8  # noqa: E402

EXAMPLES = """examples:
  python train.py --data mnist.npz
  python train.py --data mnist.npz --epochs 1 --output quick.tflite

The data file holds x_train, x_test (uint8 [n, 28, 28]) and y_train, y_test (labels).
Set OMP_NUM_THREADS=1 for the same result from run to run.
"""

# The largest shift of a training image, in pixels, in each direction.
MAX_SHIFT = 1
INPUT_SCALE, INPUT_ZERO_POINT = 1 / 255, -128   # pixel p is stored as p - 128


def main():
    arguments = parse()
    data = load(arguments.data)
    parameters = train(data, arguments)
    accuracy = float_accuracy(parameters, data["x_test"], data["y_test"])
    print(f"float32 test accuracy {accuracy:.2%}")

    rng = np.random.default_rng(arguments.seed)
    some = rng.choice(len(data["x_train"]), arguments.calibration, replace=False)
    ranges = calibrate(parameters, data["x_train"][some])
    size = quantised_model(parameters, ranges).save(arguments.output)
    print(f"wrote {arguments.output}: {size} bytes")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST, see below")
    parser.add_argument("--output", default=str(Path(__file__).with_name("lenet5_int8.tflite")),
                        metavar="FILE", help="the model (default: lenet5_int8.tflite here)")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice (default: 1)")
    parser.add_argument("--epochs", type=int, default=8, help="default: 8")
    parser.add_argument("--batch", type=int, default=100, help="images per step (default: 100)")
    parser.add_argument("--rate", type=float, default=2e-3,
                        help="first learning rate, falls to 0 along a cosine (default: 0.002)")
    parser.add_argument("--calibration", type=int, default=2000, metavar="N",
                        help="training images that set the ranges (default: 2000)")
    return parser.parse_args()


def load(path):
    """The four arrays of the data file, images as float32 NHWC in 0..1."""
    file = np.load(path)
    missing = {"x_train", "y_train", "x_test", "y_test"} - set(file.files)
    if missing:
        sys.exit(f"{path}: missing {', '.join(sorted(missing))}; see --help")
    return {key: file[key].astype(np.int64) if key[0] == "y"
            else file[key].reshape(-1, 28, 28, 1).astype(np.float32) / 255
            for key in ("x_train", "y_train", "x_test", "y_test")}


def train(data, arguments):
    """Cross entropy, Adam, cosine learning rate, randomly shifted images."""
    rng = np.random.default_rng(arguments.seed)
    parameters = network.initial(rng)
    optimiser = network.Adam(parameters)
    count = len(data["x_train"]) // arguments.batch
    steps = count * arguments.epochs
    for epoch in range(arguments.epochs):
        started, total = time.time(), 0.0
        batches = rng.permutation(len(data["x_train"]))[:count * arguments.batch]
        for i, batch in enumerate(batches.reshape(count, arguments.batch)):
            images = shifted(data["x_train"][batch], rng)
            gradient, loss = network.gradients(parameters, images, data["y_train"][batch])
            progress = (epoch * count + i) / steps
            optimiser.step(parameters, gradient,
                           arguments.rate * (1 + np.cos(np.pi * progress)) / 2)
            total += loss
        print(f"epoch {epoch + 1}/{arguments.epochs}: loss {total / count:.4f}, "
              f"{time.time() - started:.0f} s", flush=True)
    return parameters


def shifted(images, rng):
    """Every image moved by a random whole number of pixels; zeros move in."""
    m = MAX_SHIFT
    padded = np.pad(images, ((0, 0), (m, m), (m, m), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), axis=(1, 2))
    dy, dx = rng.integers(0, 2 * m + 1, (2, len(images)))
    return windows[np.arange(len(images)), dy, dx].transpose(0, 2, 3, 1)


def float_accuracy(parameters, images, labels):
    right = 0
    for start in range(0, len(images), 500):
        answers = logits(parameters, images[start:start + 500]).argmax(axis=1)
        right += np.sum(answers == labels[start:start + 500])
    return right / len(images)


def logits(parameters, images):
    return network.forward(parameters, images)["fc3"]


def calibrate(parameters, images):
    """The smallest and the largest value of each layer's output, with 0 inside."""
    ranges = {name: (0.0, 0.0) for name, _ in network.LAYERS}
    for start in range(0, len(images), 500):
        activations = network.forward(parameters, images[start:start + 500])
        for name, (low, high) in ranges.items():
            a = activations[name]
            ranges[name] = (min(low, float(a.min())), max(high, float(a.max())))
    return ranges


def activation_scale(low, high):
    """Scale and zero point that map the range to -128..127 with 0 exact."""
    scale = np.float32((high - low) / 255)
    return {"scale": scale, "zero_point": int(np.clip(np.rint(-128 - low / scale), -128, 127))}


def quantised_model(parameters, ranges):
    """The int8 network as a TensorFlow Lite model."""
    m = Model("LeNet-5, MNIST, int8")
    x = m.input([1, 28, 28, 1], INPUT_SCALE, INPUT_ZERO_POINT)
    for name, padding in (("conv1", "same"), ("conv2", "valid")):
        weights, scales, bias = quantised_layer(parameters[name], x.scale, axis=0)
        x = m.conv2d(x, weights, scales, bias, **activation_scale(*ranges[name]), padding=padding,
                     activation="relu", name=name)
        x = m.max_pool(x, 2, name=name.replace("conv", "pool"))
    x = m.reshape(x, [-1, 400], name="flat")
    for name, activation in (("fc1", "relu"), ("fc2", "relu"), ("fc3", None)):
        weights, scales, bias = quantised_layer(parameters[name], x.scale, axis=None)
        x = m.fully_connected(x, weights, scales, bias, **activation_scale(*ranges[name]),
                              activation=activation, name=name)
    m.output(m.softmax(x, name="probabilities"))
    return m


def quantised_layer(layer, input_scale, axis):
    """Integer weights, their scales, integer biases."""
    weights, bias = layer
    integers, scales = symmetric_int8(weights, axis)
    bias_scales = (np.float32(input_scale) * scales).astype(np.float64)
    return integers, scales, np.rint(bias / bias_scales).astype(np.int32)


if __name__ == "__main__":
    main()
