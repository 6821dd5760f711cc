"""The MNIST file, and what training and integer models make of its images."""

import sys

import numpy as np

DATA_HELP = """The data file holds x_train, x_test (uint8 [n, 28, 28]) and y_train, y_test (labels).
Set OMP_NUM_THREADS=1 for the same result from run to run.
"""

INPUT_SHAPE = [1, 28, 28, 1]
INPUT_SCALE, INPUT_ZERO_POINT = 1 / 255, -128   # pixel p is stored as p - 128
WIDE_INPUT_SCALE = 1 / 32767                    # of int16: the zero point is 0, white is 32767


def load(path):
    """The four arrays of the data file, images as float32 NHWC in 0..1."""
    file = np.load(path)
    missing = {"x_train", "y_train", "x_test", "y_test"} - set(file.files)
    if missing:
        sys.exit(f"{path}: missing {', '.join(sorted(missing))}; see --help")
    return {key: file[key].astype(np.int64) if key[0] == "y"
            else file[key].reshape(-1, 28, 28, 1).astype(np.float32) / 255
            for key in ("x_train", "y_train", "x_test", "y_test")}


def to_int8(pixels):
    """Pixels 0..255 as the networks take them: scale 1/255, zero point -128."""
    return (pixels.reshape(-1, 28, 28, 1).astype(np.int16) - 128).astype(np.int8)


def to_int16(pixels):
    """Pixels 0..255 as networks with int16 activations take them: scale 1/32767."""
    return np.rint(pixels.reshape(-1, 28, 28, 1) / 255 * 32767).astype(np.int16)


def shifted(images, rng, most):
    """Every image moved by a random whole number of pixels, at most `most` in each
    direction; zeros move in."""
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), axis=(1, 2))
    dy, dx = rng.integers(0, 2 * most + 1, (2, len(images)))
    return windows[np.arange(len(images)), dy, dx].transpose(0, 2, 3, 1)
