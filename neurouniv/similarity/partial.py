"""What each model RDM adds to the others: partial similarity, regression, and the parts of the variance explained.

Of comparators that are cosines of vectors all three follow from the similarities of models with each other, `between`,
and with the data, `own`, and so are done in every resample at once. With B the first and r the second of one frame:

- regression: the coefficients of all models together, of vectors of length 1, are b = B^-1 r, and R2 = r'b
  (`mne_rsa`'s "regression" has them in the models' units, see `in_units`)
- unique part of model j, what R2 loses without it: b_j^2 / (B^-1)_jj
- partial similarity given all others: b_j / (B^-1)_jj^(1/2) / (1 - R2 + unique_j)^(1/2)
  (`mne_rsa`'s "partial" and "partial-spearman", -P_0j / (P_00 P_jj)^(1/2) with P the inverse of all products)

Where a model is a mix of others, what it alone would tell is not known: its coefficient and its partial similarity are
NaN, never a number that hangs on rounding; its unique part is 0, since R2 loses nothing without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurouniv.rdm.comparators import comparator_of
from neurouniv.rdm.labels import listed
from neurouniv.schema import InputError
from neurouniv.similarity.vectors import VectorSpace, alike
from neurouniv.similarity.weights import DEPENDENT
from neurouniv.universality.inference.resampled_similarity import Resampled

COSINES = ("corr", "cosine", "spearman", "corr_cov", "cosine_cov")
SHARE = 1e-8
"""A model takes part in a mix of models that is 0 if its squared share of it is larger than this."""


class Similarities(NamedTuple):
    """Of models with each other (resample, k, k, ...) and with data (resample, k, ...), which broadcast."""

    between: np.ndarray
    own: np.ndarray


def similarities(resampled: Resampled, data: np.ndarray, models: np.ndarray) -> Similarities:
    """Both similarities in every resample, of the same pairs: those that the data have.

    Parameters
    ----------
    resampled : resamples of a comparator that is a cosine.
    data : (..., pair), NaN where not observed.
    models : (k, ..., pair), which broadcast with the data.

    Returns
    -------
    `between` (resample, k, k, ...), of size 1 along dimensions in which neither models nor missing pairs differ, and
    `own` (resample, k, ...), NaN where a resample has so few different pairs that k models would explain any data.

    Raises
    ------
    InputError : the comparator is no cosine of vectors.

    Examples
    --------
    >>> ends, h = np.array([[0, 0, 1], [1, 2, 2]]), np.array([[1.0, 2.0, 4.0], [1.0, 3.0, 2.0]])
    >>> found = similarities(Resampled(np.ones((1, 3)), ends, "cosine"), h[0] + h[1], h)
    >>> found.own.round(2), found.between[0, 0].round(2)
    (array([[0.97, 0.96]]), array([1.  , 0.87]))
    """
    need_cosine(resampled.comparator.name)
    there = np.isfinite(data)
    own = np.where(_more_pairs_than(len(models), resampled, there)[:, None], resampled(data[None], models), np.nan)
    seen = models if there.all() else np.where(there, models, np.nan)
    return Similarities(resampled(seen[:, None], models[None]), own)


def need_cosine(comparator: str) -> None:
    """Raise `InputError` unless parts of models can be told apart by this comparator."""
    if comparator_of(comparator).name not in COSINES:
        raise InputError(
            "What a model adds to others needs a comparator that is a cosine of vectors, "
            f"{', '.join(COSINES)}; got {comparator!r}. Use comparator='spearman', which compares ranks too."
        )


def partial(between: np.ndarray, own: np.ndarray, control: Sequence[int] | None = None) -> np.ndarray:
    """The similarity of every model with the data when others are held fixed: (resample, k, ...).

    What the others tell is taken off the model and off the data; the cosine of what is left is the partial similarity.

    Parameters
    ----------
    between : (resample, k, k, ...), similarities of models with each other.
    own : (resample, k, ...), those of models with data.
    control : the places of the models that are held fixed; None: of every model, all others.

    Returns
    -------
    NaN for a model that is held fixed or is a mix of those that are, and where those tell all of the data.

    Examples
    --------
    >>> between, own = np.array([[[1.0, 0.6], [0.6, 1.0]]]), np.array([[0.8, 0.48]])
    >>> partial(between, own).round(3) + 0.0, partial(between, own, control=[1]).round(3)
    (array([[0.73, 0.  ]]), array([[0.73,  nan]]))
    """
    b, r = models_last(between, own)
    if control is None:
        inverse, same = inverse_of(b)
        coefficient, scale = _product(inverse, r), _diagonal(inverse)
        rest = 1 - (r * coefficient).sum(-1, keepdims=True) + coefficient**2 / scale
        usable_scale = np.where(same, np.nan, scale)
        return models_first(coefficient / np.sqrt(usable_scale * np.where(rest > DEPENDENT, rest, np.nan)))
    fixed = list(control)
    across, of_data = b[..., fixed], r[..., fixed]
    inverse, _ = inverse_of(b[..., fixed, :][..., fixed])
    model = _diagonal(b) - (across * (across @ inverse)).sum(-1)
    data = 1 - (of_data * _product(inverse, of_data)).sum(-1, keepdims=True)
    rest = r - _product(across, _product(inverse, of_data))
    size = np.where(model > DEPENDENT, model, np.nan) * np.where(data > DEPENDENT, data, np.nan)
    return models_first(rest / np.sqrt(size))


def regression(between: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The coefficients of all models together, standardised: of models and data of length 1 (resample, k, ...).

    NaN for a model that is a mix of the others. Parameters as of `partial`; `in_units` gives those of the distances.

    Examples
    --------
    >>> regression(np.array([[[1.0, 0.6], [0.6, 1.0]]]), np.array([[0.6, 0.6]])).round(3)
    array([[0.375, 0.375]])
    """
    b, r = models_last(between, own)
    inverse, same = inverse_of(b)
    return models_first(np.where(same, np.nan, _product(inverse, r)))


