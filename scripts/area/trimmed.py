"""The grid's points of trimmed accelerators, and of products made of look-up tables: what `--trim` and the options of `Lean` leave out or change."""

from shapes import array, shape, systolic

# Bits of the step table that networks use with lanes of four bytes (`--trim`), word 31 first: LeNet-5, the same with eight, and of MLPerf Tiny the
# key word spotter, the anomaly detector and the residual network.
STEPS = {
    "lenet": "7fff800000000000000000000000000000000300002ffc00003f780000003f00010001ffff001f001f07ffffffffffffff0001ffffffffffff"
    "001fffffffffffff0004fffffff7ffff000dfff7fffffffe001fffff0001003f000d00010000001f001b0000fa800000fffe001f001f07beffbe0000024b",
    "lenet_wide": "7fff8000000000000000000000000000000003000017f800001ff80000003700010001ffff000f000f03ffffffffffffff0001ffffffffff"
    "ff000fffffffffffff0004fffffff7ffff000dfff7ffffffff000fffff0001001f000d00010000000f001b0000fa800000fffe001f001f03dfffdf0000024b",
    "kws": "7fff8000000000000000000000000000000001000006d000001fb0000000f000010000ff4c000f001300fcfffeffffffff0000fffeffefffff"
    "000ffffeffffffff0009ffffffffffff0018fffffffefffe000ffffe00030037001a000100000011000600008ed3ffffffff0005003907d0fffc00000253",
    "ad": "7fff8000000000000000000000000000000001000051000000f300000001e200010000ff61009f00a3009f00000001ff61000000000000ffff"
    "009f00000001ff61000000010000ff61000000000000ff61009f0000000100a300000001000000a3009f0000e0d9000000000001000100a000a000000203",
    "resnet": "7fff804000000067dddfff0002feef0000000300003fd000007fd0000000fc00010001fc1d000f001f03ffffffffffffff0001ffffffffffff"
    "000ffffffffbffff0002fffbfffbffff001ffffbfffbffff001ffffb0003fc9d000f000300002c1d001f0000ff80ffffffff003900393c10ffff0000025b",
}


def field(word, low, bits):
    return ((1 << bits) - 1) << (32 * word + low)


def steps(gather_counts=16, gather_moves=16, scatter_counts=16, scatter_moves=16, others=16):
    """Step-table bits with so many of every field of the address generators, and of every half of the other words."""
    gather = [(5 + 2 * level, 2 * level + 6) for level in range(7)]
    bits = sum(field(first, 0, gather_counts) + field(first, 16, gather_moves) for first, _ in gather)
    bits += sum(field(second, 0, gather_moves) + field(second, 16, gather_moves) for _, second in gather)
    bits += sum(field(word, 0, scatter_counts) + field(word, 16, scatter_moves) for word in (19, 20, 21))
    rest = [word for word in range(32) if word < 5 or word > 21]
    bits |= field(0, 0, 32) + sum(field(word, low, others) for word in rest[1:] for low in (0, 16))
    return f"{bits:x}"


def shifts(bits):
    """All step-table bits, but of the shifts of added tensors only these."""
    others = field(26, 16, 5) | field(26, 24, 5)
    return f"{int(steps(), 16) & ~others | bits << 26 * 32 + 16:x}"


def requantiser(modes, right, left, **others):
    return shape(4, Roundings=modes, RightShifts=right, LeftShifts=left, **others)


