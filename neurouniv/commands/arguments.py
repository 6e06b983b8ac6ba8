"""Words of the command line turned into objects: mappings, tasks, activity, laws, trajectories."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurouniv.commands.mistakes import near
from neurouniv.errors import InputError
from neurouniv.got import did_you_mean
from neurouniv.untrusted.regular import need_regular
from neurouniv.untrusted.sound_hdf5 import need_sound_netcdf

if TYPE_CHECKING:
    import xarray as xr


def mapping(pairs: list[str] | None) -> dict[str, Any]:
    """`name=field` words as a mapping; fields or values joined by commas are a tuple, and several `keep=` a list.

    Raises
    ------
    InputError : a word is no name=field, or a name other than `keep` comes twice.

    Examples
    --------
    >>> mapping(["condition=odour,rewarded", "session=1,2", "keep=outcome,hit", "keep=rt,0.1,"])["keep"]
    [('outcome', 'hit'), ('rt', 0.1, None)]
    >>> mapping(["decimal=,"])
    {'decimal': ','}
    """
    from neurouniv.systems.recordings.assembly.kept import COMMA

    fields: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, field = pair.partition("=")
        if not (name and equals and field):
            raise InputError(f"--map takes name=field, such as condition=stimulus_id; got {pair!r}.")
        words = COMMA.split(field)
        value: Any = tuple(map(_number, words)) if len(words) > 1 and any(words) else field
        if name == "keep":
            value = [*fields.get("keep", []), value]
        elif name in fields:
            raise InputError(f"--map takes {name}= once; got {fields[name]!r} and {value!r}. Leave one of them out.")
        fields[name] = value
    return fields


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

    makers = {"two_points": tasks.two_points, "xor": tasks.xor, "contexts": tasks.contexts}
    makers["digits"] = lambda: tasks.digits(per_class=per_class)
    if name in makers:
        return makers[name]()
    if not Path(name).exists():
        raise InputError(
            f"A task is one of {', '.join(makers)} or a file that holds one; {name!r} is neither."
            f"{did_you_mean(name, makers)} A file: a table with a row a condition (columns condition, stimulus..., "
            "target...), .npz with condition, stimuli and targets, or "
            '.nc of `neurouniv.save(neurouniv.tasks.from_arrays(stimuli, targets, names), "task.nc")`.'
        )
    return tasks.read_task(name)


def activity_of(paths: list[Path], fields: dict[str, Any], windows: int | None, runs: int | None) -> xr.Dataset:
    """Networks' activity or a recording, of one file or several; with a learning axis or runs if asked for."""
    if len(paths) == 1 and _are_networks(paths[0], fields):
        return _networks(paths[0], {"--chunks": fields, "--windows": windows, "--runs": runs})
    from neurouniv.systems.recordings.read import read_recording
    from neurouniv.systems.recordings.several.learning_axis import learning_axis, with_runs

    rec = read_recording(paths[0] if len(paths) == 1 else paths, **fields)
    number = {} if runs is None else {"runs": runs}
    if windows is not None:
        return learning_axis(rec, windows=windows, **number)
    return with_runs(rec, **number) if number else rec


def _are_networks(path: Path, fields: dict[str, Any]) -> bool:
    """Whether a file holds activity of networks, seen without reading it; what cannot be opened its reader tells of."""
    import xarray as xr

    engine = {".nc": "netcdf4", ".zarr": "zarr"}.get(path.suffix)
    if engine is None or not path.exists() or set(fields) - {"chunks"}:
        return False
    if engine == "netcdf4":
        need_sound_netcdf(path)
    try:
        with warnings.catch_warnings(action="ignore"), xr.open_dataset(path, engine=engine) as held:
            return "hidden" in held
    except (OSError, ValueError, KeyError, RuntimeError):
        return False


def _networks(path: Path, options: dict[str, Any]) -> xr.Dataset:
    from neurouniv.storage import load

    amiss = [name for name, value in options.items() if value]
    if amiss:
        raise InputError(
            f"'{path}' holds activity of networks, which is read as it stands; {' and '.join(amiss)} "
            "is for recordings. Leave it out."
        )
    return load(path)


def law_of(name: str, **settings: Any) -> Any:
    """The unfitted law of that name; `settings` are of the universal law alone."""
    from neurouniv.laws import LAWS

    if name not in LAWS:
        raise InputError(f"A law is one of {', '.join(LAWS)}; got {name!r}.")
    if settings and name != "universal":
        raise InputError(f"--{' and --'.join(settings)} belong to the universal law; got --law {name} with them.")
    return LAWS[name](**settings)


def movie(path: Path) -> xr.Dataset:
    """A trajectory from its file; of what else is there the command that makes one."""
    import xarray as xr

    from neurouniv.storage import load

    need_regular(path)
    if not path.exists():
        raise InputError(f"There is no file {path}.{near(path)}")
    traj = load(path) if path.suffix in (".nc", ".zarr") else xr.Dataset()
    if "h" not in traj:
        raise InputError(f"'{path}' holds no trajectory. Make one: neurouniv rdm {path} --out traj.nc")
    return traj


def one_or_more(values: Sequence[Any]) -> Any:
    """The only one of the values, or a list of them all."""
    return values[0] if len(values) == 1 else list(values)
