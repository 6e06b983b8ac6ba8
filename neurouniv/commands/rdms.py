"""The command that makes trajectories of RDMs that are computed already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from neurouniv.commands.arguments import mapping, task_of
from neurouniv.commands.help_groups import MORE, TIME
from neurouniv.commands.options import Choice, Overwrite, PerClass, Words
from neurouniv.commands.outputs import named, need_file
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError


def rdms(
    file: Path,
    out: Path,
    *,
    map: Words = None,
    metric: str | None = None,
    squared: Choice = None,
    units: str | None = None,
    axis: Annotated[Literal["learning", "within_trial"] | None, Parameter(group=TIME)] = None,
    time_units: Annotated[str | None, Parameter(group=TIME)] = None,
    missing: Annotated[Literal["raise", "keep"], Parameter(group=MORE)] = "raise",
    n_channels: Annotated[int | None, Parameter(group=MORE)] = None,
    task: str | None = None,
    per_class: PerClass = 3,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Make a trajectory of RDMs that are computed already.

    Example: neurouniv rdms dist.mat traj.nc --map rdms=dist dims=subject time=1,2,3 --metric crossnobis

    JSON: metric, units, conditions, pairs, times, axis, dims, missing, files

    Parameters
    ----------
    file
        RDMs: MATLAB .mat, .npz, .npy, netCDF, zarr, or HDF5 of rsatoolbox.
    out
        Where the result goes: a trajectory, .nc or .zarr.
    map
        What is what in a file, as name=field. Names: rdms, condition, time; dims, the dimensions before the conditions
        (dims=subject,time), and each one's labels (subject=sn). Values themselves are joined by commas: time=1,2,3.
    metric
        The measure of dissimilarity. sqeuclidean, mahalanobis, crossnobis, correlation, cosine, ..., or any other word
        with --squared.
    squared
        Whether values are squared distances. Those that are not are squared.
    units
        Of the values.
    axis
        What time is. learning (default), or within_trial.
    time_units
        Of time: days, s, ...
    missing
        Where a dissimilarity is NaN.
    n_channels
        The number of channels, where the distances were divided by it.
    task
        The task: two_points, xor, digits, contexts, or a file. Laws need it; see `neurouniv rdm --help-all`.
    """
    from neurouniv.commands.movie_text import movie_fields, movie_text
    from neurouniv.rdm.exchange.read_rdms import read_rdms
    from neurouniv.storage import load, save

    need_file(out, [file, *named(task)], overwrite)
    settings: dict[str, Any] = {"metric": metric, "squared": squared, "units": units, "axis": axis}
    settings |= {"time_units": time_units, "missing": missing, "n_channels": n_channels}
    chosen_task = None if task is None else task_of(task, per_class)
    traj = read_rdms(file, task=chosen_task, **_no_twice(mapping(map), settings))
    save(traj, out)
    movie = load(out, chunks={})
    speech.say(f"{out}: {movie_text(movie)}")
    if traj.sizes.get("time") == 2:
        speech.say(f"Two times are too few for a law; what changed between them: neurouniv change {out}")
    return {**movie_fields(movie), "files": [out]}


def _no_twice(fields: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """`fields` and `settings` together; raise `InputError` where a field is an option of its own."""
    amiss = [name for name in fields if name in settings or name in ("task", "between")]
    if amiss:
        option = amiss[0].replace("_", "-")
        raise InputError(f"--map names fields and labels; {amiss[0]} is an option of its own: --{option}.")
    return fields | settings
