"""The verdict on every system of a study that was compared on held-out data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from pathlib import Path

import numpy as np
import xarray as xr

from neurouniv.blame import blaming
from neurouniv.exploratory import BRIEFLY
from neurouniv.exploratory import exploratory as time_within_trials
from neurouniv.inputs import need_study
from neurouniv.names import public
from neurouniv.schema import InputError
from neurouniv.studies.reading.parts import loaded_part
from neurouniv.studies.reading.rows import joined_rows, rows_of
from neurouniv.systems.brains.worlds import WORLDS
from neurouniv.universality.result import ERRORS, WITH_ERRORS
from neurouniv.universality.rivals import FAMILIES, reference_of, rivals_of
from neurouniv.universality.scores.noise_ceiling import MEMBERS
from neurouniv.universality.verdict.rule import ALPHA, CHANGE_SHARE, SHARE, judged

NUMBERS = ("r2", "least", "most", "ceiling", "change_r2", "change_ceiling", "outputs_r2", "nearest_ratio", "nearest_p",
           "learned_p", "until", "until_share")  # fmt: skip
WORDS = ("decision", "describes", "beaten_by", "nearest")
OF_RIVALS = ("ratio", "p", "told")
SCORES = ("dynamics", "change", "log_score", "dynamics_interval", "change_interval")
OF_SYSTEMS = ("state", "unanswered", "time_unit", "time_axis", "warnings")
"""Labels of systems that groups do not have."""
TRUE, FALSE = "true", "false"
UNKNOWN = "its distances are not numbers, or no fit could predict; the messages of its fits say more"


@public
def verdicts(study: xr.DataTree) -> xr.Dataset:
    """The verdict on every group of systems whose errors were estimated together: the seeds of a cell, at one layer.

    Every group is judged by itself (`neurouniv.verdict(..., alone=True)`), so that of many some are misjudged by
    chance; brains in worlds where the law is false (`law_is`) show how many.

    Parameters
    ----------
    study : of `neurouniv.open_study`.

    Returns
    -------
    Dataset of `decision` (group): "described", "not described", "cannot tell", "nothing is learned", or "" where there
    is none and `reason` says why; `describes`, `nearest`, `beaten_by`, `r2`, `ceiling`, `change_r2`, `change_ceiling`,
    `until` and others (group), `ratio`, `p` and `told` (group, rival), as `neurouniv.verdict` has them; `dynamics`,
    `change` and `log_score` (group, law), the held-out scores of every law, with intervals (..., bound); `law_is`
    (group), "true" or "false" for a brain in a world whose law is known, else "". Coordinates: labels of the systems,
    `cell`, `seeds`, `layer`, ..., and `on_trial`, the law that the verdict is on. Attribute `law`: that of most groups.

    Raises
    ------
    InputError : the study holds no comparison.
    """
    need_study(study, "A table of verdicts")
    without = _without_answer(study["systems"].to_dataset())
    if "compare" not in study.children:
        reasons = list(dict.fromkeys(without["reason"].values.tolist()))
        why = f" The comparison failed: {reasons[0]}" if reasons else ""
        raise InputError(
            f"A verdict needs a comparison on held-out data; no system of this study has one.{why} Write `compare: "
            "{resamples: 200}` and two laws or more into the study's file, and run it again."
        )
    folder = Path(str(study.attrs["folder"]))
    tables = [_judged(node.to_dataset(), folder) for node in study["compare"].leaves]
    table = joined_rows([*tables, *([without] if without.sizes["group"] else [])])
    laws = Counter(law for law in table["on_trial"].values.tolist() if law)
    return table.assign(law_is=("group", _law_is(table))).assign_attrs(law=laws.most_common(1)[0][0])


def _without_answer(systems: xr.Dataset) -> xr.Dataset:
    """A row for every group of systems whose comparison could not be made, with the reason."""
    keys = [f"{cell} {group}" for cell, group in zip(systems["cell"].values, systems["group"].values, strict=True)]
    asked = np.array(["compare" in words.split() for words in systems["unanswered"].values.astype(str)], dtype=bool)
    first = np.unique(keys, return_index=True)[1]
    rows = systems.isel(system=[place for place in np.sort(first) if asked[place]])
    left_out = ("system", "seed", "group", "reason", *OF_SYSTEMS)
    names = [str(name) for name, coord in rows.coords.items() if coord.dims == ("system",) and name not in left_out]
    labels = {name: ("group", rows[name].values) for name in names}
    return xr.Dataset({"reason": ("group", rows["reason"].values)}, {"group": rows["group"].values, **labels})


def _judged(stack: xr.Dataset, folder: Path) -> xr.Dataset:
    """The verdicts on all cells of one layout, a row for each of their groups."""
    result = loaded_part(stack, "compare", folder)
    with blaming([result]):
        return _rows(result)


def _rows(result: xr.Dataset) -> xr.Dataset:
    law = reference_of(result)
    reason = _no_verdict(result, law)
    scores = _scores(result)
    if reason:
        table = scores[["dynamics", "change"]].sel(law=law, drop=True).rename(dynamics="r2", change="change_r2")
    else:
        outcome = judged(result, ALPHA, SHARE, CHANGE_SHARE, exploratory=False, alone=True)
        table = outcome[[name for name in (*WORDS, *NUMBERS, *OF_RIVALS) if name in outcome]]
    words = {name: table[name].astype(str) if name in table else xr.full_like(table["r2"], "", dtype="<U24")
             for name in WORDS}  # fmt: skip
    unknown = table["r2"].isnull()  # a movie without numbers has no verdict, not even that nothing is learned
    reasons = xr.where(unknown & (reason == ""), UNKNOWN, reason).astype(str)
    table = table.assign(words).assign(reason=reasons, decision=words["decision"].where(reasons == "", ""))
    rows = rows_of(table.merge(scores), "r2", result)
    return rows.assign_coords(on_trial=("group", np.full(rows.sizes["group"], law)))


def _scores(result: xr.Dataset) -> xr.Dataset:
    """Held-out scores of every law (law, ...), means over the members whose errors were estimated together."""
    scores = result[[name for name in SCORES if name in result]]
    members: list[Hashable] = [dim for dim in MEMBERS if dim in scores.dims]
    if "dynamics_interval" in scores:
        members = [dim for dim in scores["dynamics"].dims if dim not in scores["dynamics_interval"].dims]
    return scores.mean(members)


def _no_verdict(result: xr.Dataset, law: str) -> str:
    """Why a comparison has no verdict; "" where it has one."""
    if time_within_trials(result):
        return BRIEFLY
    if not set(ERRORS) & set(result.data_vars):
        return f"no errors of differences. {WITH_ERRORS}"
    if not rivals_of(result, law):
        return f"the {law} law has no rival beside it. Name more laws in the study's file."
    return ""


def _law_is(table: xr.Dataset) -> np.ndarray:
    """Whether the law on trial is true in the world of a brain, "" where no world is prescribed."""
    worlds = table["world"].values.astype(str) if "world" in table.coords else np.full(table.sizes["group"], "")
    families = [FAMILIES.get(law, law) for law in table["on_trial"].values.tolist()]
    truths = [("" if world not in WORLDS or not family else TRUE if FAMILIES.get(world, world) == family else FALSE)
              for world, family in zip(worlds.tolist(), families, strict=True)]  # fmt: skip
    return np.array(truths, dtype=str)
