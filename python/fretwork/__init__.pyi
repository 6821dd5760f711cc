import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, final

import numpy as np
from numpy.typing import NDArray

__version__: str
__all__: list[str]

_Path = Union[str, os.PathLike[str]]
# One array, or one for each input: in the inputs' order, or by their names.
_Inputs = Union[NDArray[Any], Sequence[NDArray[Any]], Mapping[str, NDArray[Any]]]
_Family = Literal["ice40", "ecp5", "gowin", "xilinx7", "sg13g2"]
_Form = Literal[
    "uniform", "binary", "xnor-net", "syq", "twn", "ttq", "inq", "apot", "admm", "pwlq", "lcq", "kmeans", "slq", "pq"
]

class Error(Exception): ...
class UsageError(Error): ...
class ModelError(Error): ...
class PlanError(Error): ...
class InputError(Error): ...
class FileError(Error): ...
class ToolError(Error): ...

class DisagreementError(Error):
    disagreement: dict[str, Any] | None

class InternalError(Error): ...

@final
class Tensor:
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> list[int]: ...
    @property
    def dtype(self) -> Literal["int8", "uint8", "int16"]: ...
    @property
    def scale(self) -> float: ...
    @property
    def zero_point(self) -> int: ...

@final
class Layer:
    @property
    def name(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def input_shapes(self) -> list[list[int]]: ...
    @property
    def output_shape(self) -> list[int]: ...
    @property
    def weights(self) -> NDArray[np.int8] | None: ...
    @property
    def bias(self) -> NDArray[np.int32] | None: ...

@final
class Network:
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> list[Tensor]: ...
    @property
    def outputs(self) -> list[Tensor]: ...
    @property
    def layers(self) -> list[Layer]: ...
    def random_inputs(self, count: int = 1, seed: int = 0) -> list[NDArray[Any]]: ...
    def evaluate(self, inputs: _Inputs) -> list[NDArray[Any]]: ...
    def plan(
        self,
        *,
        board: str | None = None,
        clock_mhz: float | None = None,
        baud: int | None = None,
        force: bool = False,
        rows: int | None = None,
        cols: int | None = None,
        lanes: int | None = None,
        acc_depth: int | None = None,
        activation_kib: int | None = None,
        weight_kib: int | None = None,
        single_port: bool = False,
        fetch_late: bool = False,
        store_depth: int | None = None,
        requantisers: int | None = None,
        soft_rows: int | None = None,
        soft_lanes: int | None = None,
        trim: bool = False,
        weight_bits: int | Literal["auto"] | None = None,
        paired_products: bool = False,
        codebook: int | Literal["off", "auto"] | None = None,
        codebook_group: int | None = None,
        weight_bandwidth: float | None = None,
        weights: Literal["rom", "axi", "boot"] | None = None,
        memory_latency: int | str | None = None,
        memory_gaps: int | None = None,
        memory_seed: int | None = None,
        axi_bits: Literal[32, 64, 128] | None = None,
        axi_burst: int | None = None,
        axi_outstanding: int | None = None,
        axi_queue: int | None = None,
        axi_base: int | str | None = None,
        flash_quad: bool = False,
        flash_divider: int | None = None,
        flash_offset: int | str | None = None,
        flash_wake: int | None = None,
        single_port_weights: bool = False,
        core: Literal["auto", "systolic", "eie", "xnor", "shift"] | None = None,
        pes: int | None = None,
        queue_depth: int | None = None,
        index_bits: int | None = None,
        codebook_bits: int | None = None,
        registers: int | None = None,
        source_registers: int | None = None,
        xnor_cols: int | None = None,
        xnor_simd: int | None = None,
        xnor_stages: int | None = None,
        xnor_weight_bits: int | None = None,
        shift_cols: int | None = None,
        shift_simd: int | None = None,
        shift_terms: int | None = None,
        shift_stages: int | None = None,
    ) -> Program: ...
    def estimator(
        self,
        treatments: Sequence[str],
        inputs: _Inputs | None = None,
        labels: NDArray[Any] | Sequence[int] | None = None,
        technology: str = "45nm",
        clock_mhz: float | None = None,
        *,
        rows: int | None = None,
        cols: int | None = None,
        lanes: int | None = None,
        acc_depth: int | None = None,
        activation_kib: int | None = None,
        weight_kib: int | None = None,
        single_port: bool = False,
        fetch_late: bool = False,
        store_depth: int | None = None,
        requantisers: int | None = None,
        soft_rows: int | None = None,
        soft_lanes: int | None = None,
        trim: bool = False,
        weight_bits: int | Literal["auto"] | None = None,
        paired_products: bool = False,
        codebook: int | Literal["off", "auto"] | None = None,
        codebook_group: int | None = None,
        weight_bandwidth: float | None = None,
        weights: Literal["rom", "axi", "boot"] | None = None,
        memory_latency: int | str | None = None,
        memory_gaps: int | None = None,
        memory_seed: int | None = None,
        axi_bits: Literal[32, 64, 128] | None = None,
        axi_burst: int | None = None,
        axi_outstanding: int | None = None,
        axi_queue: int | None = None,
        axi_base: int | str | None = None,
        flash_quad: bool = False,
        flash_divider: int | None = None,
        flash_offset: int | str | None = None,
        flash_wake: int | None = None,
        single_port_weights: bool = False,
        core: Literal["auto", "systolic", "eie", "xnor", "shift"] | None = None,
        pes: int | None = None,
        queue_depth: int | None = None,
        index_bits: int | None = None,
        codebook_bits: int | None = None,
        registers: int | None = None,
        source_registers: int | None = None,
        xnor_cols: int | None = None,
        xnor_simd: int | None = None,
        xnor_stages: int | None = None,
        xnor_weight_bits: int | None = None,
        shift_cols: int | None = None,
        shift_simd: int | None = None,
        shift_terms: int | None = None,
        shift_stages: int | None = None,
    ) -> Estimator: ...
    def compress(
        self,
        method: Literal["prune", "obs", "obd", "kmeans", "deep-compression", "huffman"],
        inputs: _Inputs | None = None,
        *,
        density: float | None = None,
        scope: Literal["global", "layer"] | None = None,
        layer: Mapping[str, float] | Sequence[str] | str | None = None,
        prune_by: Literal["magnitude", "obd", "obs"] | None = None,
        bits: int | None = None,
        init: Literal["linear", "density", "random"] | None = None,
        depthwise: bool = False,
        correct_bias: bool = False,
        seed: int | None = None,
    ) -> tuple[Network, dict[str, Any]]: ...
    def save(self, path: _Path) -> None: ...

@final
class Totals:
    @property
    def cycles(self) -> int: ...
    @property
    def latency_us(self) -> float: ...
    @property
    def energy_pj(self) -> float: ...
    @property
    def storage_bits(self) -> int: ...

# A treatment for each layer by name or index, or one name for all.
_Choice = Union[str, Sequence[str], Sequence[int], NDArray[np.integer[Any]]]

@final
class Estimator:
    @property
    def layers(self) -> list[str]: ...
    @property
    def treatments(self) -> list[str]: ...
    @property
    def refused(self) -> dict[str, dict[str, str]]: ...
    def totals(self, choice: _Choice) -> Totals: ...
    def totals_of_all(self, choices: NDArray[np.int64]) -> dict[str, NDArray[Any]]: ...
    def estimate(self, choice: _Choice) -> dict[str, Any]: ...
    def measure(self, choice: _Choice) -> dict[str, Any]: ...
    def sensitivity(self) -> dict[str, dict[str, dict[str, Any]]]: ...
    def front(
        self,
        *,
        latency_us: float | None = None,
        energy_pj: float | None = None,
        storage_bits: float | None = None,
        error: float | None = None,
        proxy: Literal["mse", "kl"] = "mse",
    ) -> list[dict[str, Any]]: ...
    def network(self, choice: _Choice) -> Network: ...

@final
class Program:
    @property
    def design(self) -> dict[str, Any]: ...
    def simulate(
        self,
        inputs: _Inputs | int | None = None,
        *,
        labels: NDArray[Any] | Sequence[int] | None = None,
        stalls: float = 0.0,
        seed: int = 0,
    ) -> Result: ...
    def cosim(
        self, inputs: _Inputs | int | None = None, *, stalls: float = 0.0, seed: int = 0, trace: _Path | None = None
    ) -> dict[str, Any]: ...
    def report(
        self,
        inputs: _Inputs | None = None,
        *,
        technology: str | None = None,
        clock_mhz: float | None = None,
        toggles: bool = False,
    ) -> dict[str, Any]: ...
    def area(self, *, family: _Family | None = None) -> dict[str, Any]: ...
    def emit(
        self, folder: _Path, *, vectors: int | None = None, seed: int | None = None, asic: float | bool | None = None
    ) -> dict[str, Any]: ...

@final
class Result:
    @property
    def outputs(self) -> list[NDArray[Any]]: ...
    @property
    def cycles(self) -> list[int]: ...
    @property
    def total_cycles(self) -> int: ...
    @property
    def accuracy(self) -> float | None: ...
    @property
    def summary(self) -> dict[str, Any]: ...
    def report(
        self, *, technology: str | None = None, clock_mhz: float | None = None, toggles: bool = False
    ) -> dict[str, Any]: ...

def load(path: _Path) -> Network: ...
def quantise(
    path: _Path,
    inputs: _Inputs | None = None,
    *,
    reduce: Sequence[str] | str | None = None,
    weights: _Form | None = None,
    weight_bits: int | None = None,
    end_bits: int | None = None,
    share: Literal["layer", "row", "pixel"] | None = None,
    inq_steps: Sequence[float] | str | None = None,
    admm_largest: Literal[1, 2, 4] | None = None,
    pq_outputs: Literal[2, 4, 8] | None = None,
    seed: int | None = None,
    weight_ranges: Literal["minmax", "mse"] | None = None,
    per_tensor: bool = False,
    activation_bits: int | None = None,
    layer: Mapping[str, int | str] | Sequence[str] | str | None = None,
    correct_bias: bool = False,
    ranges: Literal["minmax", "percentile", "mse", "batch-norm"] | None = None,
    percentile: float | None = None,
    input_range: str | None = None,
) -> tuple[Network, dict[str, Any]]: ...
def compress(
    weights: NDArray[np.float32],
    method: _Form,
    *,
    weight_bits: int | None = None,
    share: Literal["layer", "row", "pixel"] | None = None,
    inq_steps: Sequence[float] | str | None = None,
    admm_largest: Literal[1, 2, 4] | None = None,
    pq_outputs: Literal[2, 4, 8] | None = None,
    seed: int | None = None,
    weight_ranges: Literal["minmax", "mse"] | None = None,
    per_tensor: bool = False,
) -> tuple[NDArray[np.int8], NDArray[np.float32]]: ...
def compare(
    programs: Mapping[str, Program],
    inputs: _Inputs | None = None,
    *,
    labels: NDArray[Any] | Sequence[int] | None = None,
    family: _Family | None = None,
    technology: str | None = None,
    clock_mhz: float | None = None,
    toggles: bool = False,
) -> dict[str, Any]: ...
