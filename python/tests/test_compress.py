"""Compression: layers' weights as arrays, whole networks as the command line makes them."""

import fretwork
import numpy as np
import pytest
from conftest import EXAMPLES

LENET5 = EXAMPLES / "lenet5" / "lenet5_int8.tflite"
FLOAT = EXAMPLES / "lenet5" / "lenet5_float.onnx"
DIGITS = EXAMPLES / "lenet5" / "digits.npy"
REAL = EXAMPLES / "lenet5" / "digits_float.npy"

WEIGHTS = np.random.default_rng(1).normal(size=(8, 4, 3, 3)).astype(np.float32)


def powers(values, terms):
    """Whether every value is 0 or the sum of at most so many signed powers of two (in non-adjacent form)."""
    digits = 0
    values = np.abs(values.astype(np.int32))
    while values.any():
        odd = values % 2
        values = np.where((odd == 1) & (values % 4 == 3), values + 1, values - odd) // 2
        digits = digits + odd
    return (digits <= terms).all()


FORMS = {
    "uniform": ({"weight_bits": 4}, lambda values: np.abs(values).max() == 7),
    "binary": ({}, lambda values: (np.abs(values) == 1).all()),
    "xnor-net": ({}, lambda values: (values == np.where(WEIGHTS < 0, -1, 1)).all()),
    "syq": ({"weight_bits": 2, "share": "pixel"}, lambda values: True),
    "twn": ({}, lambda values: set(np.unique(values)) == {-1, 0, 1}),
    "ttq": ({}, lambda values: all(len(set(row[row != 0])) <= 2 for row in values.reshape(8, -1))),
    "inq": ({"weight_bits": 5, "inq_steps": [0.5, 1]}, lambda values: powers(values, 1)),
    "apot": ({}, lambda values: powers(values, 2)),
    "admm": ({"weight_bits": 3}, lambda values: set(np.unique(np.abs(values))) <= {0, 1, 2, 4}),
    "pwlq": ({}, lambda values: len(np.unique(values)) <= 31),
    "lcq": ({"per_tensor": True}, lambda values: len(np.unique(values)) <= 16),
    "kmeans": ({"weight_bits": 3}, lambda values: len(np.unique(values)) <= 8),
    "slq": ({"weight_bits": 3}, lambda values: len(np.unique(values)) <= 8),
    "pq": ({"weight_bits": 4, "pq_outputs": 2, "seed": 3}, lambda values: len(np.unique(values.reshape(4, 2, -1).swapaxes(1, 2).reshape(-1, 2), axis=0)) <= 16),
}


@pytest.mark.parametrize("method", FORMS)
def test_weights_get_the_form_of_the_method(method):
    options, holds = FORMS[method]
    values, scales = fretwork.compress(WEIGHTS, method, **options)
    assert values.shape == WEIGHTS.shape and values.dtype == np.int8
    assert scales.shape == (8,) and scales.dtype == np.float32 and (scales > 0).all()
    assert holds(values), np.unique(values)
    error = values * scales[:, None, None, None] - WEIGHTS
    assert (error**2).mean() < (WEIGHTS**2).mean()


def test_uniform_weights_by_hand():
    values, scales = fretwork.compress(np.array([[0.5, -1.0, 0.25], [3.0, 0.0, -1.5]], np.float32), "uniform", weight_bits=3, weight_ranges="minmax")
    np.testing.assert_allclose(scales, [1 / 3, 1.0], rtol=1e-6)
    assert values.tolist() == [[2, -3, 1], [3, 0, -2]]


@pytest.mark.parametrize("method", FORMS)
def test_odd_shapes_do_no_harm(method):
    for shape in [(1, 1), (3, 5), (5, 1, 2, 7), (7, 3, 1, 1), (2, 2, 2)]:
        for weights in (np.zeros(shape, np.float32), np.full(shape, -1e30, np.float32), np.full(shape, 1e-42, np.float32)):
            try:
                values, scales = fretwork.compress(weights, method)
            except fretwork.InputError:
                continue
            assert values.shape == shape and np.isfinite(scales).all()


