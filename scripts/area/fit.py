"""Fits the area model on constraints/areas/points.csv: `python3 scripts/area/fit.py`, after `measure.py`. Needs numpy and cargo.

Writes constraints/areas/<family>.toml (weights of every module's features) and the tables of docs/area.md (errors on the points that were
not fitted). The features of a point come from the compiler (its example `area_features`), so there is one description of the structure.
Weights are non-negative and minimise the sum of squared relative errors, with a small pull towards 0 for features that the grid cannot
tell apart. Flip-flops are fitted on the features that count registers, look-up tables on the others, um2 on all.
"""

import csv
import json
import statistics
import subprocess
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[2]
AREAS = ROOT / "constraints" / "areas"
DOCUMENT = ROOT / "docs" / "area.md"
FAMILIES = ["ice40", "ecp5", "gowin", "xilinx7", "sg13g2"]
RESOURCES = {"luts": FAMILIES[:-1], "lut_rams": FAMILIES[:-1], "flip_flops": FAMILIES, "um2": ["sg13g2"]}

# Cell area of sg13g2_dfrbp_1, from the liberty file.
FLIP_FLOP_UM2 = 47.1744

# Smaller points say nothing about percentages.
SMALLEST = {"luts": 100, "flip_flops": 100, "um2": 10000}

HEADER = """\
# Weights of the area model for {family}: what one count of a module's feature takes. The features are those of hdl/<core>/cost.rs.
# Written by scripts/area/fit.py from points.csv, which was measured with {tool}. Not edited by hand.
"""
TOOL = {family: "Yosys 0.70 (pyosys)" for family in FAMILIES}
TOOL["sg13g2"] += " and the liberty file sg13g2_stdcell_typ_1p20V_25C of IHP-Open-PDK"


def non_negative(matrix, target, tolerance=1e-10):
    """Non-negative least squares after Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23."""
    columns = matrix.shape[1]
    solution, active = numpy.zeros(columns), numpy.zeros(columns, bool)
    while True:
        gradient = matrix.T @ (target - matrix @ solution)
        gradient[active] = -numpy.inf
        best = int(numpy.argmax(gradient))
        if active.all() or gradient[best] <= tolerance:
            return solution
        active[best] = True
        while True:
            trial = numpy.zeros(columns)
            trial[active] = numpy.linalg.lstsq(matrix[:, active], target, rcond=None)[0]
            if (trial[active] > 0).all():
                solution = trial
                break
            falling = active & (trial <= 0)
            step = (solution[falling] / (solution[falling] - trial[falling])).min()
            solution = solution + step * (trial - solution)
            active &= solution > tolerance


def fit(rows, names):
    """Weights by feature for rows of (features, value to explain, value that errors are relative to)."""
    values = numpy.array([max(whole, 1.0) for *_, whole in rows])
    matrix = numpy.array([[features[name] for name in names] for features, *_ in rows], float)
    scale = numpy.abs(matrix).max(axis=0)
    scale[scale == 0] = 1
    relative = matrix / scale / values[:, None]
    target = numpy.array([value for _, value, _ in rows]) / values
    # The pull: a hundredth of a per cent of the largest share that a feature can have.
    pull = 1e-4 * numpy.diag(relative.max(axis=0))
    solution = non_negative(numpy.vstack([relative, pull]), numpy.concatenate([target, numpy.zeros(len(names))]))
    return {name: weight for name, weight in zip(names, solution / scale) if weight > 1e-6}


def predict(weights, blocks, resource):
    """What the weights say about a point."""
    total = 0.0
    for block in blocks:
        of = weights.get(block["module"], {}).get(resource, {})
        total += round(block["instances"] * sum(of.get(name, 0.0) * count for name, count in block["features"].items()))
    return total


