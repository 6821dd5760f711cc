"""Parameters of `fw_accelerator` that the points of the grid begin with."""


def shape(lanes, rows=4, cols=None, **others):
    """Parameters of an accelerator without more cores than asked for."""
    return {"Lanes": lanes, "Rows": rows, "Cols": cols or min(lanes, 64) // (2 if lanes > 16 else 1), **others}


def array(rows, cols, acc, weight, paired=0):
    return {"Lanes": max(rows, cols), "Rows": rows, "Cols": cols, "AccBits": acc, "WeightBits": weight, "PairedProducts": paired}


def systolic(lanes, rows, cols, acc, depth, weight, words, interval=1):
    others = {"AccBits": acc, "AccDepth": depth, "WeightBits": weight, "WeightWords": words, "WeightInterval": interval}
    return {"Lanes": lanes, "Rows": rows, "Cols": cols, **others}
