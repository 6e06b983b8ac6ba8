"""False positive rates of every p value of `compare`, in worlds where all laws are equally good.

    python benchmarks/inference.py [--runs 1000]

Conditions are points, laws see them with errors of their own that have one distribution for all, and every subject
leans to some law by chance: over other conditions and subjects no law is better. Errors and noise are smooth in time.
A rate is the share of simulated studies with p < .05 (which is also the share of 95 % intervals that miss 0); for
corrected p, with any p_corrected < .05 over all times and rivals. With 1000 runs its standard error is .7 %.
"""

import argparse
import warnings
from typing import NamedTuple

import numpy as np

from neurouniv.schema import pair_indices
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, draw
from neurouniv.universality.inference.corrections import cluster_p, holm, max_flip_p
from neurouniv.universality.inference.p_values import infer

FEATURES, RESAMPLES, TIMES = 10, 300, 12


class World(NamedTuple):
    """How many conditions, subjects and laws; how much subjects lean to a law; their noise."""

    conditions: int
    subjects: int
    leaning: float = 0.3
    noise: float = 1.0
    laws: int = 2
    times: int = 1
    comparator: str = "corr"


WORLDS = [
    *(World(*size) for size in ((40, 20), (40, 12), (20, 12), (12, 12), (10, 8), (8, 8), (20, 8), (20, 5), (20, 3))),
    *(World(n, 1, leaning=0) for n in (40, 20, 12, 8)),
    World(20, 12, leaning=1.0),
    World(20, 12, leaning=0),
    World(20, 12, noise=3.0),
    *(World(20, 12, comparator=name) for name in ("cosine", "corr_cov", "cosine_cov", "spearman", "r2", "log_error")),
    *(World(40, 12, leaning=0, comparator=name) for name in ("corr_cov", "r2")),
]
CORRECTED = [
    World(20, 12, times=TIMES),
    World(20, 12, laws=5),
    World(20, 12, laws=5, times=TIMES),
    World(40, 12, laws=5, times=TIMES),
    World(20, 8, laws=3, times=TIMES, comparator="corr_cov"),
    World(20, 1, leaning=0, laws=3, times=TIMES),
]


def smooth(rng: np.random.Generator, shape: tuple[int, ...], times: int) -> np.ndarray:
    """Standard normal numbers (time, ...), correlated over a few times."""
    raw = rng.normal(size=(times + 4, *shape))
    return sum(raw[i : times + i] for i in range(5)) / np.sqrt(5)


def study(rng: np.random.Generator, world: World) -> Fold:
    """One simulated study; laws are exchangeable."""
    n, subjects, times = world.conditions, world.subjects, world.times
    ends = np.stack(pair_indices(n))
    points = rng.normal(size=(n, FEATURES))
    errors = smooth(rng, (world.laws, n, FEATURES), times)
    leaning = world.leaning * rng.normal(size=(subjects, world.laws))
    seen = points + np.einsum("sl,tlnf->tsnf", leaning, errors)
    seen = seen + world.noise * smooth(rng, (subjects, n, FEATURES), times)

    def rdm(patterns: np.ndarray) -> np.ndarray:
        return ((patterns[..., ends[0], :] - patterns[..., ends[1], :]) ** 2).sum(-1)

    return Fold(rdm(seen).swapaxes(0, 1), rdm(points + errors).swapaxes(0, 1)[:, None], ends)


def alone(world: World, runs: int) -> str:
    """Rates of the p value of one difference, by both estimates of the variance."""
    rng, hits = np.random.default_rng(0), np.zeros(2)
    for _ in range(runs):
        drawn = draw(world.conditions, world.subjects, RESAMPLES, rng)
        scores = bootstrap_scores([study(rng, world)], drawn, world.comparator, reference=0)
        hits += [infer(scores, drawn, errors).p[1, 0] < 0.05 for errors in ("jackknife", "dual")]
    return "jackknife {:.1f} %, dual {:.1f} %".format(*(100 * hits / runs))


def corrected(world: World, runs: int) -> str:
    """Rates of any false positive over times and rivals."""
    rng, hits = np.random.default_rng(0), {}
    for _ in range(runs):
        drawn = draw(world.conditions, world.subjects, RESAMPLES, rng)
        scores = bootstrap_scores([study(rng, world)], drawn, world.comparator, reference=0)
        found = infer(scores, drawn)
        p = {"uncorrected": found.p[1:], "max over times and rivals": found.p_corrected[1:]}
        if world.times == 1:
            p["Holm over rivals"] = holm(found.p[1:])
        elif world.subjects >= 6:
            each = np.moveaxis(scores.each[1:], 1, 0)
            p["sign flips, clusters, Holm"] = holm(cluster_p(each, 500))
            p["sign flips, largest t, Holm"] = holm(max_flip_p(each, 500))
        for name, values in p.items():
            hits[name] = hits.get(name, 0) + bool((values < 0.05).any())
    return ", ".join(f"{name} {100 * hit / runs:.1f} %" for name, hit in hits.items())


def of_these_conditions(runs: int) -> str:
    """Sign flips where their null holds: subjects differ by chance about 0, at all times and for 4 rivals."""
    rng, hits = np.random.default_rng(0), np.zeros(2)
    for _ in range(runs):
        each = smooth(rng, (12, 4), TIMES).transpose(1, 2, 0)
        hits += [(holm(test(each, 500)) < 0.05).any() for test in (cluster_p, max_flip_p)]
    return "clusters, Holm {:.1f} %, largest t, Holm {:.1f} %".format(*(100 * hits / runs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    warnings.simplefilter("ignore")
    print(f"sign flips where only subjects are drawn: {of_these_conditions(runs)}", flush=True)
    for world in WORLDS:
        print(f"{world}: {alone(world, runs)}", flush=True)
    for world in CORRECTED:
        print(f"{world}: {corrected(world, runs)}", flush=True)


if __name__ == "__main__":
    main()
