"""The commands that fit laws to trajectories and compare them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import xarray as xr
from cyclopts import Parameter

from neurouniv.arguments import activity_of, constants_text, law_of, mapping, scores_text, task_of
from neurouniv.commands.app import Fields, Several, Stimuli, Targets, app, say, shown
from neurouniv.schema import InputError

Limits = Annotated[tuple[float, float] | None, Parameter(negative=())]
Choice = Annotated[bool | None, Parameter(show_default=False)]


@app.command
def rdm(
    activity: Several,
    *,
    out: Path | None = None,
    map: Fields = None,
    task: str | None = None,
    stimuli: Stimuli = "names",
    targets: Targets = "names",
    per_class: int = 3,
    metric: str = "sqeuclidean",
    noise: Literal["residuals", "baseline"] | None = None,
    shrinkage: float | str | None = None,
    baseline: Limits = None,
    weighting: Literal["runs", "training", "trials"] = "runs",
    regions: str | None = None,
    time: Literal["session", "latency"] | None = None,
    windows: int | None = None,
    window: float | None = None,
    step: float | None = None,
    per_channel: Choice = None,
    variance: Choice = None,
    chunks: str | None = None,
    device: str = "cpu",
) -> None:
    """Make a trajectory (an RDM movie) from activity of networks or a recording.

    Example: neurouniv rdm runs.nc traj.nc

    Example: neurouniv rdm brain.nwb traj.nc --task digits --metric crossnobis

    Example: neurouniv rdm day*.nwb --out traj.nc --map condition=stimulus_id --metric crossnobis --noise residuals

    Example: neurouniv rdm subject-epo.fif traj.nc --metric mahalanobis --noise baseline --baseline -0.2 0
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
        The task behind a recording, which laws need: two_points, xor, digits, contexts, a file that holds one, or
        none; by default a guess from the conditions' names.
    stimuli
        Where the guess takes the stimuli's geometry from: the parts of the names (car_lower), or the first session.
    targets
        What the guess says that conditions ask for: the first part of their names, or their angle in degrees.
    per_class
        How many images of each digit the task digits has.
    metric
        sqeuclidean, mahalanobis, correlation, cosine, poisson; crossvalidated over runs: crossnobis, poisson_cv.
    noise
        What whitens (mahalanobis, crossnobis): residuals of the trials, or the latencies of a baseline.
    shrinkage
        Of the covariance of noise: ledoit_wolf (default), oas, shrinkage_eye, shrinkage_diag, diag, full, or a number
        from 0 to 1.
    baseline
        First and last latency of the baseline, in s: -0.2 0.
    weighting
        Of runs in a crossvalidated metric: all alike, each against all trials of the others, or by pairs of trials.
    regions
        A label of channels (location, roi, channel_type); each region has distances of its own.
    time
        What is time where there are sessions and latencies; the other is a batch. Default: sessions.
    windows
        Make a learning axis of so many windows of trials (folds from alternating trials).
    window
        Average over sliding windows of this many seconds within the trial.
    step
        From one sliding window to the next, in s; default side by side.
    per_channel
        Whether to divide by the number of channels; default where it differs between sessions or subjects.
    variance
        Whether to give the distances' sampling variance; default of crossnobis with three runs or more.
    chunks
        Read a netCDF file or zarr store in chunks, out of core: auto, own, or a number (of trials, latencies, ...).
    device
        cpu, cuda, or auto.
    """
    from neurouniv.design import recorded_task
    from neurouniv.rdm import trajectory
    from neurouniv.storage import load, save

    _need_used(metric, noise, {"baseline": baseline, "shrinkage": shrinkage, "window": window, "step": step})
    sources, place = _sources_and_out(activity, out)
    known = task_of(task, per_class) if task not in (None, "none") else None
    fields = mapping(map) | ({"chunks": chunks} if chunks else {})
    data = _in_windows(_activity(sources, fields, windows), window, step)
    guessed = task is None and "hidden" not in data
    settings: dict[str, Any] = {"noise": noise, "baseline": baseline, "weighting": weighting, "regions": regions}
    settings |= {"time": time, "per_channel": per_channel, "variance": variance, "device": device}
    settings |= {} if shrinkage is None else {"shrinkage": shrinkage}
    traj = trajectory(data, recorded_task(data, stimuli, targets) if guessed else known, metric, **settings)
    save(traj, place)
    say(f"{place}: {_movie_text(load(place, chunks={}))}")
    if guessed:
        say(_guess_text(traj))


def _need_used(metric: str, noise: str | None, given: dict[str, Any]) -> None:
    """Every option that is given has what it is for."""
    whitened = noise or metric == "mahalanobis"
    for name, there, other in (
        ("baseline", noise == "baseline", "--noise baseline"),
        ("shrinkage", whitened, "--noise residuals or baseline, or --metric mahalanobis"),
        ("step", given["window"] is not None, "--window, the width of sliding windows"),
    ):
        if given[name] is not None and not there:
            raise InputError(f"--{name} goes with {other}, which did not come. Add it, or leave --{name} out.")


def _sources_and_out(paths: list[Path], out: Path | None) -> tuple[list[Path], Path]:
    """The files of activity, and the trajectory's: --out, or the second of two."""
    if out is not None:
        return paths, out
    if len(paths) == 2:
        return paths[:1], paths[1]
    told = "one path" if len(paths) == 1 else f"{len(paths)} paths"
    raise InputError(f"The trajectory needs a file to go to; {told} came. Name it: --out traj.nc")


