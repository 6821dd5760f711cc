"""Compressed neural networks on accelerator cores: planned, simulated to the cycle, compared with their Verilog.

The names are those of the compiled module; `__init__.pyi` says their types. Options are those of the command line, with underscores.
"""

from ._fretwork import (
    DisagreementError,
    Error,
    Estimator,
    FileError,
    InputError,
    InternalError,
    Layer,
    ModelError,
    Network,
    PlanError,
    Program,
    Result,
    Tensor,
    ToolError,
    Totals,
    UsageError,
    __version__,
    compare,
    compress,
    load,
    quantise,
)

__all__ = [
    "DisagreementError",
    "Error",
    "Estimator",
    "FileError",
    "InputError",
    "InternalError",
    "Layer",
    "ModelError",
    "Network",
    "PlanError",
    "Program",
    "Result",
    "Tensor",
    "ToolError",
    "Totals",
    "UsageError",
    "compare",
    "compress",
    "load",
    "quantise",
]