def explaining(resource, names):
    """The features that a resource is fitted on: flip-flops on registers, look-up tables on all others."""
    registers = [name for name in names if name.endswith("registers")]
    if resource == "flip_flops" and registers:
        return [*registers, *(name for name in names if name in ("one", "queue_bits", "touched"))]
    if resource in ("luts", "lut_rams"):
        return [name for name in names if name not in registers]
    return names


def fitted(points, family):
    """Weights by module and resource."""
    by_module, weights = {}, {}
    for row, blocks in points:
        if row["family"] == family and row["scope"] == "alone" and row["held_out"] == "no":
            by_module.setdefault(row["module"], []).append((row, blocks[0]["features"]))
    for module, rows in by_module.items():
        of = weights[module] = {}
        for resource in (name for name, families in RESOURCES.items() if family in families):
            # A flip-flop's area is known: what is left of um2 is explained by the features, and both weights are added up.
            known = FLIP_FLOP_UM2 if resource == "um2" else 0.0
            values = [(f, float(row[resource]) - known * float(row["flip_flops"]), float(row[resource])) for row, f in rows]
            of[resource] = fit(values, explaining(resource, list(rows[0][1])))
            for name, weight in of["flip_flops"].items() if known else ():
                of[resource][name] = of[resource].get(name, 0.0) + known * weight
    return weights


def write_weights(family, weights):
    text = HEADER.format(family=family, tool=TOOL[family])
    for module in sorted(weights):
        for resource, of in weights[module].items():
            if of:
                text += f"\n[{module}.{resource}]\n" + "".join(f"{name} = {of[name]:.6g}\n" for name in sorted(of))
    (AREAS / f"{family}.toml").write_text(text)


def errors(points, weights, family, resource, chosen):
    """Relative errors of the points that are chosen and large enough."""
    found = []
    for row, blocks in points:
        if row["family"] != family or row[resource] == "" or not chosen(row):
            continue
        measured = float(row[resource])
        if measured >= SMALLEST[resource]:
            found.append((predict(weights, blocks, resource) / measured - 1, row))
    return found


def table(points, all_weights):
    """Errors by family and resource, as Markdown."""
    kinds = [
        ("modules", lambda row: row["held_out"] == "yes" and row["scope"] == "alone"),
        ("whole accelerators", lambda row: row["held_out"] == "yes" and row["scope"] == "whole"),
        ("all held out", lambda row: row["held_out"] == "yes"),
        ("fitted", lambda row: row["held_out"] == "no"),
    ]
    lines = ["| family | resource | points | number | median error | worst error | worst point |", "|---|---|---|---|---|---|---|"]
    for family in FAMILIES:
        for resource, families in RESOURCES.items():
            if family not in families or resource not in SMALLEST:
                continue
            for kind, chosen in kinds:
                found = errors(points, all_weights[family], family, resource, chosen)
                if found:
                    sizes = [abs(error) for error, _ in found]
                    worst, row = max(found, key=lambda pair: abs(pair[0]))
                    name = resource.replace("_", "-").replace("luts", "LUTs")
                    lines.append(
                        f"| {family} | {name} | {kind} | {len(found)} | {statistics.median(sizes):.1%} | {worst:+.1%} | `{row['module']}` |"
                    )
    return "\n".join(lines) + "\n"


def main():
    text = (AREAS / "points.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    command = ["cargo", "run", "--quiet", "-p", "fretwork", "--example", "area_features"]
    lines = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    points = list(zip(rows, map(json.loads, lines), strict=True))
    weights = {family: fitted(points, family) for family in FAMILIES}
    for family in FAMILIES:
        write_weights(family, weights[family])
    text = table(points, weights)
    print(text)
    if DOCUMENT.exists():
        before, _, rest = DOCUMENT.read_text().partition("<!-- errors: begin -->\n")
        _, _, after = rest.partition("<!-- errors: end -->\n")
        DOCUMENT.write_text(f"{before}<!-- errors: begin -->\n{text}<!-- errors: end -->\n{after}")


if __name__ == "__main__":
    main()
