#!/usr/bin/env python3
"""Builds the designs of docs/boards.md and prints its table: `scripts/boards.py FRETWORK FOLDER [--reports-only]`.

Networks whose files are not here are left out with a word. With --reports-only nothing is built; the table is made of the reports in FOLDER.
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
LENET = EXAMPLES / "lenet5/lenet5_int8.tflite"
VARIANTS = EXAMPLES / "lenet5_variants"
BINARY = EXAMPLES / "binary_lenet5/binary_lenet5.onnx"
DEEP = EXAMPLES / "lenet5_caffe/lenet5_caffe_deep_int8.tflite"
TINY = ROOT.parent / "shared/models/mlperf-tiny"
WIDE = ["--rows", "8", "--cols", "16", "--lanes", "16", "--requantisers", "4"]

# Name, model, board, options of `fretwork compile`.
DESIGNS = [
    ("lenet5-icebreaker", LENET, "icebreaker", ["--clock-mhz", "30"]),
    ("lenet5-ulx3s-25f", LENET, "ulx3s-25f", ["--rows", "4", "--cols", "4"]),
    ("lenet5-ulx3s-85f", LENET, "ulx3s-85f", ["--rows", "8", "--cols", "8"]),
    ("lenet5-tang-nano-20k", VARIANTS / "int8.safetensors", "tang-nano-20k", ["--rows", "4", "--cols", "4", "--requantisers", "1"]),
    ("codebook-tang-nano-20k", VARIANTS / "kmeans5.safetensors", "tang-nano-20k", ["--rows", "4", "--cols", "4", "--codebook", "auto"]),
    ("deep-ulx3s-85f", DEEP, "ulx3s-85f", ["--rows", "4", "--cols", "4", "--pes", "8"]),
    ("binary-ulx3s-85f", BINARY, "ulx3s-85f", ["--rows", "8", "--cols", "8", "--xnor-cols", "8", "--xnor-simd", "32"]),
    ("ad-ulx3s-85f", TINY / "ad01_int8.tflite", "ulx3s-85f", ["--rows", "8", "--cols", "8"]),
    ("kws-ulx3s-85f", TINY / "kws_ref_model.tflite", "ulx3s-85f", WIDE),
    ("resnet8-ulx3s-85f", TINY / "pretrainedResnet_quant.tflite", "ulx3s-85f", WIDE),
    ("vww-ulx3s-85f", TINY / "vww_96_int8.tflite", "ulx3s-85f", ["--rows", "8", "--cols", "8", "--lanes", "8", "--requantisers", "4", "--weights", "boot"]),
]

# More options of `fretwork build`: nextpnr's default router does not come to an end there, or takes long.
ROUTED = {f"{name}-ulx3s-85f": ["--nextpnr", "--router router2"] for name in ("deep", "binary", "resnet8", "vww")}


def build(fretwork, folder, name, model, board, options):
    """Compiles and builds one design; a clock that is not reached still gives a report."""
    design = folder / name
    subprocess.run([fretwork, "compile", model, "--board", board, "-o", design, "-q", *options], check=True)
    subprocess.run([fretwork, "build", design, "-q", "--allow-slow", "--tries", "3", *ROUTED.get(name, [])], check=True)


def row(report):
    """A line of the table."""
    used = {resource["name"]: f"{resource['used']:,}" for resource in report["resources"]}
    luts = used.get("LUTs", used.get("logic cells"))
    reached = ", ".join(f"{clock['achieved_mhz']:.1f}" for clock in report["clocks"]) or "-"
    cells = [
        report["network"], report["board"], f"{report['rows']}x{report['cols']}", luts, used.get("flip-flops", "-"), used["DSP blocks"],
        used["block RAMs"], reached, f"{report['clock_mhz']:g}", f"{report['cycles']:,}", f"{report['latency_us'] / 1e3:.3g} ms",
    ]
    return "| " + " | ".join(cells) + " |"


def main():
    fretwork, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, model, board, options in DESIGNS:
        if not model.is_file():
            print(f"skipped: {model.name} is not here", file=sys.stderr)
            continue
        if "--reports-only" not in sys.argv:
            build(fretwork, folder, name, model, board, options)
        report = folder / name / "build/report.json"
        if report.is_file():
            lines.append(row(json.loads(report.read_text())))
    print("| network | board | array | LUTs or logic cells | flip-flops | DSP blocks | block RAMs | reached, MHz | clock, MHz | cycles | latency |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
