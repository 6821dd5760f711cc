#!/usr/bin/env python3
"""A sweep written by hand beside `fretwork explore`: `scripts/sweep.py FRETWORK MODEL BOARD...`.

200 designs for each board (25 arrays, two widths of a word, four numbers of requantisers), each compiled; the fastest of those that fit, and what explore finds.
"""

import concurrent.futures
import itertools
import json
import subprocess
import sys
import tempfile
import time

SIDES = [4, 8, 16, 32, 64]
GRID = [
    (rows, cols, max(rows, cols) * factor, max(rows, cols) * factor // share)
    for rows, cols in itertools.product(SIDES, repeat=2)
    for factor in (1, 2)
    for share in (1, 2, 4, 8)
]


def cycles(fretwork, model, board, design):
    """Cycles of one design; None when it does not fit."""
    names = ["--rows", "--cols", "--lanes", "--requantisers"]
    options = [word for name, value in zip(names, design) for word in (name, str(value))]
    with tempfile.TemporaryDirectory() as folder:
        words = [fretwork, "compile", model, "--board", board, "-o", f"{folder}/design", "--json", "--quiet", *options]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["latency_cycles"] if done.returncode == 0 else None


def main():
    fretwork, model = sys.argv[1:3]
    for board in sys.argv[3:]:
        start = time.time()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            all_cycles = list(pool.map(lambda design: cycles(fretwork, model, board, design), GRID))
        fitting = [(found, design) for found, design in zip(all_cycles, GRID) if found is not None]
        least, design = min(fitting)
        print(f"{board}: {len(GRID)} designs, {len(fitting)} fit, the best {design} takes {least} cycles; {time.time() - start:.1f} s")
        start = time.time()
        words = [fretwork, "explore", model, "--board", board, "--treatments", "keep", "--json"]
        winner = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)["winner"]
        print(f"{board}: explore takes {winner['cycles']} cycles with {winner['options']}; {time.time() - start:.1f} s")


if __name__ == "__main__":
    main()
