"""False positives of p values, and coverage of intervals, that `benchmarks/inference.py` and `coverage.py` leave out.

    python benchmarks/nulls.py [--runs 1000] [--only NAME ...]

Names, and what is simulated (rates in %, with their standard errors; nominal 5 unless said otherwise):

    "labels"     p of `neurouniv.collapse_test` and `neurouniv.proportionality`. Every system obeys the two-point law
                 of conditions of its own that are not shown, with constants of its own (or the same for all), seen
                 through the noise of crossvalidated distances; the names that tests are given are of other conditions.
                 Of members of one study, who share the unseen conditions, "overall" is the joint p.
    "law"        the same tests where the labels are the law's own: their power
    "r2"         `dynamics_interval` of `compare`: how often it misses the share of the ceiling that the same
                 predictions reach in all conditions and subjects, from below (nominal 2.5, the verdict's "misses too
                 much") and from above; how often the R2 that they reach there, where distances spread more; and
                 `error_ratio_interval` of two laws whose errors are equally large
    "pooled"     the mean deviate over systems, as in `neurouniv.verdict`, and Stouffer's sum, of two laws that are
                 equally good, by systems that saw the same conditions or each its own
    "flips"      clusters of times and the largest t by sign flips of subjects, Holm's correction over rivals
    "constants"  intervals of constants that miss the truth, by method, in studies as `neurouniv.recover` simulates them
    "ceiling"    the noise ceiling less what the truth reached (a repetition, for `lower` from sampling variance), means
    "exchangeable" p of differences between two laws that are equally good over other conditions (and classes of them),
                 with constants fitted in every fold
    "shares"     Wilson's intervals of `recover`, `plan`: exact, over all outcomes of so many studies
"""

import argparse
import warnings
from collections.abc import Iterator
from time import process_time
from typing import NamedTuple

import numpy as np
import xarray as xr
from exchangeable import Exchangeable, misses_of_these_classes, p_values
from inference import World, smooth, study
from lawful import lawful
from scipy import stats
from scipy.spatial.distance import pdist

import neurouniv as nu
from neurouniv.schema import pair_indices
from neurouniv.universality import collapse_test
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, draw
from neurouniv.universality.inference.corrections import cluster_p, holm, max_flip_p
from neurouniv.universality.inference.own_r2 import own_r2
from neurouniv.universality.inference.p_values import infer
from neurouniv.universality.planning.simulated_noise import Noise, noisy_studies
from neurouniv.universality.scores.dynamics import r2
from neurouniv.universality.scores.geometry import similarity
from neurouniv.universality.verdict.decisions import wilson

AT_ONCE, PERMUTATIONS, RESAMPLES, FEATURES = 50, 199, 300, 6
NONE, LOW, HIGH = 1e-4, 0.03, 0.15
"""Noise of condition means, as a share of the mean final distance: at high noise the ceiling of R2 is about .7."""


class Row(NamedTuple):
    """What was counted, its share or mean, the standard error of that, and over how many runs."""

    what: str
    mean: float
    error: float
    runs: int


def row(what: str, parts: list) -> Row:
    """Of hits or differences in every run, or their means over members."""
    values = np.concatenate([np.atleast_1d(part) for part in parts]).astype(float)
    return Row(what, values.mean(), values.std() / np.sqrt(values.size), values.size)


class Design(NamedTuple):
    """How many conditions, frames and members of a study; the noise; constants alike; targets in classes of four."""

    conditions: int
    frames: int = 8
    members: int = 1
    noise: float = HIGH
    alike: bool = False
    classes: bool = False

    def __str__(self) -> str:
        members = f"{self.members} member{'s' * (self.members > 1)}"
        noise = {NONE: "no", LOW: "low", HIGH: "high"}[self.noise] + " noise"
        words = [f"{self.conditions} conditions", f"{self.frames} frames", members, noise]
        return ", ".join([*words, *["equal constants"] * self.alike, *["classes"] * self.classes])


