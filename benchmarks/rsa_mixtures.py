"""Mixtures of model RDMs against rsatoolbox, which fits them frame by frame, and what a partial similarity costs.

    python benchmarks/rsa_mixtures.py [--conditions 40] [--members 20] [--times 200] [--rounds 5]

One thread. Ours fits all times in one batch; rsatoolbox fits one RDM set of all members at a time (`FRAMES` of them are
measured, its time goes with their number). Models have length 1: of longer ones, such as distances of about 2 between
40 conditions, `fit_regress_nn` often does not end, since it waits for slopes below 2e-14, which rounding does not let
through. `fit_optimize` is what rsatoolbox's ModelWeighted takes if nothing is asked for; its weights may be negative.
Crossvalidated: one partition into two folds of the conditions, five groups of members, scored; rsatoolbox's `crossval`
with as many folds. Medians of rounds in which theirs and ours take turns, so that a busy machine slows both.
"""

import argparse
import warnings
from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np
import xarray as xr
from rsatoolbox.inference import crossval
from rsatoolbox.inference.crossvalsets import sets_k_fold
from rsatoolbox.model import ModelFixed, ModelInterpolate, ModelSelect, ModelWeighted
from rsatoolbox.model.fitter import fit_interpolate, fit_mock, fit_optimize, fit_regress_nn, fit_select
from rsatoolbox.rdm import RDMs
from threadpoolctl import threadpool_limits

from neurouniv.schema import pair_indices
from neurouniv.similarity.held_out import MEMBER_FOLDS, folds_of, parts_of
from neurouniv.similarity.joint_scores import joint_scores
from neurouniv.similarity.mixtures import fit
from neurouniv.similarity.partial import partial
from neurouniv.similarity.settings import Settings
from neurouniv.similarity.variance_partition import unique
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, draw

MODELS, FRAMES = 5, 10
OF_KIND = {
    "weighted": (ModelWeighted, fit_regress_nn),
    "selected": (ModelSelect, fit_select),
    "interpolated": (ModelInterpolate, fit_interpolate),
}
COMPARATORS = ("corr", "cosine", "corr_cov", "cosine_cov")


def seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def world(conditions: int, members: int, times: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Data (member, time, pair), models (model, pair) and the conditions of pairs."""
    rng, ends = np.random.default_rng(0), np.stack(pair_indices(conditions))
    models = rng.gamma(2.0, size=(MODELS, ends.shape[1]))
    models /= np.linalg.norm(models, axis=1, keepdims=True)
    data = rng.gamma(0.5, size=(times, MODELS)) @ models
    return data + data.std() * rng.normal(size=(members, *data.shape)), models, ends


def report(name: str, theirs: Callable[[], object], ours: Callable[[], object], frames: float, rounds: int) -> None:
    """One line of the table; theirs is measured of so many times fewer frames than ours."""
    taken = [(frames * seconds(theirs), seconds(ours)) for _ in range(rounds)]
    their_time, our_time = (median(column) for column in zip(*taken, strict=True))
    ratio = median(theirs / ours for theirs, ours in taken)
    print(f"| {name} | {1e3 * their_time:.0f} ms | {1e3 * our_time:.1f} ms | {ratio:.0f} |", flush=True)


def fits(data: np.ndarray, models: np.ndarray, ends: np.ndarray, rounds: int) -> None:
    given, frames = RDMs(models), [RDMs(data[:, t]) for t in range(FRAMES)]
    by_time = np.ascontiguousarray(data.swapaxes(0, 1))
    for kind, (model, fitter) in OF_KIND.items():
        theirs = model(kind, given)
        for name in COMPARATORS:
            report(
                f"{kind}, {name}",
                lambda m=theirs, f=fitter, c=name: [f(m, frame, method=c) for frame in frames],
                lambda k=kind, c=name: fit(k, by_time, models, ends, c),
                len(by_time) / FRAMES,
                rounds,
            )
    report(
        "weighted, corr, by rsatoolbox's default",
        lambda: fit_optimize(ModelWeighted("weighted", given), frames[0], method="corr"),
        lambda: fit("weighted", by_time, models, ends, "corr"),
        len(by_time),
        rounds,
    )


def held_out(data: np.ndarray, models: np.ndarray, ends: np.ndarray, rounds: int) -> None:
    """One frame of rsatoolbox's crossvalidation beside `neurouniv.rsa` of all times, without its inference."""
    members, times, _ = data.shape
    given, frame, groups = RDMs(models), RDMs(data[:, 0]), min(members, MEMBER_FOLDS)
    theirs = [ModelFixed(str(i), given[i]) for i in range(MODELS)]
    theirs += [model(kind, given) for kind, (model, _) in OF_KIND.items()]
    fitters = [*[fit_mock] * MODELS, *(fitter for _, fitter in OF_KIND.values())]
    train, test, _ = sets_k_fold(frame, k_rdm=groups, k_pattern=2)
    names = np.array([f"c{k:02d}" for k in range(int(ends.max()) + 1)])
    labels = {"first": ("pair", names[ends[0]]), "second": ("pair", names[ends[1]]), "time": np.arange(times)}
    traj = xr.Dataset({"h": (("subject", "time", "pair"), data)}, labels)
    rdms = {f"m{k}": traj.h[0, 0].drop_vars("time").copy(data=h) for k, h in enumerate(models)}
    settings = Settings(mixtures={kind: (kind, list(rdms)) for kind in OF_KIND}, partitions=1)

    def ours() -> object:
        parts = parts_of(traj, settings, laws=False)
        folds = folds_of(traj, parts, [*rdms, *OF_KIND], rdms, {}, settings, progress=False)
        return bootstrap_scores(folds, draw(len(names), members, 2), "corr")

    report(
        "models and all mixtures, crossvalidated, corr",
        lambda: crossval(theirs, frame, train, test, method="corr", fitter=fitters, calc_noise_ceil=False),
        ours,
        times,
        rounds,
    )


def resampled(data: np.ndarray, models: np.ndarray, ends: np.ndarray) -> None:
    """1000 resamples of conditions and members: no other library has them."""
    fold, drawn = Fold(data, models[:, None, None], ends), draw(int(ends.max()) + 1, len(data), 1000)
    for statistic in (partial, unique):
        for name in ("corr", "spearman", "corr_cov"):
            frames = fold if name != "spearman" else fold._replace(observed=data[:, :10])
            taken = seconds(lambda s=statistic, f=frames, c=name: joint_scores(s, f, drawn, c))
            print(f"{statistic.__name__}, {name}, {frames.observed.shape[1]} times: {taken:.2f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conditions", type=int, default=40)
    parser.add_argument("--members", type=int, default=20)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        given = world(arguments.conditions, arguments.members, arguments.times)
        print("| what | rsatoolbox | neurouniv | ratio |\n|---|---|---|---|")
        fits(*given, arguments.rounds)
        held_out(*given, arguments.rounds)
        resampled(*given)


if __name__ == "__main__":
    main()
