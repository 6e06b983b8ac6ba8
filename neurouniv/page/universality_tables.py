"""The tables of a test of universality: a row a system, a row a pair of systems, a row a task."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import number
from neurouniv.figures.tables import Table

ROLES = {"exploratory": "exploratory: time within a trial is not learning", "control": "control: the law is false here"}


def answer_table(result: xr.Dataset) -> Table:
    """A row a system: what it is, R2 of change, its ceiling, the nearest rival, until when, and the verdict."""
    columns = [
        "system",
        "what it is",
        "R² of change",
        "ceiling",
        "nearest rival, its error over the law's",
        "better than it",
        "the law holds until",
        "verdict",
    ]
    rows, alpha = [], float(result.attrs.get("alpha", 0.05))
    for i in range(result.sizes["system"]):
        row = result.isel(system=i)
        what = str(row["what"].item()) + ("; later times held out" if row["split"].item() == "times" else "")
        ceiling = float(row["change_most"])
        rival = f"{row['nearest'].item()}, {_ratio(float(row['nearest_ratio']))}"
        role, decision = str(row["role"].item()), str(row["decision"].item())
        verdict = ROLES[role] if role == "exploratory" else "; ".join(filter(None, [decision, ROLES.get(role, "")]))
        ceiling_cell = ceiling if np.isfinite(ceiling) else "not known"
        rows.append(
            [
                str(row["system"].item()),
                what,
                float(row["change_r2"]),
                ceiling_cell,
                rival,
                _told_with_p(row, alpha),
                _until(row),
                verdict,
            ]
        )
    return Table(
        columns,
        rows,
        "The law has to predict significantly better than every rival, each by itself. Until: the last time at which "
        "the law's error of change is within the noise, or below a twentieth.",
    )


def beside_table(result: xr.Dataset) -> Table:
    """A row a system: R2 of the movie, its ceiling, other members, rivals one by one, free mixtures."""
    columns = [
        "system",
        "R² of the movie",
        "ceiling",
        "other members",
        "better than",
        "not significantly better than",
        "free mixture",
    ]
    rivals = [str(name) for name in np.atleast_1d(result.attrs["rivals"])]
    rows = []
    for i in range(result.sizes["system"]):
        row = result.isel(system=i)
        not_told_from = [name for name in str(row["untold"].item()).split(", ") if name]
        told_from = [name for name in rivals if name not in not_told_from]
        rows.append([
            str(row["system"].item()), _r2_with_bound(row), _cell(row["r2_most"]), _cell(row.get("others_r2")),
            ", ".join(told_from) or "none", ", ".join(not_told_from) or "none",
            str(row["flexible"].item()) or "not asked",
        ])  # fmt: skip
    return Table(
        columns,
        rows,
        "Other members: what the mean movie of the other seeds or subjects predicts. It is no ceiling, for a law "
        "starts from each member's own first frame. A free mixture has weights of its own at every time.",
    )


def _r2_with_bound(row: xr.Dataset) -> str:
    least = f" (interval from {number(float(row['r2_least']))})" if np.isfinite(row["r2_least"]) else ""
    return _cell(row["r2"]) + least


def _told_with_p(row: xr.Dataset, alpha: float) -> str:
    """Whether the law predicts better than its nearest rival, and by what p."""
    p = float(row["nearest_p"])
    size = "not known" if not np.isfinite(p) else "< 0.001" if p < 0.001 else f"= {number(p, 2)}"
    better = float(row["nearest_ratio"]) < 1 and p < alpha
    return f"{'yes' if bool(row['told']) else 'the rival is better' if better else 'no'} (p {size})"


def _until(row: xr.Dataset) -> str:
    """The time until which the law holds; a dash where the law does not describe the system."""
    return str(row["until_text"].item()) if row["decision"].item() == "described" else "–"


def _ratio(ratio: float) -> str:
    return f"{number(ratio)} ×" if np.isfinite(ratio) else "error not known"


def rsa_table(result: xr.Dataset) -> Table:
    """A row a pair of systems, at the last time of the second: best, last and untrained, with what training gained."""
    columns = ["systems", "best step", "best", "last", "untrained", "ceiling", "gain of best", "gain of last"]
    rows = []
    for i in range(result.sizes["rsa_pair"]):
        pair = result.isel(rsa_pair=i)
        at_end = pair.isel(session=int(np.flatnonzero(pair["rsa_time_b"].notnull().values)[-1]))
        when = f"{str(pair['rsa_unit_b'].item()).removesuffix('s')} {float(at_end['rsa_time_b']):g}"
        systems = f"{pair['rsa_a'].item()} × {pair['rsa_b'].item()}, {when}; {int(pair['rsa_conditions'])} conditions"
        numbers = [_cell(at_end.get(f"rsa_{name}")) for name in ("best", "final", "untrained")]
        gains = [_with_bounds(at_end, f"rsa_{name}") for name in ("best_gain", "final_gain")]
        ceiling = _cell(at_end["rsa_ceiling_b"].sel(bound="upper"))
        rows.append([systems, _with_bounds(at_end, "rsa_best_step"), *numbers, ceiling, *gains])
    caption = "At the last time of the second system; the ceiling is that of its RDM, what the truth would reach. "
    return Table(columns, rows, f"{caption}Gains are over the untrained, with 95 % intervals over conditions.")


def _cell(value: Any) -> str:
    return "not known" if value is None or not np.isfinite(float(value)) else number(float(value))


def _with_bounds(row: xr.Dataset, name: str) -> str:
    if name not in row or not np.isfinite(float(row[name])):
        return "not known"
    low, high = row[f"{name}_interval"].sel(bound=["lower", "upper"]).values
    return f"{number(float(row[name]))} [{number(low)}, {number(high)}]"


def task_table(result: xr.Dataset) -> Table:
    """A row for every task a recording was given, the law and its nearest rival under it."""
    rows = []
    for name in result["system"].values:
        for assumption in result["assumption"].values:
            row = result.sel(system=name, assumption=assumption)
            if np.isfinite(row["assumed_r2"]):
                rows.append(
                    [
                        str(name),
                        str(assumption),
                        float(row["assumed_change"]),
                        float(row["assumed_r2"]),
                        f"{row['assumed_nearest'].item()}, {_ratio(float(row['assumed_ratio']))}",
                    ]
                )
    columns = ["system", "task", "R² of change", "R² of the movie", "nearest rival, its error over the law's"]
    return Table(columns, rows)
