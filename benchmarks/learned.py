"""How often a flat recording is said to learn, and how often one that learns is found to.

    python benchmarks/learned.py [--studies 400]

Simulated brains, 8 repeats, 80 spiking neurons, known noise: the share of studies in which the p value of no change is
below .05 and .01, and the median bound on the change. Then movies of still geometry with Gaussian noise of 10, 15 and
20 % of the mean distance, 8 conditions x 6 frames: what the verdict says of those that are said to
change, and of ten others, by its defaults.
"""

import argparse
import warnings
from collections import Counter

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.fitting.noise import pair_covariance
from neurouniv.schema import pair_indices
from neurouniv.universality.verdict.learned import change_test

DESIGNS = [  # conditions, sessions, world, signal to noise of a trial
    (8, 6, "static", 0.3),
    (8, 6, "static", 1.0),
    (16, 8, "static", 0.3),
    (8, 6, "universal", 0.1),
    (8, 6, "universal", 0.3),
    (8, 6, "gain", 0.3),
]
RIVALS = ("static", "exponential", "step", "gain", "target")
OTHERS = 10


def simulated(studies: int) -> None:
    for conditions, sessions, world, snr in DESIGNS:
        task = nu.tasks.digits(per_class=2).isel(condition=slice(0, conditions))
        count = studies if world == "static" else studies // 2
        found = change_test(
            nu.simulated_studies(task, world, count, snr=snr, sessions=sessions, repeats=8, neurons=80, seed=1000)
        )
        p = found.learned_p.values
        shares = f"{(p < 0.05).mean():.3f} | {(p < 0.01).mean():.3f} | {float(found.learned_most.median()):.2f}"
        print(f"| {world} | {conditions} x {sessions} | {snr} | {count} | {shares} |", flush=True)


def flat(studies: int, noise: float, conditions: int = 8, frames: int = 6) -> xr.Dataset:
    """Still movies (study, time, pair) with Gaussian noise of this share of the mean distance."""
    rng = np.random.default_rng(7)
    first, second = pair_indices(conditions)
    mean, dx2, dy2 = (
        ((one[first] - one[second]) ** 2).sum(-1) for one in (rng.normal(size=(conditions, k)) for k in (20, 6, 3))
    )
    size = (noise * mean.mean()) ** 2
    covariance = pair_covariance(np.array(size), np.array(0.0), mean, np.stack([first, second]))
    h = mean + rng.multivariate_normal(np.zeros(len(mean)), covariance, (studies, frames))
    names = np.array([f"c{i}" for i in range(conditions)])
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second]), "study": range(studies)}
    coords |= {"dx2": ("pair", dx2), "dy2": ("pair", dy2), "condition": names}
    coords |= {"time": ("time", np.arange(1.0, frames + 1), {"units": "sessions", "axis": "learning"})}
    dims = ("study", "time", "pair")
    return xr.Dataset({"h": (dims, h), "h_var": (dims, np.full(h.shape, size))}, coords)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=400)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    simulated(chosen.studies)
    laws = [nu.UniversalModel(), *(nu.RIVALS[name]() for name in RIVALS)]
    for noise in (0.1, 0.15, 0.2):
        made = flat(chosen.studies, noise)
        p = change_test(made).learned_p.values
        changed = np.flatnonzero(p < 0.05)
        others = np.setdiff1d(np.arange(chosen.studies), changed)[:OTHERS]
        judged = nu.verdict(nu.compare(laws, made.isel(study=[*changed, *others]), resamples=200))
        said = [Counter(part.tolist()) for part in np.split(judged.decision.values, [len(changed)])]
        print(f"flat, noise {noise:.0%}: {len(changed)} of {chosen.studies} change, {said[0]}; of others {said[1]}")
        print(judged.attrs["text"].splitlines()[0], flush=True)


if __name__ == "__main__":
    main()
