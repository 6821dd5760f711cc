"""Examples of the repository, and the command line that the package has to agree with."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="session")
def command():
    """Runs `fretwork ... --json` and returns what it prints; the tests are nothing without it."""
    binary = os.environ.get("FRETWORK", str(ROOT / "target" / "debug" / "fretwork"))

    def run(*words):
        done = subprocess.run([binary, *map(str, words), "--json"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refuse(*words):
        done = subprocess.run([binary, *map(str, words)], capture_output=True, text=True, check=False)
        assert done.returncode != 0, f"{words} is not refused"
        return done.stderr

    run.refuse = refuse
    return run


@pytest.fixture(scope="session")
def lenet5():
    import fretwork

    return fretwork.load(EXAMPLES / "lenet5" / "lenet5_int8.tflite")
