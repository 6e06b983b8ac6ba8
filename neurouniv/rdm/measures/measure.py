"""A measure of dissimilarity: what it takes, what it gives, and what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace

from neurouniv.schema import InputError

Array = Any
"""A NumPy array, a torch tensor, or another array that follows the array API standard."""


@dataclass(frozen=True)
class Measure:
    """One measure of dissimilarity between the patterns of all pairs of conditions.

    Attributes
    ----------
    name : as in `MEASURES`.
    long_name : what its values are, for labels.
    function : (..., condition, channel) -> (..., pair), or (..., fold, condition, channel) -> (..., pair) where
        crossvalidated. A measure that whitens takes a precision (..., channel, channel) as its second argument.
    crossvalidated : whether it needs folds, independent repetitions of every condition.
    whitens : whether it takes the precision of the noise.
    with_variance : (folds, precision) -> the distances and their sampling variance, each (..., pair); None where the
        variance is unknown.
    power : the power of the unit of activity that its values have: 2, 1 (Poisson) or 0 (no unit).
    rates : whether activity has to be rates, which are never negative.
    """

    name: str
    long_name: str
    function: Callable[..., Array]
    crossvalidated: bool = False
    whitens: bool = False
    with_variance: Callable[..., tuple[Array, Array]] | None = None
    power: int = 2
    rates: bool = False

    def distances(self, patterns: Array, precision: Array | None = None, **options: Any) -> Array:
        """Dissimilarities (..., pair) of `patterns`, in the order of `scipy.spatial.distance.pdist`.

        Raises
        ------
        InputError : a precision for a measure that takes none.
        """
        if self.whitens:
            return self.function(patterns, precision, **options)
        if precision is not None:
            raise InputError(
                f"The measure '{self.name}' takes no precision of the noise; got one of shape "
                f"{tuple(precision.shape)}. Leave it out, or use 'mahalanobis' or 'crossnobis'."
            )
        return self.function(patterns, **options)

    def check(self, activity: Array) -> None:
        """Raise `InputError` where `activity` cannot have this measure: negative values where it needs rates."""
        if not self.rates:
            return
        xp = array_namespace(activity)
        negative = int(xp.sum(xp.astype(activity < 0, xp.int64)))
        if negative:
            size = 1
            for length in activity.shape:
                size *= length
            raise InputError(
                f"The measure '{self.name}' needs rates or counts, which are never negative; {negative} of {size} "
                "values are. Was a baseline taken away? Give it the rates as recorded, or use 'sqeuclidean'."
            )
