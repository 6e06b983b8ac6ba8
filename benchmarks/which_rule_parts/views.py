"""How systems are seen: whole, or through sensors with noise; and what every law predicts of what is held out."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr
from tqdm import tqdm

import neurouniv as nu
from neurouniv.laws.integrated import IntegratedLaw
from neurouniv.systems.brains.record import record_patterns
from neurouniv.universality.held_out.predictions import predictions
from neurouniv.universality.held_out.splits import partition
from which_rule_parts.systems import Setting

TESTED = (
    "universal", "feedback_alignment", "kolen_pollack", "weight_mirror", "predictive_coding", "weight_decay",
    "node_perturbation", "tangent", "identity", "static", "exponential", "step", "gain", "target",
)  # fmt: skip
SPIKES = {"rate_gain": 10.0, "baseline": 10.0}


def whole(given: Setting, patterns: xr.DataArray) -> xr.Dataset:
    """Trajectories (system, time, pair) without noise, of networks."""
    hidden = patterns.expand_dims("layer", axis=1).assign_coords(
        condition=given.task.condition.values, time=np.linspace(0, 1, patterns.sizes["time"])
    )
    runs = xr.Dataset({"hidden": hidden, "stimuli": given.task.stimuli, "targets": given.task.targets})
    runs = runs.assign_coords(layer=[0])
    runs["time"].attrs = {"units": "1", "axis": "learning"}
    runs.attrs["history"] = '[{"step": "train", "version": "0", "settings": {}}]'
    return nu.trajectory(runs).isel(layer=0, drop=True)


def seen_through(given: Setting, patterns: xr.DataArray, sensor: str, snr: float) -> xr.Dataset:
    """Trajectories (system, time, pair) by crossnobis, of 12 trials a condition and session and 60 neurons."""
    trajectories = []
    for i in range(patterns.sizes["system"]):
        units = np.flatnonzero(patterns[i].any(("time", "condition")).values)
        population = patterns[i].isel(unit=units).rename(time="session")
        population = population.assign_coords(condition=given.task.condition.values.astype(str))
        rec = record_patterns(
            population, sensor, repeats=12, runs=4, channels=min(60, len(units)), snr=snr, seed=1000 * given.place + i,
            **SPIKES,
        )  # fmt: skip
        trajectories.append(nu.trajectory(rec, given.task, metric="crossnobis"))
    return xr.concat(
        trajectories, "system", data_vars=["h", "h_var"], coords="minimal", compat="override",
        combine_attrs="override",
    )  # fmt: skip


def held_out(traj: xr.Dataset, laws: tuple[str, ...] = TESTED) -> xr.Dataset:
    """Every law's predictions of the pairs held out, `predicted` (law, system, time, test_pair), beside `observed`."""
    traj = traj.drop_vars([name for name in ("y", "w", "output") if name in traj])
    parts = partition(traj, "conditions", 2, 1, 0.5, 0)
    pairs = [part.test["h"].transpose("system", "time", "pair") for part in parts]
    names = [traj["condition"].values.astype(str).tolist()] * len(parts)
    ends = [[[n.index(e) for e in part.test[end].values.astype(str)] for end in ("first", "second")] for part, n in
            zip(parts, names, strict=True)]  # fmt: skip
    result = {
        "observed": (("system", "time", "test_pair"), np.concatenate([p.values for p in pairs], axis=-1)),
        "end": (("which", "test_pair"), np.concatenate([np.array(e) for e in ends], axis=-1)),
        "fold": ("test_pair", np.repeat(np.arange(len(parts)), [p.sizes["pair"] for p in pairs])),
        "time": ("time", traj["time"].values),
    }
    if "h_var" in traj:
        variance = [part.test["h_var"].transpose("system", "time", "pair").values for part in parts]
        result["variance"] = ("system", "time", "test_pair"), np.concatenate(variance, axis=-1)
    predicted, converged, constants = [], [], {}
    for name in laws:
        law = nu.LAWS[name]()
        law = law.briskly() if isinstance(law, IntegratedLaw) else law
        with warnings.catch_warnings(), tqdm(disable=True) as bar:
            warnings.simplefilter("ignore")
            found = predictions(law, parts, bar)
        predicted.append(np.concatenate([f.h.transpose("system", "time", "pair").values for f in found], axis=-1))
        fits = xr.concat([f.constants for f in found], "part", join="override", compat="override", coords="minimal",
                         combine_attrs="drop")  # fmt: skip
        converged.append(fits["converged"].transpose("part", "system").values)
        for constant in fits:
            if f"{constant}_interval" in fits or constant in ("loss",):
                constants[f"{name}:{constant}"] = ("part", "system"), fits[constant].transpose("part", "system").values
    result["predicted"] = ("law", "system", "time", "test_pair"), np.stack(predicted)
    result["converged"] = ("law", "part", "system"), np.stack(converged)
    return xr.Dataset(result | constants, {"law": list(laws)})
