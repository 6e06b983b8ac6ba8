"""Mixtures of model RDMs that are fitted to data, at every time anew, in one batch.

"weighted": non-negative weights of all models (Khaligh-Razavi & Kriegeskorte 2014), as rsatoolbox's `ModelWeighted`
with `fit_regress_nn`. "selected": the model that is most like the data, as its `ModelSelect`. "interpolated": the best
point between two neighbours of an ordered list, as its `ModelInterpolate`.

Of a comparator that is a cosine of vectors, the weights that make the mean similarity over members largest are those of
least squares for all members, each brought to length 1; of members that have the same pairs also those for the mean of
their RDMs, as rsatoolbox pools them. If no weights >= 0 reach a similarity above 0, the least unlike model has the
whole weight, so that the mixture has a similarity, one below 0 (rsatoolbox gives weights of 0 there, and a similarity
of 0). An in-sample similarity of a mixture is too good: see `neurouniv.similarity.held_out`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurouniv.rdm.comparators import comparator_of
from neurouniv.rdm.comparators.table import LEAST_PAIRS
from neurouniv.schema import InputError
from neurouniv.similarity.partial import inverse_of
from neurouniv.similarity.vectors import Vectors, VectorSpace, alike
from neurouniv.similarity.weights import DEPENDENT, non_negative
from neurouniv.universality.inference.resampled_similarity import resampled_similarity

KINDS = ("weighted", "selected", "interpolated")
AT_ONCE = 2**16
"""So many distances, and what is made of them, stay in cache."""


class Mixture(NamedTuple):
    """A kind of mixture, and the places of the models that it is made of, for "interpolated" in their order."""

    kind: str
    terms: Sequence[int]


def fitted_by(kind: str, comparator: str) -> str:
    """The comparator by which weights are fitted: "corr" for one by ranks, but for "selected", else itself.

    Examples
    --------
    >>> fitted_by("weighted", "spearman"), fitted_by("selected", "spearman"), fitted_by("weighted", "corr_cov")
    ('corr', 'spearman', 'corr_cov')
    """
    return "corr" if comparator_of(comparator).ranked and kind != "selected" else comparator


def fit(kind: str, data: np.ndarray, models: np.ndarray, ends: np.ndarray, comparator: str = "corr") -> np.ndarray:
    """The weights (..., k) with which a mixture of models is most like the data, frame by frame.

    Parameters
    ----------
    kind : "weighted", "selected" or "interpolated".
    data : (..., member, pair); NaN pairs are left out. Weights are for all members together.
    models : (k, pair), or (..., k, pair), of every frame its own. A pair that one of them lacks is left out.
    ends : (2, pair), the two conditions of every pair.
    comparator : see `neurouniv.compare`. By ranks, weights are those of "corr": see `fitted_by`.

    Returns
    -------
    Weights of the models as they are, in the inverse of their units: "weighted", of length 1 as rsatoolbox's;
    "selected", one 1; "interpolated", two neighbours' shares, which sum to 1. NaN where a frame has fewer than three
    pairs or is constant ("cosine": zero), or where all models are.

    Raises
    ------
    InputError : there is no such kind or comparator, or "interpolated" has fewer than two models.

    Examples
    --------
    >>> ends = np.array([[0, 0, 0, 1, 1, 2], [1, 2, 3, 2, 3, 3]])
    >>> models = np.array([[1.0, 0, 0, 2, 0, 0], [0, 1.0, 3, 0, 1, 0]])
    >>> data = np.array([[3.0, 4.0]]) @ models
    >>> fit("weighted", data, models, ends, "cosine"), fit("selected", data, models, ends, "cosine")
    (array([0.6, 0.8]), array([0., 1.]))
    """
    members = np.ones((1, data.shape[-2]), dtype=bool)
    [weights] = fits([Mixture(kind, range(models.shape[-2]))], data, models, ends, comparator, members)
    return weights[..., 0, :]


def fits(
    mixtures: Sequence[Mixture],
    data: np.ndarray,
    models: np.ndarray,
    ends: np.ndarray,
    comparator: str,
    groups: np.ndarray,
) -> list[np.ndarray]:
    """The weights of several mixtures of the same models for groups of members: of each (..., group, term).

    `groups` (group, member) says which members each group has; the other parameters are those of `fit`.
    """
    for mixture in mixtures:
        _check(mixture)
    there = np.isfinite(models).all(-2)
    data = data if there.all() else np.where(there[..., None, :], data, np.nan)
    batch = np.broadcast_shapes(data.shape[:-2], models.shape[:-2])
    data = np.broadcast_to(data, (*batch, *data.shape[-2:]))
    gram, moment, similarity = _products(data, models, ends, comparator, groups)
    if comparator_of(comparator).ranked and any(mixture.kind == "selected" for mixture in mixtures):
        similarity = _mean_similarity(data, models, ends, comparator, groups)
    weights = []
    for kind, some in mixtures:
        terms = list(some)
        if kind == "selected":
            weights.append(_largest(similarity[..., terms]))
        else:
            solve = _weighted if kind == "weighted" else _interpolated
            weights.append(solve(gram[..., terms, :][..., terms], moment[..., terms]))
    return weights


def same_terms(models: np.ndarray, ends: np.ndarray, comparator: str) -> np.ndarray:
    """Which models (k,) are mixes of the others, so that other weights give the same mixture. See `fit`.

    Examples
    --------
    >>> models = np.array([[1.0, 2.0, 4.0], [2.0, 4.0, 8.0], [1.0, 0.0, 0.0]])
    >>> same_terms(models, np.array([[0, 0, 1], [1, 2, 2]]), "cosine")
    array([ True,  True, False])
    """
    k = models.shape[-2]
    there = np.isfinite(models).reshape(-1, models.shape[-1]).all(0)
    if there.sum() < LEAST_PAIRS:
        return np.zeros(k, dtype=bool)
    x = VectorSpace(ends[:, there], comparator_of(fitted_by("weighted", comparator)))(models[..., there])
    length = np.sqrt(np.where(x.square > 0, x.square, np.inf))
    _, same = inverse_of(x.times(x) / (length[..., :, None] * length[..., None, :]))
    return np.asarray((same & (x.square > 0)).reshape(-1, k).any(0))


def mixed(weights: np.ndarray, models: np.ndarray) -> np.ndarray:
    """The mixtures (..., pair) of models (k, pair) or (..., k, pair) with weights (..., k).

    Examples
    --------
    >>> mixed(np.array([0.5, 2.0]), np.array([[2.0, 4.0], [1.0, 0.0]]))
    array([3., 2.])
    """
    return weights @ models if models.ndim == 2 else (weights[..., None, :] @ models)[..., 0, :]


def _means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The mean over the members of a group (group, member) that have a value: (..., member, b) to (..., group, b)."""
    there, members = np.isfinite(values), groups.astype(float)
    if there.all():
        return np.asarray((members / members.sum(1, keepdims=True)) @ values)
    count = members @ there
    return np.asarray((members @ np.where(there, values, 0.0)) / np.where(count > 0, count, np.nan))


