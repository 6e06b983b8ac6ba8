"""The command that says which learning rule a system learns by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.arguments import movie
from neurouniv.commands.help_groups import MORE
from neurouniv.commands.json_text import rows_of
from neurouniv.commands.options import Flag, Folds, Overwrite, Partitions, Resamples, Seed
from neurouniv.commands.outputs import need_apart, need_file, need_free, need_page
from neurouniv.commands.pictures import need_picture, write_picture
from neurouniv.commands.speech import ALOUD, Answer, Speaking

if TYPE_CHECKING:
    import xarray as xr

IN_MORE = Parameter(group=MORE)
SomeRules = Annotated[list[choices.ComparedRule] | None, Parameter(consume_multiple=1, negative=())]
BETWEEN = "   "
"""What stands between the columns of a table."""
OF_RULES = ("probability", "alike", "error_ratio", "error_ratio_interval", "error_ratio_p")


def rules(
    trajectory: Path,
    *,
    rules: SomeRules = None,
    out: Path | None = None,
    report: Path | None = None,
    figure: Path | None = None,
    members: Annotated[str | None, IN_MORE] = None,
    outputs: Annotated[Flag, IN_MORE] = False,
    level: Annotated[float, IN_MORE] = 0.9,
    folds: Annotated[Folds, IN_MORE] = 2,
    partitions: Annotated[Partitions, IN_MORE] = 1,
    resamples: Annotated[Resamples, IN_MORE] = 300,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Say which learning rule a system learns by.

    Example: neurouniv rules traj.nc

    Example: neurouniv rules traj.nc --rules backprop feedback_alignment lazy --out rules.nc --report page.html

    JSON: answer, doubts, rules (a row each: probability, alike, error_ratio, error_ratio_interval, error_ratio_p),
    files

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`, of six conditions and four times or more, with its task.
    rules
        Learning rules by their names. Those that are possible; by default all but hebbian and exposure, which have no
        probability.
    outputs
        Fit laws to outputs too, in which rules differ more. There are no probabilities then.
    members
        The dimension whose members learn by one rule. By default subject or seed.
    level
        From which probability on one rule is told from the others.
    out
        Where the result goes: probabilities, .nc or .zarr.
    report
        Where a page of the result goes, .html.
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
    traj = movie(trajectory)
    result = compared(
        traj, rules, outputs=outputs, folds=folds, partitions=partitions, subjects=members,
        resamples=resamples, level=level, seed=seed, progress=speech.progress,
    )  # fmt: skip
    if out is not None:
        save(result, out)
    speech.say(rules_text(result))
    if figure is not None:
        write_picture(rule_probabilities(result), figure)
        speech.say(f"The figure is {figure}")
    if report is not None:
        movies = {trajectory.stem: traj.assign_attrs(file=str(trajectory))}
        speech.say(f"The page is {write(result, report, trajectories=movies, command=speech.words)}")
    return {**_probabilities(result), "files": [path for path in (out, figure, report) if path]}


def _probabilities(result: xr.Dataset) -> Answer:
    held = result[[name for name in OF_RULES if name in result]]
    rows = rows_of(held, tuple(map(str, result["probability"].dims)))
    return {"answer": result.attrs["answer"], "doubts": result.attrs["doubts"], "rules": rows}


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
