#!/usr/bin/env python3
"""Bits of every layer of LeNet-5, searched in three ways: `haq.py [--digits FILE.npy --labels FILE.npy]`."""

import argparse
import pathlib

import fretwork
import numpy as np
from fretwork.search import ExpectedCost, LayerwiseEnvironment

LENET5 = pathlib.Path(__file__).resolve().parent.parent / "lenet5"
# Weights of up to eight bits, one bit plane per cycle.
ACCELERATOR = {
    "rows": 4, "cols": 4, "lanes": 16, "core": "xnor", "xnor_cols": 16, "xnor_simd": 64, "xnor_weight_bits": 8,
}
TREATMENTS = ["w2", "w3", "w4", "w5", "w6", "w7", "keep"]
SHARE = 0.52


def told(name, estimator, choice):
    """A line about a choice, by index."""
    totals, whole, measured = estimator.totals(choice), estimator.totals("keep"), estimator.measure(choice)
    bits = ",".join(estimator.treatments[index] for index in choice)
    print(
        f"{name:14} {bits:22} {totals.cycles:7} cycles ({totals.cycles / whole.cycles:.3f} of int8), energy {totals.energy_pj / whole.energy_pj:.3f}, "
        f"error {measured['relative_mse']:.2e}, accuracy {measured['accuracy']:.4f}"
    )


def by_front(estimator):
    """Of the combinations that nothing beats, the one with the smallest error within the budget."""
    front = estimator.front(energy_pj=SHARE * estimator.totals("keep").energy_pj)
    return min(front, key=lambda point: point["error"])["choice"]


def by_reinforcement(estimator, episodes=12, population=16, elite=4, seed=0):
    """The cross-entropy method: a mean and a deviation for each layer's action, moved to those of the best episodes."""
    random = np.random.default_rng(seed)
    environment = LayerwiseEnvironment(estimator, {"energy_pj": SHARE * estimator.totals("keep").energy_pj})
    mean, deviation = np.full(environment.layers, 0.5), np.full(environment.layers, 0.3)
    best = (-np.inf, [])
    for _ in range(episodes):
        played = []
        for _ in range(population):
            actions = np.clip(random.normal(mean, deviation), 0, 1)
            environment.reset()
            for action in actions:
                _, reward, _, _, info = environment.step(float(action))
            played.append((reward, actions, info["choice"]))
        played.sort(key=lambda episode: -episode[0])
        best = max(best, (played[0][0], played[0][2]), key=lambda pair: pair[0])
        chosen = np.asarray([actions for _, actions, _ in played[:elite]])
        mean, deviation = chosen.mean(axis=0), chosen.std(axis=0) + 0.02
    return best[1]


def by_gradients(estimator, steps=300, rate=0.3):
    """Probabilities of bits for each layer that make error and expected energy small: the hardware's term of a training loop's loss."""
    cost = ExpectedCost(estimator, "energy_pj")
    sensitivity = estimator.sensitivity()
    errors = np.asarray([[own[name]["relative_mse"] for name in estimator.treatments] for own in sensitivity.values()])
    weight = errors.max() / cost.base

    def chosen(logits):
        return [int(index) for index in np.asarray(logits).argmax(axis=1)]

    try:
        import torch
    except ImportError:
        logits = np.zeros_like(errors)
        for _ in range(steps):
            probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            slope = errors / errors.max() + cost.table * weight / errors.max()
            logits -= rate * probabilities * (slope - (probabilities * slope).sum(axis=1, keepdims=True)) * 20
        return chosen(logits)
    logits = torch.zeros(errors.shape, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=rate)
    for _ in range(steps):
        probabilities = torch.softmax(logits, dim=1)
        loss = (probabilities * probabilities.new_tensor(errors)).sum() + weight * cost(probabilities)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return chosen(logits.detach())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", default=LENET5 / "digits.npy")
    parser.add_argument("--labels", default=LENET5 / "digits_labels.npy")
    args = parser.parse_args()
    digits, labels = np.load(args.digits), np.load(args.labels)
    network = fretwork.load(LENET5 / "lenet5_int8.tflite")
    estimator = network.estimator(TREATMENTS, digits, labels, **ACCELERATOR)
    told("int8", estimator, [len(TREATMENTS) - 1] * len(estimator.layers))
    best = by_front(estimator)
    told("front", estimator, best)
    told("reinforcement", estimator, by_reinforcement(estimator))
    told("gradients", estimator, by_gradients(estimator))
    run = estimator.network(best).plan(**ACCELERATOR).simulate(digits, labels=labels)
    print(f"simulated      {run.cycles[0]} cycles, accuracy {run.accuracy:.4f}")


if __name__ == "__main__":
    main()