LABELS = [
    Design(8, noise=NONE), Design(8), Design(12, 20), Design(12, 8, alike=True), Design(16, 8, classes=True),
    Design(20, 8), Design(40, 3), Design(8, 8, 6), Design(12, 3, 6, alike=True), Design(12, 3, 12, noise=NONE),
]  # fmt: skip
LAW = [Design(8), Design(12, 8), Design(20, 3), Design(12, 3, 6)]
R2 = [
    Design(8), Design(12), Design(20), Design(40), Design(20, 20, noise=NONE), Design(40, 3, noise=NONE),
    Design(8, 8, 6), Design(12, 8, 6), Design(20, 8, 6), Design(20, 3, 12), Design(20, 20, 12, NONE), Design(40, 8, 12),
]  # fmt: skip
CONSTANTS = [
    Design(8, noise=LOW), Design(12, 3, noise=LOW), Design(12, noise=LOW), Design(12, 20, noise=LOW),
    Design(20, 3, noise=LOW), Design(12),
]  # fmt: skip
CEILING = [Design(8), Design(12, 3), Design(20), Design(20, 20, noise=LOW), Design(12, 8, 6), Design(20, 8, 12)]
SIZES = [(16, 4), (32, 4), (32, 8), (16, 0), (32, 0)]
EXCHANGEABLE = [
    *(Exchangeable(*size) for size in SIZES),
    *(Exchangeable(*size, by_class=0.7, by_condition=0.3) for size in SIZES),
    *(Exchangeable(*size, by_class=0.3, by_condition=0.3, noise=0.3) for size in SIZES),
    *(Exchangeable(*size, constants=6) for size in SIZES),
    *(Exchangeable(*size, partitions=4) for size in SIZES),
    *(Exchangeable(*size, folds=4) for size in SIZES),
]
FLIPS = [(6, 8, 1), (8, 8, 1), (12, 3, 1), (12, 20, 1), (20, 20, 1), (8, 8, 4), (20, 8, 4)]
"""Subjects, times, rivals."""


