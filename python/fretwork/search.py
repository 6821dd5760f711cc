"""Searches that ask for hardware cost: an environment as reinforcement learning wants it, and a cost that a training loop can differentiate.

Both take an `Estimator`. The environment follows K. Wang et al., *HAQ: Hardware-Aware Automated Quantization with Mixed Precision*, CVPR 2019: an action
for each layer, one after the other, and a reward when all have one; what exceeds the budget is narrowed before it is rewarded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import Estimator


class LayerwiseEnvironment:
    """A treatment for every layer, layer by layer; `reset` and `step` are those of gymnasium's environments, which is not needed.

    The action of a step is the index of a treatment, or a number from 0 to 1 that stands for one: treatments go from the first (0) to the last (1). They are
    to be given from the cheapest to the dearest. When the last layer has its treatment and `budget` (keys `latency_us`, `energy_pj`, `storage_bits`) is
    exceeded, layers are made cheaper, from the last to the first and over again, until it is not. The reward is `scale * (quality(measured) - quality of the
    network as it is)`; before the last step it is 0.

    An observation has, scaled to at most 1: the layer's place, its cycles, energy and storage with the dearest treatment as parts of the network's, the action before.
    """

    def __init__(
        self,
        estimator: Estimator,
        budget: Mapping[str, float] | None = None,
        quality: Callable[[dict[str, Any]], float] | None = None,
        scale: float = 0.1,
    ) -> None:
        self.estimator, self.budget, self.scale = estimator, dict(budget or {}), scale
        unknown = set(self.budget) - {"latency_us", "energy_pj", "storage_bits"}
        if unknown:
            raise ValueError(f"budget has {sorted(unknown)}; known are latency_us, energy_pj and storage_bits")
        self.quality = quality or (lambda measured: -measured["relative_mse"])
        self.layers, self.actions = len(estimator.layers), len(estimator.treatments)
        whole = estimator.estimate([self.actions - 1] * self.layers)
        parts = [(layer["cycles"], layer["energy_pj"], layer["storage_bits"]) for layer in whole["layers"]]
        self._features = np.asarray(parts, dtype=np.float64) / (whole["cycles"], whole["energy_pj"], max(whole["storage_bits"], 1))
        self._best = self.quality({"relative_mse": 0.0, "kl": 0.0, "agreement": 1.0, "accuracy": None, **self._reference()})
        self._choice: list[int] = []

    def _reference(self) -> dict[str, Any]:
        """What is known of the network as it is, where that is a choice."""
        treatments = self.estimator.treatments
        return self.estimator.measure("keep") if "keep" in treatments else {}

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begins with the first layer."""
        del seed, options  # Nothing is random here.
        self._choice = []
        return self._observation(), {}

    def step(self, action: float) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Gives a layer its treatment: observation, reward, whether the episode is over, False, and when it is over the choice and what came of it."""
        if len(self._choice) == self.layers:
            raise ValueError("the episode is over; call reset")
        self._choice.append(self._index(action))
        if len(self._choice) < self.layers:
            return self._observation(), 0.0, False, False, {}
        choice = self.narrowed(self._choice)
        measured, totals = self.estimator.measure(choice), self.estimator.totals(choice)
        info = {"choice": choice, "measured": measured, "totals": totals}
        return self._observation(), self.scale * (self.quality(measured) - self._best), True, False, info

    def narrowed(self, choice: Sequence[int]) -> list[int]:
        """A choice within the budget: layers become cheaper, from the last to the first, until it holds or nothing is left."""
        choice = list(choice)
        while not self.holds(choice):
            before = list(choice)
            for layer in reversed(range(self.layers)):
                if choice[layer] > 0:
                    choice[layer] -= 1
                    if self.holds(choice):
                        return choice
            if choice == before:
                return choice
        return choice

    def holds(self, choice: Sequence[int]) -> bool:
        """Whether a choice is within the budget."""
        totals = self.estimator.totals(choice)
        return all(getattr(totals, key) <= most for key, most in self.budget.items())

    def _index(self, action: float) -> int:
        if isinstance(action, (int, np.integer)):
            index = int(action)
        else:
            number = float(np.asarray(action).reshape(-1)[0])
            index = min(int(number * self.actions), self.actions - 1)
        if not 0 <= index < self.actions:
            raise ValueError(f"action {action} is none; must be in 0..{self.actions - 1}, or a number from 0 to 1")
        return index

    def _observation(self) -> NDArray[np.float32]:
        layer = min(len(self._choice), self.layers - 1)
        before = self._choice[-1] / max(self.actions - 1, 1) if self._choice else 0.0
        return np.asarray([layer / max(self.layers - 1, 1), *self._features[layer], before], dtype=np.float32)


class ExpectedCost:
    """The expected cost of a network whose layers have treatments with probabilities: a term of a loss that PyTorch, or whatever computes with arrays, can differentiate.

    `table[layer, treatment]` is what the network costs with that layer treated so and all others as `base` has them, minus what it costs with `base`. So the
    sum is exact for the layers whose costs add up, which on this hardware are nearly all.
    """

    def __init__(self, estimator: Estimator, cost: str = "latency_us", base: int = -1) -> None:
        if cost not in ("cycles", "latency_us", "energy_pj", "storage_bits"):
            raise ValueError(f"cost is {cost!r}, must be cycles, latency_us, energy_pj or storage_bits")
        layers, treatments = len(estimator.layers), len(estimator.treatments)
        start = [base % treatments] * layers
        self.base = float(getattr(estimator.totals(start), cost))
        choices = np.repeat(np.asarray([start], dtype=np.int64), layers * treatments, axis=0)
        for layer in range(layers):
            choices[layer * treatments : (layer + 1) * treatments, layer] = np.arange(treatments)
        self.table = np.asarray(estimator.totals_of_all(choices)[cost], dtype=np.float64).reshape(layers, treatments) - self.base

    def __call__(self, probabilities: Any) -> Any:
        """The expected cost of probabilities `[layer, treatment]`: of a NumPy array, or of a tensor that keeps its gradients."""
        table: Any = self.table
        if hasattr(probabilities, "new_tensor"):
            table = probabilities.new_tensor(table)
        return (probabilities * table).sum() + self.base
