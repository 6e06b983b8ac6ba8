"""The commands that make trajectories: of activity, or of RDMs that are computed already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import xarray as xr
from cyclopts import Parameter

from neurouniv.commands.app import Fields, Several, Stimuli, Targets, app, say
from neurouniv.commands.arguments import activity_of, mapping, task_of
from neurouniv.commands.movie_text import movie_text
from neurouniv.commands.outputs import Overwrite, named, need_file, recordings
from neurouniv.commands.tasks import task_in_recording, task_text, with_targets
from neurouniv.schema import InputError

Limits = Annotated[tuple[float, float] | None, Parameter(negative=())]
NoisePrecision = Annotated[Literal["residuals", "baseline"] | None, Parameter(alias="--noise")]
Runs = Annotated[int | None, Parameter(alias="--folds")]
Choice = Annotated[bool | None, Parameter(show_default=False)]


@app.command
def rdm(
    activity: Several,
    *,
    out: Path | None = None,
    map: Fields = None,
    task: str | None = None,
    stimuli: Stimuli = None,
    targets: Targets = None,
    per_class: int = 3,
    metric: str = "sqeuclidean",
    noise_precision: NoisePrecision = None,
    noise_by: Literal["session", "run"] | None = None,
    shrinkage: float | str | None = None,
    baseline: Limits = None,
    weighting: Literal["runs", "training", "trials"] = "runs",
    regions: str | None = None,
    searchlight: float | None = None,
    time: Literal["session", "latency"] | None = None,
    windows: int | None = None,
    runs: Runs = None,
    window: float | None = None,
    step: float | None = None,
    per_channel: Choice = None,
    variance: Choice = None,
    prior_lambda: float | None = None,
    prior_weight: float | None = None,
    draws: int | None = None,
    chunks: str | None = None,
    device: str = "cpu",
    overwrite: Overwrite = False,
) -> None:
    """Make a trajectory (an RDM movie) from activity of networks or a recording.

    Example: neurouniv rdm runs.nc traj.nc

    Example: neurouniv rdm runs.nc traj.nc --draws 4

    Example: neurouniv rdm brain.nwb traj.nc --task digits --metric crossnobis

    Example: neurouniv rdm brain.mat traj.nc --map condition=stimulus --runs 4 --metric crossnobis

    Example: neurouniv rdm day*.nwb --out traj.nc --map condition=odour --metric crossnobis --noise-precision residuals

    Example: neurouniv rdm day.nwb traj.nc --map condition=odour targets=rewarded --stimuli odours.csv

    Example: neurouniv rdm day.nwb traj.nc --map condition=odour --task odours.csv

    Example: neurouniv rdm subject-epo.fif traj.nc --metric mahalanobis --noise-precision baseline --baseline -0.2 0
    --window 0.05 --step 0.01

    Parameters
    ----------
    activity
        A file of `neurouniv train`, or any recording that `neurouniv read` reads; after it, or as --out where there
        are several files, the trajectory's file.
    out
        Where the trajectory goes, .nc or .zarr.
    map
        Which field of the file is what, name=field, as in `neurouniv read`.
    task
        The task behind a recording, which laws need: two_points, xor, digits, contexts, none, or a file. A table has a
        row a condition, with columns condition, stimulus... and target..., of numbers or words: "condition,
        stimulus_chain,target" and below "hexanal,6,go", "limonene,10,stop". Or .npz with the arrays condition, stimuli
        and targets; or .nc, of neurouniv.save(neurouniv.tasks.from_arrays(stimuli, targets, names), "task.nc").
    stimuli
        What the conditions are to the senses: a table with a row a condition (columns condition, and any others); a
        guess: names, from the parts of the names (car_lower), the default; or first, from the first session.
    targets
        What they ask for: a field of the recording with one value a condition (as --map targets=FIELD), such a table,
        or angles, the names in degrees; a guess: names, from the first part of the names, the default.
    per_class
        How many images of each digit the task digits has.
    metric
        sqeuclidean, mahalanobis, correlation, cosine, poisson; crossvalidated over runs: crossnobis, poisson_cv.
    noise_precision
        What whitens (mahalanobis, crossnobis): residuals of the trials, or the latencies of a baseline.
    noise_by
        Whose noise is estimated: of each session its own, or of each run; default: all share one matrix.
    shrinkage
        Of the covariance of noise: ledoit_wolf (default), oas, shrinkage_eye, shrinkage_diag, diag, full, or a number
        from 0 to 1.
    baseline
        First and last latency of the baseline, in s: -0.2 0.
    weighting
        Of runs in a crossvalidated metric: all alike, each against all trials of the others, or by pairs of trials.
    regions
        A label of channels (location, roi, region, channel_type); each region has distances of its own.
    searchlight
        Radius in mm about every voxel: each neighbourhood has distances of its own.
    time
        What is time where there are sessions and latencies; the other is a batch. Default: sessions.
    windows
        Make a learning axis of so many windows of trials (runs of alternating trials).
    runs
        Make so many runs to crossvalidate over where the recording has none: in each session and condition trials
        take turns. They replace runs that are there.
    window
        Average over sliding windows of this many seconds within the trial.
    step
        From one sliding window to the next, in s; default side by side.
    per_channel
        Whether to divide by the number of channels; default where it differs between sessions or subjects.
    variance
        Whether to give the distances' sampling variance; default of crossnobis with three runs or more.
    prior_lambda
        Of poisson and poisson_cv: the rate expected of a channel, in the unit of activity; default 1.
    prior_weight
        The weight of this expectation, in observations; default 0.1.
    draws
        Of networks: train them again so many times, all above the layer drawn anew, to know how much of them their
        start tells (start_var), which bounds every law. It takes as long as so many trainings.
    chunks
        Read a netCDF file or zarr store in chunks, out of core: auto, own, or a number (of trials, latencies, ...).
    device
        auto (a GPU where there is one), cpu, cuda or cuda:1.
    """
    from neurouniv.rdm.movie.no_values import need_values
    from neurouniv.rdm.movie.trajectory import trajectory
    from neurouniv.storage import load, save

    dependent = {"baseline": baseline, "shrinkage": shrinkage, "window": window, "step": step, "windows": windows}
    _need_used(metric, noise_precision, dependent | {"runs": runs, "noise_by": noise_by})
    sources, place = _sources_and_out(activity, out, overwrite)
    _need_one_task(task, {"stimuli": stimuli, "targets": targets})
    fields = with_targets(mapping(map), targets) | ({"chunks": chunks} if chunks else {})
    need_file(place, [*recordings(sources, fields), *named(task, stimuli, targets)], overwrite)
    chosen_task = task_of(task, per_class) if task not in (None, "none") else None
    data = _in_windows(activity_of(sources, fields, windows, runs), window, step)
    asked = task is None and "hidden" not in data
    chosen_task = task_in_recording(data, stimuli, targets) if asked else chosen_task
    settings: dict[str, Any] = {"noise_precision": noise_precision, "noise_by": noise_by}
    settings |= {"baseline": baseline, "weighting": weighting}
    settings |= {"regions": regions, "searchlight": searchlight, "time": time, "per_channel": per_channel}
    settings |= {"variance": variance, "prior_lambda": prior_lambda, "prior_weight": prior_weight, "device": device}
    settings |= {} if shrinkage is None else {"shrinkage": shrinkage}
    traj = trajectory(data, chosen_task, metric, **settings)
    if draws is not None:
        from neurouniv.universality.scores.start_ceiling import start_ceiling

        traj = traj.assign(start_var=start_ceiling(traj, draws=draws).start_var)
    save(traj, place)
    say(f"{place}: {movie_text(need_values(load(place, chunks={})))}")
    if traj.sizes["time"] == 2:
        say(f"Two times are too few for a law; what changed between them: neurouniv change {place}")
    if asked:
        say(task_text(traj))


def _need_used(metric: str, noise_precision: str | None, options: dict[str, Any]) -> None:
    """Raise `InputError` where an option lacks the option that it goes with."""
    whitened = noise_precision or metric == "mahalanobis"
    by_run = whitened or options["windows"] is not None or metric in ("crossnobis", "poisson_cv")
    for name, there, other in (
        ("baseline", noise_precision == "baseline", "--noise-precision baseline"),
        ("shrinkage", whitened, "--noise-precision residuals or baseline, or --metric mahalanobis"),
        ("noise_by", whitened, "--noise-precision residuals or baseline, or --metric mahalanobis"),
        ("step", options["window"] is not None, "--window, the width of sliding windows"),
        ("runs", by_run, "a metric crossvalidated over them: --metric crossnobis or poisson_cv"),
    ):
        if options[name] is not None and not there:
            option = f"--{name.replace('_', '-')}"
            raise InputError(f"{option} goes with {other}, which did not come. Add it, or leave {option} out.")


def _need_one_task(task: str | None, parts: dict[str, str | None]) -> None:
    """Raise `InputError` where a whole task comes with options for parts of one."""
    amiss = [f"--{name}" for name, value in parts.items() if value is not None]
    if task is not None and amiss:
        raise InputError(f"--task gives stimuli and targets; {' and '.join(amiss)} gives them too. Leave one out.")


def _sources_and_out(paths: list[Path], out: Path | None, overwrite: bool) -> tuple[list[Path], Path]:
    """The files of activity, and the trajectory's: --out, or the second of two."""
    if out is not None:
        return paths, out
    if len(paths) == 2:
        if paths[1].exists() and not overwrite:
            raise InputError(
                f"Of two paths the second is where the trajectory goes, and '{paths[1]}' is there already. If both are "
                "recordings, name another for it: --out traj.nc. If it is to be replaced: --overwrite"
            )
        return paths[:1], paths[1]
    number = "one path" if len(paths) == 1 else f"{len(paths)} paths"
    raise InputError(f"The trajectory needs a file to go to; got {number}. Name it: --out traj.nc")