def _check(mixture: Mixture) -> None:
    if mixture.kind not in KINDS:
        raise InputError(f"A mixture is one of {', '.join(KINDS)}; got {mixture.kind!r}.")
    if mixture.kind == "interpolated" and len(mixture.terms) < 2:
        raise InputError(
            f"interpolated needs two models or more, in their order; got {len(mixture.terms)}. "
            "Use weighted or selected."
        )


def _products(
    data: np.ndarray, models: np.ndarray, ends: np.ndarray, comparator: str, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The products of models with each other (..., group, k, k), or 1 for all, and with the data (..., group, k).

    Of every group of members (group, member) the means, of members brought to length 1: least squares of all together,
    each over the pairs that it has. Third, the mean similarity of every model with them (..., group, k).
    """
    definition, k = comparator_of(fitted_by("weighted", comparator)), models.shape[-2]
    batch, rows = data.shape[:-1], data.reshape(-1, data.shape[-1])
    moment = np.full((len(rows), k), np.nan)
    patterns = list(alike(np.isfinite(rows)))
    moving = models.ndim > 2
    shared = len(patterns) == 1 and not moving
    gram = np.full((1 if shared else len(rows), k, k), np.nan)
    for some, pairs in patterns:
        if len(pairs) < LEAST_PAIRS:
            continue
        vectors = VectorSpace(ends[:, pairs], definition)
        if moving:
            gram[some], moment[some] = _of_moving(rows, some, pairs, models, batch, vectors)
        else:
            x = vectors(models[:, pairs])
            gram[0 if shared else some] = x.times(x)
            moment[some] = _moments(rows, some, pairs, x, vectors)
    similarity = _means(_cosines(gram, moment).reshape(*batch, k), groups)
    if not shared:
        gram[np.isnan(moment).any(-1)] = np.nan
        gram = _means(gram.reshape(*batch, k * k), groups).reshape(*batch[:-1], len(groups), k, k)
    return gram, _means(moment.reshape(*batch, k), groups), similarity


def _moments(
    rows: np.ndarray, some: np.ndarray, pairs: np.ndarray, models: Vectors, vectors: VectorSpace
) -> np.ndarray:
    """The products of some rows, brought to length 1, with the models (row, k), a few rows after the other."""
    whole = len(pairs) == rows.shape[1] and len(some) == len(rows)
    at_once = max(1, AT_ONCE // len(pairs))
    moments = np.empty((len(some), len(models.values)))
    for start in range(0, len(some), at_once):
        block = slice(start, start + at_once)
        y = vectors(rows[block] if whole else rows[np.ix_(some[block], pairs)])
        moments[block] = y.times(models) / _length(y)[:, None]
    return moments


def _of_moving(
    rows: np.ndarray,
    some: np.ndarray,
    pairs: np.ndarray,
    models: np.ndarray,
    batch: tuple[int, ...],
    vectors: VectorSpace,
) -> tuple[np.ndarray, np.ndarray]:
    """Products of some rows (*batch, row) with models of their own (..., k, pair): (row, k, k) and (row, k)."""
    k, number = models.shape[-2], np.arange(models[..., 0, 0].size).reshape(models.shape[:-2])
    which, frames = np.broadcast_to(number[..., None], batch).reshape(-1), models.reshape(-1, *models.shape[-2:])
    at_once = max(1, AT_ONCE // (k * len(pairs)))
    gram, moment = np.empty((len(some), k, k)), np.empty((len(some), k))
    for start in range(0, len(some), at_once):
        block = slice(start, start + at_once)
        x = vectors(frames[which[some[block]]][:, :, pairs])
        y = vectors(rows[np.ix_(some[block], pairs)][:, None])
        gram[block], moment[block] = x.times(x), (y.times(x) / _length(y)[..., None])[:, 0]
    return gram, moment


def _length(vectors: Vectors) -> np.ndarray:
    """NaN of what has none (...)."""
    return np.sqrt(np.where(vectors.square > 0, vectors.square, np.nan))


def _mean_similarity(
    data: np.ndarray, models: np.ndarray, ends: np.ndarray, comparator: str, groups: np.ndarray
) -> np.ndarray:
    """As `_products` gives it, of a comparator by ranks."""
    conditions, ends = np.unique(ends, return_inverse=True)
    predicted = models.reshape(*(1,) * (data.ndim - models.ndim), *models.shape)[..., None, :, :]
    once = np.ones((1, len(conditions)))
    return _means(resampled_similarity(once, ends.reshape(2, -1), data[..., None, :], predicted, comparator)[0], groups)


def _weighted(gram: np.ndarray, moment: np.ndarray) -> np.ndarray:
    weights = non_negative(gram, moment)
    nothing = ~(weights > 0).any(-1, keepdims=True)
    weights = np.where(nothing, _largest(_cosines(gram, moment)), weights)
    return weights / np.linalg.norm(weights, axis=-1, keepdims=True)


def _interpolated(gram: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """Between two neighbours: the mix of least squares where both its weights are positive, else one of the two."""
    k = moment.shape[-1]
    first, second = np.arange(k - 1), np.arange(1, k)
    a, b, c = gram[..., first, first], gram[..., first, second], gram[..., second, second]
    p, q = moment[..., first], moment[..., second]
    shares = np.stack([c * p - b * q, a * q - b * p], axis=-1)  # (..., segment, 2)
    inside = (shares > 0).all(-1) & (a * c - b * b > DEPENDENT * a * c)
    shares = shares / np.where(inside, shares.sum(-1), 1.0)[..., None]
    u, v = shares[..., 0], shares[..., 1]
    square = np.where(inside, u * u * a + 2 * u * v * b + v * v * c, 1.0)
    similarity = np.where(inside, (u * p + v * q) / np.sqrt(square), -np.inf)
    ends = _cosines(gram, moment)
    best = similarity.argmax(-1)[..., None]
    between = np.take_along_axis(shares, best[..., None], axis=-2)[..., 0, :]
    weights = np.zeros(moment.shape)
    np.put_along_axis(weights, best + np.arange(2), between, axis=-1)
    is_end = ~(similarity.max(-1) > np.nan_to_num(ends, nan=-np.inf).max(-1))
    return np.where(is_end[..., None], _largest(ends), weights)


def _cosines(gram: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """The similarity of single models with data, times the length of the data (..., k); NaN of what has no length."""
    square = np.diagonal(gram, axis1=-2, axis2=-1)
    return moment / np.sqrt(np.where(square > 0, square, np.nan))


def _largest(similarity: np.ndarray) -> np.ndarray:
    """1 for the largest and 0 for the others (..., k); NaN where none is known."""
    known = np.isfinite(similarity)
    best = np.where(known, similarity, -np.inf).argmax(-1)[..., None]
    return np.where(known.any(-1, keepdims=True), (np.arange(similarity.shape[-1]) == best).astype(float), np.nan)
