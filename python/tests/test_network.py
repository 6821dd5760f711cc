"""Networks: what they consist of, their values, and what becomes of bad files and arrays."""

import fretwork
import numpy as np
import pytest
from conftest import EXAMPLES

DIGITS = EXAMPLES / "lenet5" / "digits.npy"


def test_layers_have_names_shapes_and_weights(lenet5):
    assert lenet5.name == "lenet5_int8"
    weighted = [layer for layer in lenet5.layers if layer.weights is not None]
    assert [layer.operation for layer in weighted] == ["conv", "conv", "fully_connected", "fully_connected", "fully_connected"]
    assert [layer.weights.shape for layer in weighted] == [(6, 5, 5, 1), (16, 5, 5, 6), (120, 400), (84, 120), (10, 84)]
    for layer in weighted:
        assert layer.weights.dtype == np.int8 and layer.bias.dtype == np.int32
        assert layer.bias.shape == (layer.output_shape[-1],)
    assert weighted[0].input_shapes == [[1, 28, 28, 1]]
    # What a caller writes into an array is the caller's.
    weighted[0].weights[:] = 0
    assert weighted[0].weights.any()


def test_borders(lenet5):
    [entry], [exit] = lenet5.inputs, lenet5.outputs
    assert (entry.shape, entry.dtype) == ([1, 28, 28, 1], "int8") and (exit.shape, exit.dtype) == ([1, 10], "int8")
    assert entry.scale > 0 and -128 <= entry.zero_point <= 127


def test_a_weighted_layer_by_hand(lenet5):
    """The last layer's accumulators in NumPy have the order of the logits."""
    digits = np.load(DIGITS)
    [logits] = lenet5.evaluate(digits)
    assert logits.shape == (20, 10) and logits.dtype == np.int8
    assert (logits.argmax(axis=1) == np.load(EXAMPLES / "lenet5" / "digits_labels.npy")).all()


def test_inputs_in_every_form_are_the_same(lenet5):
    digits = np.load(DIGITS)
    [expected] = lenet5.evaluate(digits)
    [entry] = lenet5.inputs
    real = ((digits.astype(np.float32) - entry.zero_point) * np.float32(entry.scale)).astype(np.float32)
    fortran = np.asfortranarray(digits)
    strided = np.repeat(digits, 2, axis=0)[::2]
    for form in (real, fortran, strided, [digits], (digits,), {entry.name: digits}):
        np.testing.assert_array_equal(lenet5.evaluate(form)[0], expected)
    np.testing.assert_array_equal(lenet5.evaluate(digits[3])[0], expected[3:4])


def test_int16_and_binary_networks():
    wide = fretwork.load(EXAMPLES / "lenet300" / "lenet300_deep_int16.tflite")
    [inputs] = wide.random_inputs(3, seed=5)
    assert inputs.dtype == np.int16 and inputs.shape[0] == 3
    assert wide.evaluate(inputs)[0].dtype == np.int16
    binary = fretwork.load(EXAMPLES / "binary_mlp" / "binary_mlp.onnx")
    signs = [layer for layer in binary.layers if layer.weights is not None][1].weights
    assert set(np.unique(signs)) == {-1, 1}


def test_random_inputs_are_drawn_from_the_seed(lenet5):
    [two], [three] = lenet5.random_inputs(2, seed=7), lenet5.random_inputs(3, seed=7)
    np.testing.assert_array_equal(two, three[:2])
    assert (two != lenet5.random_inputs(2, seed=8)[0]).any()


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (np.zeros((28, 27, 1), np.int8), "inputs: the array's shape is [28, 27, 1], input "),
        (np.zeros((28, 28, 1), np.uint8), "inputs: the array's type is '|u1', must be int8 ('|i1') or float32 ('<f4')"),
        (np.zeros((28, 28, 1), np.float64), "inputs: the array's type is '<f8'; supported are int8"),
        (np.full((28, 28, 1), np.nan, np.float32), "inputs: element 0 is not a number"),
        (np.zeros((0, 28, 28, 1), np.int8), "inputs: the array holds no inference"),
        ([], "0 input files were given, the network takes 1"),
        (np.array(["a"]), "inputs: the array's type is '<U1'"),
        ({"y": np.zeros((28, 28, 1), np.int8)}, "there is no input 'y'; the network takes "),
        (None, "inputs: the array's type is '|O'"),
    ],
)
def test_arrays_that_do_not_fit(lenet5, inputs, text):
    with pytest.raises(fretwork.InputError) as raised:
        lenet5.evaluate(inputs)
    assert text in str(raised.value)


def test_files_that_are_no_models(tmp_path, command):
    for content in (b"", b"text", (EXAMPLES / "lenet5" / "lenet5_int8.tflite").read_bytes()[:5000]):
        path = tmp_path / "model.tflite"
        path.write_bytes(content)
        with pytest.raises(fretwork.ModelError) as raised:
            fretwork.load(path)
        assert f"error: {raised.value}\n" == command.refuse("report", path)
    with pytest.raises(fretwork.Error, match="cannot be read"):
        fretwork.load(str(tmp_path / "none.tflite"))
    with pytest.raises(TypeError):
        fretwork.load(7)


def test_a_saved_network_is_the_same(lenet5, tmp_path):
    lenet5.save(tmp_path / "saved.safetensors")
    again = fretwork.load(tmp_path / "saved.safetensors")
    assert str(again).splitlines()[1:] == str(lenet5).splitlines()[1:]
    with pytest.raises(fretwork.FileError):
        lenet5.save(tmp_path / "none" / "saved.safetensors")
