"""How often 95 % intervals hold the truth, and how far constants are off, on simulated systems of known constants.

    python benchmarks/coverage.py [--systems 500] [--only NAME] [--intervals bootstrap]

Every system has its own 10 conditions (random stimuli, 5 features; targets, 2 outputs), constants (log-uniform over
a decade), 10 sessions that reach its plateau, and a start proportional to the stimuli's distances; where y and w
start is drawn too (log y0/h0 with s.d. 1, the alignment as the tanh of a normal number of s.d. 0.5). Designs:

    "h"            h only, through noise whose variance is known and which pairs that share a condition have in common
    "h, y, w"      y and w too, through independent noise of 4 % of their range, of a size that the fit must find
    "h, scattered start"   as "h", the start scattered about the stimuli's distances by 30 %
    "h, y, w, variance unknown"   all three with independent noise of 4 % of their range from the second session on,
                   nothing known of it: the sandwich
    "crossnobis"   h only: patterns of 60 channels, 8 runs, crossvalidated by `rdm.measures`, variances estimated
                   from the same data. Stimuli are equidistant and targets two to a class, since distances that follow
                   the two-point law pair by pair need not be those of any patterns; draws for which they are not
                   (by 0.1 % of the largest) are left out.
    "LAW, snr SNR, noise known" and "... unknown"   a brain in which the pairwise or the universal law is true
                   (`neurouniv.simulate_brain`): 10 conditions, 10 sessions, 12 trials each, 120 neurons, snr .3 or 1 of
                   one trial; squared Euclidean distances of mean patterns, which noise makes too large, with their
                   variance from how trials differ, or without. Tasks are drawn anew for the universal law, and as for
                   "crossnobis" for the pairwise one; half the way is done after 25 to 50 % of the sessions, and
                   distances grow 5- to 30-fold. Outputs and, of the universal law, decoder start at 0.

Coverage is told of all systems and of those without a caution of the fit (`identified`).
"""

import argparse
import warnings
from time import perf_counter

import numpy as np
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv import simulate_brain, tasks, trajectory
from neurouniv.fitting.noise import pair_covariance
from neurouniv.laws import PairwiseModel, UniversalModel
from neurouniv.laws.law import Law
from neurouniv.rdm.measures import crossnobis, crossnobis_variance
from neurouniv.schema import pair_indices
from neurouniv.systems.brains.worlds import WORLDS
from neurouniv.theory import closed_form, two_point

CONDITIONS, SESSIONS, CHANNELS, RUNS = 10, 10, 60, 8
LAWS = {"pairwise": PairwiseModel, "universal": UniversalModel}
BRAINS = {
    f"{law}, snr {snr:g}, noise {'known' if known else 'unknown'}": (law, snr, known)
    for law in LAWS for snr in (0.3, 1.0) for known in (True, False)
}  # fmt: skip
DESIGNS = ("h", "h, y, w", "h, scattered start", "h, y, w, variance unknown", "crossnobis", *BRAINS)


def world(rng: np.random.Generator, design: str) -> tuple[xr.Dataset, dict[str, float]]:
    """A noise-free trajectory and its constants."""
    stimuli, targets = rng.normal(size=(CONDITIONS, 5)) / 3, rng.normal(size=(CONDITIONS, 2)) / 2
    if design == "crossnobis":
        stimuli, targets = equidistant()
    dx2, dy2 = pdist(stimuli) ** 2, pdist(targets) ** 2
    eta_h, eta_y = 10 ** rng.uniform(-0.5, 0.5, 2)
    slow = 1 / np.sqrt(eta_h * eta_y * np.median(dx2 * dy2))
    time = np.linspace(0, 14 * slow, SESSIONS)
    h0 = 0.03 * np.sqrt(eta_h / eta_y) * np.sqrt(np.mean(dy2) / np.mean(dx2)) * dx2
    h0 = h0 * np.exp(0.3 * rng.normal(size=len(dx2))) if "scattered" in design else h0
    aligned = np.tanh(0.5 * rng.normal())
    y0_per_h0 = 0.1 * np.sqrt(eta_y / eta_h) * np.sqrt(np.mean(dy2) / np.mean(dx2)) * np.exp(rng.normal())
    y0 = y0_per_h0 * h0
    start = two_point.Start(h0, y0, y0 - aligned * np.sqrt(y0 * dy2))
    curves = closed_form.solve(start, eta_h, eta_y, dx2, dy2, time)
    first, second = pair_indices(CONDITIONS)
    names = np.array([f"c{i}" for i in range(CONDITIONS)])
    coords = {"time": time, "first": ("pair", names[first]), "second": ("pair", names[second]), "condition": names}
    coords |= {"dx2": ("pair", dx2), "dy2": ("pair", dy2)}
    frames = {name: (("pair", "time"), curve) for name, curve in zip("hyw", curves, strict=True)}
    return xr.Dataset(frames, coords).transpose("time", "pair", ...), {"eta_h": eta_h, "eta_y": eta_y}


