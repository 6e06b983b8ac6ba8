"""Words of the command line turned into objects: mappings, tasks, activity, laws; and constants into words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.schema import InputError


def mapping(pairs: list[str] | None) -> dict[str, Any]:
    """`name=field` words as a mapping; a field of numbers joined by commas is a tuple."""
    made: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, field = pair.partition("=")
        if not (name and equals and field):
            raise InputError(f"--map takes name=field, such as condition=stimulus_id; {pair!r} came.")
        made[name] = tuple(_number(part) for part in field.split(",")) if "," in field else field
    return made


def _number(text: str) -> float | str | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def task_of(name: str, per_class: int) -> Any:
    """The task of that name, or in that file."""
    from neurouniv import tasks
    from neurouniv.schema import check_task
    from neurouniv.storage import load

    made = {"two_points": tasks.two_points, "xor": tasks.xor, "contexts": tasks.contexts}
    made["digits"] = lambda: tasks.digits(per_class=per_class)
    if name in made:
        return made[name]()
    if not Path(name).exists():
        raise InputError(f"A task is one of {', '.join(made)} or a file that holds one; {name!r} is neither.")
    return check_task(load(name))


def activity_of(path: Path, fields: dict[str, Any], windows: int | None) -> Any:
    """Networks' activity or a recording, from a file; with a learning axis of `windows` if asked for."""
    from neurouniv.storage import load
    from neurouniv.systems.recordings import learning_axis, read_recording

    if path.suffix in (".nc", ".zarr") and not fields:
        data = load(path)
        if "hidden" in data:
            return data
    data = read_recording(path, **fields)
    return learning_axis(data, windows=windows) if windows else data


def law_of(name: str) -> Any:
    """The unfitted law of that name."""
    from neurouniv.laws import RIVALS, CollectiveModel, UniversalModel

    laws = {UniversalModel.name: UniversalModel, CollectiveModel.name: CollectiveModel, **RIVALS}
    if name not in laws:
        raise InputError(f"A law is one of {', '.join(laws)}; {name!r} came.")
    return laws[name]()


def constants_text(constants: xr.Dataset) -> str:
    """A fit's constants for the terminal."""
    named = [name for name in constants if f"{name}_interval" in constants]
    table = constants[[*named, "loss", "converged", "message"]]
    r2 = constants.r2.to_dataset("variable").rename({str(v): f"R2 of {v}" for v in constants["variable"].values})
    frame = table.merge(r2.drop_vars("bound", errors="ignore"))
    if not frame.sizes:
        return "\n".join(f"{name:>12}  {frame[name].item()}" for name in frame)
    return frame.to_dataframe().to_string()


def scores_text(result: xr.Dataset) -> str:
    """A comparison's held-out scores for the terminal."""
    rest = [dim for dim in result["dynamics"].dims if dim not in ("law", "system")]
    return result["dynamics"].mean(rest).rename("R2 of held-out time courses").to_series().to_string()