# Parts of what `--trim` and the options of `Lean` leave out or make of look-up tables.
TRIMMED = {
    "fw_systolic_array": [
        {**array(4, 4, 20, 8), "SoftRows": 4}, {**array(4, 8, 24, 4), "SoftRows": 2}, {**array(8, 4, 22, 8), "SoftRows": 3},
        {**array(8, 4, 22, 5), "SoftRows": 8}, {**array(4, 4, 24, 8, 1), "SoftRows": 4}, {**array(4, 8, 20, 4, 1), "SoftRows": 2},
    ],
    "fw_lane_alu": [
        shape(4, LaneOps=2), shape(4, LaneOps=1), shape(4, LaneOps=5), shape(4, LaneOps=8), shape(4, LaneOps=1, SoftLanes=4), shape(4, LaneOps=10),
        shape(4, LaneOps=4), shape(4, LaneOps=8, SoftLanes=4), shape(4, LaneOps=12), shape(4, LaneOps=16), shape(4, LaneOps=34),
        shape(4, LaneOps=12, SoftLanes=4), shape(4, LaneOps=63, SoftLanes=4), shape(4, LaneOps=36), shape(4, LaneOps=5, SoftLanes=4),
        *(shape(4, LaneOps=8, StepMask=shifts(bits)) for bits in (2, 14, 3)),
    ],
    "fw_requant": [
        *(requantiser(*bits) for bits in ((3, 15, 0), (1, 15, 0), (3, 47, 0), (2, 63, 0), (4, 63, 0), (3, 63, 31), (8, 63, 0))),
        *(requantiser(*bits) for bits in ((1, 63, 31), (12, 31, 0), (2, 15, 0), (1, 7, 3), (2, 31, 0), (4, 15, 0), (15, 31, 7))),
    ],
    "fw_epilogue": [
        shape(8, Requantisers=4), shape(8, Requantisers=2, AccBits=22, LaneOps=2), shape(16, Requantisers=4, AccBits=20, LaneOps=2),
        shape(8, AccBits=20, LaneOps=2),
    ],
    "fw_accelerator": [
        shape(4, StepMask=STEPS["lenet"], AccBits=22, LaneOps=2), shape(4, StepMask=STEPS["kws"], AccBits=20, LaneOps=5),
        shape(4, StepMask=STEPS["ad"], AccBits=22, LaneOps=2), shape(8, StepMask=STEPS["resnet"], AccBits=23, LaneOps=12),
        shape(4, StepMask=steps(gather_moves=0)), shape(8, StepMask=STEPS["kws"], AccBits=20, LaneOps=5, Requantisers=4),
        shape(4, StepMask=steps(gather_counts=4)), shape(4, StepMask=steps(scatter_counts=3, scatter_moves=3)),
        shape(16, StepMask=steps(gather_counts=6, gather_moves=12, scatter_counts=8, scatter_moves=8)), shape(4, StepMask=steps(others=6)),
        shape(8, StepMask=steps(8, 8, 8, 8, 8), Prefetch=0),
    ],
}

# Of these, families other than the ECP5 have only the first ones.
FIRST = {"fw_systolic_array": 3, "fw_lane_alu": 8, "fw_requant": 8, "fw_epilogue": 2, "fw_accelerator": 7}


def network(name, side, sizes, ops, modes, right, **others):
    """A trimmed accelerator as `fretwork compile --trim` makes it."""
    lanes, acc, activations, weights, lane_weights, params, table = sizes
    words = {"ActivationWords": activations, "LaneWeightWords": lane_weights, "ParamWords": params, "Steps": table}
    trim = {"StepMask": STEPS[name], "LaneOps": ops, "Roundings": modes, "RightShifts": right, "LeftShifts": 0}
    return {**systolic(lanes, side, side, acc, 512, 8, weights), **words, **trim, **others}


# Whole accelerators of networks, for LFE5U-25F and -85F: LeNet-5 with 4 x 4 and 8 x 8 elements, the others with 4 x 4.
NETWORKS = [
    network("lenet", 4, (4, 22, 3136, 15652, 1, 66, 9), 2, 3, 15, SoftRows=1),
    network("lenet_wide", 8, (8, 22, 1568, 7936, 1, 34, 9), 2, 3, 15),
    network("kws", 4, (4, 20, 4000, 4928, 576, 163, 13), 5, 3, 47),
    network("ad", 4, (4, 22, 192, 66048, 1, 418, 12), 2, 1, 15),
    network("resnet", 4, (4, 23, 12288, 19408, 1, 131, 16), 12, 3, 63),
]
