"""A comparator of RDMs: what it takes as nothing, how it compares resamples, and what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Kernel = Callable[[Any, Any], Any]
"""Observed and predicted frames (..., pair) that broadcast, to their similarity in every resample (resample, ...)."""

Side = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Frames (..., pair) and the conditions of every pair (2, pair), to what is made of every frame once (..., pair).

With all pairs of some conditions there, conditions may be put in another order before or after.
"""


class Once(NamedTuple):
    """The similarity of whole tables of frames, every pair counted once; it is the same if sides are exchanged.

    Attributes
    ----------
    one, other : what is made of the frames of one side, which may cost more, and of the other.
    combine : of (many, frame, pair) and (many, other frame, pair) so made, (many, frame, other frame).
    """

    one: Side
    other: Side
    combine: Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Comparator:
    """One measure of how alike two RDMs are, of one frame one of those of `rsatoolbox.rdm.compare`.

    Attributes
    ----------
    name : as in `COMPARATORS`, and rsatoolbox's `method`.
    long_name : what its values are, for labels.
    kernel : (counts, ends) -> `Kernel`, from how often each condition was drawn (resample, condition) and the
        conditions of every pair (2, pair).
    once : the same without resamples, of frames that are worked out one by one and compared all with all.
    centred : whether RDMs are compared about their mean, so that a constant one tells nothing; else one of zeros.
    ranked : whether ranks are compared, which are sorted on the CPU.
    whitened : whether it needs to know which pairs share a condition (Diedrichsen et al. 2020).
    """

    name: str
    long_name: str
    kernel: Callable[[Any, np.ndarray], Kernel]
    once: Once
    centred: bool = False
    ranked: bool = False
    whitened: bool = False
