"""The variance of data that model RDMs explain, in the parts that each has alone and that combinations share.

Commonality analysis (Newton & Spurrell 1967, Applied Statistics 16, 51): with R2(T) of the models in T together, the
part of a set S of the k models is

    C(S) = - sum over T in S of (-1)^|T| R2(T and all models outside S)

C of one model is what R2 loses without it, its unique part, and all 2^k - 1 parts sum to R2 of all models. A shared
part may be negative: a model that hides what is noise in another (suppression) makes both explain more together than
the sum of what they explain alone. Then the parts are no areas of a Venn diagram.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from neurouniv.similarity.partial import inverse_of, models_first, models_last

MOST = 8
"""Combinations of more models than these are too many to read: 2^k - 1 parts."""


class VariancePartition(NamedTuple):
    """R2 of all models (resample, ...), unique parts (resample, k, ...), shared ones (resample, combination, ...).

    `combinations` are the places of the models of every shared part. Of more than 8 models there is one, of all: what
    no model has alone.
    """

    r2: np.ndarray
    unique: np.ndarray
    shared: np.ndarray
    combinations: list[tuple[int, ...]]


def variance_partition(between: np.ndarray, own: np.ndarray) -> VariancePartition:
    """R2 of all models together, the unique part of each, and what every combination shares; parts sum to R2.

    Parameters
    ----------
    between : (resample, k, k, ...), similarities of models with each other, see `partial.similarities`.
    own : (resample, k, ...), those of models with data. By "cosine", "cosine_cov": R2 is of squares, not of variance.

    Returns
    -------
    NaN where a similarity is not known. Of models that say the same, parts are as well known as of others: they share
    all, and the unique part of each is 0.

    Examples
    --------
    >>> found = variance_partition(np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.array([[0.6, 0.6]]))
    >>> found.r2.round(3), found.unique.round(3), found.shared.round(3), found.combinations
    (array([0.48]), array([[0.12, 0.12]]), array([[0.24]]), [(0, 1)])
    """
    b, r = models_last(between, own)
    k = r.shape[-1]
    if k > MOST:
        r2, alone = r2_of_all(b, r), unique(between, own)
        return VariancePartition(r2, alone, (r2 - alone.sum(1))[:, None], [tuple(range(k))])
    sets = [tuple(np.flatnonzero(chosen).tolist()) for chosen in product((0, 1), repeat=k)]
    explained = np.stack([r2_of_all(b[..., some, :][..., some], r[..., some]) for some in sets])
    parts = explained.reshape(*(2,) * k, *explained.shape[1:])
    for model in range(k):
        without, with_it = np.take(parts, 0, axis=model), np.take(parts, 1, axis=model)
        parts = np.stack([with_it, without - with_it], axis=model)
    parts = np.moveaxis(-parts.reshape(explained.shape), 0, 1)
    singles = [sets.index((model,)) for model in range(k)]
    several = [place for place, some in enumerate(sets) if len(some) > 1]
    several.sort(key=lambda place: (len(sets[place]), sets[place]))
    return VariancePartition(explained[-1], parts[:, singles], parts[:, several], [sets[place] for place in several])


def unique(between: np.ndarray, own: np.ndarray) -> np.ndarray:
    """What R2 loses without each model (resample, k, ...), alone: fast enough for very many resamples and models.

    Examples
    --------
    >>> unique(np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.array([[0.6, 0.6]])).round(3)
    array([[0.12, 0.12]])
    """
    b, r = models_last(between, own)
    inverse, same = inverse_of(b)
    coefficient = (inverse @ r[..., None])[..., 0]
    parts = coefficient**2 / np.diagonal(inverse, axis1=-2, axis2=-1)
    return models_first(np.where(same, 0.0 * parts, parts))


def r2_of_all(b: np.ndarray, r: np.ndarray) -> np.ndarray:
    inverse, _ = inverse_of(b)
    return np.asarray((r * (inverse @ r[..., None])[..., 0]).sum(-1))
