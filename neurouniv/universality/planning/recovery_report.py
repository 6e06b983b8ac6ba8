"""The report of `neurouniv.recover`: constants beside their truth, and the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.fitting.intervals import undetermined
from neurouniv.names import listed_names
from neurouniv.quantities import need_whole
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import CHOICES, OBSERVED, InputError
from neurouniv.universality.sentence_parts import percent as percent_of
from neurouniv.universality.verdict.decisions import ENOUGH_STUDIES, WORDS, wilson

MIDDLE = (0.16, 0.84)
MOST = 10.0
HIDDEN = ("output", "decoder", "norm")
"""Variables that tell a law more than distances do."""


def only_distances(like: xr.Dataset) -> xr.Dataset:
    """`like` with h as its only observed variable."""
    return like.drop_vars([name for name in (*OBSERVED, *CHOICES, *HIDDEN) if name in like and name != "h"])


def chosen_truths(laws: Mapping[str, Any], truths: Any, studies: int) -> list[str]:
    """The names of the laws that are taken for the truth, checked."""
    need_whole(studies, "studies")
    chosen = list(laws) if truths is None else listed_names(truths, "truths")
    unknown = [name for name in chosen if name not in laws]
    if unknown or not chosen:
        raise InputError(f"truths are names of the laws, some of {list(laws)}; got {unknown or chosen}.")
    return chosen


def constants(law: str, true: xr.Dataset, fitted: xr.Dataset) -> xr.Dataset:
    """The constants of one law: its truth beside what was fitted, study by study."""
    names = [name for name in constant_names(fitted) if name in true]
    rows = [
        _recovery_of_constant(*(each[part] for part in (name, f"{name}_interval") for each in (true, fitted)))
        for name in names
    ]
    share_identified = float(fitted["identified"].mean())
    attrs = {"fitted": bool(true["converged"].all())}
    if not rows:
        return xr.Dataset(coords={"constant": np.array([], dtype=str)}, attrs=attrs)
    table = xr.concat(rows, xr.Variable("constant", [f"{law} {name}" for name in names]), coords="minimal")
    table["identified"] = ("constant", [share_identified] * len(names))
    coords = {"constant_law": ("constant", [law] * len(names)), "constant_name": ("constant", names)}
    return table.assign_coords(coords).assign_attrs(attrs)


def _recovery_of_constant(
    truth: xr.DataArray, estimate: xr.DataArray, of_truth: xr.DataArray, interval: xr.DataArray
) -> xr.Dataset:
    """The recovery of one constant; `coverage` is NaN where data do not determine the truth itself."""
    low, high = (interval.sel(bound=bound, drop=True) for bound in ("lower", "upper"))
    determined = ~xr.apply_ufunc(undetermined, *(of_truth.sel(bound=bound, drop=True) for bound in ("lower", "upper")))
    error = (estimate - truth) / abs(truth).where(truth != 0)
    ends = error.quantile(MIDDLE).values
    holds = (low <= truth) & (truth <= high)
    return xr.Dataset(
        {
            "true_value": truth,
            "estimate": estimate,
            "interval": interval,
            "bias": error.median(),
            "spread": ((), float(ends[1] - ends[0]) / 2),
            "coverage": holds.where(determined).mean(),
        }
    )


def joined_constants(tables: list[xr.Dataset], studies: int) -> xr.Dataset:
    """The constants of all truths as one."""
    if not tables:
        return xr.Dataset(coords={"constant": np.array([], dtype=str)})
    table = xr.concat(tables, "constant", coords="minimal", compat="override", combine_attrs="drop")
    table["coverage_interval"] = wilson(table["coverage"], studies)
    table["bias"].attrs = {"long_name": "median error as a share of the truth"}
    table["spread"].attrs = {"long_name": "half the range of the middle 68 % as a share of the truth"}
    table["coverage"].attrs = {"long_name": "share of 95 % intervals that hold the truth"}
    return table


def design_of(like: xr.Dataset) -> dict[str, Any]:
    """The numbers of conditions, frames and members."""
    batch = {f"n_{dim}": like.sizes[dim] for dim in like["h"].dims if dim not in ("time", "pair")}
    conditions = len(Pairs.of(like).names) if are_named(like) else 0
    return {"n_conditions": conditions, "n_frames": like.sizes["time"], **batch}


def text(result: xr.Dataset) -> str:
    """The report in words."""
    studies = int(result.attrs["studies"])
    sizes = [f"{value} {name[2:]}{'' if name.endswith('s') else 's'}" for name, value in result.attrs.items()
             if name.startswith("n_")]  # fmt: skip
    ceiling = f", noise ceiling {float(result['ceiling'].median()):.2f}" if "ceiling" in result else ""
    lines = [
        f"{result.attrs['studies']} simulated studies of each truth, like these data ({', '.join(sizes)}{ceiling})."
    ]
    lines += filter(None, [_too_few(result.attrs["studies"])])
    poorly_fitted = result["truth"].values[~result["fitted"].values]
    if len(poorly_fitted):
        lines.append(
            f"These true laws fit the data badly, or their constants end at a bound: {', '.join(poorly_fitted)}."
        )
    lines += ["Constants of the true law:", *_constant_lines(result)]
    if "best" in result:
        lines += ["The law with the highest held-out log score:", *_lines_of_counts(result["best"], "law", studies)]
    if "decision" in result:
        lines += [f"Verdict on the {result.attrs['law']} law:"]
        lines += _lines_of_counts(result["decision"], "verdict", studies, WORDS)
        shares = result["flexible_better"]
        better = ", ".join(f"{percent(shares.sel(truth=name))} if {name} is true" for name in result["truth"].values)
        lines.append(
            f"A free mixture of simple RDMs predicts better than the {result.attrs['law']} law in {better} (shares "
            "of studies)."
        )
    elif "best" not in result:
        lines.append("Give rivals beside the law to see whether these data separate laws: [law, rival, ...].")
    if "false_described" in result:
        low, high = result["false_described_interval"].values
        lines.append(
            f"Where the law is false, the verdict is described in {100 * float(result['false_described']):.1f} % of "
            "studies "
            f"(95 % interval {100 * low:.1f} to {100 * high:.1f} %), and in "
            f"{100 * float(result['false_described_worst']):.1f} % for the worst true law."
        )
    return "\n".join(lines)


def _constant_lines(result: xr.Dataset) -> list[str]:
    if not result.sizes["constant"]:
        return ["  none"]
    lines = []
    for i, name in enumerate(result["constant"].values):
        constant = result.isel(constant=i)
        true = float(constant["true_value"].median())
        lines.append(
            f"  {name:<26} truth {true:.3g}, bias {percent(constant['bias'], '+')}, "
            f"spread {percent(constant['spread'])}, 95 % interval holds the truth in "
            f"{share_covered(constant['coverage'])}"
        )
    return lines


def share_covered(coverage: xr.DataArray) -> str:
    """The share of intervals that hold a constant's truth, in words where the truth itself is not determined."""
    return (
        "no known share: the truth is not determined"
        if np.isnan(coverage)
        else f"{100 * float(coverage):.0f} % of studies"
    )


def percent(share: xr.DataArray, sign: str = "") -> str:
    """A share in per cent; what is not known to within ten times itself is not worth a number."""
    value = float(share)
    if np.isnan(value):
        return "not known"
    return percent_of(value, sign) if abs(value) <= MOST else f"above {percent_of(MOST)}"


def _lines_of_counts(matrix: xr.DataArray, dim: str, studies: int, order: Iterable[str] | None = None) -> list[str]:
    """A line for every truth: the number of studies with each outcome."""
    lines = []
    for truth in matrix["truth"].values:
        row = matrix.sel(truth=truth)
        names = list(order) if order else [str(row[dim].values[i]) for i in np.argsort(-row.values, kind="stable")]
        counts = ", ".join(
            f"{name} in {_count(row.sel({dim: name}), studies)}" for name in names if float(row.sel({dim: name}))
        )
        lines.append(f"  {truth + ' true':<26} {counts}")
    return lines


def _count(share: xr.DataArray, studies: int) -> str:
    return f"{round(float(share) * studies)} of {studies}"


def _too_few(studies: int) -> str:
    if studies >= ENOUGH_STUDIES:
        return ""
    return f"Too few studies ({studies}) for error rates: simulate {ENOUGH_STUDIES} or more."
