"""Along which model RDM an RDM changed, and how its mean distance did, of one system and its members."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurouniv.rdm.comparators import Comparator
from neurouniv.universality.pre_post.jackknife import Estimate, jackknife
from neurouniv.universality.scores.geometry import compare_frames

LEAST_CONDITIONS = 4
"""Fewer have fewer than six pairs, and too few orders for any p below .05."""
AT_ONCE = 2**22
"""Distances of models in new orders at once: what fits into memory many times over."""


class Along(NamedTuple):
    """Similarity of the change with every model: value, interval (model, bound), p, and the best model's lead."""

    correlation: np.ndarray
    interval: np.ndarray
    p: np.ndarray
    best: int
    lead: np.ndarray
    lead_p: np.ndarray


class Growth(NamedTuple):
    """Mean distance before and after, and by which share it grew, with its 95 % interval."""

    before: float
    after: float
    growth: float
    interval: np.ndarray


def along(
    change: np.ndarray,
    models: np.ndarray,
    ends: np.ndarray,
    units: np.ndarray,
    comparator: Comparator,
    permutations: int,
    seed: int,
) -> Along | None:
    """The similarity of changes (member, pair) with models (model, pair); None where conditions or models are too few.

    p counts the random orders of the conditions in which a model does as well in either direction (Mantel 1967).
    Intervals are even in Fisher's z. `best` is the model with the largest similarity in either direction, `lead` by
    how much it is larger, in that direction, than every other's.
    """
    if ends.max(initial=-1) + 1 < LEAST_CONDITIONS or not len(models) or not len(change):
        return None

    def similar(kept: np.ndarray) -> np.ndarray:
        return _similar(change[:, kept], models[:, kept], ends[:, kept], comparator)

    whole = similar(np.arange(change.shape[1])).mean(-1)
    if not np.isfinite(whole).any():
        return None
    count, best = len(models), int(np.nanargmax(np.abs(whole)))

    def with_lead(kept: np.ndarray) -> np.ndarray:
        own = similar(kept)
        return np.concatenate([own, np.sign(whole[best]) * (own[best] - own)])

    found = jackknife(with_lead, units)
    own, lead = (Estimate(*(part[places] for part in found)) for places in (slice(count), slice(count, None)))
    lead_p = np.where(np.arange(count) == best, np.nan, lead.p)
    p = _mantel(change, models, ends, comparator, permutations, seed)
    return Along(own.value, _in_z(own), p, best, lead.value, lead_p)


def growth(h: np.ndarray, units: np.ndarray) -> Growth:
    """How the mean distance of h (member, time, pair) grew from the first time to the last.

    The interval is even in the logarithm; NaN where a mean is not above 0, or not without one of the conditions.
    """
    there = np.isfinite(h).all((0, 1))
    if not h[..., there].size:
        return Growth(np.nan, np.nan, np.nan, np.full(2, np.nan))
    h, units = h[..., there], units[:, there]
    before, after = h[:, 0].mean(), h[:, -1].mean()
    share = after / before - 1 if before > 0 else np.nan
    nothing = Growth(before, after, share, np.full(2, np.nan))
    if not before > 0 or not after > 0:
        return nothing
    # of all members together: a member's own ratio is too noisy where its distances begin small
    with np.errstate(invalid="ignore", divide="ignore"):
        found = jackknife(lambda kept: np.log(h[:, -1, kept].sum() / h[:, 0, kept].sum())[None, None], units)
        over_members = _members_alone(h)
    error = np.sqrt(found.error[0] ** 2 + over_members)
    half = found._replace(error=np.array([error])).reach[0]
    return nothing._replace(interval=np.exp(found.value[0] + np.array([-half, half])) - 1)


def _members_alone(h: np.ndarray) -> float:
    """What members add to the variance of the logarithm, leaving out one at a time; 0 where there is one."""
    count = len(h)
    if count == 1:
        return 0.0
    means = h.mean(-1)
    without = np.log((means.sum(0) - means)[:, [-1, 0]])
    return float((without[:, 0] - without[:, 1]).var(ddof=1) * (count - 1) ** 2 / count)


def _similar(change: np.ndarray, models: np.ndarray, ends: np.ndarray, comparator: Comparator) -> np.ndarray:
    """(model, member)."""
    shape = len(models), *change.shape
    observed, predicted = np.broadcast_to(change, shape), np.broadcast_to(models[:, None], shape)
    flat = compare_frames(observed.reshape(-1, shape[-1]), predicted.reshape(-1, shape[-1]), ends, comparator)
    return flat.reshape(shape[:2])


def _in_z(found: Estimate) -> np.ndarray:
    """The interval of similarities (quantity, bound), even in Fisher's z."""
    value = np.clip(found.value, -1 + 1e-9, 1 - 1e-9)
    half = found.reach / (1 - value**2)
    return np.tanh(np.arctanh(value)[:, None] + half[:, None] * np.array([-1.0, 1.0]))


def _mantel(
    change: np.ndarray, models: np.ndarray, ends: np.ndarray, comparator: Comparator, permutations: int, seed: int
) -> np.ndarray:
    """Two-sided p (model,) against conditions in random order, the order as it is among them."""
    rng, n = np.random.default_rng(seed), int(ends.max()) + 1
    square = np.zeros((len(models), n, n))
    square[:, ends[0], ends[1]] = square[:, ends[1], ends[0]] = models
    observed = np.abs(_similar(change, models, ends, comparator).mean(-1))
    reached, batch = np.ones(len(models)), max(1, AT_ONCE // (models.size * len(change)))
    for start in range(0, permutations, batch):
        orders = rng.permuted(np.tile(np.arange(n), (min(batch, permutations - start), 1)), axis=1)
        shuffled = square[:, orders[:, ends[0]], orders[:, ends[1]]]
        flat = _similar(change, shuffled.reshape(-1, models.shape[1]), ends, comparator)
        similarities = flat.mean(-1).reshape(len(models), -1)
        reached += (np.abs(similarities) >= observed[:, None] - 1e-12).sum(-1)
    return np.where(np.isfinite(observed), reached / (1 + permutations), np.nan)
