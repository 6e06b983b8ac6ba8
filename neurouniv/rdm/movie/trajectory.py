"""Activity becomes a trajectory: the RDM at every time."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.rdm.movie.networks import of_networks
from neurouniv.rdm.movie.no_values import need_values
from neurouniv.rdm.movie.options import Options, checked
from neurouniv.rdm.movie.recordings import of_recording
from neurouniv.rdm.movie.searchlight import searchlight as searchlights
from neurouniv.rdm.noise.model_residuals import freedom_of
from neurouniv.rdm.noise.precision import RESIDUALS
from neurouniv.renamed import renamed
from neurouniv.schema import InputError, check_trajectory, with_history
from neurouniv.tasks.origin import without_origin

TOLD = ("metric", "noise_precision", "noise_by", "weighting", "prior_lambda", "prior_weight")
"""The settings that the attributes of distances name."""


@renamed(noise="noise_precision")
@public
def trajectory(
    activity: xr.Dataset,
    task: xr.Dataset | None = None,
    metric: str = "sqeuclidean",
    noise_precision: Any = None,
    *,
    shrinkage: Any = "ledoit_wolf",
    baseline: tuple[float, float] | None = None,
    time: str | None = None,
    regions: str | xr.DataArray | None = None,
    searchlight: float | None = None,
    weighting: str = "runs",
    per_channel: bool | None = None,
    variance: bool | None = None,
    prior_lambda: float | None = None,
    prior_weight: float | None = None,
    noise_by: str | None = None,
    device: str = "cpu",
) -> xr.Dataset:
    """The RDM movie of networks or of a recording, with the predictions' distances where outputs are known.

    Networks have `hidden` (..., time, condition, unit); a recording has `activity` (trial, channel[, latency]) with
    the trial coordinate `condition`, and `session`, `run` and `subject` where known. Time is learning: the networks'
    time, or the sessions of a recording that has at least two (latency is then a batch). A recording of one session
    has the latency within the trial as its time, and its attribute `axis` says "within_trial"; one without latencies
    gives one RDM, a single time whose `axis` is "one_frame". Every other dimension is a batch, subjects too where there
    are at least two.

    Where channels differ between sessions or subjects, the boolean coordinate `recorded` (trial, channel) says which
    there are; distances use those recorded in all trials of a session. Distances are never crossvalidated, nor
    trials averaged, across sessions or subjects.

    Chunked (dask) activity stays lazy: every chunk is read once, when the result is computed, and memory holds a few
    chunks beside the means of trials. Values that are not finite are then told at that time. Noise estimated from the
    recording is computed in the call: with "residuals" every chunk is read twice, once for means and once for what
    these leave, and the distances come computed.

    Parameters
    ----------
    activity : Dataset of networks (`neurouniv.train`) or of a recording (`neurouniv.read_recording`).
    task : `stimuli` (condition, feature) and `targets` (condition, output), joined by the names of the conditions,
        whose order is the task's. Default: the task that networks carry; conditions of a recording without one are in
        the order of their first appearance. Laws need a task (`neurouniv.tasks.recorded_task`); a movie does not.
    metric : of the means over all trials of a session and condition, which noise makes too far apart:
        "sqeuclidean"; "mahalanobis", whitened by the precision of the noise; "correlation" (1 - r) and "cosine"
        (1 - cosine), of the direction of patterns; "poisson", symmetrised Kullback-Leibler divergence of rates.
        Crossvalidated over `run`, recordings only, unbiased and so negative where noise happens so: "crossnobis",
        squared Euclidean or with `noise_precision` Mahalanobis; "poisson_cv".
    noise_precision : for "mahalanobis" and "crossnobis", the precision matrix (channel, channel) of the noise;
        "residuals" to estimate it from what conditions and runs leave of the trials (the default of "mahalanobis"), or
        from the residuals of a time series where the recording brings them (fMRI: `read_recording(..., residuals=)`);
        "baseline", from the latencies of `baseline`. Default None, for "crossnobis" no whitening. Noise that differs
        is a DataArray (..., channel, channel_), its other dimensions any of subject, session, run and latency (or
        time, whichever that is), joined with the recording by labels, channels too where both have some. A plain stack
        (run, channel, channel) is taken where there is but one thing that there are so many of. Two runs with noise of
        their own meet in the inverse of the mean of their covariances, as in rsatoolbox given a list, and `h_var` is
        not known; "mahalanobis", of means over runs, has the mean covariance of all runs.
    noise_by : whose noise is estimated: "session", of each session (and subject) its own; "run", of each run its own,
        from what conditions leave of the trials there. Distances are then in units of that noise: what changes from
        session to session may be the noise. Default None: all share one matrix.
    shrinkage : how the covariance of noise is shrunk before it is inverted; see `neurouniv.rdm.noise.precision`.
    baseline : first and last latency of the baseline, for noise_precision="baseline".
    time : "session" or "latency", which one is time where a recording has both; the other is a batch. Default:
        sessions, if there are two.
    regions : groups of channels that have distances of their own: the name of a coordinate of channels (an area,
        "roi", "region"), a boolean DataArray (searchlight, channel), whose groups may overlap, or
        `neurouniv.searchlight(rec, radius)`. They become a batch dimension.
    searchlight : the radius in mm of `regions` about every channel, which needs coordinates x, y and z (voxels have
        them); `neurouniv.to_nifti` makes a map of what is had for each.
    weighting : of the runs in a crossvalidated metric: "runs", all alike, so that what all conditions of a run share
        never counts; "training", each run against the mean of all trials of the others, as `rsatoolbox.rdm.calc_rdm`
        does; "trials", all pairs of trials in different runs alike, as `rsatoolbox.rdm.calc_rdm_unbalanced` does. All
        agree where runs have as many trials of every condition.
    per_channel : whether distances are divided by the number of channels. Default: where this number differs between
        sessions or subjects, whose sums could not be compared. Metrics of direction are never divided.
    variance : whether to give `h_var`. Default: of "crossnobis" with at least three runs. True also gives that of
        "sqeuclidean" and "mahalanobis", from how repeats of a condition differ, at the cost of another look at these.
        It is not known of the others: their distances are not linear in products of patterns.
    prior_lambda, prior_weight : of "poisson" and "poisson_cv", the rate expected of a channel, in the unit of activity
        (default 1), and the weight of this expectation in observations (default .1). They keep rates from 0; a rate r
        becomes (r + prior_lambda prior_weight) / (1 + prior_weight), as in rsatoolbox.
    device : "cpu", "cuda", "cuda:1", or "auto" for a GPU where there is one.

    Returns
    -------
    Dataset with `h` (..., time, pair): distances summed over channels, in squared units of activity (for Poisson in its
    units, whitened or of directions 1); `h_var`, their sampling variance; of recordings `trials`
    ([subject, ]condition), how many there are in all; `y` and `w` where outputs are known, and `choices` and
    `choices_w`, the same of mean outputs of a recording: their noise adds to them. Coordinates `time`, `first` and
    `second` (pair), the names; the index `pair`, both names in one label whatever their order, by which xarray joins
    trajectories (`a.h - b.h`); see also `neurouniv.align`. `n_channels` where it differs; `dx2` and `dy2` (pair),
    `stimuli` and `targets` with a task, whose attribute `task_from` is kept. NaN where a session lacks a condition, a
    pair shares fewer than two runs, or a subject lacks a session; a warning says so.

    Raises
    ------
    InputError : the activity or the task cannot be used, conditions do not match, runs do not suffice for any pair,
        no distance has a value, or some are infinite.

    Examples
    --------
    >>> rec = xr.Dataset(
    ...     {"activity": (("trial", "channel"), [[0.0, 0.0], [3.0, 4.0], [0.0, 0.0], [6.0, 8.0]])},
    ...     {"condition": ("trial", ["a", "b", "a", "b"]), "session": ("trial", [1, 1, 2, 2])},
    ... )
    >>> trajectory(rec).h.values.tolist()
    [[25.0], [100.0]]
    """
    _need_activity(activity)
    groups = _regions(activity, regions, searchlight)
    asked = metric, noise_precision, shrinkage, baseline, time, groups, weighting, per_channel, variance, device
    options = Options(*asked, prior_lambda, prior_weight, noise_by)
    networks = "hidden" in activity
    options = checked(options, networks)
    traj = (of_networks if networks else of_recording)(activity, task, options)
    units = None
    if options.noise_precision is None:
        units = activity["hidden" if networks else "activity"].attrs.get("units")
    measure, settings = options.measure, options.told()
    attrs = {name: value for name, value in settings.items() if name in TOLD}
    _describe(traj["h"], measure.long_name, _power(units, measure.power), " per channel")
    traj["h"].attrs.update(attrs | _noise_told(activity, options))
    if "h_var" in traj:
        _describe(traj["h_var"], "sampling variance of h", _power(units, 2 * measure.power), " per channel^2")
    traj = with_history(traj.assign_attrs(without_origin(activity.attrs)), "trajectory", **settings)
    return check_trajectory(traj if traj["h"].chunks is not None else need_values(traj))


def _regions(activity: xr.Dataset, regions: Any, radius: float | None) -> Any:
    if radius is None:
        return regions
    if regions is not None:
        raise InputError("regions and searchlight both say which channels belong together. Give one of them.")
    return searchlights(activity, radius)


def _noise_told(activity: xr.Dataset, options: Options) -> dict[str, str]:
    """What the noise was estimated from, where the recording brings residuals of a model."""
    if "residuals" not in activity or not options.estimated or options.noise_precision != RESIDUALS:
        return {}
    residuals = activity["residuals"]
    freedom = freedom_of(residuals).sum()
    return {"noise_from": f"residuals of {residuals.sizes['sample']} times, {freedom:g} degrees of freedom"}


def _describe(h: xr.DataArray, name: str, units: str, per_channel: str) -> None:
    """Give `h` its name and units; its attribute `per_channel` says whether it was divided by channels."""
    h.attrs.update(long_name=name, units=units + (per_channel if h.attrs.get("per_channel") else ""))


def _need_activity(activity: Any) -> None:
    if not isinstance(activity, xr.Dataset) or not {"hidden", "activity"} & set(activity.variables):
        contents = sorted(map(str, activity.variables)) if isinstance(activity, xr.Dataset) else type(activity).__name__
        raise InputError(
            "A trajectory needs activity, an xarray.Dataset with `hidden` (networks, from `neurouniv.train`) or "
            f"`activity` (a recording, from `neurouniv.read_recording`); found {contents}.{_hint(activity)}"
        )


def _hint(activity: Any) -> str:
    """Advice where a path or a trajectory is given in place of activity."""
    if isinstance(activity, (str, os.PathLike)):
        return f" Read the file first: neurouniv.read_recording('{activity}')."
    if isinstance(activity, np.ndarray):
        shape = "(trial, channel)" if activity.ndim < 3 else "(trial, channel, latency)"
        return (
            f" An array {shape} becomes a recording with the conditions of its trials: "
            "neurouniv.read_recording({'activity': array, 'condition': names})."
        )
    if isinstance(activity, xr.Dataset) and "h" in activity:
        return " With `h` it is a trajectory already."
    return ""


def _power(units: str | None, power: int) -> str:
    """The unit of activity to a power.

    Examples
    --------
    >>> _power("spikes/s", 2), _power("V", 4), _power("V", 1), _power(None, 2)
    ('(spikes/s)^2', 'V^4', 'V', '1')
    """
    if not units or units == "1" or not power:
        return "1"
    if power == 1:
        return units
    return f"{units}^{power}" if units.isalpha() else f"({units})^{power}"
