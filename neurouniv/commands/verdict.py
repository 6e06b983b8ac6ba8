"""The command that judges a comparison."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from neurouniv.commands.help_groups import MORE
from neurouniv.commands.json_text import rows_of
from neurouniv.commands.options import Flag, Overwrite
from neurouniv.commands.outputs import need_file
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Share = Annotated[float, Parameter(group=MORE)]
OF_SYSTEMS = (
    "decision", "describes", "r2", "ceiling", "nearest", "nearest_ratio", "nearest_p", "beaten_by", "until",
)  # fmt: skip
"""What a row of --json has of a system, where the verdict has it."""


def verdict(
    result: Path,
    *,
    out: Path | None = None,
    exploratory: Flag = False,
    alpha: Share = 0.05,
    share: Share = 0.97,
    change_share: Share = 0.75,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Say whether the law on trial describes every system, and why.

    Example: neurouniv verdict comparison.nc

    JSON: overall, answer, systems (a row each: decision, describes, r2, ceiling, nearest, nearest_ratio, nearest_p,
    beaten_by, until), files

    Parameters
    ----------
    result
        A file of `neurouniv compare --resamples 1000`.
    alpha
        What p values have to be below.
    share
        The part of the noise ceiling that the law's R2 has to reach.
    change_share
        The part of its ceiling that the law's R2 of the change must not miss significantly.
    exploratory
        Judge data whose time is within a trial, which is not learning.
    out
        Where the result goes: decisions and what they rest on, .nc or .zarr.
    """
    from neurouniv.storage import load, save
    from neurouniv.universality.verdict.rule import verdict as judge

    need_file(out, [result], overwrite)
    compared = load(result)
    need_no_trajectory(compared, result)
    decision = judge(compared, alpha, share, change_share, exploratory=exploratory)
    speech.say(decision.text)
    if out is not None:
        save(decision, out)
    return {**decided(decision), "files": [out] if out else []}


def decided(decision: xr.Dataset) -> Answer:
    """A verdict for JSON."""
    held = decision[[name for name in OF_SYSTEMS if name in decision]]
    rows = rows_of(held, tuple(map(str, decision["decision"].dims)))
    return {"overall": str(decision["overall"].values), "answer": decision.attrs["text"], "systems": rows}


def need_no_trajectory(held: Any, path: Path) -> None:
    """Raise `InputError` where a trajectory stands for a result; the message says what may be asked of it."""
    if "h" in held:
        times, file = held["h"].sizes.get("time", 1), shlex.quote(str(path))
        compare = f"neurouniv compare {file} --out comparison.nc"
        next_call = {1: "neurouniv rdm --help, for more times than its one", 2: f"neurouniv change {file}"}
        raise InputError(f"'{path}' is a trajectory, and no result. Go on with: {next_call.get(times, compare)}")
