"""The grid of the area model: which module is synthesised with which parameters of the accelerator.

A point is a module, a scope and parameters of `fw_accelerator` (all others as small as the shape allows). Scope `alone`: the module without
those inside it that are fitted on their own. Scope `whole`: with all of them; memories are left out of both. No point of scope `whole` is
fitted, nor any of LARGER, and of the others every third in the order below is not. No weight is fitted on held-out
points, but their errors were seen while features and grid were chosen.
"""

from shapes import array, shape, systolic
from trimmed import FIRST, NETWORKS, TRIMMED

# Left out of every point: what they take is not fitted but computed (memories).
MEMORIES = {"fw_ram", "fw_rom", "fw_codebook"}
CORES = {"fw_systolic", "fw_lane", "fw_eie", "fw_xnor", "fw_shift"}

# Modules that are fitted on their own, and which of them each of them holds.
INSIDE = {
    "fw_systolic_array": set(),
    "fw_systolic": {"fw_systolic_array"},
    "fw_lane_alu": set(),
    "fw_lane": {"fw_lane_alu"},
    "fw_eie_pe": set(),
    "fw_eie": {"fw_eie_pe"},
    "fw_tile_output": set(),
    "fw_xnor": {"fw_tile_output"},
    "fw_shift": {"fw_tile_output"},
    "fw_requant": set(),
    "fw_threshold": set(),
    "fw_epilogue": {"fw_requant", "fw_threshold"},
    "fw_accelerator": CORES | {"fw_epilogue"},
}


def eie(lanes, pes, queue=8, index=4, code=4, plain=0, act=8, registers=64, entries=256, pointers=256, sources=0, image=1024):
    sizes = {"EieRegisters": registers, "EieEntryWords": entries, "EiePointers": pointers, "EieImageWords": image}
    bits = {"EieIndexBits": index, "EieCodeBits": code, "EiePlain": plain, "ActBits": act}
    return shape(lanes, EiePes=pes, EieQueueDepth=queue, EieSources=sources, **sizes, **bits)


def xnor(lanes, cols, simd, stages=2, words=256, **others):
    return shape(lanes, XnorCols=cols, XnorSimd=simd, XnorStages=stages, XnorWeightWords=words, **others)


def shift(lanes, cols, simd, terms=2, code=4, stages=2, words=256, tables=4, **others):
    core = {"ShiftCols": cols, "ShiftSimd": simd, "ShiftTerms": terms, "ShiftCodeBits": code, "ShiftStages": stages}
    return shape(lanes, **core, ShiftWeightWords=words, ShiftTables=tables, **others)


ALONE = {
    "fw_systolic_array": [
        array(4, 4, 20, 8), array(4, 8, 28, 6), array(4, 8, 24, 4), array(8, 4, 32, 8), array(4, 16, 19, 3), array(8, 4, 22, 5),
        array(4, 4, 32, 8, 1), array(4, 8, 20, 4, 1), array(8, 4, 24, 5, 1), array(4, 4, 24, 5, 1),
    ],
    "fw_systolic": [
        systolic(8, 8, 8, 24, 64, 8, 256), systolic(16, 4, 4, 32, 512, 8, 1024), systolic(8, 4, 8, 20, 64, 4, 1024),
        systolic(4, 4, 4, 32, 256, 8, 4096), systolic(16, 8, 8, 24, 128, 6, 512), systolic(16, 8, 16, 28, 256, 3, 512),
        systolic(32, 4, 8, 19, 64, 5, 2048, 4),
    ],
    "fw_lane_alu": [shape(4)],
    "fw_lane": [shape(4, LaneWeightWords=64), shape(8, Tables=1, LaneWeightWords=1024), shape(16, LaneWeightWords=512)],
    "fw_requant": [shape(4), shape(4, Affine=1), xnor(4, 4, 8, ActBits=16)],
    "fw_threshold": [shape(4, ThresholdBits=bits) for bits in (1, 2, 4)],
    "fw_epilogue": [shape(4), xnor(8, 4, 8, ActBits=16), shape(8, ThresholdBits=1), shape(16, ThresholdBits=1)],
    "fw_eie_pe": [
        eie(4, 4), eie(4, 4, registers=16, queue=4), eie(4, 4, act=16, registers=32), eie(4, 4, plain=1, code=8, entries=512),
        eie(4, 4, queue=16, index=8, code=8, pointers=1024), eie(4, 4, index=3, code=5, registers=32, pointers=64),
        eie(4, 4, act=16, registers=128, entries=64), eie(4, 4, queue=16, index=2, registers=16),
    ],
    "fw_eie": [
        eie(4, 4), eie(8, 8, sources=16), eie(8, 4), eie(16, 4, act=16), eie(8, 16, image=4096), eie(8, 8, image=256),
    ],
    "fw_tile_output": [xnor(4, 4, 8), xnor(8, 2, 8), xnor(8, 8, 8), xnor(4, 16, 8), xnor(16, 4, 8), xnor(8, 16, 8), xnor(4, 8, 8)],
    "fw_xnor": [
        xnor(4, 4, 8), xnor(4, 8, 32), xnor(8, 8, 16), xnor(8, 16, 64), xnor(16, 4, 32, 1), xnor(8, 16, 32, 3), xnor(4, 16, 16, 4),
        xnor(8, 4, 64, 4, words=4096), xnor(8, 8, 32, XnorWeightBits=8), xnor(4, 16, 16, XnorWeightBits=4), xnor(4, 4, 32, XnorWeightBits=8),
        xnor(8, 16, 32, 3, XnorWeightBits=2), xnor(8, 4, 64, XnorWeightBits=3), xnor(4, 8, 8, XnorWeightBits=2),
    ],
    "fw_shift": [
        shift(4, 4, 4), shift(4, 8, 4, 1, 3), shift(8, 4, 4, 2, 3), shift(8, 8, 4, 2, 4), shift(4, 4, 4, 3, 5), shift(4, 8, 4, 2, 4, 1),
        shift(4, 4, 2, 1, 4, 1), shift(4, 2, 4, 2, 3, 3),
    ],
    "fw_accelerator": [
        shape(4), shape(16, 16, 16, Steps=64), shape(8, 4, 4, Steps=32), shape(4, TileWords=64), eie(4, 4), shift(4, 4, 4),
        xnor(4, 4, 8, ThresholdBits=2),
    ],
}

