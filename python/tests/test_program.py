"""Programs: plans, simulations, reports and folders are those of the command line."""

import shutil

import fretwork
import numpy as np
import pytest
from conftest import EXAMPLES

LENET5 = EXAMPLES / "lenet5" / "lenet5_int8.tflite"
DIGITS = EXAMPLES / "lenet5" / "digits.npy"
LABELS = EXAMPLES / "lenet5" / "digits_labels.npy"

# A network, and what it is planned with: keywords and words of the command line.
PLANS = {
    "dense": (LENET5, {"rows": 8, "cols": 8, "weight_bits": "auto", "trim": True}, "--rows 8 --cols 8 --weight-bits auto --trim"),
    "axi": (LENET5, {"weights": "axi", "memory_latency": "20..40", "memory_seed": 3}, "--weights axi --memory-latency 20..40 --memory-seed 3"),
    "shift": (
        EXAMPLES / "lenet5_variants" / "twn.safetensors",
        {"rows": 8, "cols": 8, "shift_cols": 8, "shift_terms": 1, "core": "shift"},
        "--rows 8 --cols 8 --shift-cols 8 --shift-terms 1 --core shift",
    ),
    "eie": (EXAMPLES / "lenet300" / "lenet300_deep_int8.tflite", {"rows": 8, "cols": 8, "pes": 8}, "--rows 8 --cols 8 --pes 8"),
    "xnor": (EXAMPLES / "binary_mlp" / "binary_mlp.onnx", {"rows": 8, "cols": 8, "xnor_cols": 8}, "--rows 8 --cols 8 --xnor-cols 8"),
}


@pytest.mark.parametrize("name", PLANS)
def test_simulation_and_report_are_those_of_the_command_line(name, command):
    path, keywords, words = PLANS[name]
    network = fretwork.load(path)
    program = network.plan(**keywords)
    result = program.simulate(2, seed=3, stalls=0.25)
    assert result.summary == command("simulate", path, "--inputs", 2, "--seed", 3, "--stalls", 0.25, *words.split())
    assert result.cycles == result.summary["latency_cycles"] and result.total_cycles == result.summary["total_cycles"]
    expected = command("report", path, "--technology", "ecp5", "--toggles", "--clock-mhz", 25, *words.split())
    assert program.report(technology="ecp5", toggles=True, clock_mhz=25) == expected
    # The command line reports the last of so many inferences as it takes to load all memories.
    settled = program.simulate(1 if expected["totals"]["load_cycles"] is None else 2)
    assert settled.report(technology="ecp5", toggles=True, clock_mhz=25) == expected
    inputs = network.random_inputs(2, seed=3)
    for simulated, evaluated in zip(result.outputs, network.evaluate(inputs)):
        assert simulated.dtype == evaluated.dtype
        np.testing.assert_array_equal(simulated, evaluated)
    assert program.simulate(inputs).outputs[0].tolist() == result.outputs[0].tolist()


def test_digits_and_labels(lenet5, command):
    program = lenet5.plan()
    result = program.simulate(np.load(DIGITS), labels=np.load(LABELS))
    assert result.summary == command("simulate", LENET5, "--input", DIGITS, "--labels", LABELS)
    assert result.accuracy == 1.0 and program.simulate().accuracy is None
    with pytest.raises(fretwork.InputError, match="label 0 is 10, must be in 0..10"):
        program.simulate(1, labels=[10])
    with pytest.raises(fretwork.InputError, match="labels: the array holds 1 labels"):
        program.simulate(2, labels=[1])


def test_area(lenet5, command):
    program = lenet5.plan(rows=8, cols=8)
    [expected] = command("area", LENET5, "--family", "sg13g2", "--rows", 8, "--cols", 8)["estimates"]
    assert program.area(family="sg13g2") == expected
    assert program.area() != expected