def _activity(sources: list[Path], fields: dict[str, Any], windows: int | None) -> xr.Dataset:
    """What `neurouniv train` wrote, or a recording of one file or several."""
    from neurouniv.systems.recordings import learning_axis, read_recording

    if len(sources) == 1:
        return activity_of(sources[0], fields, windows)
    rec = read_recording(sources, **fields)
    return learning_axis(rec, windows=windows) if windows else rec


def _in_windows(data: xr.Dataset, window: float | None, step: float | None) -> xr.Dataset:
    from neurouniv.rdm import sliding_windows

    if window is None:
        return data
    if "activity" not in data:
        raise InputError("--window slides over the time within trials, which networks do not have. Leave it out.")
    return sliding_windows(data, window, step)


def _movie_text(traj: xr.Dataset) -> str:
    """A trajectory in a line: distances, pairs, times, batches, units, and what is missing."""
    h, time = traj.h, traj.time
    ends = f"{time.values[0]:g} to {time.values[-1]:g} {time.attrs.get('units', '')}".strip()
    axis = {"learning": "learning", "within_trial": "within the trial"}.get(time.attrs.get("axis"), "time")
    batches = "".join(f", {n} x {dim}" for dim, n in h.sizes.items() if dim not in ("time", "pair"))
    missing = int(h.isnull().sum())
    gaps = f"; {missing} of {h.size} missing (NaN)" if missing else ""
    pairs = f"{h.sizes['pair']} pairs of {traj.sizes['condition']} conditions"
    units = h.attrs.get("units", "1").removeprefix("1 ")
    return (
        f"{h.attrs.get('metric', 'distances')} of {pairs} at {time.size} times ({axis}, {ends}){batches}"
        f"{'' if units == '1' else f', in {units}'}{', with h_var' if 'h_var' in traj else ''}{gaps}"
    )


def _guess_text(traj: xr.Dataset) -> str:
    """What the task is that nobody gave."""
    alike = all(np.allclose(traj[name], traj[name][0]) for name in ("dx2", "dy2"))
    told = ", which set all pairs equally far apart: a law then says the same of all" if alike else ""
    return f"task: a guess from the conditions' names{told}. Another: --task FILE, --stimuli first, or --task none"


@app.command
def fit(trajectory: Path, *, law: str = "universal", out: Path | None = None) -> None:
    """Fit a law to a trajectory and say its constants.

    Example: neurouniv fit traj.nc --law universal --out constants.nc

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`.
    law
        universal, collective, or a rival: static, exponential, gain, lazy, target, free, or an altered equation.
    """
    from neurouniv.storage import save

    fitted = law_of(law).fit(_movie(trajectory))
    say(constants_text(fitted.constants_))
    if out is not None:
        save(fitted.constants_, out)


def _movie(path: Path) -> xr.Dataset:
    """A trajectory from its file; of what else is there the command that makes one."""
    from neurouniv.storage import load

    there = path.exists()
    found = load(path) if path.suffix in (".nc", ".zarr") or not there else xr.Dataset()
    if "h" not in found:
        raise InputError(f"'{path}' holds no trajectory. Make one: neurouniv rdm {path} --out traj.nc")
    return found


@app.command
def compare(
    trajectories: Several,
    *,
    out: Path,
    laws: Fields = None,
    split: Literal["conditions", "times", "none"] = "conditions",
    comparator: str = "corr",
    folds: int = 2,
    repeats: int = 4,
    seed: int = 0,
) -> None:
    """Compare laws on held-out data.

    Example: neurouniv compare network.nc brain.nc --out comparison.nc

    Parameters
    ----------
    trajectories
        Files of `neurouniv rdm`, one for each system.
    laws
        Which laws; by default universal, static, exponential, step, gain and target.
    split
        What is held out: conditions, (later) times, or none.
    comparator
        How RDMs are compared: corr, cosine, spearman, rho-a, tau-a, corr_cov, cosine_cov.
    """
    from neurouniv.laws import COMPARED
    from neurouniv.storage import save
    from neurouniv.universality import compare as compare_laws

    chosen = [law_of(name) for name in laws or ("universal", *COMPARED)]
    systems = {path.stem: _movie(path) for path in trajectories}
    data: Any = systems if len(systems) > 1 else systems[trajectories[0].stem]
    settings = {"folds": folds, "repeats": repeats, "comparator": comparator, "seed": seed, "progress": shown()}
    result = compare_laws(chosen, data, None if split == "none" else split, **settings)
    save(result, out)
    say(scores_text(result))


@app.command
def report(result: Path, out: Path = Path("report.html"), *, title: str = "Comparison of laws") -> None:
    """Write a comparison as one self-contained HTML page.

    Example: neurouniv report comparison.nc report.html

    Parameters
    ----------
    result
        A file of `neurouniv compare`.
    """
    from neurouniv.page import report as write
    from neurouniv.storage import load

    say(f"The page is {write(load(result), out, title=title)}")
