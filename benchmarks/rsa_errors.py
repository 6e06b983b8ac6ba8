"""How often `neurouniv.rsa` errs where there is nothing: models unrelated to the data, and models related alike.

    python benchmarks/rsa_errors.py --studies 300

Worlds, each of 3 models and 3 times:
- "unrelated": the data of all subjects share a geometry that no model has anything to do with.
- "own": every subject has a geometry of its own, unrelated to all models.
- "alike": the data are made of two models in equal parts, so that none is better in other conditions.
Counted are p < .05 of similarities ("unrelated", "own") or of the difference of the two ("alike"), single and corrected
(any model and time), and intervals of 95 % that hold the truth, 0.
"""

from __future__ import annotations

import argparse

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.schema import pair_indices

TIMES, MODELS = 3, 3
DESIGNS = [(12, 1), (12, 8), (24, 1), (24, 8), (40, 1), (40, 8)]
TESTS = ("bootstrap", "permutation", "subjects")


def distances(patterns: np.ndarray) -> np.ndarray:
    """(..., condition, unit) to (..., pair)."""
    i, j = pair_indices(patterns.shape[-2])
    return ((patterns[..., i, :] - patterns[..., j, :]) ** 2).sum(-1)


def study(world: str, conditions: int, subjects: int, rng: np.random.Generator) -> tuple[xr.Dataset, dict]:
    """Data and models of one study."""
    names = np.array([f"c{k}" for k in range(conditions)])
    i, j = pair_indices(conditions)
    ends = {"first": ("pair", names[i]), "second": ("pair", names[j])}
    models = rng.normal(size=(MODELS, conditions, 4))
    shared = rng.normal(size=(1 if world != "own" else subjects, 1, conditions, 4))
    if world == "alike":
        shared = np.concatenate([models[0], models[1]], axis=-1)[None, None]
    noise = rng.normal(size=(subjects, TIMES, conditions, 6))
    patterns = np.concatenate([np.broadcast_to(shared, (subjects, TIMES, *shared.shape[2:])), noise], axis=-1)
    time = {"time": ("time", np.arange(float(TIMES)), {"units": "sessions", "axis": "learning"})}
    data = xr.Dataset({"h": (("subject", "time", "pair"), distances(patterns))}, ends | time)
    rdms = {f"m{k}": xr.DataArray(distances(one), dims="pair", coords=ends) for k, one in enumerate(models)}
    return data, rdms


def counted(found: xr.Dataset, world: str) -> tuple[float, bool, float]:
    """The share of single p < .05, whether any corrected one is, and the share of intervals that hold 0."""
    name = "similarity"
    if world == "alike":
        name, found = "difference", found.sel(model=["m0"], model_=["m1"])
    low, high = found[f"{name}_interval"].transpose("bound", ...).values
    return (
        float((found[f"{name}_p"] < 0.05).mean()),
        bool((found[f"{name}_p_corrected"] < 0.05).any()),
        float(((low < 0) & (high > 0)).mean()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--resamples", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("| world | conditions | subjects | test | p < .05 | corrected, any | 95 % intervals that hold 0 |")
    print("|---|---|---|---|---|---|---|")
    for world in ("unrelated", "own", "alike"):
        for conditions, subjects in DESIGNS:
            for test in TESTS:
                if (test == "subjects" and subjects == 1) or (test == "permutation" and world == "alike"):
                    continue
                rates = []
                for number in range(options.studies):
                    rng = np.random.default_rng([options.seed, number, conditions, subjects])
                    data, models = study(world, conditions, subjects, rng)
                    found = nu.rsa(data, models, test=test, resamples=options.resamples, seed=number)
                    rates.append(counted(found, world))
                single, any_of, held = np.mean(rates, axis=0)
                row = f"{single:.1%} | {any_of:.1%} | {held:.1%}"
                print(f"| {world} | {conditions} | {subjects} | {test} | {row} |", flush=True)


if __name__ == "__main__":
    main()