# More points of one family, held out all: larger than the fitted ones.
LARGER = {
    "ecp5": [
        ("fw_systolic_array", array(8, 8, 24, 8)),
        ("fw_accelerator", shape(8, 8, 8, Steps=64)),
        ("fw_accelerator", shape(16, 8, 8)),
        ("fw_accelerator", shape(16, 4, 4, TileWords=64)),
        ("fw_accelerator", eie(8, 4)),
        ("fw_accelerator", shift(8, 4, 4)),
        ("fw_accelerator", xnor(16, 4, 8, ThresholdBits=2)),
        ("fw_accelerator", xnor(8, 8, 8, ThresholdBits=1, TileWords=256)),
    ],
}

# Held out as they are: whole accelerators of one family, as they take long. The memories of the first have 16 words, where nothing says more.
MEMORY_WORDS = {"ActivationWords": 2048, "ParamWords": 256, "LaneWeightWords": 256}
WHOLE = {
    "ecp5": [
        *NETWORKS,
        {**systolic(4, 4, 4, 24, 64, 8, 256), **shift(4, 4, 4, 1, 4)},
        {**systolic(4, 4, 4, 24, 64, 8, 256), **shift(4, 4, 4, 1, 4), **MEMORY_WORDS},
        {**systolic(4, 4, 4, 24, 64, 8, 256), **MEMORY_WORDS},
        {**systolic(4, 4, 4, 20, 64, 4, 256), **xnor(4, 8, 16), "ThresholdBits": 1, **MEMORY_WORDS},
    ],
}


def points(family):
    """Module, scope, parameters, held out or not."""
    for module, grid in ALONE.items():
        for number, parameters in enumerate(grid):
            # A module of few variants is fitted on all of them: there is nothing between them.
            few = module in ("fw_lane_alu", "fw_requant", "fw_threshold")
            yield module, "alone", parameters, number % 3 == 2 and not few
    for module, grid in TRIMMED.items():
        for number, parameters in enumerate(grid if family == "ecp5" else grid[: FIRST[module]]):
            yield module, "alone", parameters, number % 3 == 2
    for module, parameters in LARGER.get(family, []):
        yield module, "alone", parameters, True
    for parameters in WHOLE.get(family, []):
        yield "fw_accelerator", "whole", parameters, True


def boxes(module, scope):
    """Modules that are left out of a point."""
    inside = set() if scope == "whole" else set(INSIDE[module])
    # Cores that are not looked at need not be read.
    others = CORES - {core for core in CORES if core == module or module in INSIDE[core]}
    return MEMORIES | inside | (others if module != "fw_accelerator" else set())
