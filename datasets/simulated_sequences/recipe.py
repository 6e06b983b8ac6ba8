"""Eight movement sequences learned over six weeks, seen through two regions, as a MATLAB file of nested structs.

In `premotor` the squared distances of the sequences follow the universal law exactly; in `visual` they stand still.

    python datasets/simulated_sequences/recipe.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.io import savemat
from scipy.spatial.distance import pdist

import neurouniv as nu
from neurouniv.theory import all_conditions

NAME = "simulated_sequences"
SEED, WEEKS, BLOCKS, REPEATS, CHANNELS, NOISE = 7, 6, 4, 3, 30, 1.0
ETA_H, ETA_Y, DECODER0 = 0.12, 0.04, 0.05
"""Per week and unit of summed squared error; the squared size of the decoder before learning, whose outputs are 0."""
SEQUENCES = ("12345", "13524", "14253", "15432", "21354", "24135", "31542", "35241")
FAST = np.array([1, 0, 1, 0, 0, 1, 0, 1])
"""Which sequences are to be played fast."""
ITEM = 0.5
"""The scale of activity: a distance of stimuli of 1 is one of ITEM before learning."""


def task() -> xr.Dataset:
    """The keys in their order, and two outputs: the pace, and the last key."""
    keys = np.array([[int(key) for key in name] for name in SEQUENCES])
    stimuli = (keys - 3.0) / 2.0
    targets = np.stack([4.0 * FAST, keys[:, -1] - 3.0], axis=1)
    return nu.tasks.from_arrays(stimuli, targets, SEQUENCES)


def gram(of: xr.Dataset, times: np.ndarray) -> np.ndarray:
    """Inner products (time, sequence, sequence) of the representation, centred, by the universal law."""
    stimuli, targets = (x - x.mean(0) for x in (of.stimuli.values, of.targets.values))
    kernel, wanted = stimuli @ stimuli.T, targets.T
    begin = all_conditions.Start(
        ITEM * kernel[None], 0 * wanted[None], DECODER0 * np.eye(len(wanted))[None], np.zeros((1, len(wanted)))
    )
    kernel = all_conditions.Kernel.of(kernel[None])
    flow = all_conditions.Flow(begin, np.array([ETA_H]), np.array([ETA_Y]), kernel, wanted[None], times[-1:])
    return flow.at(times[None])[0][0]


def patterns(of_gram: np.ndarray) -> np.ndarray:
    """Points (..., sequence, dimension) with these inner products: the symmetric square root."""
    values, vectors = np.linalg.eigh(of_gram)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def make(folder: Path) -> None:
    """Write the recording and its truth."""
    rng = np.random.default_rng(SEED)
    asked, weeks = task(), np.arange(1, WEEKS + 1)
    learned = patterns(gram(asked, weeks - 1.0))
    points = {"premotor": learned, "visual": np.repeat(learned[:1], WEEKS, axis=0)}
    trials = order(rng)
    regions = [{"name": name, "pattern": measured(rng, at, trials)} for name, at in points.items()]
    names = np.array(SEQUENCES, dtype=object)
    about = {"sequence": names[trials["sequence"]], "week": trials["week"] + 1.0, "block": trials["block"] + 1.0}
    experiment = {"subject": "simulated", "units": "a.u.", "trials": about, "roi": np.array(regions, dtype=object)}
    savemat(folder / f"{NAME}.mat", {"experiment": experiment}, do_compression=True)
    nu.save(truth(asked, weeks, points), folder / "truth.nc")


def order(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Week, block and sequence of every trial; sequences are shuffled within a block."""
    week, block, _, sequence = np.indices((WEEKS, BLOCKS, REPEATS, len(SEQUENCES))).reshape(4, -1)
    shuffled = np.lexsort((rng.random(week.size), block, week))
    return {"week": week[shuffled], "block": block[shuffled], "sequence": sequence[shuffled]}


def measured(rng: np.random.Generator, points: np.ndarray, trials: dict[str, np.ndarray]) -> np.ndarray:
    """Trials (trial, channel) of points seen by channels that mix them without changing distances, and noise."""
    mixing = np.linalg.qr(rng.normal(size=(CHANNELS, points.shape[-1])))[0]
    clean = (points @ mixing.T)[trials["week"], trials["sequence"]]
    return (clean + NOISE * rng.normal(size=clean.shape)).astype(np.float32)


def truth(asked: xr.Dataset, weeks: np.ndarray, points: dict[str, np.ndarray]) -> xr.Dataset:
    """The distances without noise, and what made them."""
    h = np.array([[pdist(at) ** 2 for at in moving] for moving in points.values()])
    first, second = np.triu_indices(len(SEQUENCES), 1)
    names = asked.condition.values
    return xr.Dataset(
        {"h": (("roi", "time", "pair"), h), "stimuli": asked.stimuli, "targets": asked.targets},
        {
            "time": ("time", weeks.astype(float), {"units": "weeks", "axis": "learning"}),
            "roi": list(points),
            "first": ("pair", names[first]),
            "second": ("pair", names[second]),
            "dx2": ("pair", pdist(asked.stimuli) ** 2),
            "dy2": ("pair", pdist(asked.targets) ** 2),
        },
        {
            "law": "premotor: universal; visual: static", "eta_h": ETA_H, "eta_y": ETA_Y, "decoder0": DECODER0,
            "noise": f"independent, s.d. {NOISE:g} of every channel and trial", "seed": SEED, "recipe": NAME,
        },
    )  # fmt: skip


if __name__ == "__main__":
    default = Path(__file__).parents[2] / "neurouniv" / "datasets" / "bundled" / NAME
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    target.mkdir(parents=True, exist_ok=True)
    make(target)
