"""Which learning rule every system of a study learns by, beside the rule that it has where that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from neurouniv.blame import blaming
from neurouniv.inputs import need_study
from neurouniv.names import public
from neurouniv.schema import InputError
from neurouniv.studies.reading.parts import loaded_part
from neurouniv.studies.reading.rows import joined_rows, rows_of

NUMBERS = ("probability", "error_ratio", "alike")
TEXTS = ("answer", "doubts")
TRUTH = "setting_rule"
"""The coordinate of the rule that a system was told to learn by; `rule` are those that were asked about."""


@public
def rules_of_systems(study: xr.DataTree) -> xr.Dataset:
    """The learning rules of every group of systems: the seeds of a cell at one layer, which have one rule together.

    Parameters
    ----------
    study : of `neurouniv.open_study`.

    Returns
    -------
    Dataset of `probability`, `alike` (1 for a rule among those that are not separated, else 0) and `error_ratio`
    (group, rule), `best`, the most probable rule (group), "" where there is no probability, and `told` (group), whether
    it alone is left: all as `neurouniv.rules` has them. `truth` (group): the rule that a network or brain learns by, ""
    for a recording, and for a brain in a world that no rule makes. `answer` and `doubts` (group) in words, of all
    layers of the cell. Coordinates: labels of the systems.

    Raises
    ------
    InputError : the study asks for no rules, or has no answer yet.
    """
    need_study(study, "A table of learning rules")
    if "rules" not in study.children:
        raise InputError(
            "No system of this study was asked which rule it learns by, or none has an answer. Write `rules: {}` into "
            "the study's file, and run it again; `neurouniv.open_study(folder)['systems'].reason` says why it has none."
        )
    folder = Path(str(study.attrs["folder"]))
    return joined_rows([_answered(node.to_dataset(), folder) for node in study["rules"].leaves])


def _answered(stack: xr.Dataset, folder: Path) -> xr.Dataset:
    """The rules of all cells of one layout, a row for each of their groups."""
    result = loaded_part(stack, "rules", folder)
    with blaming([result]):
        return _rows(result)


def _rows(result: xr.Dataset) -> xr.Dataset:
    numbers = result[list(NUMBERS)].astype(float)
    known = numbers["probability"].notnull().any("rule")
    told = known & (numbers["alike"].sum("rule") == 1)
    table = numbers.assign(best=result["best"].astype(str).where(known, ""), told=told.astype(float))
    for name in TEXTS:
        same = np.full(result.sizes["cell"], str(result.attrs.get(name, "")))
        texts = result[name].values if name in result.coords else same
        table = table.assign_coords({name: ("cell", texts)})
    truth = result[TRUTH].values.astype(str) if TRUTH in result.coords else np.full(result.sizes["cell"], "")
    rows = rows_of(table.assign_coords(truth=("cell", truth)), "best", result)
    return rows.reset_coords(["truth", *TEXTS]).drop_vars(TRUTH, errors="ignore")
