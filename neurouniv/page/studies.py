"""Simulated studies on a page: the data a study needs (`neurouniv.plan`, `plan_rules`), and `neurouniv.recover`."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import NOT_DETERMINED
from neurouniv.figures.simulated_studies import confusion, power
from neurouniv.figures.tables import Table
from neurouniv.page.data import CAPTION, COLUMNS, TITLE, UNKNOWN, task_of
from neurouniv.page.rules import meanings_table
from neurouniv.page.section import Picture, Section
from neurouniv.page.steps import by_step
from neurouniv.schema import history
from neurouniv.universality.planning.recovery_report import percent
from neurouniv.universality.planning.study_designs import in_order
from neurouniv.universality.trial.learners import SIMULATED

DESIGN = ("sessions", "conditions", "repeats", "snr")
SHARES = ("power", "cannot tell", "not described")
STUDY = "a simulated study"
OF_A_STUDY = "Every design was simulated many times. Trials are those of all sessions of a study together."


def is_plan(result: xr.Dataset) -> bool:
    """Whether it is of `neurouniv.plan` or `neurouniv.plan_rules`."""
    return {"power", "power_interval", "trials"} <= set(result.data_vars)


def is_recovery(result: xr.Dataset) -> bool:
    """Whether it is of `neurouniv.recover`."""
    return "fitted" in result and "truth" in result.dims


def plan_section(title: str, result: xr.Dataset) -> Section:
    """The design that suffices, in words; power as a picture; and a table of all designs, the cheapest first."""
    aim = f"{result.attrs['asked']:.0%}"
    counted = result.attrs.get("counted", "the verdict is described, where it is true")
    table = rules_table(result) if "truth" in result.dims else plan_table(result)
    picture = Picture(
        power(result),
        f"Power: the share of simulated studies in which {counted}. Bars: 95 % intervals for "
        f"{result.attrs['studies']} studies a design; dashed: the {aim} that were asked for.",
        "Power against repeats, a line for every number of sessions, a panel for every number of conditions",
    )
    words = sentences(result.attrs["text"])
    tables = [table, *([meanings_table(result["truth"].values)] if "truth" in result.dims else [])]
    return Section(title, words, figures=[picture], tables=tables, sources={title: result})


def planned_data(result: xr.Dataset) -> Section:
    """The data of the studies that were simulated, from the smallest to the largest, as the data of other pages."""
    steps = by_step(history(result))
    settings = steps.get("plan") or steps.get("plan_rules") or {}
    rules = ", ".join(map(str, settings.get("rules", [])))
    of = f"rules {rules}" if "truth" in result.dims else f"law {result.attrs['law']}"
    trials = result["trials"].where(result["power"].notnull())
    row = [
        STUDY, ", ".join(filter(None, [SIMULATED, str(settings.get("sensors", "")), of])), _reach(trials),
        settings.get("neurons", UNKNOWN), f"{result.attrs.get('subjects', 1)} simulated", _reach(result["conditions"]),
        f"{_reach(result['sessions'])} sessions", task_of(steps, None),
    ]  # fmt: skip
    return Section(TITLE, tables=[Table(COLUMNS, [row], f"{OF_A_STUDY} {CAPTION}")])


def _reach(values: xr.DataArray) -> str | int:
    """A count, or the smallest and the largest of several."""
    low, high = int(values.min()), int(values.max())
    return low if low == high else f"{low} to {high}"


def plan_table(result: xr.Dataset) -> Table:
    """A row for every design that was simulated, the one with the fewest trials first."""
    dims = [name for name in DESIGN if name in result.dims]
    cells = result.stack(design=dims, create_index=False)
    cells = cells.isel(design=np.flatnonzero(cells["power"].notnull().values))
    cells = cells.isel(design=np.argsort(cells["trials"].values, kind="stable"))
    columns = ["trials", *DESIGN, "ceiling of R²", *SHARES, "nearest rival", "told apart"]
    rows = []
    for i in range(cells.sizes["design"]):
        design = cells.isel(design=i)
        counts = [int(design[name]) for name in ("trials", *DESIGN[:3])]
        shares = [_share(design[name], design[f"{name}_interval"]) for name in ("power", "cannot_tell", "missed")]
        rest = [str(design["nearest"].item()), f"{float(design['power_nearest']):.0%}"]
        rows.append([*counts, float(design["snr"]), float(design["ceiling"]), *shares, *rest])
    caption = f"Shares of {result.attrs['studies']} studies of a design, with 95 % intervals. Told apart: the share in "
    return Table(
        columns, rows, caption + "which the law predicts better than its nearest rival, whatever the others do."
    )


def rules_table(result: xr.Dataset) -> Table:
    """A row for every design and true rule of `neurouniv.plan_rules`, the design with the fewest trials first."""
    cells = in_order(result)
    rows = []
    for i in range(cells.sizes["design"]):
        counts = [int(cells[name][i]) for name in ("trials", *DESIGN[:3])]
        for rule in cells["truth"].values:
            design = cells.isel(design=i).sel(truth=rule)
            shares = [_share(design[name], design[f"{name}_interval"]) for name in ("right", "alone", "inside")]
            rows.append([*counts, float(design["snr"]), str(rule), *shares])
    columns = ["trials", *DESIGN, "true rule", "named", "named alone", "among those not separated"]
    return Table(columns, rows, f"Shares of {result.attrs['studies']} studies of a design and rule, with 95 % "
                 f"intervals. Named alone: with a probability of {result.attrs['level']:.0%} or more.")  # fmt: skip


def recovery_section(title: str, result: xr.Dataset) -> Section:
    """Recovery in studies in which each law is true: in words, as confusion matrices, and the constants."""
    pictures, tables = [], [constants_table(result)]
    if "best" in result:
        pictures.append(Picture(
            confusion(result),
            "Rows: the law that is true in the simulated studies. Left: the law with the highest held-out log score. "
            "Right, where there is one: the verdict on the law on trial. Blank cells are 0 %.",
            "Confusion matrices: the true law against the best law, and against the verdict",
        ))  # fmt: skip
    if "decision" in result:
        tables.append(matrix_table(result, "decision", f"Verdict on the {result.attrs['law']} law"))
    if "best" in result:
        tables.append(matrix_table(result, "best", "Best law by held-out log score"))
    words = sentences(result.attrs["text"])
    return Section(title, words, figures=pictures, tables=tables, sources={title: result})


def constants_table(result: xr.Dataset) -> Table:
    """A row for every constant of every true law: bias, spread, and how often its interval holds the truth."""
    rows: list[list[Any]] = []
    for i in range(result.sizes["constant"]):
        constant = result.isel(constant=i)
        shares = [
            percent(constant["bias"], "+"),
            percent(constant["spread"]),
            _share(constant["coverage"], constant["coverage_interval"]),
        ]
        rows.append([str(constant["constant"].item()), float(constant["true_value"].median()), *shares])
    columns = ["constant of the true law", "truth", "bias", "spread", "95 % intervals that hold it"]
    return Table(columns, rows, "Bias: the median error; spread: half the range of the middle 68 %; both as shares of "
                 "the truth.")  # fmt: skip


def matrix_table(result: xr.Dataset, name: str, what: str) -> Table:
    """A confusion matrix with its 95 % intervals: a row for every truth."""
    shares = result[name]
    dim = next(str(d) for d in shares.dims if d != "truth")
    bounds = result[f"{name}_interval"]
    rows = [
        [str(truth), *(_share(shares.sel(truth=truth, **{dim: label}), bounds.sel(truth=truth, **{dim: label}))
                       for label in shares[dim].values)]
        for truth in shares["truth"].values
    ]  # fmt: skip
    caption = f"{what}: shares of {result.attrs['studies']} studies of each truth, with 95 % intervals."
    return Table(["truth", *map(str, shares[dim].values)], rows, caption)


def sentences(text: str) -> str:
    """The sentences of a result's text, a paragraph each, without its lists and tables.

    Examples
    --------
    >>> sentences("Said.\\nConstants:\\n  a 1\\n trials power\\n... and 3 more\\nAlso.")
    'Said.\\n\\nAlso.'
    """
    lines = (line for line in text.splitlines() if not line.startswith((" ", "...")) and not line.endswith(":"))
    return "\n\n".join(filter(None, lines))


def _share(share: xr.DataArray, interval: xr.DataArray) -> str:
    if np.isnan(share):
        return NOT_DETERMINED
    low, high = interval.transpose(..., "bound").values
    return f"{float(share):.0%} [{low:.0%}, {high:.0%}]"