def _in_windows(data: xr.Dataset, window: float | None, step: float | None) -> xr.Dataset:
    from neurouniv.rdm.movie.windows import sliding_windows

    if window is None:
        return data
    if "activity" not in data:
        raise InputError("--window slides over the time within trials, which networks do not have. Leave it out.")
    return sliding_windows(data, window, step)


@app.command
def rdms(
    file: Path,
    out: Path,
    *,
    map: Fields = None,
    metric: str | None = None,
    squared: Choice = None,
    units: str | None = None,
    axis: Literal["learning", "within_trial"] | None = None,
    time_units: str | None = None,
    missing: Literal["raise", "keep"] = "raise",
    n_channels: int | None = None,
    task: str | None = None,
    per_class: int = 3,
    overwrite: Overwrite = False,
) -> None:
    """Make a trajectory of RDMs that are computed already.

    Example: neurouniv rdms dist.mat traj.nc --map rdms=dist dims=subject time=1,2,3 --metric crossnobis

    Parameters
    ----------
    file
        MATLAB .mat, .npz, .npy, netCDF, zarr, or HDF5 of rsatoolbox.
    out
        Where the trajectory goes, .nc or .zarr.
    map
        What is what, name=field: rdms, condition, time; dims, the dimensions before the conditions (dims=subject,time),
        and each one's labels (subject=sn). Values themselves are joined by commas: time=1,2,3.
    metric
        The measure: sqeuclidean, mahalanobis, crossnobis, correlation, cosine, ..., or any other word with --squared.
    squared
        Whether values are squared distances; those that are not are squared.
    units
        Of the values.
    axis
        What time is: learning (default), or within_trial.
    time_units
        Of time: days, s, ...
    missing
        Where a dissimilarity is NaN: raise, or keep.
    n_channels
        The number of channels, where the distances were divided by it.
    task
        The task behind the conditions, which laws need: two_points, xor, digits, contexts, or a file that holds one,
        see neurouniv rdm --help.
    per_class
        How many images of each digit the task digits has.
    """
    from neurouniv.rdm.exchange.read_rdms import read_rdms
    from neurouniv.storage import load, save

    need_file(out, [file, *named(task)], overwrite)
    settings: dict[str, Any] = {"metric": metric, "squared": squared, "units": units, "axis": axis}
    settings |= {"time_units": time_units, "missing": missing, "n_channels": n_channels}
    chosen_task = None if task is None else task_of(task, per_class)
    traj = read_rdms(file, task=chosen_task, **_no_twice(mapping(map), settings))
    save(traj, out)
    say(f"{out}: {movie_text(load(out, chunks={}))}")
    if traj.sizes.get("time") == 2:
        say(f"Two times are too few for a law; what changed between them: neurouniv change {out}")


def _no_twice(fields: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """`fields` and `settings` together; raise `InputError` where a field is an option of its own."""
    amiss = [name for name in fields if name in settings or name in ("task", "between")]
    if amiss:
        option = amiss[0].replace("_", "-")
        raise InputError(f"--map names fields and labels; {amiss[0]} is an option of its own: --{option}.")
    return fields | settings
