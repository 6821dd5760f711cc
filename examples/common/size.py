"""Estimates what the weights of an int8 TensorFlow Lite file take when Huffman-coded.

A layer is a matrix [outputs, inputs] (convolutions: inputs are kernel row, kernel
column, channel). An entry is a pair (zeros skipped, code of the weight); a run longer
than its field is cut by entries with code 0, which stand for a zero. Runs and codes
have a canonical Huffman code each. Three layouts are counted: `rows` and `columns` are
one vector, taken output by output or input by input, whose runs go on across the
borders (Deep Compression); in `engine` every column starts anew and a third Huffman
code holds its number of entries, as the memories of the sparse engine want it.

A layer's bytes: runs and codes; half a byte per symbol for the code lengths of the
tables; a byte per codebook value; its biases, 4 bytes each; 64 bytes for shape,
scales and counts. Compared with 4 bytes per weight and bias in float32.
"""

import argparse
import heapq
import sys
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from common.integer_model import IntegerModel  # noqa: E402

EXAMPLES = """examples:
  python size.py ../lenet300/lenet300_deep_int8.tflite
  python size.py ../lenet300/lenet300_deep_int8.tflite --run-bits 4
"""

RUN_BITS = range(3, 9)
LAYER_BYTES = 64
LAYOUTS = ("rows", "columns", "engine")


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="TFLITE")
    parser.add_argument("--run-bits", type=int, metavar="N",
                        help="bits of a zero run (default: the best of 3 to 8 for each layer)")
    arguments = parser.parse_args()
    for path in arguments.models:
        print(path)
        print(report(Path(path).read_bytes(), arguments.run_bits))


def report(content, run_bits=None):
    """The table that the command prints."""
    choices = RUN_BITS if run_bits is None else [run_bits]
    lines = ["layer     weights  nonzero  density  values"
             + "".join(f"{layout:>9} B, run bits" for layout in LAYOUTS)]
    total = dict.fromkeys(("weights", "nonzero", "float", *LAYOUTS), 0)
    for name, matrix, biases in weighted_layers(content):
        nonzero, values = np.count_nonzero(matrix), len(np.unique(matrix[matrix != 0]))
        line = f"{name:8} {matrix.size:8} {nonzero:8} {nonzero / matrix.size:8.2%} {values:7}"
        for layout in LAYOUTS:
            least, bits = min((layer_bytes(matrix, biases, bits, layout), bits) for bits in choices)
            line += f"{least:11},{bits:9}"
            total[layout] += least
        lines.append(line)
        total["weights"] += matrix.size
        total["nonzero"] += nonzero
        total["float"] += 4 * (matrix.size + biases)
    lines.append(f"{'total':8} {total['weights']:8} {total['nonzero']:8} "
                 f"{total['nonzero'] / total['weights']:8.2%} {'':7}"
                 + "".join(f"{total[layout]:11}{'':10}" for layout in LAYOUTS))
    lines.append(f"float32 {total['float']} bytes: " + ", ".join(
        f"{layout} {total['float'] / total[layout]:.1f}x smaller" for layout in LAYOUTS))
    return "\n".join(line.rstrip() for line in lines)


def weighted_layers(content):
    """(name, int matrix [outputs, inputs], number of biases) of each weighted layer."""
    model = IntegerModel(content)
    for operator in model.weighted_operators():
        weights = model.constant(operator.inputs[1])
        name = model.tensor(operator.outputs[0]).name.decode()
        yield name, weights.reshape(len(weights), -1), len(model.constant(operator.inputs[2]))


def layer_bytes(matrix, biases, run_bits, layout):
    """What one layer takes."""
    if layout == "engine":
        columns = [entries(column, 2 ** run_bits - 1) for column in matrix.T]
        runs, values = (np.concatenate(part) for part in zip(*columns))
        counts = np.array([len(column[0]) for column in columns])
    else:
        vector = (matrix.T if layout == "columns" else matrix).reshape(-1)
        runs, values = entries(vector, 2 ** run_bits - 1)
        counts = np.array([], int)
    codebook, codes = np.unique(values, return_inverse=True)
    bits = huffman_bits(runs) + huffman_bits(codes) + huffman_bits(counts)
    symbols = 2 ** run_bits + len(codebook) + (counts.max() + 1 if counts.size else 0)
    return -(-bits // 8) + -(-symbols // 2) + len(codebook) + 4 * biases + LAYER_BYTES


def entries(vector, longest):
    """(zeros before each entry, value of each entry); value 0 only cuts a long run.
    Zeros after the last weight take no entry."""
    at = np.flatnonzero(vector)
    zeros = np.diff(at, prepend=-1) - 1
    cuts = zeros // (longest + 1)
    ends = np.cumsum(cuts + 1) - 1
    runs = np.full(len(at) + cuts.sum(), longest)
    values = np.zeros(len(runs), vector.dtype)
    runs[ends] = zeros % (longest + 1)
    values[ends] = vector[at]
    return runs, values


def huffman_bits(symbols):
    """Length of the sequence in the best prefix code for it."""
    counts = np.unique(symbols, return_counts=True)[1].tolist()
    if len(counts) <= 1:
        return sum(counts)
    heapq.heapify(counts)
    bits = 0
    while len(counts) > 1:
        joined = heapq.heappop(counts) + heapq.heappop(counts)
        bits += joined
        heapq.heappush(counts, joined)
    return bits


if __name__ == "__main__":
    main()
