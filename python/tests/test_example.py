"""The example of searches runs as its documentation says."""

import os
import subprocess
import sys

from conftest import ROOT


def test_three_searches_find_half_the_energy():
    done = subprocess.run([sys.executable, ROOT / "examples" / "search" / "haq.py"], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["int8", "front", "reinforcement", "gradients", "simulated"]
    energies = {line.split()[0]: float(line.split("energy ")[1].split(",")[0]) for line in lines[:4]}
    assert energies["int8"] == 1.0 and energies["front"] <= 0.52 and energies["reinforcement"] <= 0.52 and energies["gradients"] < 0.8
    front = lines[1].split()
    assert lines[4].split()[1] == front[2], "the simulator takes as many cycles as was estimated"
