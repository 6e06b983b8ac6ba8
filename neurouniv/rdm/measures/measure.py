"""A measure of dissimilarity: what it takes, what it gives, and what it is called."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

from array_api_compat import array_namespace

from neurouniv.schema import InputError

Array = Any
"""A NumPy array, a torch tensor, or another array that follows the array API standard."""


LOST = 1e-8
"""Rates below this share of their prior have lost half of their digits beside it."""


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

    @property
    def prior(self) -> float:
        """What is added to rates, `prior_lambda` times `prior_weight`."""
        arguments = signature(self.function).parameters
        return float(arguments["prior_lambda"].default * arguments["prior_weight"].default) if self.rates else 0.0

    def check(self, activity: Array) -> None:
        """Raise `InputError` where `activity` cannot have this measure: rates below 0, or lost beside their prior."""
        if not self.rates:
            return
        xp = array_namespace(activity)
        largest = float(xp.max(activity)) if math.prod(activity.shape) else 0.0
        if 0 < largest < LOST * self.prior:
            raise InputError(
                f"The measure '{self.name}' adds a prior to rates, prior_lambda * prior_weight = {self.prior:g}. "
                f"Beside it these rates are lost, the largest is {largest:.3g}. Give prior_lambda in their unit, or "
                "multiply activity by a constant."
            )
        negative = int(xp.sum(xp.astype(activity < 0, xp.int64)))
        if negative:
            size = math.prod(activity.shape)
            raise InputError(
                f"The measure '{self.name}' needs rates or counts, which are never negative; {negative} of {size} "
                "values are. Was a baseline taken away? Give it the rates as recorded, or use 'sqeuclidean'."
            )
