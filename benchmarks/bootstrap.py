"""Dual bootstraps of held-out laws: 1000 resamples x 200 times x 5 laws x 12 subjects x 40 conditions, and rsatoolbox.

    python benchmarks/bootstrap.py [--ranks] [--device cuda]

Every law predicts every subject by itself. Crossvalidation: "folds" are those of `neurouniv.compare` (4 random
partitions into 2 folds, the same in every resample); "dealt" are those of rsatoolbox (2 random partitions into 4
folds, anew in every resample). rsatoolbox runs a few resamples of one time; its figure is that, multiplied.
"""

import argparse
import warnings
from time import perf_counter, process_time

import numpy as np
from rsatoolbox.inference import eval_dual_bootstrap
from rsatoolbox.model import ModelFixed
from rsatoolbox.rdm import RDMs

from neurouniv.schema import pair_indices
from neurouniv.universality.inference.bootstrap import Fold, Resamples, bootstrap_scores, deal, draw
from neurouniv.universality.inference.p_values import infer

RESAMPLES, TIMES, LAWS, SUBJECTS, CONDITIONS = 1000, 200, 5, 12, 40
THEIRS = 10
PRODUCTS = ("cosine", "corr", "cosine_cov", "corr_cov")
RANKS = ("spearman", "rho-a", "tau-a")
RANK_TIMES = 40
"""How many times are run of rank measures; the figure for all is that, multiplied."""


def movies(times: int) -> Fold:
    """Random RDM movies of all subjects, and of all laws for every subject."""
    rng = np.random.default_rng(0)
    ends = np.stack(pair_indices(CONDITIONS))
    observed = rng.gamma(2.0, size=(SUBJECTS, times, ends.shape[1]))
    return Fold(observed, observed + rng.gamma(2.0, size=(LAWS, *observed.shape)), ends)


def partitions(whole: Fold) -> list[Fold]:
    """Four random partitions of the conditions into two folds."""
    rng, found = np.random.default_rng(1), []
    for _ in range(4):
        for group in np.array_split(rng.permutation(CONDITIONS), 2):
            inside = np.isin(whole.ends, group).all(0)
            found.append(Fold(whole.observed[..., inside], whole.predicted[..., inside], whole.ends[:, inside]))
    return found


def timed(folds: list[Fold], drawn: Resamples, comparator: str, **settings) -> str:
    start, used = perf_counter(), process_time()
    infer(bootstrap_scores(folds, drawn, comparator, reference=0, **settings), drawn)
    share = TIMES / folds[0].observed.shape[1]
    return f"{(perf_counter() - start) * share:6.1f} s ({(process_time() - used) * share:.0f} s of processors)"


def told(comparator: str, whole: Fold, drawn: Resamples, device: str | None = None) -> str:
    """Without folds, and in both kinds of them."""
    one = timed([whole], drawn, comparator, device=device)
    folds = timed(partitions(whole), drawn, comparator, device=device)
    anew = timed([whole], drawn, comparator, device=device, assigned=deal(drawn.conditions, 4, 2))
    return f"{comparator:11s} all conditions {one}; folds {folds}; dealt {anew}"


def theirs(whole: Fold, comparator: str, k_pattern: int) -> float:
    """Seconds rsatoolbox would take for all resamples and times, from a few resamples of one time."""
    models = [ModelFixed(str(i), RDMs(law[:1, 0])) for i, law in enumerate(whole.predicted)]
    data = RDMs(whole.observed[:, 0])
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        eval_dual_bootstrap(
            models, data, method=comparator, k_pattern=k_pattern, k_rdm=1, N=THEIRS, use_correction=k_pattern > 1
        )
    return (perf_counter() - start) / THEIRS * RESAMPLES * TIMES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", action="store_true")
    parser.add_argument("--device")
    chosen = parser.parse_args()
    drawn = draw(CONDITIONS, SUBJECTS, RESAMPLES)
    whole = movies(TIMES)
    for comparator in PRODUCTS:
        ours = told(comparator, whole, drawn, chosen.device)
        other = [theirs(whole, comparator, k) / 3600 for k in (1, 4)]
        print(f"{ours}; rsatoolbox {other[0]:.1f} h, in folds {other[1]:.1f} h (extrapolated)", flush=True)
    for comparator in RANKS if chosen.ranks else ():
        print(f"{told(comparator, movies(RANK_TIMES), drawn)} (from {RANK_TIMES} times)", flush=True)


if __name__ == "__main__":
    main()
