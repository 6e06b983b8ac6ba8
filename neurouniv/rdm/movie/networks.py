"""RDM movies of networks over training: activity of every condition at every time, without noise."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.labels import joined, labelled, names_of, over_pairs
from neurouniv.rdm.measures import MEASURES, Measure, difference_products
from neurouniv.rdm.movie.movie import of_patterns
from neurouniv.rdm.movie.no_values import tell_flat
from neurouniv.rdm.movie.options import Options
from neurouniv.rdm.noise.precision import given_precision
from neurouniv.rdm.representable import need_representable, tell_outweighed
from neurouniv.schema import LEARNING, InputError, finite, need_dims, warn

REMEDY = "`neurouniv.train` makes it."
WHAT = {"unit": "hidden activity", "output": "output"}


def of_networks(runs: xr.Dataset, task: xr.Dataset | None, options: Options) -> xr.Dataset:
    """`h`, `y` and `w` (..., time, pair), and `norm` (..., time, condition) beside squared Euclidean distances."""
    hidden = runs["hidden"]
    need_dims(hidden, ("time", "condition", "unit"), "The hidden activity of networks", REMEDY)
    if task is None and {"stimuli", "targets"} <= set(runs.variables):
        task = runs
    names, task = joined(names_of(hidden, "The activity of networks"), task)
    _tell_diverged(hidden)
    noise_precision = options.noise_precision
    precision = None if noise_precision is None else given_precision(noise_precision, hidden.sizes["unit"])
    h = distances(hidden, names, "unit", options.measure, precision, options.device)
    _tell_flat(h, hidden, names, options.measure)
    units, divide = hidden.sizes["unit"], bool(options.per_channel)
    h = (h / units if divide else h).assign_attrs(n_channels=units, per_channel=int(divide))
    variables = {"h": h}
    if options.metric == "sqeuclidean":  # other distances are not in the unit of these lengths
        lengths = squared_lengths(hidden, names)
        variables["norm"] = (lengths / units if divide else lengths).assign_attrs(lengths.attrs)
    if "output" in runs:
        variables |= predictions(runs["output"], names, task)
        output = _ordered(runs["output"], names).astype(float)
        variables["output"] = output.transpose(..., "time", "condition", "output")
    traj = labelled(xr.Dataset(variables), names, task)
    return traj.assign_coords(time=("time", runs["time"].values, {"axis": LEARNING, **runs["time"].attrs}))


def _tell_flat(h: xr.DataArray, hidden: xr.DataArray, names: np.ndarray, measure: Measure) -> None:
    """Warn of patterns without a direction, where activity itself is not missing."""
    if h.chunks is not None:
        return
    there = finite(_ordered(hidden, names)).all("unit").transpose(*h.dims[:-1], "condition")
    time = h.dims.index("time")
    tell_flat(h.values, there.values, names, measure, lambda frame: f" at time {h['time'].values[frame[time]]:g}")


def distances(
    array: xr.DataArray,
    names: np.ndarray,
    channel: str,
    measure: Measure = MEASURES["sqeuclidean"],
    precision: np.ndarray | None = None,
    device: str = "cpu",
) -> xr.DataArray:
    """Distances (..., time, pair) of `array` (..., time, condition, channel), conditions ordered as `names`."""

    what = WHAT[channel]

    def named(condition: int) -> str:
        return f" of condition '{names[condition]}'"

    def of_chunk(patterns: np.ndarray) -> np.ndarray:
        measure.check(patterns)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
            values = of_patterns(patterns, measure.distances, precision, device)
        if measure.power:
            need_representable(values, patterns, what, measure.power, place=lambda index: named(index[-2]))
            tell_outweighed(patterns, lambda: np.abs(patterns).max(-1), what, lambda _, condition: named(condition))
        return values

    return over_pairs(of_chunk, _ordered(array, names), channel=channel).transpose(..., "time", "pair")


def squared_lengths(hidden: xr.DataArray, names: np.ndarray) -> xr.DataArray:
    """Squared lengths |h|^2 (..., time, condition), which together with the distances tell where the origin lies."""
    lengths = xr.apply_ufunc(
        lambda patterns: np.einsum("...u,...u->...", patterns, patterns, dtype=float),
        _ordered(hidden, names),
        input_core_dims=[["unit"]],
        dask="parallelized",
        output_dtypes=[float],
        dask_gufunc_kwargs={"allow_rechunk": True},
    )
    return lengths.transpose(..., "time", "condition").assign_attrs(long_name="squared length of the representation")


def predictions(output: xr.DataArray, names: np.ndarray, task: xr.Dataset | None) -> dict[str, xr.DataArray]:
    """`y` = |dy|^2 and, where targets are known, `w` = y - dy*.dy, both (..., time, pair).

    `output` is (..., time, condition, output). Computed as dy.(dy - dy*), w stays accurate where the prediction is
    nearly right.
    """
    need_dims(output, ("time", "condition", "output"), "The output", REMEDY)
    y = distances(output, names, "output").assign_attrs(long_name="squared distance of the predictions")
    if task is None:
        return {"y": y}
    ordered = _ordered(output, names).astype(float)
    w = over_pairs(difference_products, ordered, ordered - _targets(output, task), channel="output")
    w = w.transpose(..., "time", "pair")
    return {"y": y, "w": w.assign_attrs(long_name="alignment error of the predictions")}


def _targets(output: xr.DataArray, task: xr.Dataset) -> xr.DataArray:
    targets = task["targets"].transpose(..., "condition", "output")
    if targets.sizes["output"] != output.sizes["output"]:
        raise InputError(
            f"Activity and task need the same outputs; `output` has {output.sizes['output']}, the task's targets "
            f"{targets.sizes['output']}. Is this the task that was learned?"
        )
    return targets.astype(float).drop_vars([name for name in ("condition", "output") if name in targets.coords])


def _ordered(array: xr.DataArray, names: np.ndarray) -> xr.DataArray:
    """`array` with its conditions in the order of `names`, labels of the last two dims dropped."""
    own_names = names_of(array, "Activity")
    if not np.array_equal(own_names, names):
        position = {name: place for place, name in enumerate(own_names)}
        if absent := [name for name in names if name not in position]:
            raise InputError(f"Hidden activity and output need the same conditions; `output` lacks {absent[:6]}.")
        array = array.isel(condition=[position[name] for name in names])
    inner = [name for name, c in array.coords.items() if {"condition", "unit", "output"} & set(c.dims)]
    return array.drop_vars(inner)


def _tell_diverged(hidden: xr.DataArray) -> None:
    bad = ~finite(hidden).all(["condition", "unit"])
    if not bool(bad.any()):
        return
    others = [dim for dim in bad.dims if dim != "time"]
    members = int(bad.any("time").sum()) if others else 1
    start = hidden["time"].values[int(np.argmax(bad.any(others).values))]
    warn(
        f"Hidden activity is not finite in {members} of {bad.any('time').size} networks and layers, first at time "
        f"{start:g}; their distances are missing (NaN) there. Did training diverge? Try a lower learning rate."
    )
