"""A comparator of RDMs: what it takes as nothing, how it compares resamples, and what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Kernel = Callable[[Any, Any], Any]
"""Observed and predicted frames (..., pair) that broadcast, to their similarity in every resample (resample, ...)."""


@dataclass(frozen=True)
class Comparator:
    """One measure of how alike two RDMs are, of one frame one of those of `rsatoolbox.rdm.compare`.

    Attributes
    ----------
    name : as in `COMPARATORS`, and rsatoolbox's `method`.
    long_name : what its values are, for labels.
    kernel : (counts, ends) -> `Kernel`, from how often each condition was drawn (resample, condition) and the
        conditions of every pair (2, pair).
    centred : whether RDMs are compared about their mean, so that a constant one tells nothing; else one of zeros.
    ranked : whether ranks are compared, which are sorted on the CPU.
    whitened : whether it needs to know which pairs share a condition (Diedrichsen et al. 2020).
    """

    name: str
    long_name: str
    kernel: Callable[[Any, np.ndarray], Kernel]
    centred: bool = False
    ranked: bool = False
    whitened: bool = False
