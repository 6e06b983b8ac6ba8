"""The diagnosis of a fit in words: faults, for which it must not be used, and what its data leave open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from neurouniv.fitting.change import p_of_change
from neurouniv.fitting.estimates import Estimates
from neurouniv.fitting.intervals import undetermined
from neurouniv.fitting.least_squares import Fit
from neurouniv.fitting.modelled_start import begun
from neurouniv.fitting.problem import Problem

WIDE = 10.0
"""A constant whose 95 % interval spans more than this factor is not determined. A convention: not even its order of
magnitude is known."""
QUARTERS, RISING, SURE = 4, 0.5, 1.5
"""Distances that still rise at the end at this share of their fastest show no plateau; rates then have to be known to
this factor, since only their product is seen directly. By hand."""
LEAST_REACHED, REACHED = 0.005, 0.9
"""Data that end before this share of the change the law expects are cut short; below the first, no change is told. By
hand."""
DROPPED, MOVED = 0.8, 1.15
"""They are then cut to this share of their frames; constants that move by more than this factor are not settled. By
hand; constants of 10 noisy sessions scatter by 8 and 11 % (`benchmarks/coverage.py`)."""
STILL = 0.05
"""Distances whose change has a p value above this do not change beyond their noise. The convention of the F test that
`neurouniv.fitting.change` is."""
EXCESS, BEYOND_CHANCE = 1.25, 4.0
"""Residuals above this many variances of the noise, and more than so many standard errors above 1, are misfit. By hand:
a quarter widens an interval by 12 %. The variance of the mean of n squares is 2/n (chi-square)."""
ENOUGH = 2
"""Observations per constant, at least. A convention: with fewer, half of what is seen is fitted."""
MAY_VANISH = ("share", "part")
CONVERGED = "converged"


@dataclass(frozen=True)
class Diagnosis:
    """The diagnosis of the fit of every system (system,)."""

    converged: np.ndarray  # the fit may be used
    identified: np.ndarray  # its data determine its constants
    message: np.ndarray  # why not, in words


def diagnosed(problem: Problem, fit: Fit, estimates: Estimates) -> Diagnosis:
    faults = [_faults(problem, fit, estimates, s) for s in range(len(fit.theta))]
    cautions = _cautions(problem, fit, estimates)
    texts = [
        in_sentences([*(fault or caution or [CONVERGED]), *_inferred(problem, s)])
        for s, (fault, caution) in enumerate(zip(faults, cautions, strict=True))
    ]
    return Diagnosis(
        converged=np.array([not fault for fault in faults]),
        identified=np.array([not (fault or caution) for fault, caution in zip(faults, cautions, strict=True)]),
        message=np.array(texts),
    )


def in_sentences(parts: Iterable[str]) -> str:
    """The parts of a message, each a sentence; "converged", where there is nothing else to say, is a word.

    Examples
    --------
    >>> in_sentences(["converged"]), in_sentences(["the data end early", "record more times"])
    ('converged', 'The data end early. Record more times.')
    """
    said = list(parts)
    if said == [CONVERGED]:
        return CONVERGED
    return " ".join(f"{one[0].upper()}{one[1:].removesuffix('.')}." for one in said)


def _faults(problem: Problem, fit: Fit, estimates: Estimates, s: int) -> list[str]:
    law, seen = problem.equation, problem.seen
    constants = problem.constants(fit.theta)
    faults = [
        f"the constant {p.name} ended at its {'lower' if fit.at_bound[s, i] < 0 else 'upper'} bound "
        f"({float(constants[p.name][s, 0]):.3g}), so these data do not determine it"
        for i, p in enumerate(problem.parameters)
        if fit.at_bound[s, i] and not ((p.kind in MAY_VANISH or p.name == "floor") and fit.at_bound[s, i] < 0)
    ]
    if not fit.settled[s]:
        faults += ["the optimiser did not converge", "use more `restarts`"]
    if not estimates.followed[s]:
        faults.append(
            f"the {law.name} law could not be solved to the end of these data, because it diverges or is too stiff"
        )
    if "h" not in problem.names:
        return faults
    of_h = estimates.r2[s, problem.names.index("h")]
    if not np.isfinite(of_h):
        faults.append("R2 of h is not defined, because the distances do not vary or their start is missing")
    elif of_h < 0:
        h = seen.values[s, seen.variables.index("h")]
        mean = np.nanmean(h[:, np.isfinite(h).any(0)], axis=0)
        faults.append(
            f"the {law.name} law does not describe these data: R2 of h is {of_h:.2f}, and their mean "
            f"predicts better (the mean distance goes from {mean[0]:.3g} to {mean[-1]:.3g})"
        )
    return faults


def _cautions(problem: Problem, fit: Fit, estimates: Estimates) -> list[list[str]]:
    """The cautions of every system: what its data leave open."""
    if not problem.parameters or not problem.equation.cautious:
        return [[] for _ in fit.theta]
    rising = _rising(problem)
    short = _cut_short(problem, fit, rising)
    return [
        [
            *_few(problem, s),
            *_still(problem, s),
            *_wide(problem, estimates, s, rising[s]),
            *short[s],
            *_misfitting(problem, estimates, s),
        ]
        for s in range(len(fit.theta))
    ]


def _inferred(problem: Problem, s: int) -> list[str]:
    """The note on conditions, or pairs of others, whose start is inferred from their stimuli."""
    seen = problem.seen
    if seen.unseen is None or not problem.equation.starts_from_h:
        return []
    unseen, ends = seen.unseen[s], seen.ends if seen.ends.ndim == 2 else seen.ends[:, s]
    members = [(ends == c).any(0) for c in range(len(seen.conditions))]
    absent = np.array([mask.any() and unseen[mask].all() for mask in members])
    pairs = int((unseen & ~absent[ends].any(0)).sum())
    named = ", ".join(seen.conditions[absent])
    absences = [f"of {named}"] * bool(named) + [f"of {pairs} pairs"] * bool(pairs)
    return [f"the start {' and '.join(absences)} was not observed and is inferred from the stimuli"] if absences else []


def _few(problem: Problem, s: int) -> list[str]:
    count, needed = int(np.isfinite(problem.observed()[s]).sum()), len(problem.parameters)
    if count > ENOUGH * needed:
        return []
    return [f"{count} observations are too few for {needed} constants", "record more times or conditions"]


def _still(problem: Problem, s: int) -> list[str]:
    seen = problem.seen
    if seen.variance is None or "h" not in problem.names:
        return []
    h = problem.observed()[s, problem.names.index("h")]
    ends = seen.ends if seen.ends.ndim == 2 else seen.ends[:, s]
    if not p_of_change(h, seen.variance[s], ends) > STILL:
        return []
    return ["the distances do not change beyond their noise, so there is no learning to fit"]


def _misfitting(problem: Problem, estimates: Estimates, s: int) -> list[str]:
    """The caution where the law leaves clearly more than the known noise, so that its intervals are no good."""
    if estimates.excess is None or problem.interval_method != "likelihood":
        return []
    count = int(np.isfinite(problem.observed()[s]).sum())
    excess = float(estimates.excess[s])
    if excess < max(EXCESS, 1 + BEYOND_CHANCE * np.sqrt(2 / count)):
        return []
    return [
        f"the residuals of the {problem.equation.name} law have "
        f"{f'{excess:.2g}' if excess < 100 else f'{excess:.0f}'} times the variance of the noise",
        "its intervals were widened, but may still miss the truth (intervals='bootstrap' assumes less)",
    ]


def _rising(problem: Problem) -> np.ndarray:
    """Whether the mean distance still changes towards the last quarter about as fast as ever: no plateau (system,)."""
    if "h" not in problem.names or problem.seen.values.shape[-1] < QUARTERS:
        return np.zeros(len(problem.seen.dx2), bool)
    h = problem.observed()[:, problem.names.index("h")]
    count = np.maximum(np.isfinite(h).sum(1), 1)
    mean = np.nan_to_num(h).sum(1) / count
    quarters = np.stack([part.mean(-1) for part in np.array_split(mean, QUARTERS, axis=-1)], -1)
    change = np.diff(quarters, axis=-1)
    return change[:, -1] >= RISING * np.abs(change).max(-1)


def _wide(problem: Problem, estimates: Estimates, s: int, rising: bool) -> list[str]:
    values, ends = problem.constants(estimates.theta), estimates.limits
    wide = []
    for i, p in enumerate(problem.parameters):
        if p.kind != "positive" or p.prior_sd or p.nuisance:
            continue
        low, high = (float(p.from_scale(ends[:, i, end])[s]) for end in range(2))
        if high > (SURE if rising and p.rate else WIDE) * low:
            number = "" if undetermined(low, high) else f" = {float(values[p.name][s, 0]):.3g} [{low:.2g}, {high:.2g}]"
            wide.append((p.name, p.name + number))
    if not wide:
        return []
    why = "distances still rise at the end, so " if rising else ""
    texts = [f"{why}these data do not determine {' and '.join(constant for _, constant in wide)} (95 % intervals)"]
    speed = estimates.speed[s]
    if speed.size and speed[2] < WIDE**0.5 * speed[1]:
        texts.append(f"they determine the speed sqrt(eta_h eta_y) = {speed[0]:.3g} [{speed[1]:.3g}, {speed[2]:.3g}]")
    return texts


def _reached(problem: Problem, fit: Fit) -> np.ndarray:
    """The share of the change the law expects that has happened when the data end (system,).

    Where a law's end costs an integration, what it expects is taken to be as much again as in the last fifth.
    """
    seen, law = problem.seen, problem.equation
    constants = problem.constants(fit.theta)
    start = begun(seen.start, constants, seen.kept[:, None], seen.dx2)
    moments = seen.elapsed[:, None, [round(DROPPED * seen.elapsed.shape[1]) - 1, -1]]
    before, last = np.moveaxis(law.curves(constants, start, seen.dx2, seen.dy2, moments, rtol=1e-5)["h"], -1, 0)
    final = law.final(constants, start, seen.dx2, seen.dy2) if law.pairwise else 2 * last - before
    change, full_change = last - start["h"], final - start["h"]
    size = (full_change**2).sum(-1)
    return np.where(size > 0, (change * full_change).sum(-1) / np.where(size > 0, size, 1.0), 1.0)


def _cut_short(problem: Problem, fit: Fit, rising: np.ndarray) -> list[list[str]]:
    """The cautions where data end before the plateau and the constants change when data end earlier still."""
    texts: list[list[str]] = [[] for _ in fit.theta]
    reached = _reached(problem, fit)
    early = np.flatnonzero((reached < REACHED) | rising)
    if not early.size:
        return texts
    shortened = cut(problem.taken(early), fit.theta[early], DROPPED)
    for s, theta in zip(early, shortened, strict=True):
        factors = {p.name: np.exp(theta[i] - fit.theta[s, i]) for i, p in enumerate(problem.parameters) if p.rate}
        large = {name: factor for name, factor in factors.items() if abs(np.log(factor)) > np.log(MOVED)}
        if large:
            moves = " and ".join(f"{name} changes by a factor of {factor:.2g}" for name, factor in large.items())
            texts[s] = [
                f"the data end before the plateau, {_when(reached[s])}",
                f"without their last {100 * (1 - DROPPED):.0f} % {moves}, so the constants depend on unobserved times "
                "(`neurouniv.truncation` shows how)",
            ]
    return texts


def _when(reached: float) -> str:
    """The share of the change that has happened, in words.

    Examples
    --------
    >>> _when(0.62), _when(-0.01)
    ('at 62 % of the change that the law expects', 'before any of the change that the law expects')
    """
    change = "of the change that the law expects"
    if reached < LEAST_REACHED:
        return f"before any {change}"
    return f"at {100 * min(reached, 1):.0f} % {change}"


def cut(problem: Problem, theta: np.ndarray, share: float) -> np.ndarray:
    """The constants on the fitted scale (system, parameter), from the first `share` of the frames."""
    pairs, times = problem.seen.values.shape[2:]
    early = np.arange(times) < max(3, round(share * times))
    weights = np.broadcast_to(early.astype(float), (len(theta), pairs, times))
    shorter = replace(problem, seen=replace(problem.seen, weights=weights))
    return shorter.minimised(theta[None], max_iterations=30).theta
