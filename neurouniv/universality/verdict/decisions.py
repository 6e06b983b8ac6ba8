"""The verdict on each of many simulated studies, and the share of studies with each verdict."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from neurouniv.schema import NeurounivWarning
from neurouniv.universality.scores.noise_ceiling import BOUND
from neurouniv.universality.verdict.rule import (
    CANNOT_TELL,
    DESCRIBED,
    NOT_DESCRIBED,
    NOT_UNIVERSAL,
    NOTHING,
    SHARE,
    UNIVERSAL,
    verdict,
)

WORDS = (DESCRIBED, NOT_DESCRIBED, CANNOT_TELL)
ENOUGH_STUDIES = 30
"""Of fewer simulated studies nothing is concluded: of 30 the standard error of a share is up to 9 %."""
OF_SEVERAL = {UNIVERSAL: DESCRIBED, NOT_UNIVERSAL: NOT_DESCRIBED, NOTHING: CANNOT_TELL}


def decisions(result: xr.Dataset, alpha: float = 0.05, share: float = SHARE) -> xr.DataArray:
    """The verdict (study) of every study by itself, over all its systems.

    A study is judged as its author would, who knows of no other: p values are not corrected for the number of studies.
    Where nothing is learned the word is "cannot tell".

    Parameters
    ----------
    result : of `neurouniv.compare(..., resamples=...)`, with the dimension `study`.
    alpha, share : see `neurouniv.verdict`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # how often one split errs is counted here
        verdicts = [verdict(result.isel(study=i), alpha, share)["overall"].item() for i in range(result.sizes["study"])]
    verdicts = [OF_SEVERAL.get(word, word) for word in verdicts]
    return xr.DataArray(np.array(verdicts), {"study": result["study"]}, ("study",), "decision")


def shares(decided: xr.DataArray) -> xr.DataArray:
    """The share of studies with each of the three verdicts (verdict).

    Examples
    --------
    >>> shares(xr.DataArray(["described", "cannot tell"], dims="study")).values
    array([0.5, 0. , 0.5])
    """
    values = [float((decided == word).mean()) for word in WORDS]
    return xr.DataArray(values, {"verdict": list(WORDS)}, ("verdict",))


def wilson(share: Any, studies: int, level: float = 0.95) -> xr.DataArray:
    """The 95 % interval (..., bound) of a share of studies.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209.

    Examples
    --------
    >>> wilson(xr.DataArray(0.95), 40).values.round(3)
    array([0.835, 0.986])
    """
    z = stats.norm.isf((1 - level) / 2)
    share = xr.DataArray(share)
    middle = (share + z**2 / (2 * studies)) / (1 + z**2 / studies)
    half = z / (1 + z**2 / studies) * np.sqrt(share * (1 - share) / studies + z**2 / (4 * studies**2))
    return xr.concat([middle - half, middle + half], dim=BOUND).clip(0, 1).transpose(..., "bound")