def in_units(
    coefficients: np.ndarray, data: np.ndarray, models: np.ndarray, ends: np.ndarray, comparator: str
) -> np.ndarray:
    """Standardised coefficients (k, ...) as those of the models' own distances, with a constant for "corr".

    Parameters
    ----------
    coefficients : (k, ...), one resample of `regression`, that of the data.
    data, models : (..., pair) and (k, ..., pair), as in `similarities`.
    ends : (2, pair), the two conditions of every pair.
    comparator : "corr", "cosine", "corr_cov" or "cosine_cov"; ranks have no unit.

    Examples
    --------
    >>> h, ends = np.array([[1.0, 2.0, 4.0]]), np.array([[0, 0, 1], [1, 2, 2]])
    >>> in_units(np.array([1.0]), 5 * h[0] + 3, h, ends, "corr").round(6)
    array([5.])
    """
    if comparator_of(comparator).ranked:
        raise InputError(
            f"Coefficients by ranks have no unit; got comparator={comparator!r}. Take them as `regression` gives them, "
            "or use comparator='corr'."
        )
    seen = np.where(np.isfinite(data), models, np.nan)
    return np.asarray(coefficients * _lengths(data, ends, comparator) / _lengths(seen, ends, comparator))


def redundant(between: np.ndarray) -> np.ndarray:
    """Whether every model is a mix of the others (resample, k, ...), so that its part is not known.

    Examples
    --------
    >>> redundant(np.array([[[1.0, 1.0, 0.2], [1.0, 1.0, 0.2], [0.2, 0.2, 1.0]]]))
    array([[ True,  True, False]])
    """
    return models_first(inverse_of(models_last(between, between[:, 0])[0])[1])


def doubt_of_same(between: np.ndarray, names: Sequence[str]) -> str:
    """The sentence on models that are mixes of each other in the data, the first resample; "" where there are none.

    Examples
    --------
    >>> doubt_of_same(np.ones((1, 2, 2)), ["pixels", "edges"])
    "'pixels', 'edges' are redundant: each is a mixture of the others, so its unique part is not known (NaN)."
    """
    same = redundant(between[:1])[0].reshape(len(names), -1).any(1)
    if not same.any():
        return ""
    some = [name for name, is_same in zip(names, same, strict=True) if is_same]
    return f"{listed(some)} are redundant: each is a mixture of the others, so its unique part is not known (NaN)."


def _more_pairs_than(weights: int, resampled: Resampled, there: np.ndarray) -> np.ndarray:
    """Whether a resample has more different pairs of every frame (..., pair) than there are weights (resample, ...)."""
    drawn, rows = resampled.counts > 0, there.reshape(-1, there.shape[-1])
    pairs = drawn[:, resampled.ends[0]] & drawn[:, resampled.ends[1]]
    number = np.empty((len(pairs), len(rows)))
    for some, seen in alike(rows):
        number[:, some] = pairs[:, seen].sum(1, keepdims=True)
    return np.asarray(number > weights + resampled.comparator.centred).reshape(-1, *there.shape[:-1])


def _lengths(frames: np.ndarray, ends: np.ndarray, comparator: str) -> np.ndarray:
    """The lengths of frames (..., pair) as vectors (...); NaN of one without pairs."""
    rows = frames.reshape(-1, frames.shape[-1])
    square = np.full(len(rows), np.nan)
    for some, pairs in alike(np.isfinite(rows)):
        if len(pairs):
            square[some] = VectorSpace(ends[:, pairs], comparator_of(comparator))(rows[np.ix_(some, pairs)]).square
    return np.sqrt(square).reshape(frames.shape[:-1])


def models_last(between: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same with models last: (resample, ..., k, k) and (resample, ..., k)."""
    missing = own.ndim + 1 - between.ndim
    between = between.reshape(*between.shape, *(1,) * missing)
    return np.moveaxis(between, (1, 2), (-2, -1)), np.moveaxis(own, 1, -1)


def models_first(values: np.ndarray) -> np.ndarray:
    """(resample, ..., k) to (resample, k, ...)."""
    return np.moveaxis(values, -1, 1)


def inverse_of(b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse, without mixes of models that are 0, and which models take part in one (..., k); NaN where b is."""
    known = np.isfinite(b).all((-2, -1))[..., None, None]
    values, vectors = np.linalg.eigh(np.where(known, b, np.eye(b.shape[-1])))
    nothing = values < DEPENDENT
    scaled = vectors / np.where(nothing, np.inf, values)[..., None, :]
    inverse = np.where(known, scaled @ vectors.swapaxes(-2, -1), np.nan)
    return inverse, (vectors**2 * nothing[..., None, :]).sum(-1) > SHARE


def _product(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.asarray((matrix @ vector[..., None])[..., 0])


def _diagonal(matrix: np.ndarray) -> np.ndarray:
    return np.diagonal(matrix, axis1=-2, axis2=-1)
