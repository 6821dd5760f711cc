#!/usr/bin/env python3
"""Holds the energy of counted events against OpenSTA: runs `fretwork synth --technology sg13g2` on designs of the examples, none of which the
technology's figures were made from, and writes the table in docs/energy.md and the plot docs/energy.svg.

    scripts/measure-energy.py --liberty sg13g2_stdcell_typ_1p20V_25C.lib [--fretwork target/release/fretwork]
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIGITS = ["--input", "examples/lenet5/digits.npy"]
LENET = ["examples/lenet5/lenet5_int8.tflite", *DIGITS]
FLOATS = ["--input", "examples/lenet5/digits_float.npy"]
BINARY = ["examples/binary_mlp/binary_mlp.onnx", "--lanes", "8", "--rows", "4", "--cols", "4", "--core", "xnor"]

# What is measured: its name, the module, the command line.
DESIGNS = [
    ("LeNet-5 int8, 4x4", "fw_systolic_array", [*LENET, "--rows", "4", "--cols", "4"]),
    ("LeNet-5 int8, 4x4", "fw_systolic", [*LENET, "--rows", "4", "--cols", "4"]),
    ("LeNet-5 int8, 4x4", "fw_epilogue", [*LENET, "--rows", "4", "--cols", "4"]),
    ("LeNet-5 int8, 4x4", "fw_lane", [*LENET, "--rows", "4", "--cols", "4"]),
    ("LeNet-5 int8, 8x8", "fw_systolic_array", [*LENET, "--rows", "8", "--cols", "8"]),
    ("LeNet-5 4-bit weights, 4x4", "fw_systolic_array",
     ["examples/lenet5_variants/uniform4.safetensors", *FLOATS, "--rows", "4", "--cols", "4", "--weight-bits", "4"]),
    ("binary perceptron, 16x16 gates", "fw_xnor", [*BINARY, "--xnor-cols", "16", "--xnor-simd", "16"]),
    ("binary perceptron, 4x32 gates", "fw_xnor", [*BINARY, "--xnor-cols", "4", "--xnor-simd", "32"]),
    ("LeNet-5 powers of two, 4x4 units", "fw_shift",
     ["examples/lenet5_variants/inq5.safetensors", *FLOATS, "--rows", "4", "--cols", "4", "--core", "shift", "--shift-cols", "4", "--shift-simd", "4"]),
    ("LeNet-5 depthwise separable, 4 lanes", "fw_lane", ["examples/lenet5_variants/separable.safetensors", *FLOATS, "--rows", "4", "--cols", "4"]),
    ("LeNet-300-100 sparse, 2 elements", "fw_eie",
     ["examples/lenet300/lenet300_deep_int8.tflite", "--rows", "4", "--cols", "4", "--core", "eie", "--pes", "2"]),
    ("LeNet-5 int8, 4x4", "top", [*LENET, "--rows", "4", "--cols", "4"]),
]


def measure(fretwork, liberty, module, line):
    """The summary of one design; None when the tool refuses it, with its words on standard error."""
    command = [fretwork, "synth", *line, "--inputs", "1", "--technology", "sg13g2", "--liberty", liberty, "--json"]
    command += [] if module == "top" else ["--module", module]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if ran.returncode != 0:
        print(f"{module}: {ran.stderr.strip()}", file=sys.stderr)
        return None
    return json.loads(ran.stdout)


def percent(part, whole):
    return f"{(part / whole - 1) * 100:+.0f} %"


def table(rows):
    lines = [
        "| design | module | area, NANDs | period, ns | OpenSTA, nJ | events, random, nJ | error | events, toggles, nJ | error |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, module, found in rows:
        sta, estimate = found["energy_per_inference_nj"], found["estimate"]
        random, toggles = estimate["random_nj"], estimate["toggles_nj"]
        lines.append(
            f"| {name} | `{module}` | {found['area']['gate_equivalents']:.0f} | {found['period_ns']:.1f} | {sta:.0f} "
            f"| {random:.0f} | {percent(random, sta)} | {toggles:.0f} | {percent(toggles, sta)} |"
        )
    return "\n".join(lines)


def summary(rows):
    def errors(key):
        found = [abs(row[2]["estimate"][key] / row[2]["energy_per_inference_nj"] - 1) * 100 for row in rows]
        return f"mean {sum(found) / len(found):.0f} %, worst {max(found):.0f} %"

    return f"Errors without sign: random operands {errors('random_nj')}; with toggles {errors('toggles_nj')}; {len(rows)} modules."


def plot(rows):
    """Events over OpenSTA, both logarithmic; the diagonal is agreement, the dashed lines a factor of 1.5."""
    size, margin = 420, 60
    values = [v for _, _, f in rows for v in (f["energy_per_inference_nj"], f["estimate"]["toggles_nj"], f["estimate"]["random_nj"])]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    x = lambda value: margin + (math.log10(value) - low) / (high - low) * size
    y = lambda value: margin + size - (math.log10(value) - low) / (high - low) * size
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + margin + 20} {size + 2 * margin}" font-family="sans-serif" font-size="12">',
        "<title>Energy of an inference: counted events over OpenSTA</title>",
        f'<rect width="100%" height="100%" fill="#fff"/><rect x="{margin}" y="{margin}" width="{size}" height="{size}" fill="none" stroke="#888"/>',
    ]
    for decade in range(low, high + 1):
        at = 10.0**decade
        parts.append(f'<text x="{x(at):.0f}" y="{margin + size + 18}" text-anchor="middle">{at:g}</text>')
        parts.append(f'<text x="{margin - 6}" y="{y(at) + 4:.0f}" text-anchor="end">{at:g}</text>')
    ends = (10.0**low, 10.0**high)
    for factor, dashes in ((1, ""), (1.5, ' stroke-dasharray="4 4"'), (1 / 1.5, ' stroke-dasharray="4 4"')):
        start, end = max(ends[0], ends[0] / factor), min(ends[1], ends[1] / factor)
        line = f'x1="{x(start):.1f}" y1="{y(start * factor):.1f}" x2="{x(end):.1f}" y2="{y(end * factor):.1f}"'
        parts.append(f'<line {line} stroke="#999"{dashes}/>')
    for name, module, found in rows:
        sta = found["energy_per_inference_nj"]
        for key, fill in (("random_nj", "none"), ("toggles_nj", "#1f5fa8")):
            value = found["estimate"][key]
            label = f"{name}, {module}: OpenSTA {sta:.0f} nJ, events {value:.0f} nJ"
            parts.append(f'<circle cx="{x(sta):.1f}" cy="{y(value):.1f}" r="4" fill="{fill}" stroke="#1f5fa8"><title>{label}</title></circle>')
    middle = margin + size / 2
    parts += [
        f'<text x="{middle:.0f}" y="{margin + size + 40}" text-anchor="middle">OpenSTA, nJ an inference</text>',
        f'<text x="16" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 16 {middle:.0f})">counted events, nJ an inference</text>',
        f'<text x="{margin}" y="22">Held-out modules: hollow with random operands, filled with the inputs\' toggles</text>',
        f'<text x="{margin}" y="40">solid: equal, dashed: a factor of 1.5</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def replace(path, text):
    """Whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--liberty", required=True)
    parser.add_argument("--fretwork", default=str(ROOT / "target/release/fretwork"))
    options = parser.parse_args()
    liberty = str(pathlib.Path(options.liberty).resolve())
    rows = []
    for name, module, line in DESIGNS:
        found = measure(options.fretwork, liberty, module, line)
        if found is None:
            sys.exit(1)
        rows.append((name, module, found))
        print(name, module, found["energy_per_inference_nj"], found["estimate"], file=sys.stderr, flush=True)
    document = ROOT / "docs/energy.md"
    before, rest = document.read_text().split("<!-- held out -->\n", 1)
    _, after = rest.split("<!-- end -->\n", 1)
    text = f"{before}<!-- held out -->\n{table(rows)}\n\n{summary(rows)}\n<!-- end -->\n{after}"
    replace(ROOT / "docs/energy.svg", plot(rows))
    replace(document, text)


if __name__ == "__main__":
    main()
