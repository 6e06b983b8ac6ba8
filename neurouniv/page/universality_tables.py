"""The tables of a test of universality: a row a system, a row a pair of systems, a row a task."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import number
from neurouniv.figures.tables import Table

ASIDE = {"exploratory": "exploratory: time within a trial is not learning", "control": "control: the law is false here"}


def answer_table(result: xr.Dataset) -> Table:
    """What a system is, R2 of change beside its ceiling, the nearest rival, until when, and the verdict."""
    columns = [
        "system",
        "what it is",
        "R² of change",
        "ceiling",
        "nearest rival, its error over the law's",
        "told from it",
        "the law holds until",
        "verdict",
    ]
    rows, alpha = [], float(result.attrs.get("alpha", 0.05))
    for at in range(result.sizes["system"]):
        one = result.isel(system=at)
        what = str(one["what"].item()) + ("; later times held out" if one["split"].item() == "times" else "")
        most = float(one["change_most"])
        rival = f"{one['nearest'].item()}, {_ratio(float(one['nearest_ratio']))}"
        role, decision = str(one["role"].item()), str(one["decision"].item())
        verdict = ASIDE[role] if role == "exploratory" else "; ".join(filter(None, [decision, ASIDE.get(role, "")]))
        shown = most if np.isfinite(most) else "not known"
        rows.append(
            [
                str(one["system"].item()),
                what,
                float(one["change_r2"]),
                shown,
                rival,
                _told(one, alpha),
                _until(one),
                verdict,
            ]
        )
    return Table(
        columns,
        rows,
        "A law has to be told from every rival, each by itself. Until when: the last time at which what the law misses "
        "of how pairs change is within the noise, or below a twentieth.",
    )


def beside_table(result: xr.Dataset) -> Table:
    """What stands beside the law: its ceiling, other members, rivals one by one, free mixtures."""
    columns = ["system", "R² of the movie", "ceiling", "other members", "told from", "not told from", "free mixture"]
    rivals = [str(name) for name in np.atleast_1d(result.attrs["rivals"])]
    rows = []
    for at in range(result.sizes["system"]):
        one = result.isel(system=at)
        untold = [name for name in str(one["untold"].item()).split(", ") if name]
        told = [name for name in rivals if name not in untold]
        rows.append([
            str(one["system"].item()), _with_least(one), _cell(one["r2_most"]), _cell(one["others_r2"]),
            ", ".join(told) or "none", ", ".join(untold) or "none", str(one["flexible"].item()) or "not asked",
        ])  # fmt: skip
    return Table(
        columns,
        rows,
        "Other members: what the mean movie of the other seeds or subjects predicts; a law starts from each member's "
        "own first frame, so this is no ceiling. A free mixture has weights of its own at every time.",
    )


def _with_least(one: xr.Dataset) -> str:
    least = f" (interval from {number(float(one['r2_least']))})" if np.isfinite(one["r2_least"]) else ""
    return _cell(one["r2"]) + least


def _told(one: xr.Dataset, alpha: float) -> str:
    """Whether the law is told from its nearest rival, and by what p."""
    p = float(one["nearest_p"])
    size = "not known" if not np.isfinite(p) else "< 0.001" if p < 0.001 else f"= {number(p, 2)}"
    better = float(one["nearest_ratio"]) < 1 and p < alpha
    return f"{'yes' if bool(one['told']) else 'the rival is better' if better else 'no'} (p {size})"


def _until(one: xr.Dataset) -> str:
    """Until when the law holds, where it holds at all: of a course that is not described it means little."""
    return str(one["until_text"].item()) if one["decision"].item() == "described" else "–"


def _ratio(ratio: float) -> str:
    return f"{number(ratio)} ×" if np.isfinite(ratio) else "error not known"


def rsa_table(result: xr.Dataset) -> Table:
    """A row a pair of systems, at the last time of the second: best, last and untrained, with what training gained."""
    columns = ["systems", "best step", "best", "last", "untrained", "ceiling", "gain of best", "gain of last"]
    rows = []
    for at in range(result.sizes["rsa_pair"]):
        one = result.isel(rsa_pair=at)
        end = one.isel(session=int(np.flatnonzero(one["rsa_time_b"].notnull().values)[-1]))
        when = f"{str(one['rsa_unit_b'].item()).removesuffix('s')} {float(end['rsa_time_b']):g}"
        systems = f"{one['rsa_a'].item()} × {one['rsa_b'].item()}, {when}; {int(one['rsa_conditions'])} conditions"
        numbers = [_cell(end.get(f"rsa_{name}")) for name in ("best", "final", "untrained")]
        gains = [_with_bounds(end, f"rsa_{name}") for name in ("best_gain", "final_gain")]
        ceiling = _cell(end["rsa_ceiling_b"].sel(bound="upper"))
        rows.append([systems, _with_bounds(end, "rsa_best_step"), *numbers, ceiling, *gains])
    told = "At the last time of the second system; the ceiling is that of its RDM, what the truth would reach. "
    return Table(columns, rows, f"{told}Gains are over the untrained, with 95 % intervals over conditions.")


def _cell(value: Any) -> str:
    return "not known" if value is None or not np.isfinite(float(value)) else number(float(value))


def _with_bounds(one: xr.Dataset, name: str) -> str:
    if name not in one or not np.isfinite(float(one[name])):
        return "not known"
    low, high = one[f"{name}_interval"].sel(bound=["lower", "upper"]).values
    return f"{number(float(one[name]))} [{number(low)}, {number(high)}]"


def task_table(result: xr.Dataset) -> Table:
    """A row for every task a recording was given, the law and its nearest rival under it."""
    rows = []
    for name in result["system"].values:
        for assumption in result["assumption"].values:
            one = result.sel(system=name, assumption=assumption)
            if np.isfinite(one["assumed_r2"]):
                rows.append(
                    [
                        str(name),
                        str(assumption),
                        float(one["assumed_change"]),
                        float(one["assumed_r2"]),
                        f"{one['assumed_nearest'].item()}, {_ratio(float(one['assumed_ratio']))}",
                    ]
                )
    columns = ["system", "task", "R² of change", "R² of the movie", "nearest rival, its error over the law's"]
    return Table(columns, rows)
