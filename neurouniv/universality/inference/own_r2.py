"""Every law's own R2 with its errors, which are even in log(1 - R2), and p that it lies below a bound.

R2 itself is too skewed: an interval even about it can hold 1 where a law explains nothing.

R2 sets errors against the spread of distances *in these data*, and so does the noise ceiling: intervals take that
spread as given, and hold the share of the ceiling that a law reaches (`benchmarks/nulls.py --only r2`). They are not
about the R2 in endlessly many conditions, which is larger: few conditions spread less.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from scipy import stats

from neurouniv.schema import need_variables
from neurouniv.universality.inference.bootstrap import Fold, Resamples, bootstrap_scores
from neurouniv.universality.inference.p_values import NO_DIFFERENCE, infer


class OwnR2(NamedTuple):
    """The standard error of log(1 - R2) of every law (law,), its degrees of freedom, and the interval (law, bound)."""

    error: np.ndarray
    freedom: np.ndarray
    bounds: np.ndarray

    @classmethod
    def unknown(cls, laws: np.ndarray) -> OwnR2:
        """NaN for all."""
        return cls(*(np.full((len(laws), *shape), np.nan) for shape in ((), (), (2,))))

    def among(self, chosen: np.ndarray) -> OwnR2:
        """These laws at the places where `chosen` (law,) is true, NaN at the others."""
        result = self.unknown(chosen)
        for whole, part in zip(result, self, strict=True):
            whole[chosen] = part
        return result

    def to_dataset(self, score: str) -> xr.Dataset:
        return xr.Dataset(
            {
                f"{score}_interval": (("law", "bound"), self.bounds),
                f"{score}_log_error": ("law", self.error),
                f"{score}_freedom": ("law", self.freedom),
            }
        )


def own_r2(late: list[Fold], drawn: Resamples, how: dict[str, Any], device: str = "cpu", level: float = 0.95) -> OwnR2:
    """Errors of every law's R2 over the frames of `late`, those after the start; `how` as `infer` takes it."""
    inference = infer(bootstrap_scores(late, drawn, "r2", device=device), drawn, **how)
    unexplained = np.maximum(1 - inference.estimate[:, 0], NO_DIFFERENCE)
    error, freedom = inference.error[:, 0] / unexplained, inference.freedom[:, 0]
    factor = np.exp(stats.t.isf((1 - level) / 2, freedom) * error)
    return OwnR2(error, freedom, np.stack([1 - unexplained * factor, 1 - unexplained / factor], -1))


def p_below(result: xr.Dataset, bound: Any, score: str = "dynamics") -> xr.DataArray:
    """One-sided p value that R2 reaches `bound`: small where it lies below for certain.

    Parameters
    ----------
    result : of `neurouniv.compare(..., resamples=1000)`, or a part of it; of its members, the mean R2 is taken where
        errors are those of all together.
    bound : an R2 below 1, a number or an array over dimensions of the result.
    score : "dynamics", or "outputs".

    Returns
    -------
    p (law, ...), without the members that errors are over.

    Raises
    ------
    InputError : the result has no errors of its scores.

    Examples
    --------
    >>> row = {"dynamics": 0.5, "dynamics_log_error": 0.2, "dynamics_freedom": 15.0}
    >>> p_below(xr.Dataset(row), np.array(0.5)).item(), p_below(xr.Dataset(row), np.array(0.8)).round(4).item()
    (0.5, 0.0002)
    """
    names = (score, f"{score}_log_error", f"{score}_freedom")
    need_variables(
        result, names, "The p value of a bound", "Compare with errors: `neurouniv.compare(..., resamples=1000)`."
    )
    r2, error, freedom = (result[name] for name in names)
    unexplained = np.maximum(1 - r2.mean([dim for dim in r2.dims if dim not in error.dims]), NO_DIFFERENCE)
    return xr.apply_ufunc(stats.t.sf, (np.log(unexplained) - np.log(1 - bound)) / error, freedom)
