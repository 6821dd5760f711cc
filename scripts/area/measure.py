"""Measures the points of grid.py with Yosys: `python3 scripts/area/measure.py --family ecp5 [--liberty FILE]`.

Needs the package pyosys (Yosys 0.70). Rows are appended to constraints/areas/points.csv as they are measured; a point that stands there
already is not measured again. One synthesis runs at a time, each in a process of its own.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import grid

ROOT = Path(__file__).resolve().parents[2]
POINTS = ROOT / "constraints" / "areas" / "points.csv"
COLUMNS = ["family", "module", "scope", "held_out", "parameters", "luts", "flip_flops", "dsp_blocks", "lut_rams", "um2"]

# As `fretwork synth` has it: `synth_ice40 -dsp` without `ice40_dsp`, which makes wrong netlists (compiler/src/synth/mod.rs).
ICE40_COARSE = (
    "opt_expr; opt_clean; check; opt -nodffe -nosdff; fsm; opt; wreduce; peepopt; opt_clean; share; techmap -map +/cmp2lut.v -D LUT_WIDTH=4; "
    "opt_expr; opt_clean; memory_dff; wreduce t:$mul; techmap -map +/mul2dsp.v -map +/ice40/dsp_map.v -D DSP_A_MAXWIDTH=16 "
    "-D DSP_B_MAXWIDTH=16 -D DSP_A_MINWIDTH=2 -D DSP_B_MINWIDTH=2 -D DSP_Y_MINWIDTH=11 -D DSP_NAME=$__MUL16X16; "
    "setattr -unset mul2dsp a:mul2dsp; opt_expr -fine; wreduce; chtype -set $mul t:$__soft_mul; alumacc; opt; memory -nomap; opt_clean"
)

FLOWS = {
    "ecp5": "synth_ecp5 -top unit",
    "ice40": f"synth_ice40 -dsp -top unit -run begin:coarse; {ICE40_COARSE}; synth_ice40 -dsp -top unit -run map_ram:",
    "xilinx7": "synth_xilinx -family xc7 -noiopad -noclkbuf -top unit",
    "gowin": "synth_gowin -family gw2a -noiopads -top unit",
    "sg13g2": "synth -flatten -top unit; dfflibmap -liberty {liberty}; abc -liberty {liberty}; opt_clean",
}

# Look-up tables that a cell takes the place of: carry cells where they do, shift registers made of look-up tables.
LUTS = {
    "ecp5": {"LUT4": 1, "CCU2C": 2},
    "ice40": {"SB_LUT4": 1},
    "xilinx7": {**{f"LUT{n}": 1 for n in range(1, 7)}, "SRL16E": 1, "SRLC32E": 1},
    "gowin": {**{f"LUT{n}": 1 for n in range(1, 5)}, "ALU": 1},
    "sg13g2": {},
}
FLIP_FLOPS = {"ecp5": ("TRELLIS_FF",), "ice40": ("SB_DFF",), "xilinx7": ("FD",), "gowin": ("DFF",), "sg13g2": ("sg13g2_df", "sg13g2_sdf")}
DSP_BLOCKS = {"ecp5": ("MULT18X18D",), "ice40": ("SB_MAC16",), "xilinx7": ("DSP48E1",), "gowin": ("MULT",), "sg13g2": ()}
LUT_RAMS = {"ecp5": ("TRELLIS_DPR16X4",), "ice40": (), "xilinx7": ("RAM32", "RAM64", "RAM128", "RAM256"), "gowin": ("RAM16S",), "sg13g2": ()}


def synthesise(module, scope, parameters, family, liberty):
    """Cell counts of a module, in this process."""
    from pyosys import libyosys as yosys

    boxes = grid.boxes(module, scope)
    design = yosys.Design()
    with tempfile.TemporaryDirectory() as folder:
        log, report = Path(folder, "log"), Path(folder, "report.json")

        def run(script):
            for command in script.split("; "):
                yosys.run_pass(f"tee -q -o {log} {command}", design)

        for file in sorted(ROOT.glob("hdl/*/rtl/*.sv")):
            text, source = file.read_text(), file
            if file.stem in boxes:
                # Ports and parameters only.
                source = Path(folder, file.name)
                source.write_text(text[: text.index("\n);\n") + 4] + "endmodule\n")
            run(f"read_verilog -sv {'-lib ' if file.stem in boxes else ''}{source}")
        verilog = {**parameters, **({"StepMask": f"1024'h{parameters['StepMask']}"} if "StepMask" in parameters else {})}
        sets = " ".join(f"-set {name} {value}" for name, value in verilog.items())
        run(f"chparam {sets} fw_accelerator; hierarchy -check -top fw_accelerator; setattr -mod -unset top *")
        # A module of one parameter has it in its name.
        run(f"setattr -mod -set top 1 *{module} *{module}[\\\\]*; hierarchy -check -auto-top; rename -top unit")
        run(FLOWS[family].format(liberty=liberty))
        yosys.run_pass(f"tee -q -o {report} stat -json" + (f" -liberty {liberty}" if family == "sg13g2" else ""), design)
        found = json.loads(report.read_text())["design"]
    return found["num_cells_by_type"], found.get("area", "")


def row(point, family, cells, area):
    """A row of points.csv."""
    module, scope, parameters, held_out = point
    sums = [sum(n for cell, n in cells.items() if cell.startswith(names[family])) for names in (FLIP_FLOPS, DSP_BLOCKS, LUT_RAMS)]
    luts = sum(weight * cells.get(cell, 0) for cell, weight in LUTS[family].items())
    text = " ".join(f"{name}={value}" for name, value in parameters.items())
    return [family, module, scope, "yes" if held_out else "no", text, luts, *sums, f"{area:.0f}" if area else ""]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", required=True, choices=FLOWS)
    parser.add_argument("--liberty", default="", help="the cell library, for sg13g2")
    parser.add_argument("--scope", choices=["alone", "whole"], help="only points of this scope")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        module, scope, parameters = json.loads(arguments.one)
        print(json.dumps(synthesise(module, scope, parameters, arguments.family, arguments.liberty)))
        return
    POINTS.parent.mkdir(parents=True, exist_ok=True)
    if not POINTS.exists():
        POINTS.write_text(",".join(COLUMNS) + "\n")
    with POINTS.open(newline="") as file:
        known = {tuple(r[c] for c in ("family", "module", "scope", "parameters")) for r in csv.DictReader(file)}
    for point in grid.points(arguments.family):
        module, scope, parameters, _ = point
        text = " ".join(f"{name}={value}" for name, value in parameters.items())
        if (arguments.family, module, scope, text) in known or arguments.scope not in (None, scope):
            continue
        started = time.time()
        command = [sys.executable, __file__, "--family", arguments.family, "--liberty", arguments.liberty]
        ran = subprocess.run([*command, "--one", json.dumps([module, scope, parameters])], capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            print(f"{arguments.family} {module} {scope} {text}: failed\n{ran.stderr[-500:]}", file=sys.stderr, flush=True)
            continue
        measured = row(point, arguments.family, *json.loads(ran.stdout.splitlines()[-1]))
        with POINTS.open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(measured)
        print(f"{time.time() - started:5.1f} s", *measured, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