@pytest.mark.parametrize("board", [None, "ulx3s-85f"])
def test_folders_are_those_of_the_command_line(lenet5, tmp_path, command, board):
    keywords = {"rows": 8, "cols": 8, "board": board}
    words = ["--rows", 8, "--cols", 8] + (["--board", board] if board else [])
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    made = lenet5.plan(**keywords).emit(ours, vectors=1, seed=4)
    expected = command("compile", LENET5, "-o", theirs, "--vectors", 1, "--seed", 4, *words)
    assert {**made, "folder": None} == {**expected, "folder": None}
    files = {path.relative_to(theirs): path.read_bytes() for path in theirs.rglob("*") if path.is_file()}
    assert len(files) > 40
    assert files == {path.relative_to(ours): path.read_bytes() for path in ours.rglob("*") if path.is_file()}
    with pytest.raises(fretwork.FileError):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "notes.txt").write_text("mine")
        lenet5.plan().emit(tmp_path / "mine")


@pytest.mark.skipif(shutil.which("verilator") is None, reason="Verilator is not installed")
def test_cosimulation(command):
    """The smallest of the examples on a small array: its Verilog is built once, by whoever comes first."""
    path = EXAMPLES / "lenet5_variants" / "separable.safetensors"
    words = ["--rows", 8, "--cols", 8]
    found = fretwork.load(path).plan(rows=8, cols=8).cosim(1, stalls=0.2, seed=1)
    assert [compared["steps_differing"] for compared in found["comparisons"]] == [0, 0, 0]
    assert found == command("cosim", path, "--inputs", 1, "--stalls", 0.2, "--seed", 1, *words)


def test_a_comparison(lenet5, command):
    twn = EXAMPLES / "lenet5_variants" / "twn.safetensors"
    programs = {path.name: fretwork.load(path).plan(rows=8, cols=8, shift_cols=8) for path in (LENET5, twn)}
    expected = command("compare", LENET5, twn, "--rows", 8, "--cols", 8, "--shift-cols", 8, "--family", "ice40", "--technology", "ecp5")
    assert fretwork.compare(programs, family="ice40", technology="ecp5") == expected
    labelled = fretwork.compare({"a": lenet5.plan()}, np.load(DIGITS), labels=np.load(LABELS))
    assert labelled["rows"][0]["top1"] == 1.0 and labelled["inputs"] == 20
    with pytest.raises(TypeError):
        fretwork.compare({"a": 3})


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"rows": 5}, "--rows 5"),
        ({"rows": 16, "lanes": 8}, "--rows 16 --lanes 8"),
        ({"rows": -1}, "--rows=-1"),
        ({"weight_bits": 9}, "--weight-bits 9"),
        ({"core": "eie"}, "--core eie"),
        ({"core": "gpu"}, "--core gpu"),
        ({"queue_depth": 8}, "--queue-depth 8"),
        ({"weights": "axi", "flash_quad": True}, "--weights axi --flash-quad"),
        ({"board": "none"}, "--board none"),
        ({"trim": "yes"}, "--trim=yes"),
    ],
)
def test_options_that_are_refused(lenet5, command, keywords, words, tmp_path):
    with pytest.raises(fretwork.UsageError) as raised:
        lenet5.plan(**keywords)
    said = command.refuse("compile", LENET5, "-o", tmp_path / "design", *words.split())
    first = str(raised.value).splitlines()[0]
    assert f"error: {first}\n" in said


def test_networks_that_do_not_fit(lenet5, command, tmp_path):
    for keywords, words in [({"activation_kib": 4}, "--activation-kib 4"), ({"board": "ulx3s-25f", "rows": 64}, "--board ulx3s-25f --rows 64")]:
        with pytest.raises(fretwork.PlanError) as raised:
            lenet5.plan(**keywords)
        assert f"error: {raised.value}\n" == command.refuse("compile", LENET5, "-o", tmp_path / "design", *words.split())


def test_other_options_that_are_refused(lenet5):
    program = lenet5.plan()
    refused = [
        lambda: program.simulate(0),
        lambda: program.simulate(stalls=1.0),
        lambda: program.report(technology="none"),
        lambda: program.report(clock_mhz=-1),
        lambda: program.report(clock="fast"),
        lambda: program.area(family="none"),
        lambda: program.emit("design", vectors=0),
        lambda: lenet5.random_inputs(0),
        lambda: lenet5.plan(help=True),
        lambda: fretwork.compare({"a": program}, technology="none"),
    ]
    for call in refused:
        with pytest.raises(fretwork.UsageError):
            call()
    with pytest.raises(OverflowError):
        program.simulate(seed=-1)
