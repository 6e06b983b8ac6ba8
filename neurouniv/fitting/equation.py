"""What the fit needs of a law: which constants it has, and the curves that they give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np

from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter

Curves = dict[str, np.ndarray]


class Equation(ABC):
    """A law of how distances change, up to its constants."""

    name: ClassVar[str]
    predicts: ClassVar[tuple[str, ...]] = ("h",)
    pairwise: ClassVar[bool] = True
    """Every pair's course follows from its own start, dx2 and dy2, so that pairs can be left out or set apart."""
    starts_from_h: ClassVar[bool] = True
    """The law's curves start at the first frame."""
    fits_zeros: ClassVar[bool] = False
    """A pair by itself can be fitted where it stays at 0, as two conditions with one stimulus do."""
    difference: float = 1e-5
    """The step of finite differences in the constants, above the error of `curves`."""
    rtol: float = 1e-7
    """The accuracy of `curves` asked for in fits."""
    tolerance: float = 1e-7
    """The share of its sum of squares by which the last step of a fit betters it."""
    iterations: int = 100
    """The most steps of a fit."""
    cautious: bool = True
    """Whether a fit looks for what its data leave open, which takes further fits."""

    @abstractmethod
    def parameters(self, seen: Observed) -> list[Parameter]:
        """The constants to fit to `seen`."""

    @abstractmethod
    def curves(
        self,
        constants: Mapping[str, np.ndarray],
        start: Curves,
        dx2: np.ndarray,
        dy2: np.ndarray,
        elapsed: np.ndarray,
        rtol: float = 1e-9,
    ) -> Curves:
        """The variables the law predicts, each (..., pair, time), from `start` at `elapsed` (..., 1 or pair, time).

        `constants` are (..., 1 or pair), `start`, `dx2` and `dy2` (..., pair).
        """

    def curves_of(
        self,
        names: Sequence[str],
        constants: Mapping[str, np.ndarray],
        start: Curves,
        dx2: np.ndarray,
        dy2: np.ndarray,
        elapsed: np.ndarray,
        rtol: float,
    ) -> Curves:
        """The curves of some variables, where that is less work than all."""
        return self.curves(constants, start, dx2, dy2, elapsed, rtol=rtol)

    @abstractmethod
    def final(self, constants: Mapping[str, np.ndarray], start: Curves, dx2: np.ndarray, dy2: np.ndarray) -> np.ndarray:
        """h at infinite time (..., pair)."""

    def guesses(self, seen: Observed) -> np.ndarray | None:
        """Starting points (candidate, system, parameter), on the natural scale, the best first.

        Parameters that are left out at the end of the last axis start at their centers. None, as here: the best of
        points scattered about the centers (`neurouniv.fitting.guesses.scattered`).
        """
        return None

    def roughly(self) -> Self:
        """The law for the rough look at all restarts; here the law itself."""
        return self
