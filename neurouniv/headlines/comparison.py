"""What a comparison says, made of the numbers that it holds when it is shown: a part speaks of itself."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.fitting.numbers import number
from neurouniv.tasks.origin import notes
from neurouniv.universality.rivals import reference_of
from neurouniv.universality.verdict.words import one_partition

HELD_OUT = {"conditions": "held-out conditions", "times": "later times", "systems": "other members", "None": ""}


def is_comparison(result: xr.Dataset) -> bool:
    """Whether it has the scores of laws, of `neurouniv.compare` or a selection of it that still has several."""
    return {"dynamics", "dynamics_error", "converged"} <= set(result.data_vars) and "law" in result.dims


def of_comparison(result: xr.Dataset) -> tuple[str, str, tuple[str, ...]]:
    """The sentence of a comparison, how the other laws do, and its doubts."""
    law = reference_of(result)
    members = [dim for dim in result["dynamics"].dims if dim != "law"]
    r2 = result["dynamics"].mean(members)
    count = int(np.prod([result.sizes[dim] for dim in members])) if members else 1
    what = HELD_OUT.get(str(result.attrs.get("split")), "what was held out")
    of = f" of {what}" if what else ", in sample,"
    mean = f" (mean of {count})" if count > 1 else ""
    ceiling = _ceiling(result)
    sentence = f"The {law} law has R2 {number(float(r2.sel(law=law)))}{of}{mean}{ceiling}."
    errors = result["dynamics_error"]
    logs = xr.apply_ufunc(np.log, errors / errors.sel(law=law)).mean(members)
    others = logs.drop_sel(law=law)
    order = others["law"].values[np.argsort(others.values)] if others.size else []
    ratios = [f"{name} {number(float(np.exp(others.sel(law=name))))} (R2 {number(float(r2.sel(law=name)))})"
              for name in order]  # fmt: skip
    details = f"Error over that of the {law} law: {', '.join(ratios)}." if ratios else ""
    return sentence, details, tuple(_doubts(result, members))


def _ceiling(result: xr.Dataset) -> str:
    if "dynamics_ceiling" not in result or "bound" not in result.dims:
        return ""
    upper = result["dynamics_ceiling"].sel(bound="upper").mean()
    return f"; noise ceiling {number(float(upper))}" if np.isfinite(upper) else "; noise ceiling not known"


def _doubts(result: xr.Dataset, members: list) -> list[str]:
    share = result["converged"].mean(members)
    doubts = [
        f"{1 - float(share.sel(law=name)):.0%} of the fits of {name} are not usable; `message` says why."
        for name in share["law"].values
        if float(share.sel(law=name)) < 1
    ]
    doubts += [note for note in notes(result).splitlines() if note]
    if "error_ratio" not in result:
        doubts.append("No errors of differences: compare with resamples=1000, and ask `neurouniv.verdict`.")
    else:
        doubts.append("`neurouniv.verdict(result)` judges it.")
    return [*doubts, *filter(None, [one_partition(result)])]
