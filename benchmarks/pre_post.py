"""What `neurouniv.change` says of two sessions whose truth is known.

    python benchmarks/pre_post.py still | changed | named [--studies 200]

Recordings of patterns with Gaussian noise, 60 channels, one trial of every condition in each of 6 runs of a session,
crossnobis. Stimuli have six features; half of the conditions have one target, half the other. Signal to noise is the
variance of the patterns over conditions to that of a trial's noise. The share of studies in which the RDM is said to
have changed (p < .05, .01): of still patterns (and how often p of a model is below .05 then), and where a component
that tells the targets apart adds 10 or 30 % to their variance. Then the model that is named where a component is added
along one of them (30 % of the variance); its p, or where it is along none of them ("other") that of the model named; p
of the stimuli; and whether the interval of the growth of the mean distance holds its truth in these conditions.
"""

import argparse
import warnings
from collections import Counter

import numpy as np
import xarray as xr
from scipy.spatial.distance import pdist, squareform

import neurouniv as nu
from neurouniv.universality.verdict.learned import change_test

CHANNELS, RUNS, FEATURES, PERMUTATIONS = 60, 6, 6, 200
DESIGNS = [(conditions, snr) for conditions in (8, 16) for snr in (0.3, 1.0)]


def component(kind: str, stimuli: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Coordinates of the conditions (condition, dimension) whose squared distances are in proportion to a model's."""
    if kind == "targets":
        return targets
    if kind == "input":
        return stimuli
    if kind == "other":
        return rng.normal(size=(len(stimuli), 1))
    distances = np.sqrt(pdist(stimuli) ** 2 * pdist(targets) ** 2)  # dx dy: as near as a geometry can be
    n = len(stimuli)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(centre @ squareform(distances) @ centre / -2)
    return vectors * np.sqrt(np.maximum(values, 0))


def session(patterns: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return (patterns + noise * rng.normal(size=(RUNS, *patterns.shape))).reshape(-1, patterns.shape[1])


def study(seed: int, conditions: int, snr: float, kind: str, share: float) -> tuple[xr.Dataset, float]:
    """A trajectory of two sessions, and by which share the mean distance truly grew."""
    rng = np.random.default_rng(seed)
    stimuli = rng.normal(size=(conditions, FEATURES))
    targets = np.eye(2)[rng.permutation(np.arange(conditions) % 2)]
    before = stimuli @ rng.normal(size=(FEATURES, CHANNELS))
    before -= before.mean(0)
    added = component(kind, stimuli, targets, rng)
    added = (added - added.mean(0)) @ np.linalg.qr(rng.normal(size=(CHANNELS, CHANNELS)))[0][: added.shape[1]]
    basis = np.linalg.qr(before.T)[0]
    added -= added @ basis @ basis.T  # in directions of its own, so that distances add
    after = before + added * np.sqrt(share * before.var() / added.var())
    noise = np.sqrt(before.var() / snr)
    names = np.array([f"c{i:02d}" for i in range(conditions)])
    rows = 2 * RUNS
    coords = {"condition": np.tile(names, rows), "session": np.repeat([1, 2], RUNS * conditions)}
    coords["run"] = np.tile(np.repeat(np.arange(RUNS), conditions), 2)
    activity = np.concatenate([session(patterns, noise, rng) for patterns in (before, after)])
    rec = xr.Dataset({"activity": (("trial", "channel"), activity)}, {n: ("trial", c) for n, c in coords.items()})
    traj = nu.trajectory(rec, nu.tasks.from_arrays(stimuli, targets, condition=names), metric="crossnobis")
    return traj, after.var(0).sum() / before.var(0).sum() - 1


def still(studies: int) -> None:
    print("| conditions, SNR | studies | p < .05, < .01 | of input, targets: p < .05 |", flush=True)
    for conditions, snr in DESIGNS:
        found = [
            nu.change(study(seed, conditions, snr, "targets", 0.0)[0], permutations=PERMUTATIONS)
            for seed in range(studies)
        ]
        p = np.array(
            [[float(f.changed_p), *map(float, f.correlation_p.sel(model=["input", "targets"]))] for f in found]
        )
        any_, of_input, of_targets = (p < 0.05).mean(0)
        below = f"{any_:.3f}, {(p[:, 0] < 0.01).mean():.3f} | {of_input:.3f}, {of_targets:.3f}"
        print(f"| {conditions}, {snr} | {studies} | {below} |", flush=True)


def changed(studies: int) -> None:
    print("| conditions, SNR | studies | +10 %: p < .05 | +30 % |", flush=True)
    for conditions, snr in DESIGNS:
        shares = []
        for share in (0.1, 0.3):
            made = (study(1000 + seed, conditions, snr, "targets", share)[0] for seed in range(studies))
            shares.append(np.mean([float(change_test(traj).learned_p) < 0.05 for traj in made]))
        print(f"| {conditions}, {snr} | {studies} | {shares[0]:.2f} | {shares[1]:.2f} |", flush=True)


def named(studies: int) -> None:
    print("| along | conditions, SNR | studies | said to change | named | p < .05 of it | of input | growth covered |")
    for kind in ("targets", "input", "dx dy", "other"):
        for conditions, snr in DESIGNS:
            best, right, of_input, covered, changes = Counter(), [], [], [], []
            for seed in range(studies):
                traj, growth = study(5000 + seed, conditions, snr, kind, 0.3)
                found = nu.change(traj, permutations=PERMUTATIONS, seed=seed)
                low, high = found.growth_interval.values
                covered.append(low <= growth <= high)
                changes.append(float(found.changed_p) < 0.05)
                best[str(found.best.item())] += 1
                p = found.correlation_p
                right.append(float(p.sel(model=found.best if kind == "other" else kind)) < 0.05)
                of_input.append(float(p.sel(model="input")) < 0.05)
            shares = ", ".join(f"{name} {count / studies:.2f}" for name, count in best.most_common())
            print(
                f"| {kind} | {conditions}, {snr} | {studies} | {np.mean(changes):.2f} | {shares} | "
                f"{np.mean(right):.2f} | {np.mean(of_input):.2f} | {np.mean(covered):.2f} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["still", "changed", "named"])
    parser.add_argument("--studies", type=int, default=200)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    {"still": still, "changed": changed, "named": named}[chosen.what](chosen.studies)


if __name__ == "__main__":
    main()
