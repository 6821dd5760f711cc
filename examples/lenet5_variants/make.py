"""Makes every variant of LeNet-5 with `fretwork quantise`, and counts how many of the 10,000 test digits the hardware's integers have right.

Writes NAME.safetensors beside this file and prints the table of README.md. Nothing is trained here: the variants come from the float models of
`../lenet5`, `../shift_lenet5` and `../separable_lenet5`.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ARRAY = "--rows 8 --cols 8"
SHIFT = f"{ARRAY} --shift-cols 16 --shift-simd 8 --shift-terms"
# Name, what it is, float model, options of `quantise`, accelerator.
VARIANTS = [
    ("int8", "8 bits", "lenet5", "--correct-bias", ARRAY),
    ("uniform4", "4 bits", "lenet5", "--weight-bits 4 --correct-bias", f"{ARRAY} --weight-bits 4 --paired-products"),
    ("inq5", "INQ, 5 bits", "lenet5", "--weights inq --weight-bits 5 --correct-bias", f"{SHIFT} 1"),
    ("apot4", "APoT, 4 bits", "lenet5", "--weights apot --weight-bits 4 --correct-bias", f"{SHIFT} 2"),
    ("twn", "TWN, ternary", "lenet5", "--weights twn --correct-bias", f"{SHIFT} 1"),
    ("ttq", "TTQ, ternary with two scales", "lenet5", "--weights ttq --correct-bias", f"{SHIFT} 4"),
    ("pwlq4", "PWLQ, 4 bits", "lenet5", "--weights pwlq --weight-bits 4 --end-bits 4 --correct-bias", f"{ARRAY} --codebook auto"),
    ("kmeans5", "k-means, 5 bits", "lenet5", "--weights kmeans --weight-bits 5 --end-bits 5 --correct-bias", f"{ARRAY} --codebook auto"),
    ("slq5", "SLQ, 5 bits", "lenet5", "--weights slq --weight-bits 5 --end-bits 5 --correct-bias", f"{ARRAY} --codebook auto"),
    ("pq", "product quantisation, 8 bits for 4 weights", "lenet5", "--weights pq --pq-outputs 4 --correct-bias", f"{ARRAY} --codebook auto --codebook-group 4"),
    ("low_rank", "low rank", "lenet5", "--reduce low-rank:energy=0.9 --correct-bias", ARRAY),
    ("slimmed", "slimmed", "lenet5", "--reduce slimming:keep=0.9 --correct-bias", ARRAY),
    ("tetris", "TETRIS, three quarters of the tiles", "lenet5", "--reduce tetris:tile=8x8,density=0.75 --correct-bias", ARRAY),
    ("shift", "shift convolutions", "shift_lenet5", "--correct-bias", ARRAY),
    ("separable", "depthwise separable", "separable_lenet5", "--correct-bias", ARRAY),
]


def run(fretwork, *words):
    return json.loads(subprocess.run([fretwork, *words, "--json"], check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="NPZ", help="MNIST: x_train, x_test (uint8 [n, 28, 28]), y_train, y_test")
    parser.add_argument("--fretwork", default="fretwork", help="the program (default: fretwork)")
    parser.add_argument("--digits", type=int, default=10_000, help="test digits (default: 10000)")
    parser.add_argument("--only", nargs="*", help="names of variants")
    arguments = parser.parse_args()
    data = np.load(arguments.data)
    images = lambda pixels: pixels.reshape(-1, 1, 28, 28).astype(np.float32) / 255
    print("| variant | `fretwork quantise` | accelerator | right | bytes | cycles |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        some = np.random.default_rng(0).choice(len(data["x_train"]), 512, replace=False)
        np.save(folder / "calibration.npy", images(data["x_train"][some]))
        np.save(folder / "digits.npy", images(data["x_test"][:arguments.digits]))
        np.save(folder / "labels.npy", data["y_test"][:arguments.digits].astype(np.int64))
        for name, what, model, options, accelerator in VARIANTS:
            if arguments.only and name not in arguments.only:
                continue
            path = HERE / f"{name}.safetensors"
            source = HERE.parent / model / f"{model}_float.onnx"
            run(arguments.fretwork, "quantise", source, *options.split(), "--input", folder / "calibration.npy", "--inputs", "512", "-o", path)
            shape = accelerator.split()
            result = run(arguments.fretwork, "simulate", path, *shape, "--input", folder / "digits.npy", "--labels", folder / "labels.npy")
            right, cycles = result["top1"]["accuracy"], result["latency_cycles"][0]
            print(f"| {what} | `{options}` | `{' '.join(shape)}` | {right:.2%} | {path.stat().st_size:,} | {cycles:,} |", flush=True)


if __name__ == "__main__":
    main()