@pytest.mark.parametrize(
    ("weights", "method", "options", "error", "text"),
    [
        (WEIGHTS, "none", {}, fretwork.UsageError, "invalid value 'none' for '--weights <WEIGHTS>'"),
        (WEIGHTS, "twn", {"weight_bits": 3}, fretwork.UsageError, "parameter 'weight-bits' is 3, must be in 2..=2 for --weights twn"),
        (WEIGHTS, "twn", {"bits": 2}, fretwork.UsageError, "there is no option 'bits'; known are weight_bits, "),
        (WEIGHTS.astype(np.float64), "twn", {}, fretwork.InputError, "weights: the array's type is '<f8'"),
        (WEIGHTS.astype(np.int8), "twn", {}, fretwork.InputError, "weights: the array's type is '|i1', must be float32"),
        (WEIGHTS[0, 0, 0], "twn", {}, fretwork.InputError, "weights: the array's shape is [3]; it must be [out, in]"),
        (WEIGHTS[:0], "twn", {}, fretwork.InputError, "weights: the array's shape is [0, 4, 3, 3]"),
        (np.full((2, 2), np.inf, np.float32), "twn", {}, fretwork.InputError, "weights: element 0 is not a number"),
    ],
)
def test_weights_that_do_not_fit(weights, method, options, error, text):
    with pytest.raises(error) as raised:
        fretwork.compress(weights, method, **options)
    assert text in str(raised.value)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("deep-compression", {"density": 0.2, "bits": 4}, "--density 0.2 --bits 4"),
        ("obs", {"layer": {"conv1": 0.5, "fc1": 0.1}, "correct_bias": True}, "--layer conv1=0.5 --layer fc1=0.1 --correct-bias"),
    ],
)
def test_a_compressed_network_is_the_command_lines(lenet5, command, tmp_path, method, options, words):
    file = tmp_path / "lenet5_int8.safetensors"
    expected = command("compress", LENET5, "--method", method, "--input", DIGITS, "-o", file, *words.split())
    network, found = lenet5.compress(method, np.load(DIGITS), **options)
    assert found == {key: value for key, value in expected.items() if key != "file"}
    theirs = fretwork.load(file)
    assert [str(layer.weights) for layer in network.layers] == [str(layer.weights) for layer in theirs.layers]
    np.testing.assert_array_equal(network.evaluate(np.load(DIGITS))[0], theirs.evaluate(np.load(DIGITS))[0])
    with pytest.raises(fretwork.UsageError, match="--density is not for the method 'huffman'"):
        lenet5.compress("huffman", density=0.5)


def test_a_quantised_network_is_the_command_lines(command, tmp_path):
    file = tmp_path / "lenet5_float.safetensors"
    expected = command("quantise", FLOAT, "--input", REAL, "--weight-bits", 4, "--weights", "apot", "--layer", "fc2=8", "--correct-bias", "-o", file)
    network, found = fretwork.quantise(FLOAT, np.load(REAL), weight_bits=4, weights="apot", layer={"fc2": 8}, correct_bias=True)
    assert found == {key: value for key, value in expected.items() if key != "file"}
    network.save(tmp_path / "ours.safetensors")
    assert (tmp_path / "ours.safetensors").read_bytes() == file.read_bytes()
    # What was made here is a network like any other, down to the folder that is written of it.
    network.plan(rows=8, cols=8, shift_cols=8).emit(tmp_path / "design", vectors=1)
    assert (tmp_path / "design" / "model" / "lenet5_float.safetensors").read_bytes() == file.read_bytes()


def test_models_that_are_not_quantised():
    with pytest.raises(fretwork.UsageError, match="--input is missing"):
        fretwork.quantise(FLOAT)
    with pytest.raises(fretwork.UsageError, match="parameter 'layer' names \"none\""):
        fretwork.quantise(FLOAT, np.load(REAL), layer="none=4")
    with pytest.raises(fretwork.InputError, match="the array's shape is"):
        fretwork.quantise(FLOAT, np.zeros((3, 5), np.float32))
    with pytest.raises(fretwork.ModelError):
        fretwork.quantise(LENET5, np.load(REAL))