def conditions(design: Design, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """dx2 and dy2 of every pair."""
    n = design.conditions
    classes = rng.permutation(np.repeat(np.eye(n // 4), 4, axis=0))
    targets = classes if design.classes else rng.normal(size=(n, 2)) / 2
    return pdist(rng.normal(size=(n, 5)) / 3) ** 2, pdist(targets) ** 2


def coordinates(design: Design, dx2: np.ndarray, dy2: np.ndarray) -> dict:
    names = np.array([f"c{i:02d}" for i in range(design.conditions)])
    first, second = pair_indices(design.conditions)
    told = {"first": names[first], "second": names[second], "dx2": dx2, "dy2": dy2}
    return {"time": np.linspace(0, 1, design.frames), **{name: ("pair", value) for name, value in told.items()}}


def noise_of(design: Design, truth: xr.DataArray) -> Noise:
    """Noise as of distances crossvalidated over eight runs."""
    size = design.noise * truth.isel(time=-1).mean("pair").broadcast_like(truth.isel(pair=0))
    dims = [dim for dim in truth.dims if dim != "pair"]
    return Noise((size**2 / 7).transpose(*dims), size.transpose(*dims))


def seen(design: Design, truth: xr.DataArray, coords: dict, seed: int) -> xr.Dataset:
    like = xr.Dataset({"h": truth}).assign_coords(coords)
    return noisy_studies(like, like["h"], noise_of(design, truth), 1, seed).isel(study=0, drop=True)


def systems(design: Design, count: int, seed: int, own: bool) -> xr.Dataset:
    """Trajectories (run, member, time, pair); the labels are the law's own, or those of other conditions."""
    rng = np.random.default_rng([seed, *(int(1e4 * part) for part in design)])
    shown = conditions(design, rng)
    drawn = [shown if own else conditions(design, rng) for _ in range(count)]
    dx2, dy2 = (np.stack(part)[:, None] for part in zip(*drawn, strict=True))
    rates = 10 ** rng.uniform(-0.5, 0.5, (count, design.members, 2)) * (not design.alike) + design.alike
    truth = xr.DataArray(lawful(design.frames, dx2, dy2, rates), dims=("run", "member", "time", "pair"))
    return seen(design, truth, coordinates(design, *shown), seed)


def label_tests(design: Design, runs: int, own: bool = False) -> Iterator[Row]:
    """p of the collapse and of proportionality, p at or below .05."""
    hits: dict[str, list[np.ndarray]] = {}
    for block in range(-(-runs // AT_ONCE)):
        traj = systems(design, AT_ONCE, block, own)
        rank = collapse_test._of_one("", traj, QUICK, 2, PERMUTATIONS, block)["rank"]  # all runs at once
        p = {"collapse": collapse_test._share(rank).values}
        if design.members > 1:
            joint = rank.values.reshape(1 + PERMUTATIONS, AT_ONCE, -1).mean(-1)
            p["collapse, overall"] = collapse_test._share(xr.DataArray(joint, dims=("permutation", "run"))).values
        else:
            follow = nu.proportionality(traj, permutations=PERMUTATIONS, seed=block).p
            p |= {f"{q} by {d}": follow.sel(quantity=q, predictor=d).values for q in ("final", "rate") for d in SIMPLE}
        for name, values in p.items():
            hits.setdefault(name, []).append((values.reshape(AT_ONCE, -1) <= 0.05 + 1e-9).mean(-1))
    yield from (row(name, parts) for name, parts in hits.items())


SIMPLE = ("dx dy*", "dx", "dy*")
QUICK = nu.PairwiseModel(variables=("h",), restarts=1, start={"y0": 1e-4, "w0": -1e-2})
"""The law of the collapse: a fit of two constants from one start, a third of the time."""


class Recorded(NamedTuple):
    """Patterns of noisy halves (half, subject, time, n, feature), without noise, and of two laws (law, time, ...)."""

    halves: np.ndarray
    own: np.ndarray
    laws: np.ndarray

    def seen(self, ends: np.ndarray) -> np.ndarray:
        return distances(*self.halves, ends)

    def expected(self, ends: np.ndarray) -> np.ndarray:
        return distances(self.laws, self.laws, ends)[:, None]


def recorded(design: Design, rng: np.random.Generator, n: int, scale: np.ndarray) -> Recorded:
    """n conditions; laws err as much as each other, subjects lie about the shared geometry as far as `scale` says."""
    growth = np.linspace(0.2, 1, design.frames)[:, None, None]
    points = rng.normal(size=(n, FEATURES))
    laws = growth * (points + 0.3 * rng.normal(size=(2, 1, n, FEATURES)))
    own = growth * (points + 0.3 * scale[:, None, None, None] * rng.normal(size=(len(scale), 1, n, FEATURES)))
    noise = np.sqrt(FEATURES * design.noise) * rng.normal(size=(2, len(scale), design.frames, n, FEATURES))
    return Recorded(own + noise, own, laws)


def distances(patterns: np.ndarray, other: np.ndarray, ends: np.ndarray) -> np.ndarray:
    apart = (part[..., ends[0], :] - part[..., ends[1], :] for part in (patterns, other))
    return np.einsum("...f,...f->...", *apart)


def reached(design: Design, draws: int = 20000) -> tuple[float, float, float]:
    """R2 of a law and of the truth over all conditions and subjects, and the variance of the noise."""
    rng, found, ends = np.random.default_rng(1), [], np.arange(draws).reshape(2, -1)
    scales = np.exp(SCATTER * stats.norm.ppf((np.arange(20) + 0.5) / 20)) if design.members > 1 else np.ones(1)
    for scale in scales:
        made = recorded(design, rng, draws, np.array([scale]))
        h = made.seen(ends)
        errors = [((h - other) ** 2).mean() for other in (made.expected(ends), distances(made.own, made.own, ends))]
        found.append([*(1 - error / h.var() for error in errors), errors[1]])
    return tuple(np.mean(found, axis=0))


SCATTER = 0.3
"""Of the logarithm of how far subjects lie from the shared geometry."""


def halves_of(rng: np.random.Generator, n: int, repeats: int = 4) -> Iterator[np.ndarray]:
    """Pairs within halves of the conditions, as `compare` holds them out."""
    for _ in range(repeats):
        for half in np.array_split(rng.permutation(n), 2):
            yield np.sort(half)[np.stack(pair_indices(len(half)))]


def r2_intervals(design: Design, runs: int) -> Iterator[Row]:
    rng, (truth, ceiling, noise) = np.random.default_rng(0), reached(design)
    hits = []
    for _ in range(runs):
        scale = np.exp(SCATTER * rng.normal(size=design.members) * (design.members > 1))
        made = recorded(design, rng, design.conditions, scale)
        folds = [Fold(made.seen(e), made.expected(e), e) for e in halves_of(rng, design.conditions)]
        drawn = draw(design.conditions, design.members, RESAMPLES, rng)
        low, high = own_r2(folds, drawn, {}).bounds[0]
        apart = infer(bootstrap_scores(folds, drawn, "log_error", reference=0), drawn)
        spread = np.concatenate([fold.observed for fold in folds], axis=-1).var((1, 2))
        border = truth / ceiling * (1 - noise / spread).mean()
        hits.append((high < border, low > border, high < truth, low > truth, apart.p[1, 0] < 0.05))
    share = f"the interval lies below {truth / ceiling:.2f} of the ceiling, which it reaches (2.5)"
    endless = f"below R2 {truth:.2f} of endlessly many conditions"
    names = (share, "above it (2.5)", endless, "above that", "ratio of errors")
    yield from (row(name, part) for name, part in zip(names, np.transpose(hits), strict=True))


def exchangeable(world: Exchangeable, runs: int) -> Iterator[Row]:
    rng = np.random.default_rng(0)
    found = [p_values(rng, world) for _ in range(runs)]
    yield from (row(name, [one[name] < 0.05 for one in found]) for name in found[0])
    if world.classes:
        missed = [misses_of_these_classes(rng, world) for _ in range(runs // 5)]
        yield row("the interval by condition misses the ratio in these classes", missed)


def pooled(world: World, shared: bool, runs: int) -> Iterator[Row]:
    """Two ways to put `world.subjects` systems together."""
    rng, hits = np.random.default_rng(0), []
    for _ in range(runs):
        alone = world._replace(subjects=1)
        folds = [study(rng, alone) for _ in range(world.subjects)]
        if shared:
            fold = study(rng, world)
            folds = [fold._replace(observed=fold.observed[[s]]) for s in range(world.subjects)]
        drawn = draw(world.conditions, 1, 10, rng)
        found = [infer(bootstrap_scores([fold], drawn, "log_error", reference=0), drawn) for fold in folds]
        size = [np.sign(one.estimate[1, 0]) * stats.norm.isf(one.p[1, 0] / 2) for one in found]
        together = np.array([np.mean(size), np.sum(size) / np.sqrt(len(size))])
        hits.append(together > stats.norm.isf(0.025))
    yield from (row(name, part) for name, part in zip(("mean (2.5)", "sum (2.5)"), np.transpose(hits), strict=True))


def flips(subjects: int, times: int, rivals: int, runs: int) -> Iterator[Row]:
    rng, hits = np.random.default_rng(0), []
    for _ in range(runs):
        loud = np.exp(0.5 * rng.normal(size=(subjects, 1, 1)))
        each = loud * smooth(rng, (subjects, rivals), times).transpose(1, 2, 0)
        hits.append([(holm(test(each, 500)) <= 0.05).any() for test in (cluster_p, max_flip_p)])
    yield from (row(name, part) for name, part in zip(("clusters", "largest t"), np.transpose(hits), strict=True))


def constants(design: Design, runs: int) -> Iterator[Row]:
    """Of four truths a design, each fitted to a noisy movie; profiles, which are slow, of a tenth of the runs."""
    missed: dict[str, list[np.ndarray]] = {}
    for truth in range(4):
        like = like_of(design, truth)
        true = nu.PairwiseModel().fit(like)
        made = noisy_studies(like, true.predict(like)["h"], Noise.of(like), runs // 4, truth)
        few = made.isel(study=slice(runs // 40))
        data = {"likelihood": made, "profile": few, "sandwich": made.drop_vars("h_var")}
        for method, part in data.items():
            fitted = nu.PairwiseModel(intervals=method).fit(part).constants_
            for name, missing in misses(true.constants_, fitted).items():
                missed.setdefault(f"{method}, {name}", []).append(missing.values)
                if method == "likelihood":
                    sure = missing.values[fitted["identified"].values]
                    missed.setdefault(f"{method}, {name}, of those without a caution", []).append(sure)
    yield from (row(name, parts) for name, parts in missed.items())


def like_of(design: Design, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    shown = conditions(design, rng)
    clean = xr.DataArray(lawful(design.frames, *shown, 10 ** rng.uniform(-0.2, 0.2, 2)), dims=("time", "pair"))
    return seen(design, clean, coordinates(design, *shown), seed)


def misses(true: xr.Dataset, fitted: xr.Dataset) -> dict[str, xr.DataArray]:
    """Whether the interval of a constant, of their speed and of their ratio leaves out the truth (study)."""
    found = {}
    for name in ("eta_h", "eta_y"):
        low, high = (fitted[f"{name}_interval"].sel(bound=bound) for bound in ("lower", "upper"))
        found[name] = (low > true[name]) | (high < true[name])
    for name in ("speed", "ratio"):
        low, high = (fitted[name].sel(estimate=bound) for bound in ("lower", "upper"))
        value = true[name].sel(estimate="value")
        found[name] = (low > value) | (high < value)
    return found


def ceilings(design: Design, runs: int) -> Iterator[Row]:
    """Differences of means, in hundredths of a correlation or of R2."""
    off: dict[str, list[np.ndarray]] = {}
    for block in range(-(-runs // AT_ONCE)):
        truth, one, two = repeated(design, block)
        told = nu.noise_ceiling(one if design.members == 1 else one.drop_vars("h_var"))
        for bound, other in (("upper", truth), ("lower", two["h"] if design.members == 1 else truth)):
            apart = told.geometry_ceiling.sel(bound=bound) - similarity(one["h"], other, "corr")
            off.setdefault(f"geometry, last frame, {bound}", []).append(_by_run(apart.isel(time=-1)))
            if design.members == 1:  # how well members agree is no ceiling of time courses
                apart = told.dynamics_ceiling.sel(bound=bound) - r2(one["h"], other)
                off.setdefault(f"dynamics, {bound}", []).append(_by_run(apart))
    yield from (row(name, parts) for name, parts in off.items())


def _by_run(array: xr.DataArray) -> np.ndarray:
    return array.transpose("run", ...).values.reshape(AT_ONCE, -1).mean(-1)


def repeated(design: Design, block: int) -> tuple[xr.DataArray, xr.Dataset, xr.Dataset]:
    """The truth and two recordings of it (run[, subject], time, pair), the start left out."""
    rng = np.random.default_rng([block, *(int(1e4 * part) for part in design)])
    drawn = [conditions(design, rng) for _ in range(AT_ONCE)]
    dx2, dy2 = (np.stack(part)[:, None] for part in zip(*drawn, strict=True))
    movies = lawful(design.frames, dx2, dy2, np.ones((AT_ONCE, design.members, 2)))
    coords = coordinates(design, dx2[0, 0], dy2[0, 0])
    truth = xr.DataArray(movies, {"time": coords["time"]}, ("run", "subject", "time", "pair"))
    truth = truth.isel(subject=0) if design.members == 1 else truth
    one, two = (seen(design, truth, coords, 2 * block + i) for i in range(2))
    return tuple(part.isel(time=slice(1, None)) for part in (truth, one, two))


def share_intervals(studies: int, share: float) -> Iterator[Row]:
    count = np.arange(studies + 1)
    low, high = wilson(xr.DataArray(count / studies, dims="count"), studies).transpose("bound", "count").values
    missed = stats.binom.pmf(count, studies, share)[(low > share) | (high < share)].sum()
    yield Row(f"share {share:g}", float(missed), 0.0, 0)


def rows(name: str, runs: int) -> Iterator[tuple[str, Row]]:
    """The designs of a name, and what came of them."""
    if name == "pooled":
        for size, shared in ((4, True), (4, False), (8, True), (8, False)):
            for n in (12, 40):
                told = f"{size} systems, {n} conditions, {'the same' if shared else 'own'}"
                yield from ((told, one) for one in pooled(World(n, size, leaning=0), shared, runs))
    elif name == "flips":
        for subjects, times, rivals in FLIPS:
            made = flips(subjects, times, rivals, runs)
            yield from ((f"{subjects} subjects, {times} times, {rivals} rivals", one) for one in made)
    elif name == "shares":
        for studies in (20, 40, 100, 200):
            for share in (0.01, 0.05, 0.5, 0.8):
                yield from ((f"{studies} studies", one) for one in share_intervals(studies, share))
    else:
        designs, test = TESTS[name]
        for design in designs:
            yield from ((str(design), one) for one in test(design, runs))


TESTS = {
    "labels": (LABELS, label_tests),
    "law": (LAW, lambda design, runs: label_tests(design, runs // 5, own=True)),
    "r2": (R2, r2_intervals),
    "exchangeable": (EXCHANGEABLE, exchangeable),
    "constants": (CONSTANTS, constants),
    "ceiling": (CEILING, lambda design, runs: ceilings(design, runs // 2)),
}
NAMES = ("labels", "law", "r2", "pooled", "flips", "constants", "ceiling", "exchangeable", "shares")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in given.only:
        print(f"\n| {name} | | % | s.e. | runs |\n|---|---|---|---|---|", flush=True)
        begun = process_time()
        for design, one in rows(name, given.runs):
            print(f"| {design} | {one.what} | {100 * one.mean:.1f} | {100 * one.error:.1f} | {one.runs} |", flush=True)
        print(f"{name}: {process_time() - begun:.0f} s of one core", flush=True)


if __name__ == "__main__":
    main()
