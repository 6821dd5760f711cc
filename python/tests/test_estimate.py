"""Estimates are the simulator's figures, and searches in Python find what they should."""

import time

import fretwork
import numpy as np
import pytest
from conftest import EXAMPLES
from fretwork.search import ExpectedCost, LayerwiseEnvironment

SHIFT = {"rows": 4, "cols": 4, "lanes": 16, "shift_cols": 16, "shift_simd": 16}


@pytest.fixture(scope="module")
def digits():
    return np.load(EXAMPLES / "lenet5" / "digits.npy"), np.load(EXAMPLES / "lenet5" / "digits_labels.npy")


@pytest.fixture(scope="module")
def estimator(digits):
    network = fretwork.load(EXAMPLES / "lenet5" / "lenet5_int8.tflite")
    return network.estimator(["twn", "apot4", "keep"], *digits, **SHIFT)


def test_estimates_are_the_simulators(estimator):
    choice = ["keep", "apot4", "twn", "apot4", "keep"]
    totals = estimator.totals(choice)
    program = estimator.network(choice).plan(**SHIFT)
    assert totals.cycles == program.simulate(1).cycles[0]
    estimate = estimator.estimate(choice)
    assert estimate["cycles"] == totals.cycles == sum(layer["cycles"] for layer in estimate["layers"])
    assert [layer["treatment"] for layer in estimate["layers"]] == choice
    assert estimate["energy_pj"] == pytest.approx(sum(layer["energy_pj"] for layer in estimate["layers"]))
    assert estimator.totals([2, 1, 0, 1, 2]).cycles == totals.cycles
    many = estimator.totals_of_all(np.array([[2, 1, 0, 1, 2], [2] * 5]))
    assert many["cycles"].tolist() == [totals.cycles, estimator.totals("keep").cycles]
    assert many["energy_pj"][0] == totals.energy_pj


def test_what_cannot_be_chosen_is_said(estimator):
    for choice, says in [(["w4"] * 5, 'treatment "w4" is none'), ([0, 1], "the choice has 2 entries"), ([7] * 5, "must be in 0..=2")]:
        with pytest.raises(fretwork.UsageError, match=says):
            estimator.totals(choice)
    with pytest.raises(TypeError):
        estimator.totals(3.5)
    with pytest.raises(fretwork.UsageError, match="there is no treatment"):
        fretwork.load(EXAMPLES / "lenet5" / "lenet5_int8.tflite").estimator(["w99"])


def test_errors_are_measured(estimator):
    sensitivity = estimator.sensitivity()
    assert list(sensitivity) == estimator.layers and sensitivity["fc1"]["keep"]["relative_mse"] == 0.0
    assert 0 < sensitivity["conv2"]["apot4"]["relative_mse"] < sensitivity["conv2"]["twn"]["relative_mse"]
    measured = estimator.measure("keep")
    assert (measured["agreement"], measured["accuracy"]) == (1.0, 1.0)
    front = estimator.front(error=0.05)
    assert len(front) > 3 and all(point["error"] <= 0.05 for point in front)
    assert [point["cycles"] for point in front] == sorted(point["cycles"] for point in front)
    assert front[-1]["cycles"] == estimator.totals(front[-1]["choice"]).cycles


def test_an_environment_keeps_its_budget(estimator):
    whole = estimator.totals("keep")
    environment = LayerwiseEnvironment(estimator, {"latency_us": 0.5 * whole.latency_us}, lambda measured: 100 * measured["accuracy"])
    observation, _ = environment.reset(seed=1)
    assert observation.shape == (5,) and observation.dtype == np.float32 and (observation <= 1).all()
    for layer in range(5):
        observation, reward, terminated, truncated, info = environment.step(1.0)
        assert (terminated, truncated) == (layer == 4, False) and (reward == 0 or terminated)
    assert info["totals"].latency_us <= 0.5 * whole.latency_us and info["choice"] != [2] * 5
    assert reward == pytest.approx(0.1 * 100 * (info["measured"]["accuracy"] - 1.0))
    with pytest.raises(ValueError, match="the episode is over"):
        environment.step(0)


def test_expected_costs_are_costs(estimator):
    cost = ExpectedCost(estimator, "energy_pj")
    for choice in [[2] * 5, [0, 2, 2, 2, 2], [0, 1, 2, 1, 0]]:
        assert cost(np.eye(3)[choice]) == pytest.approx(estimator.totals(choice).energy_pj, rel=0.01)
    uniform = np.full((5, 3), 1 / 3)
    assert cost.base > cost(uniform) > estimator.totals("apot4").energy_pj


def test_twenty_thousand_estimates_per_second(estimator):
    """The rate is printed, not held against a figure: machines differ. `pytest -s` shows it."""
    choices = [np.random.default_rng(seed).integers(0, 3, 5).tolist() for seed in range(1000)]
    begin = time.perf_counter()
    cycles = [estimator.totals(choice).cycles for choice in choices]
    single = len(choices) / (time.perf_counter() - begin)
    begin = time.perf_counter()
    many = estimator.totals_of_all(np.array(choices * 20))
    together = len(choices) * 20 / (time.perf_counter() - begin)
    print(f"{single:.3e} estimates/s one by one, {together:.3e} together")
    assert many["cycles"][: len(cycles)].tolist() == cycles
