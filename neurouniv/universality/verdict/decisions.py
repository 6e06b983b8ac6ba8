"""What the verdict says in each of many simulated studies, and in what share of them."""

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
OF_SEVERAL = {UNIVERSAL: DESCRIBED, NOT_UNIVERSAL: NOT_DESCRIBED, NOTHING: CANNOT_TELL}


def decisions(result: xr.Dataset, alpha: float = 0.05, share: float = SHARE) -> xr.DataArray:
    """The verdict (study) of every study by itself, over all its systems.

    A study is judged as its author would, who knows of no other: p values are not corrected for the number of studies.
    Where nothing is learned one cannot tell of the law.

    Parameters
    ----------
    result : of `neurouniv.compare(..., resamples=...)`, with the dimension `study`.
    alpha, share : see `neurouniv.verdict`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # how often one split errs is counted here
        each = [verdict(result.isel(study=i), alpha, share)["overall"].item() for i in range(result.sizes["study"])]
    each = [OF_SEVERAL.get(word, word) for word in each]
    return xr.DataArray(np.array(each), {"study": result["study"]}, ("study",), "decision")


def shares(decided: xr.DataArray) -> xr.DataArray:
    """In what share of the studies each of the three words was said (verdict).

    Examples
    --------
    >>> shares(xr.DataArray(["described", "cannot tell"], dims="study")).values
    array([0.5, 0. , 0.5])
    """
    said = [float((decided == word).mean()) for word in WORDS]
    return xr.DataArray(said, {"verdict": list(WORDS)}, ("verdict",))


def wilson(share: Any, studies: int, level: float = 0.95) -> xr.DataArray:
    """The interval (..., bound) of a share that was seen in so many studies.

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
