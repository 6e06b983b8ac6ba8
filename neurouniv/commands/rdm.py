"""The command that makes trajectories of activity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from neurouniv.commands.arguments import activity_of, mapping, task_of
from neurouniv.commands.choices import Metric
from neurouniv.commands.help_groups import MORE, NOISE, TIME
from neurouniv.commands.options import Choice, Device, Overwrite, PerClass, Several, Words
from neurouniv.commands.outputs import named, need_file, recordings
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

IN_NOISE, IN_TIME, IN_MORE = Parameter(group=NOISE), Parameter(group=TIME), Parameter(group=MORE)
Limits = Annotated[tuple[float, float] | None, Parameter(negative=(), group=NOISE)]
OfTask = Annotated[str | None, Parameter(show_default=False)]
TIME_OF = {"learning": "session", "within_trial": "latency", None: None}
"""What is time, by what time is."""


def rdm(
    activity: Several,
    *,
    out: Path | None = None,
    metric: Metric = "sqeuclidean",
    map: Words = None,
    task: str | None = None,
    stimuli: OfTask = None,
    targets: OfTask = None,
    per_class: PerClass = 3,
    runs: int | None = None,
    windows: int | None = None,
    axis: Annotated[Literal["learning", "within_trial"] | None, IN_TIME] = None,
    window: Annotated[float | None, IN_TIME] = None,
    step: Annotated[float | None, IN_TIME] = None,
    regions: Annotated[str | None, IN_TIME] = None,
    searchlight: Annotated[float | None, IN_TIME] = None,
    noise_precision: Annotated[Literal["residuals", "baseline"] | None, IN_NOISE] = None,
    noise_by: Annotated[Literal["session", "run"] | None, IN_NOISE] = None,
    shrinkage: Annotated[float | str | None, IN_NOISE] = None,
    baseline: Limits = None,
    weighting: Annotated[Literal["runs", "training", "trials"], IN_NOISE] = "runs",
    per_channel: Annotated[Choice, IN_MORE] = None,
    variance: Annotated[Choice, IN_MORE] = None,
    prior_lambda: Annotated[float | None, IN_MORE] = None,
    prior_weight: Annotated[float | None, IN_MORE] = None,
    draws: Annotated[int | None, IN_MORE] = None,
    chunks: Annotated[str | None, IN_MORE] = None,
    device: Annotated[Device, IN_MORE] = "cpu",
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Make an RDM movie (a trajectory) of activity.

    Example: neurouniv rdm runs.nc traj.nc

    Example: neurouniv rdm brain.mat traj.nc --map condition=stimulus --runs 4 --metric crossnobis

    Example: neurouniv rdm runs.nc traj.nc --draws 4

    Example: neurouniv rdm brain.nwb traj.nc --task digits --metric crossnobis

    Example: neurouniv rdm day*.nwb --out traj.nc --map condition=odour --metric crossnobis --noise-precision residuals

    Example: neurouniv rdm day.nwb traj.nc --map condition=odour targets=rewarded --stimuli odours.csv

    Example: neurouniv rdm day.nwb traj.nc --map condition=odour --task odours.csv

    Example: neurouniv rdm subject-epo.fif traj.nc --metric mahalanobis --noise-precision baseline --baseline -0.2 0
    --window 0.05 --step 0.01

    JSON: metric, units, conditions, pairs, times, axis, dims, missing, task, files

    Parameters
    ----------
    activity
        A file of `neurouniv train`, or recordings. Recordings are what `neurouniv read` reads. After one file comes
        that of the trajectory; where there are several, it is --out.
    out
        Where the result goes: a trajectory, .nc or .zarr.
    map
        What is what in a file, as name=field. As in `neurouniv read`.
    task
        The task: two_points, xor, digits, contexts, or a file. Laws need it, and of a recording it is not known. A
        table has a row a condition, with columns condition, stimulus... and target..., of numbers or words:
        "condition,stimulus_chain,target" and below "hexanal,6,go", "limonene,10,stop". Or .npz with the arrays
        condition, stimuli and targets; or .nc, of neurouniv.save(neurouniv.tasks.from_arrays(stimuli, targets, names),
        "task.nc"). With none there is no task.
    stimuli
        What the conditions are to the senses: a table, names or first. A table has a row a condition (columns
        condition, and any others); names, the parts of the conditions' names (car_lower), is a guess and the default;
        first is the first session.
    targets
        What the conditions ask for: a field, a table, angles or names. A field of the recording with one value a
        condition (as --map targets=FIELD), a table with a row a condition, angles (their names in degrees), or names,
        the first part of their names, which is a guess and the default.
    metric
        The measure of dissimilarity. crossnobis and poisson_cv are crossvalidated over runs.
    noise_precision
        What whitens (mahalanobis, crossnobis): residuals of the trials, or the latencies of a baseline.
    noise_by
        Whose noise is estimated: of each session its own, or of each run. By default all share one matrix.
    shrinkage
        Of the covariance of noise: ledoit_wolf (default), oas, shrinkage_eye, shrinkage_diag, diag, full, or a number
        from 0 to 1.
    baseline
        First and last latency of the baseline, in s: -0.2 0.
    weighting
        Of runs in a crossvalidated metric: all alike, each against all trials of the others, or by pairs of trials.
    regions
        A label of channels, each value of which has distances of its own. Such as location, roi, region, channel_type.
    searchlight
        Radius in mm about every voxel. Each neighbourhood has distances of its own.
    axis
        What time is. learning: sessions; within_trial: latencies. Of both the other is a batch; by default learning.
    windows
        Windows of trials that make a learning axis. In runs of alternating trials.
    runs
        Runs in a session. Trials of a condition take turns in them; they replace runs that are there.
    window
        Seconds within the trial that a sliding window averages over.
    step
        From one sliding window to the next, in s. By default side by side.
    per_channel
        Divide by the number of channels. By default where it differs between sessions or subjects.
    variance
        Give the distances' sampling variance. By default of crossnobis with three runs or more.
    prior_lambda
        Of poisson and poisson_cv: the rate expected of a channel, in the unit of activity. By default 1.
    prior_weight
        The weight of this expectation, in observations. By default 0.1.
    draws
        Trainings that tell how much the start of networks tells. All above the layer is drawn anew in each; what comes
        out (start_var) bounds every law. It takes as long as so many trainings.
    chunks
        Read a netCDF file or zarr store in chunks, out of core: auto, own, or a number (of trials, latencies, ...).
    """
    from neurouniv.commands.movie_text import movie_fields, movie_text
    from neurouniv.commands.tasks import task_in_recording, task_text, with_targets
    from neurouniv.progress import clock
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
    settings |= {"regions": regions, "searchlight": searchlight, "time": TIME_OF[axis], "per_channel": per_channel}
    settings |= {"variance": variance, "prior_lambda": prior_lambda, "prior_weight": prior_weight, "device": device}
    settings |= {} if shrinkage is None else {"shrinkage": shrinkage}
    with clock("distances", speech.progress):
        traj = trajectory(data, chosen_task, metric, **settings)
    if draws is not None:
        from neurouniv.universality.scores.start_ceiling import start_ceiling

        known = start_ceiling(traj, draws=draws, progress=speech.progress)
        traj = traj.assign(start_var=known.start_var)
    with clock("distances, written", speech.progress):
        save(traj, place)
    movie = need_values(load(place, chunks={}))
    speech.say(f"{place}: {movie_text(movie)}")
    if traj.sizes["time"] == 2:
        speech.say(f"Two times are too few for a law; what changed between them: neurouniv change {place}")
    if asked:
        speech.say(task_text(traj))
    return {**movie_fields(movie), "task": task_text(traj) if asked else None, "files": [place]}


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
