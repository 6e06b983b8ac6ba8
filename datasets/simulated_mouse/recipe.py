"""A mouse that learns by feedback alignment which of eight odours is rewarded: an NWB file of spikes per session.

Sixty neurons of its network are followed over five sessions; each session records some thirty of them, others every
time, and their numbers (`id` of the unit) say which are the same.

    python datasets/simulated_mouse/recipe.py [FOLDER]
"""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import xarray as xr
from hdmf.common import VectorData, VectorIndex
from pynwb import NWBHDF5IO, H5DataIO, NWBFile
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject
from pynwb.misc import Units
from scipy.spatial.distance import pdist

import neurouniv as nu

NAME = "simulated_mouse"
SEED, SESSIONS, REPEATS, RUNS = 3, 5, 8, 4
NEURONS, PER_SESSION = 60, (26, 30, 34, 28, 32)
LEARNER = {
    "rule": "feedback_alignment",
    "hidden_layers": 1,
    "width": 100,
    "gain": 0.3,
    "nonlinearity": "tanh",
    "lr": 0.02,
}
EPOCHS = 25
"""Between two sessions; the first is before learning."""
BASELINE, RATE_GAIN = 12.0, 12.0
"""Spikes/s of a neuron at no activity, and per unit of activity (which lies between -1 and 1)."""
WINDOW = 0.5
"""Length of a trial in s."""
GAP = 1.0
"""s between trials."""
TICK = 2.0**-11
"""Spike times are kept to this many s: a clock of 2048 Hz, whose times are exact and compress well."""
FIRST_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def task() -> xr.Dataset:
    """Eight odours, mixtures of five components; four of them are rewarded."""
    mixtures = np.random.default_rng(SEED).normal(size=(8, 5)) / 5**0.5
    rewarded = np.array([1, -1, 1, 1, -1, -1, 1, -1])[:, None]
    return nu.tasks.from_arrays(2 * mixtures, 2.0 * rewarded, [f"odour {letter}" for letter in "ABCDEFGH"])


def make(folder: Path) -> None:
    """Write a file per session, and the truth."""
    asked = task()
    rng = np.random.default_rng(SEED)
    neurons = np.sort(rng.choice(LEARNER["width"], NEURONS, replace=False))
    rate = rates(asked).isel(channel=neurons)
    recorded = np.zeros((SESSIONS, NEURONS), dtype=bool)
    for session, who in enumerate(recorded, start=1):
        who[rng.choice(NEURONS, PER_SESSION[session - 1], replace=False)] = True
        part = rate.isel(time=session - 1, channel=who)
        with NWBHDF5IO(str(folder / f"sub-01_ses-{session:02d}_behavior+ecephys.nwb"), "w") as file:
            file.write(nwb_of(part, session, rng), cache_spec=False)
    nu.save(truth(rate, asked, recorded), folder / "truth.nc")


def rates(asked: xr.Dataset) -> xr.DataArray:
    """Spikes/s (time, condition, channel) without noise of every hidden unit, at the sessions."""
    epochs = (EPOCHS * np.arange(SESSIONS)).tolist()
    runs = nu.train(asked, "mlp", epochs=epochs[-1], record=epochs, seeds=[SEED], device="cpu", **LEARNER)
    hidden = runs.hidden.isel(seed=0, layer=0).transpose("time", "condition", "unit").rename(unit="channel")
    made = (BASELINE + RATE_GAIN * hidden.astype(float)).reset_coords(drop=True)
    sessions = "time", np.arange(1.0, SESSIONS + 1), {"units": "sessions", "axis": "learning"}
    return made.assign_coords(time=sessions, channel=np.arange(LEARNER["width"]))


def nwb_of(rate: xr.DataArray, session: int, rng: np.random.Generator) -> NWBFile:
    """A session as an NWB file: units and trials of neurons with these rates (condition, channel)."""
    block, _, odour = np.indices((RUNS, REPEATS // RUNS, rate.sizes["condition"])).reshape(3, -1)
    shuffled = np.lexsort((rng.random(block.size), block))
    block, odour = block[shuffled], odour[shuffled]
    began = FIRST_DAY + timedelta(days=session - 1)
    made = NWBFile(
        session_description="A learning mouse simulated by neurouniv; not an animal.",
        identifier=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{NAME} {SEED} {session}")),
        session_start_time=began,
        file_create_date=[began],
        session_id=f"{session:02d}",
        subject=Subject(subject_id="01", description="simulated", species="Mus musculus", sex="U", age="P90D"),
    )
    starts = np.arange(odour.size) * (WINDOW + GAP)
    made.units = units(rng.poisson(WINDOW * rate.values[odour]), rate.channel.values, starts, rng)
    columns = {"start_time": starts, "stop_time": starts + WINDOW}
    columns |= {"odour": rate.condition.values[odour].tolist(), "block": block + 1}
    data = [VectorData(name=name, description=f"{name} of the trial", data=values) for name, values in columns.items()]
    made.trials = TimeIntervals(name="trials", description="odours", columns=data, id=np.arange(starts.size))
    return made


def units(counts: np.ndarray, names: np.ndarray, starts: np.ndarray, rng: np.random.Generator) -> Units:
    """Spike times of `counts` (trial, unit), uniform within their trials."""
    ticks = round(WINDOW / TICK)
    times = [np.sort(np.repeat(starts, count) + TICK * rng.integers(1, ticks, count.sum())) for count in counts.T]
    kept = H5DataIO(np.concatenate(times), compression="gzip", compression_opts=9, shuffle=True)
    spikes = VectorData(name="spike_times", description="in s", data=kept)
    index = VectorIndex(name="spike_times_index", data=np.cumsum(counts.sum(0)), target=spikes)
    return Units(name="units", description="simulated neurons", columns=[spikes, index], id=names)


def truth(rate: xr.DataArray, asked: xr.Dataset, recorded: np.ndarray) -> xr.Dataset:
    """Rates without noise, distances between them over all sixty neurons, which were recorded, and what made them."""
    first, second = np.triu_indices(rate.sizes["condition"], 1)
    names = rate.condition.values
    h = np.array([pdist(of) ** 2 for of in rate.values])
    return xr.Dataset(
        {
            "h": (("time", "pair"), h, {"units": "(spikes/s)²"}),
            "rate": rate.astype(np.float32).assign_attrs(units="spikes/s"),
            "stimuli": asked.stimuli,
            "targets": asked.targets,
        },
        {
            "first": ("pair", names[first]),
            "second": ("pair", names[second]),
            "dx2": ("pair", pdist(asked.stimuli) ** 2),
            "dy2": ("pair", pdist(asked.targets) ** 2),
            "recorded": (("time", "channel"), recorded),
        },
        {
            "law": "none: a network that learns", **LEARNER, "epochs_per_session": EPOCHS, "rate_gain": RATE_GAIN,
            "baseline": BASELINE, "window": WINDOW, "noise": "Poisson", "seed": SEED, "recipe": NAME,
        },
    )  # fmt: skip


if __name__ == "__main__":
    default = Path(__file__).parents[2] / "neurouniv" / "datasets" / "bundled" / NAME
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    target.mkdir(parents=True, exist_ok=True)
    make(target)