def seen(traj: xr.Dataset, design: str, rng: np.random.Generator) -> xr.Dataset:
    """The trajectory as the design shows it."""
    size = float(traj.h.max())
    if design == "h, y, w, variance unknown":
        sd = {name: 0.04 * float(traj[name].max() - traj[name].min()) for name in "hyw"}
        noise = {name: sd[name] * rng.normal(size=traj.h.shape) * (np.arange(SESSIONS) > 0)[:, None] for name in "hyw"}
        return traj.assign({name: traj[name] + noise[name] for name in "hyw"})
    if design != "crossnobis":
        made = traj.copy() if design == "h, y, w" else traj[["h"]]
        for name in sorted(set(made) - {"h"}):
            sd = 0.04 * float(traj[name].max() - traj[name].min())
            made[name] = traj[name] + sd * rng.normal(size=traj[name].shape)
        a, b = np.full(SESSIONS, (0.03 * size) ** 2), np.full(SESSIONS, 0.02 * size)
        covariance = pair_covariance(a, b, traj.h.values, np.stack(pair_indices(CONDITIONS)))
        root = np.linalg.cholesky(covariance + 1e-9 * size**2 * np.eye(covariance.shape[-1]))
        noise = (root @ rng.normal(size=(SESSIONS, covariance.shape[-1], 1)))[..., 0]
        return made.assign(h=traj.h + noise, h_var=(("time", "pair"), np.einsum("tpp->tp", covariance)))
    patterns = embedded(traj.h.values)[:, None]
    noisy = patterns + np.sqrt(0.15 * size / CHANNELS) * rng.normal(size=(SESSIONS, RUNS, CONDITIONS, CHANNELS))
    found = {"h": crossnobis(noisy), "h_var": crossnobis_variance(noisy)}
    return xr.Dataset({name: (("time", "pair"), value) for name, value in found.items()}, traj.coords)


def brain(design: str, rng: np.random.Generator, seed: int) -> tuple[xr.Dataset, dict[str, float]]:
    """The squared Euclidean distances of a simulated brain, and its constants in units of what was recorded."""
    law, snr, known = BRAINS[design]
    if law == "pairwise":
        stimuli, targets = equidistant()
    else:
        stimuli, targets = rng.normal(size=(CONDITIONS, 5)) / 3, rng.normal(size=(CONDITIONS, 2)) / 2
    task = tasks.from_arrays(stimuli, targets)
    world = WORLDS[law](half=rng.uniform(0.25, 0.5), growth=10 ** rng.uniform(0.7, 1.5))
    rec = simulate_brain(task, world=world, sessions=SESSIONS, snr=snr, seed=seed)
    gain = rec.attrs["rate_gain"] ** 2
    truth = {"eta_h": rec.attrs["law_eta_h"] * gain, "eta_y": rec.attrs["law_eta_y"] / gain}
    return trajectory(rec, task, variance=known), truth


def equidistant() -> tuple[np.ndarray, np.ndarray]:
    """Stimuli that are equally far apart, and targets two to a class."""
    targets = np.repeat(np.diag(np.linspace(0.4, 1.6, CONDITIONS // 2)), 2, axis=0)
    return np.eye(CONDITIONS), targets


def embedded(h: np.ndarray) -> np.ndarray:
    """Patterns (time, condition, channel) with these distances, as nearly as patterns can have them."""
    first, second = pair_indices(CONDITIONS)
    square = np.zeros((len(h), CONDITIONS, CONDITIONS))
    square[:, first, second] = square[:, second, first] = h
    middle = np.eye(CONDITIONS) - 1 / CONDITIONS
    values, vectors = np.linalg.eigh(-0.5 * middle @ square @ middle)
    patterns = vectors * np.sqrt(np.maximum(values, 0))[:, None]
    return np.concatenate([patterns, np.zeros((*patterns.shape[:2], CHANNELS - CONDITIONS))], -1)


def is_of_patterns(h: np.ndarray) -> bool:
    """Whether some patterns have the distances `h` (time, pair)."""
    first, second = pair_indices(CONDITIONS)
    patterns = embedded(h)
    found = ((patterns[:, first] - patterns[:, second]) ** 2).sum(-1)
    return bool(np.abs(found - h).max() < 1e-3 * h.max())


def drawn(design: str, seed: int) -> tuple[xr.Dataset, dict[str, float]] | None:
    """What is seen of one system, and its constants; None where no patterns have its distances."""
    rng = np.random.default_rng(seed)
    if design in BRAINS:
        return brain(design, rng, seed)
    clean, truth = world(rng, design)
    if design == "crossnobis" and not is_of_patterns(clean.h.values):
        return None
    return seen(clean, design, rng), truth


def law_for(design: str, intervals: str | None) -> Law:
    if design in BRAINS:
        return LAWS[BRAINS[design][0]](intervals=intervals)
    return PairwiseModel(start=None if "unknown" in design else "fitted", intervals=intervals)


def study(design: str, systems: int, intervals: str | None = None) -> str:
    law = law_for(design, intervals)
    hit, error, sure, begin = {"eta_h": [], "eta_y": []}, {"eta_h": [], "eta_y": []}, [], perf_counter()
    for seed in range(systems):
        one = drawn(design, seed)
        if one is None:
            continue
        shown, truth = one
        found = law.fit(shown).constants_
        sure.append(bool(found.identified))
        for name, value in truth.items():
            low, high = found[f"{name}_interval"].values
            hit[name].append(low <= value <= high)
            error[name].append(float(np.log(found[name] / value)))
    sure, count = np.array(sure), len(sure)
    words = [f"{design}: {count} systems, {(perf_counter() - begin) / count:.3f} s each, {sure.sum()} without caution"]
    for name in hit:
        off, held = np.array(error[name]), np.array(hit[name])
        words.append(
            f"{name} covered {100 * held.mean():.1f} % ({100 * held[sure].mean():.1f} %), median bias "
            f"{100 * np.median(off):+.1f} %, mean {100 * off.mean():+.1f} %, s.d. {100 * off.std():.1f} % "
            f"(mean {100 * off[sure].mean():+.1f} %, s.d. {100 * off[sure].std():.1f} %)"
        )
    return "; ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=500)
    parser.add_argument("--only", choices=DESIGNS)
    parser.add_argument("--intervals", help="of `Law`, for example bootstrap")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    for design in [chosen.only] if chosen.only else DESIGNS:
        print(study(design, chosen.systems, chosen.intervals), flush=True)


if __name__ == "__main__":
    main()
