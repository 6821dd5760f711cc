"""Measures memories alone with Yosys: `python3 scripts/area/memories.py --family ecp5`. Rows are appended to constraints/areas/memories.csv.

The area model computes block RAMs by a rule (compiler/src/area/memories.rs); a test compares the rule with these rows.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import FLOWS, FLIP_FLOPS, LUTS, ROOT

MEMORIES = ROOT / "constraints" / "areas" / "memories.csv"
COLUMNS = ["family", "module", "words", "bits", "block_rams", "luts", "flip_flops"]
BLOCK_RAMS = {"ecp5": ("DP16KD", "PDPW16KD"), "ice40": ("SB_RAM40_4K",), "xilinx7": ("RAMB",), "gowin": ("SP", "SDP", "DP", "pROM")}
# Words and bits: wide and shallow, narrow and deep, powers of two and others.
SHAPES = [
    (16, 32), (64, 96), (200, 288), (256, 16), (512, 32), (512, 192), (1000, 64), (1024, 8), (2048, 9), (2048, 32), (3000, 64), (4096, 8),
    (5000, 32), (16384, 8), (20000, 16),
]


def synthesise(module, words, bits, family):
    """Cell counts of a memory alone, in this process. A memory that cannot be written is filled with random words."""
    from pyosys import libyosys as yosys

    design = yosys.Design()
    with tempfile.TemporaryDirectory() as folder:
        log, report, image, top = (Path(folder, name) for name in ("log", "report.json", "image.hex", "unit.sv"))
        generator = random.Random(1)
        image.write_text("\n".join(f"{generator.getrandbits(bits):x}" for _ in range(words)))
        contents, ports = "", ".we_i, .waddr_i, .wdata_i, "
        if module == "fw_rom":
            contents, ports = f', .InitFile("{image}")', ""
        address = max((words - 1).bit_length(), 1) - 1
        top.write_text(
            f"module unit(input logic clk_i, we_i, re_i, input logic [{address}:0] waddr_i, raddr_i,\n"
            f"  input logic [{bits - 1}:0] wdata_i, output logic [{bits - 1}:0] rdata_o);\n"
            f"  {module} #(.Width({bits}), .Depth({words}){contents}) u_memory (.clk_i, {ports}.re_i, .raddr_i, .rdata_o);\nendmodule\n"
        )
        for command in [f"read_verilog -sv {ROOT}/hdl/common/rtl/{module}.sv {top}", *FLOWS[family].split("; ")]:
            yosys.run_pass(f"tee -q -o {log} {command}", design)
        yosys.run_pass(f"tee -q -o {report} stat -json", design)
        return json.loads(report.read_text())["design"]["num_cells_by_type"]


def row(family, module, words, bits, cells):
    """A row of memories.csv."""
    luts = sum(weight * cells.get(cell, 0) for cell, weight in LUTS[family].items())
    flip_flops = sum(n for cell, n in cells.items() if cell.startswith(FLIP_FLOPS[family]))
    # A block of 36 Kbit is two of 18.
    block_rams = sum((2 if cell == "RAMB36E1" else 1) * n for cell, n in cells.items() if cell.startswith(BLOCK_RAMS[family]))
    return [family, module, words, bits, block_rams, luts, flip_flops]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", required=True, choices=list(BLOCK_RAMS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(synthesise(*json.loads(arguments.one), arguments.family)))
        return
    if not MEMORIES.exists():
        MEMORIES.write_text(",".join(COLUMNS) + "\n")
    with MEMORIES.open(newline="") as file:
        known = {(r["family"], r["module"], int(r["words"]), int(r["bits"])) for r in csv.DictReader(file)}
    for module in ("fw_ram", "fw_rom"):
        for words, bits in SHAPES:
            if (arguments.family, module, words, bits) in known:
                continue
            command = [sys.executable, __file__, "--family", arguments.family, "--one", json.dumps([module, words, bits])]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode != 0:
                print(f"{arguments.family} {module} {words} {bits}: failed\n{ran.stderr[-400:]}", file=sys.stderr)
                continue
            cells = json.loads(ran.stdout.splitlines()[-1])
            with MEMORIES.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(row(arguments.family, module, words, bits, cells))
            print(module, words, bits, cells, flush=True)


if __name__ == "__main__":
    main()
