"""The command that says which learning rule a system learns by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import xarray as xr
from cyclopts import Parameter

from neurouniv.commands.app import Fields, Partitions, Resamples, app, say, shown
from neurouniv.commands.figure import need_picture, write_picture
from neurouniv.commands.laws import movie
from neurouniv.commands.outputs import Overwrite, need_apart, need_file, need_free, need_page

Flag = Annotated[bool, Parameter(negative=())]
BETWEEN = "   "
"""What stands between the columns of a table."""


@app.command
def rules(
    trajectory: Path,
    *,
    rules: Fields = None,
    outputs: Flag = False,
    folds: int = 2,
    partitions: Partitions = 1,
    subjects: str | None = None,
    resamples: Resamples = 300,
    level: float = 0.9,
    out: Path | None = None,
    report: Path | None = None,
    figure: Path | None = None,
    seed: int = 0,
    quiet: bool = False,
    overwrite: Overwrite = False,
) -> None:
    """Say which learning rule a system learns by: how probable each is, which cannot be told apart, what would tell.

    Example: neurouniv rules traj.nc

    Example: neurouniv rules traj.nc --rules backprop feedback_alignment lazy --out rules.nc --report page.html

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`, of six conditions and four times or more, with its task.
    rules
        The rules that are possible, of backprop, feedback_alignment, kolen_pollack, weight_mirror, predictive_coding,
        weight_decay, node_perturbation, lazy, identity (default: all these); hebbian and exposure have no probability.
    outputs
        Fit laws to outputs too, in which rules differ more; there are no probabilities then.
    folds
        Of conditions: laws are fitted to some and predict the others.
    partitions
        Random ways to deal conditions into folds.
    subjects
        The dimension whose members learn by one rule; by default subject or seed.
    resamples
        Of conditions and members, for intervals of ratios of errors.
    level
        From which probability on one rule is told from the others.
    out
        Where the result goes, .nc or .zarr.
    report
        Where a page goes, .html.
    figure
        Where a picture of the probabilities goes, .png, .svg or .pdf.
    """
    from neurouniv.figures import rule_probabilities
    from neurouniv.page import report as write
    from neurouniv.storage import save
    from neurouniv.which_rule.rules import rules as compared

    need_file(out, [trajectory], overwrite)
    need_page(report, [trajectory], overwrite)
    if figure is not None:
        need_picture("rule_probabilities", figure)
        need_free(figure, [trajectory], overwrite)
    need_apart(out, report, figure)
    result = compared(
        movie(trajectory), rules, outputs=outputs, folds=folds, partitions=partitions, subjects=subjects,
        resamples=resamples, level=level, seed=seed, progress=shown(quiet),
    )  # fmt: skip
    if out is not None:
        save(result, out)
    say(rules_text(result))
    if figure is not None:
        write_picture(rule_probabilities(result), figure)
        say(f"The figure is {figure}")
    if report is not None:
        say(f"The page is {write(result, report)}")


def rules_text(result: xr.Dataset) -> str:
    """The answer, why and what would tell, doubts, a row a rule, and what probabilities rest on."""
    from neurouniv.figures.rule_words import calibration_of
    from neurouniv.figures.tables import cells
    from neurouniv.page.rules import reasons, rules_table

    table = rules_table(result)
    doubts = f"Doubts: {result.attrs['doubts']}" if result.attrs["doubts"] else ""
    said = [result.attrs["answer"], *reasons(result), doubts, *_aligned(cells(table)), table.caption]
    return "\n".join(filter(None, [*said, calibration_of(result)]))


def _aligned(table: dict[str, Any]) -> list[str]:
    """The lines of a table, columns of numbers to the right.

    Examples
    --------
    >>> _aligned({"columns": ["rule", "r"], "rows": [["a", "1.5"], ["longer", "12.5"]], "numeric": [False, True]})
    ['rule        r', 'a         1.5', 'longer   12.5']
    """
    rows = [table["columns"], *table["rows"]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = [">" if numeric else "<" for numeric in table["numeric"]]
    lines = (
        BETWEEN.join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True))
        for row in rows
    )
    return [line.rstrip() for line in lines]
