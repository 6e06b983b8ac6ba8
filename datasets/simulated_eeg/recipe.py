"""Six objects come apart within a trial: EEG epochs as MNE keeps them, in volts, 16 electrodes at 10-20 positions.

From the picture's onset on, squared distances follow the exponential rival exactly; before it there are none.

    python datasets/simulated_eeg/recipe.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import mne
import numpy as np
import pandas as pd
import xarray as xr
from scipy.spatial.distance import pdist

import neurouniv as nu

NAME = "simulated_eeg"
SEED, RUNS, REPEATS = 11, 4, 3
RATE, STIMULUS, TARGET = 9.0, 2.0, 1.0
"""Per s; the weights of dx2 and dy2 in the distances at the end, in µV²."""
SAMPLES_PER_S, BEFORE, AFTER = 80.0, -0.1, 0.5
WHITE, SHARED, ALPHA = 0.8, 0.8, 0.6
"""Noise in µV: of every electrode alone, smooth over the head, and waves of 10 Hz in a phase of their own."""
OBJECTS = ("animal/cat", "animal/dog", "animal/owl", "tool/axe", "tool/pen", "tool/saw")
ELECTRODES = ("Fp1", "Fp2", "F3", "F4", "F7", "F8", "C3", "C4", "T7", "T8", "P3", "P4", "P7", "P8", "O1", "O2")
MONTAGE = "colin27_1020"
REACH = 0.06
"""How far a source is seen over the head, in m."""
MICRO = 1e-6


def task() -> xr.Dataset:
    """Three features of every picture, drawn at random, and whether it is an animal or a tool."""
    stimuli = np.random.default_rng(SEED).normal(size=(len(OBJECTS), 3))
    animal = np.array([name.startswith("animal") for name in OBJECTS])
    return nu.tasks.from_arrays(stimuli, np.where(animal, 1.0, -1.0)[:, None], OBJECTS)


def growth(times: np.ndarray) -> np.ndarray:
    """The share of the last squared distances that is reached: 0 until the onset, 1 - exp(-RATE t) from then on."""
    return -np.expm1(-RATE * np.maximum(times, 0.0))


def make(folder: Path) -> None:
    """Write the epochs and their truth."""
    rng = np.random.default_rng(SEED)
    times = np.arange(round(BEFORE * SAMPLES_PER_S), round(AFTER * SAMPLES_PER_S) + 1) / SAMPLES_PER_S
    asked = task()
    ends = np.concatenate([STIMULUS**0.5 * asked.stimuli, TARGET**0.5 * asked.targets], axis=1)
    info = mne.create_info(list(ELECTRODES), SAMPLES_PER_S, "eeg")
    info.set_montage(MONTAGE if MONTAGE in mne.channels.get_builtin_montages() else "standard_1020")  # MNE before 1.13
    where = np.array([channel["loc"][:3] for channel in info["chs"]])
    trials = order(rng)
    seen = ends[trials["item"]] @ scalp(rng, where, ends.shape[1]).T
    data = seen[..., None] * np.sqrt(growth(times)) + noise(rng, where, len(seen), times)
    written(info, data * MICRO, trials, times[0]).save(folder / "simulated-epo.fif", overwrite=True, verbose="error")
    nu.save(truth(asked, times, ends), folder / "truth.nc")


def order(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Run and object of every trial; objects are shuffled within a run."""
    run, _, item = np.indices((RUNS, REPEATS, len(OBJECTS))).reshape(3, -1)
    shuffled = np.lexsort((rng.random(run.size), run))
    return {"run": run[shuffled] + 1, "item": item[shuffled]}


def scalp(rng: np.random.Generator, where: np.ndarray, sources: int) -> np.ndarray:
    """Smooth topographies (electrode, source) that are orthonormal, so that distances are as those of the sources."""
    centres = where[rng.choice(len(where), sources, replace=False)]
    left, _, right = np.linalg.svd(smooth(where, centres), full_matrices=False)
    return left @ right


def smooth(where: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """How much of a source at each of `centres` every electrode sees."""
    apart = np.linalg.norm(where[:, None] - centres, axis=-1)
    return np.exp(-0.5 * (apart / REACH) ** 2)


def noise(rng: np.random.Generator, where: np.ndarray, trials: int, times: np.ndarray) -> np.ndarray:
    """(trial, electrode, time) in µV."""
    spread = smooth(where, where)
    spread /= np.linalg.norm(spread, axis=1, keepdims=True)
    shape = trials, len(where), times.size
    phase = rng.uniform(0, 2 * np.pi, (trials, 1, 1))
    waves = ALPHA * (spread @ rng.normal(size=(trials, len(where), 1))) * np.sin(2 * np.pi * 10 * times + phase)
    return WHITE * rng.normal(size=shape) + SHARED * (spread @ rng.normal(size=shape)) + waves


def written(info: mne.Info, data: np.ndarray, trials: dict[str, np.ndarray], start: float) -> mne.EpochsArray:
    """The epochs, with the run of every trial and its object in their metadata."""
    count = len(data)
    events = np.stack([np.arange(count) * 100, np.zeros(count, int), trials["item"] + 1], axis=1)
    codes = {name: code for code, name in enumerate(OBJECTS, start=1)}
    names = [OBJECTS[item].split("/")[1] for item in trials["item"]]
    about = pd.DataFrame({"run": trials["run"], "object": names})
    info["description"] = "simulated by neurouniv; not from a person"
    return mne.EpochsArray(data, info, events, start, codes, metadata=about, verbose="error")


def truth(asked: xr.Dataset, times: np.ndarray, ends: np.ndarray) -> xr.Dataset:
    """The distances without noise, in V², and what made them."""
    first, second = np.triu_indices(len(OBJECTS), 1)
    names = asked.condition.values
    return xr.Dataset(
        {
            "h": (("time", "pair"), growth(times)[:, None] * pdist(ends) ** 2 * MICRO**2, {"units": "V²"}),
            "stimuli": asked.stimuli,
            "targets": asked.targets,
        },
        {
            "time": ("time", times, {"units": "s", "axis": "within_trial"}),
            "first": ("pair", names[first]),
            "second": ("pair", names[second]),
            "dx2": ("pair", pdist(asked.stimuli) ** 2),
            "dy2": ("pair", pdist(asked.targets) ** 2),
        },
        {
            "law": "exponential, from 0 s on", "rate": RATE, "stimulus": STIMULUS * MICRO**2,
            "target": TARGET * MICRO**2, "noise": f"µV: {WHITE:g} white, {SHARED:g} smooth, {ALPHA:g} waves of 10 Hz",
            "seed": SEED, "recipe": NAME,
        },
    )  # fmt: skip


if __name__ == "__main__":
    default = Path(__file__).parents[2] / "neurouniv" / "datasets" / "bundled" / NAME
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    target.mkdir(parents=True, exist_ok=True)
    make(target)
