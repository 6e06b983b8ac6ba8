"""The covariance of noise from sums over samples of noise, shrunk so that it can be inverted.

All methods need only the sums of products of two and of four values, so samples can come in blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.rdm.representable import LARGEST, SMALLEST, TINY
from neurouniv.schema import InputError

ROUNDING = 1e-28
"""What is left of trials has no more than this share of their power where it is rounding."""


@dataclass(frozen=True)
class Moments:
    """Sums over samples of noise x, whose mean is zero; those of several blocks or sessions add up.

    Attributes
    ----------
    samples : the number of samples.
    freedom : how many of them are free: samples less what was estimated and taken away.
    independent : how many free ones are independent; fewer where neighbouring latencies are samples.
    products : the sum of x_i x_j (channel, channel).
    squares : the sum of x_i^2 x_j^2 (channel, channel).
    power : the sum of squares of what the samples were before anything was taken away, to know rounding by.
    """

    samples: int
    freedom: float
    independent: float
    products: np.ndarray
    squares: np.ndarray
    power: float

    def __add__(self, other: Moments) -> Moments:
        with np.errstate(over="ignore", invalid="ignore"):  # `need_noise` refuses what is not finite
            return Moments(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def covariance(self) -> np.ndarray:
        """The unbiased covariance (channel, channel), not shrunk."""
        return self.products / self.freedom


def moments(
    rows: np.ndarray, freedom: float | None = None, independent: float | None = None, power: float | None = None
) -> Moments:
    """Moments of `rows` (sample, channel); `freedom` is their number less one if not given, `independent` as many.

    Examples
    --------
    >>> moments(np.array([[1.0], [-1.0], [0.0]])).covariance.tolist()
    [[1.0]]
    """
    freedom = len(rows) - 1 if freedom is None else freedom
    independent = freedom if independent is None else independent
    with np.errstate(over="ignore", invalid="ignore"):  # `need_noise` refuses what is not finite
        squared = rows**2
        power = float(squared.sum()) if power is None else power
        return Moments(len(rows), freedom, independent, rows.T @ rows, squared.T @ squared, power)


def need_noise(sums: Moments, asked: str, where: str = "") -> None:
    """Raise `InputError` unless samples vary, and their fourth powers are held by double precision.

    Parameters
    ----------
    asked : the setting that asks for their covariance. where : in which part of the recording.

    Examples
    --------
    >>> need_noise(moments(np.array([[2.0], [-2.0]])), "noise_precision='residuals'")
    >>> need_noise(moments(np.array([[1e100], [-1e100]])), "noise_precision='residuals'")
    Traceback (most recent call last):
    neurouniv.errors.InputError: noise_precision='residuals' needs fourth powers of noise, which double precision ...
    """
    if np.isinf(np.diag(sums.squares)).any() or np.isinf(sums.power):  # NaN is of channels that were not recorded
        raise InputError(
            f"{asked} needs fourth powers of noise, which double precision holds up to {LARGEST[4]:g}; noise is larger"
            f"{where}. Mend or drop such trials, or divide all activity by a constant."
        )
    if sums.power == 0:
        raise InputError(f"{asked} needs trials that vary; all trials are 0, or too small to be squared{where}.")
    if np.trace(sums.products) <= ROUNDING * sums.power:
        raise InputError(
            f"{asked} needs trials that vary; all trials of a condition and run are equal but for rounding{where}."
        )
    if np.trace(sums.squares) < TINY:
        raise InputError(
            f"{asked} needs fourth powers of noise, which double precision holds from {SMALLEST[4]:g} on; noise is "
            f"smaller{where}. Multiply all activity by a constant."
        )


def shrunk_covariance(sums: Moments, shrinkage: str | float = "ledoit_wolf") -> np.ndarray:
    """Covariance (channel, channel) of noise, shrunk by a method of `SHRINKAGES` or by a fixed share.

    Parameters
    ----------
    shrinkage : "ledoit_wolf" (2004, J. Multivar. Anal.) and "oas" (Chen et al. 2010, IEEE Trans. Signal Process.)
        towards a multiple of the identity, their intensity for as many samples as are independent; scikit-learn's
        `LedoitWolf` and `OAS` where all are. "shrinkage_eye" (Ledoit & Wolf) and "shrinkage_diag" (Schäfer & Strimmer
        2005, Stat. Appl. Genet. Mol. Biol., towards the diagonal), "diag" and "full" as in rsatoolbox, with equal
        numbers. Or a number from 0 to 1, the share of a multiple of the identity (`ShrunkCovariance`).

    Raises
    ------
    InputError : another `shrinkage`.

    Examples
    --------
    >>> rows = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> shrunk_covariance(moments(rows, freedom=4), 0.5).tolist()
    [[1.625, 0.0], [0.0, 0.875]]
    """
    if isinstance(shrinkage, str) and shrinkage in SHRINKAGES:
        return SHRINKAGES[shrinkage](sums)
    if isinstance(shrinkage, (int, float)) and 0 <= shrinkage <= 1:
        return _towards_identity(sums.covariance, float(shrinkage))
    raise InputError(f"shrinkage is one of {tuple(SHRINKAGES)} or a number from 0 to 1; got {shrinkage!r}.")


def _ledoit_wolf(sums: Moments) -> np.ndarray:
    return _towards_identity(sums.covariance, _ledoit_wolf_share(sums, sums.independent))


def _shrinkage_eye(sums: Moments) -> np.ndarray:
    return _towards_identity(sums.covariance, _ledoit_wolf_share(sums, _as_many(sums)))


def _ledoit_wolf_share(sums: Moments, number: float) -> float:
    """b^2 / d^2 of Ledoit & Wolf (2004), lemma 3.2-3.4, for this number of samples."""
    mean = sums.products / sums.samples
    level = np.trace(mean) / len(mean)
    away = np.sum((mean - level * np.eye(len(mean))) ** 2)
    error = np.sum(sums.squares / sums.samples - mean**2) / number
    return 0.0 if away == 0 else min(1.0, error / away)


def _oas(sums: Moments) -> np.ndarray:
    """Chen et al. (2010), eq. 23, as scikit-learn has it."""
    covariance, channels = sums.covariance, len(sums.products)
    level, mean_square = np.trace(covariance) / channels, np.mean(covariance**2)
    error = mean_square + level**2
    away = (sums.independent + 1) * (mean_square - level**2 / channels)
    return _towards_identity(covariance, 1.0 if away <= 0 else min(1.0, error / away))


def _shrinkage_diag(sums: Moments) -> np.ndarray:
    """Shrinks correlations: the sum of their variances over the sum of their squares."""
    covariance, n = sums.covariance, sums.samples
    variance = np.diag(covariance)
    mean = sums.products / np.sqrt(np.outer(variance, variance)) / (n - 1)
    spread = n / sums.freedom**2 * (sums.squares / np.outer(variance, variance) / (n - 1) - mean**2)
    others = ~np.eye(len(covariance), dtype=bool)
    total = np.sum(mean[others] ** 2)
    share = 0.0 if total == 0 else np.sum(spread[others]) / total * n / _as_many(sums)
    return covariance * np.where(others, 1 - np.clip(share, 0, 1), 1)


def _as_many(sums: Moments) -> float:
    """The number of samples, fewer by as much as those that are free are not independent."""
    return sums.samples * sums.independent / sums.freedom


def _towards_identity(covariance: np.ndarray, share: float) -> np.ndarray:
    channels = len(covariance)
    return (1 - share) * covariance + share * np.trace(covariance) / channels * np.eye(channels)


SHRINKAGES: dict[str, Callable[[Any], np.ndarray]] = {
    "ledoit_wolf": _ledoit_wolf,
    "oas": _oas,
    "shrinkage_eye": _shrinkage_eye,
    "shrinkage_diag": _shrinkage_diag,
    "diag": lambda sums: np.diag(np.diag(sums.covariance)),
    "full": lambda sums: sums.covariance,
}
