"""RDMs against models, noise ceilings and permutations, beside rsatoolbox.

    python benchmarks/rsa.py tables | ceilings | permutations

Seconds of the processor, one thread. Ours and theirs take turns, and figures are medians of the turns; numbers are held
against each other before. `similarity_table` takes arrays, as `rsatoolbox.rdm.compare` takes RDMs made beforehand;
"labelled" is `similarity`, from xarray to xarray. rsatoolbox has no permutations of conditions: theirs is the time of
`compare` with RDMs that were permuted beforehand.
"""

import argparse
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import process_time

import numpy as np
import xarray as xr
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs, compare
from threadpoolctl import threadpool_limits

from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.rdm.comparators.table import permuted_table, similarity_table
from neurouniv.schema import pair_indices
from neurouniv.universality.scores.geometry import similarity
from neurouniv.universality.scores.noise_ceiling import geometry_ceiling

FRAMES, MODELS, MEMBERS = 200, 5, 20
SIZES = (12, 40, 92)
PERMUTATIONS = {(1, 1): 2000, (FRAMES, MODELS): 200}
"""How many are timed of so many observed and predicted frames."""
ORDERED = ("tau-a", "tau-b")
FEWER = 10
"""Of comparators of order, so many times fewer permutations are timed."""


def turns(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Median milliseconds of each, after one round that does not count."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds + 1):
        for work, taken in zip(works, seconds, strict=True):
            start = process_time()
            work()
            taken.append(process_time() - start)
    return [1e3 * median(taken[1:]) for taken in seconds]


def labelled(frames: np.ndarray, dims: tuple[str, ...], conditions: int) -> xr.DataArray:
    names = np.array([f"c{i:02d}" for i in range(conditions)])
    first, second = (("pair", names[end]) for end in pair_indices(conditions))
    return xr.DataArray(frames, dims=(*dims, "pair"), coords={"first": first, "second": second})


def tables(rounds: int) -> None:
    rng = np.random.default_rng(0)
    for conditions in SIZES:
        ends = np.stack(pair_indices(conditions))
        x, y = (rng.gamma(2.0, size=(count, ends.shape[1])) for count in (FRAMES, MODELS))
        frames, models = labelled(x, ("time",), conditions), labelled(y, ("model",), conditions)
        observed, predicted = RDMs(x), RDMs(y)
        for name, comparator in COMPARATORS.items():
            works = (
                partial(compare, observed, predicted, method=name),
                partial(similarity_table, x, y, ends, comparator),
                partial(similarity, frames, models, name),
            )
            for ours in works[1:]:
                np.testing.assert_allclose(ours(), works[0](), rtol=1e-10, atol=1e-12)
            theirs, table, slow = turns(works, 3 if name in ORDERED else rounds)
            print(
                f"{conditions:3d} conditions {name:11s} theirs {theirs:8.3f} ms, ours {table:7.3f} "
                f"(ratio {theirs / table:5.1f}), labelled {slow:7.3f} ({theirs / slow:5.1f})",
                flush=True,
            )


def ceilings(rounds: int) -> None:
    rng, conditions = np.random.default_rng(0), 40
    pairs = conditions * (conditions - 1) // 2
    for times in (1, 50):
        x = rng.gamma(2.0, size=(times, 1, pairs)) + rng.gamma(2.0, size=(times, MEMBERS, pairs))
        traj = labelled(x, ("time", "subject"), conditions).to_dataset(name="h")
        members = [RDMs(frames) for frames in x]
        for name in COMPARATORS:
            works = partial(_their_ceilings, members, name), partial(geometry_ceiling, traj, name)
            np.testing.assert_allclose(works[1]().mean("subject"), works[0](), rtol=1e-10)
            theirs, ours = turns(works, rounds if times == 1 else 2)
            print(
                f"{times:3d} times {name:11s} theirs {theirs:9.2f} ms, ours {ours:8.2f} (ratio {theirs / ours:5.1f})",
                flush=True,
            )


def _their_ceilings(members: list[RDMs], name: str) -> list[tuple[float, float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [boot_noise_ceiling(one, method=name) for one in members]


def permutations(rounds: int) -> None:
    rng, conditions = np.random.default_rng(0), 40
    ends = np.stack(pair_indices(conditions))
    for (observed, predicted), number in PERMUTATIONS.items():
        x, y = (rng.gamma(2.0, size=(count, ends.shape[1])) for count in (observed, predicted))
        square = np.zeros((predicted, conditions, conditions))
        square[:, ends[0], ends[1]] = square[:, ends[1], ends[0]] = y
        for name, comparator in COMPARATORS.items():
            count = number // FEWER if name in ORDERED else number
            orders = rng.permuted(np.tile(np.arange(conditions), (count, 1)), axis=1)
            few = orders[:10]
            shuffled = [RDMs(square[:, order[ends[0]], order[ends[1]]]) for order in few]
            works = partial(_compared, RDMs(x), shuffled, name), partial(permuted_table, x, y, ends, comparator, orders)
            np.testing.assert_allclose(works[1]()[:10], works[0](), rtol=1e-10, atol=1e-12)
            theirs, ours = turns(works, 1 if name in ORDERED else rounds)
            rate, their_rate = 1e3 * count / ours, 1e3 * len(few) / theirs
            print(
                f"{observed:3d} RDMs, {predicted} models {name:11s} theirs {their_rate:7.0f} permutations a second, "
                f"ours {rate:8.0f} (ratio {rate / their_rate:5.1f})",
                flush=True,
            )


def _compared(observed: RDMs, shuffled: list[RDMs], name: str) -> list[np.ndarray]:
    return [compare(observed, one, method=name) for one in shuffled]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("tables", "ceilings", "permutations"))
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    with threadpool_limits(1):
        {"tables": tables, "ceilings": ceilings, "permutations": permutations}[chosen.part](chosen.rounds)


if __name__ == "__main__":
    main()
