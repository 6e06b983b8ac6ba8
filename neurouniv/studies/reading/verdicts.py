"""The verdict on every system of a study that was compared on held-out data."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.exploratory import BRIEFLY
from neurouniv.exploratory import exploratory as time_within_trials
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.studies.reading.parts import loaded_part
from neurouniv.studies.reading.systems import apart
from neurouniv.systems.brains.worlds import WORLDS
from neurouniv.universality.result import ERRORS, WITH_ERRORS
from neurouniv.universality.rivals import FAMILIES, reference_of, rivals_of
from neurouniv.universality.scores.noise_ceiling import MEMBERS
from neurouniv.universality.verdict.rule import verdict

NUMBERS = ("r2", "least", "most", "ceiling", "change_r2", "change_ceiling", "outputs_r2", "nearest_ratio", "nearest_p",
           "learned_p", "until", "until_share")  # fmt: skip
WORDS = ("decision", "describes", "beaten_by", "nearest")
OF_RIVALS = ("ratio", "p", "told")
SCORES = ("dynamics", "change", "log_score", "dynamics_interval", "change_interval")
TRUE, FALSE = "true", "false"
UNKNOWN = "its distances are no numbers, or nothing could be predicted; the messages of its fits say more"


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
    `cell`, `seeds`, `layer`, .... Attribute `law`, the law on trial.

    Raises
    ------
    InputError : the study holds no comparison.
    """
    if "compare" not in study.children:
        raise InputError(
            "No system of this study was compared on held-out data, which a verdict rests on. Write `compare: "
            "{resamples: 200}` and two laws or more into the study's file, and run it again."
        )
    folder = Path(str(study.attrs["folder"]))
    tables = [_judged(node.to_dataset(), folder) for node in study["compare"].leaves]
    table = _joined(tables).assign_attrs(law=tables[0].attrs["law"])
    return table.assign(law_is=("group", _law_is(table)))


def _judged(stack: xr.Dataset, folder: Path) -> xr.Dataset:
    """The verdicts on all cells of one layout, a row for each of their groups."""
    result = loaded_part(stack, "compare", folder)
    law = reference_of(result)
    reason = _no_verdict(result, law)
    scores = _scores(result)
    if reason:
        table = scores[["dynamics", "change"]].sel(law=law, drop=True).rename(dynamics="r2", change="change_r2")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeurounivWarning)  # one partition: told once for all by who shows them
            judged = verdict(result, alone=True)
        table = judged[[name for name in (*WORDS, *NUMBERS, *OF_RIVALS) if name in judged]]
    words = {name: table[name].astype(str) if name in table else xr.full_like(table["r2"], "", dtype="<U24")
             for name in WORDS}  # fmt: skip
    unknown = table["r2"].isnull()  # a movie without numbers has no verdict, not even that nothing is learned
    reasons = xr.where(unknown & (reason == ""), UNKNOWN, reason).astype(str)
    table = table.assign(words).assign(reason=reasons, decision=words["decision"].where(reasons == "", ""))
    return _rows(table.merge(scores), result).assign_attrs(law=law)


def _scores(result: xr.Dataset) -> xr.Dataset:
    """Held-out scores of every law (law, ...), means over the members whose errors were estimated together."""
    kept = result[[name for name in SCORES if name in result]]
    members: list[Hashable] = [dim for dim in MEMBERS if dim in kept.dims]
    if "dynamics_interval" in kept:
        members = [dim for dim in kept["dynamics"].dims if dim not in kept["dynamics_interval"].dims]
    return kept.mean(members)


def _no_verdict(result: xr.Dataset, law: str) -> str:
    """Why a comparison has no verdict; "" where it has one."""
    if time_within_trials(result):
        return BRIEFLY
    if not set(ERRORS) & set(result.data_vars):
        return f"no errors of differences. {WITH_ERRORS}"
    if not rivals_of(result, law):
        return f"the {law} law has no rival beside it. Name more laws in the study's file."
    return ""


def _rows(table: xr.Dataset, result: xr.Dataset) -> xr.Dataset:
    """The table with one dimension, group, for cells and what else was judged apart (layer, region, latency)."""
    dims = [str(dim) for dim in table["r2"].dims]
    rest = [dim for dim in dims if dim != "cell" and (dim != "seed" or result.sizes["seed"] > 1)]
    labels = {str(name): coord for name, coord in result.coords.items() if coord.dims == ("cell",)}
    table = table.drop_vars([name for name in table.coords if name not in (*table.dims, *dims)]).assign_coords(labels)
    ids = table["id"].values if "cell" in table.dims else np.array([])
    flat = table.stack(group=dims, create_index=False).transpose("group", ...)
    names = [_name(flat.isel(group=i), rest) for i in range(flat.sizes["group"])]
    flat = flat.rename(cell="cell_name").assign_coords(group=np.array(names, dtype=str))
    return flat.rename(id="cell").drop_vars("cell_name") if len(ids) else flat


def _name(row: xr.Dataset, rest: list[str]) -> str:
    return ", ".join([str(row["cell"].item()), *(f"{dim} {row[dim].item()}" for dim in rest if dim in row.coords)])


def _joined(tables: list[xr.Dataset]) -> xr.Dataset:
    """All rows below one another; NaN, or an empty text, where a table has no such variable or label."""
    axes = {str(dim): table[dim].values for table in tables for dim in table.dims if dim != "group"}
    names = dict.fromkeys(str(name) for table in tables for name in table.variables if name not in (*axes, "group"))
    data: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for name in names:
        like = next(table[name] for table in tables if name in table.variables)
        parts = [table[name].values if name in table.variables else _nothing(like, table.sizes["group"])
                 for table in tables]  # fmt: skip
        kinds = {part.dtype.kind for part in parts}
        whole = np.concatenate([part.astype(str) if kinds & {"U", "O"} else part for part in parts])
        (labels if any(name in table.coords for table in tables) else data)[name] = (like.dims, whole)
    groups = apart([str(name) for table in tables for name in table["group"].values])
    return xr.Dataset(data, {"group": groups, **axes, **labels})


def _nothing(like: xr.DataArray, rows: int) -> np.ndarray:
    shape = (rows, *like.shape[1:])
    return np.full(shape, "") if like.dtype.kind in "UO" else np.full(shape, np.nan)


def _law_is(table: xr.Dataset) -> np.ndarray:
    """Whether the law on trial is true in the world of a brain, "" where no world is prescribed."""
    worlds = table["world"].values.astype(str) if "world" in table.coords else np.full(table.sizes["group"], "")
    family = FAMILIES.get(str(table.attrs.get("law", "")), "")
    told = {world: TRUE if FAMILIES.get(world, world) == family else FALSE for world in WORLDS}
    return np.array([told.get(world, "") for world in worlds], dtype=str)
