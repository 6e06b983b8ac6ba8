"""What errors of differences take as one draw, and so what they are about: single conditions, or classes of them.

Conditions of one class resemble each other, and laws err alike on them: they are no independent draws. A class left out
at a time (and drawn at a time, in the bootstrap) tells how far scores would move with *other classes*; four classes
leave three degrees of freedom, with which a true law is told from all its rivals in half of the studies instead of
nearly all (SNR .3, 16 conditions). Classes are therefore the unit from `LEAST_CLASSES` on; below that it is the
condition, and the claim is one about *these* classes.

Laws were fitted to other conditions than they are tried on, and other conditions would have given other constants: what
the jackknife over held-out units tells is too little by that. As in the corrected resampled t test (Nadeau & Bengio
2003, Machine Learning 52, 239) its variance grows with the share of held-out to fitted conditions, here by `FITS` times
that share: laws that are exchangeable, with constants fitted in every fold, then differ with p < .05 in about 5 % of
studies or fewer (`benchmarks/nulls.py --only exchangeable`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.rdm.classes import condition_names
from neurouniv.schema import InputError
from neurouniv.universality.held_out.splits import Part

CONDITIONS, CLASSES = "conditions", "classes"
KINDS = (CONDITIONS, CLASSES, None)
LEAST_CLASSES = 6
"""From so many on classes are left out, if nothing else is asked for."""
FEWEST_CLASSES = 3
"""Two classes, of which one is left out, have no pair between them."""
FITS = 0.25
"""What fits add to the variance over conditions where as many are held out as fitted, measured."""


class Units(NamedTuple):
    """The unit of every condition (condition,), counted from 0, what units are, and what errors over them are about."""

    of: np.ndarray
    kind: str
    about: str


def units(conditions: np.ndarray, classes: Mapping[str, Any] | None, kind: str | None, parts: list[Part]) -> Units:
    """The units that are drawn and left out together.

    Parameters
    ----------
    conditions : (condition,), the names of all that pairs have.
    classes : name -> class, where conditions are in classes.
    kind : "conditions", "classes" or None, see `neurouniv.compare`.
    parts : the folds, which tell whether conditions were held out of the fits.

    Raises
    ------
    InputError : classes are asked for and there are fewer than three.

    Examples
    --------
    >>> units(np.array(["a", "b", "c"]), {"a": 0, "b": 0, "c": 1}, None, []).about
    'other conditions of these 2 classes, given these fits'
    """
    group = by_class(conditions, classes)
    number = 0 if group is None else len(np.unique(group))
    if kind == CLASSES and number < FEWEST_CLASSES:
        raise InputError(
            f"unit='classes' needs at least {FEWEST_CLASSES} classes; got {number or 'none'}. Classes are conditions "
            "that share a target, or the coordinate `label` (condition). Use unit='conditions'."
        )
    fits = ", with constants fitted anew" if held_out_share(parts) else ", given these fits"
    if group is not None and (kind == CLASSES or (kind is None and number >= LEAST_CLASSES)):
        return Units(group, CLASSES, f"other classes of conditions{fits}")
    scope = f" of these {number} classes" if number else ""
    return Units(np.arange(len(conditions)), CONDITIONS, f"other conditions{scope}{fits}")


def by_class(conditions: np.ndarray, classes: Mapping[str, Any] | None) -> np.ndarray | None:
    """The class of every condition (condition,), counted from 0; None where there are no classes."""
    if classes is None:
        return None
    return np.unique([classes[name] for name in conditions], return_inverse=True)[1].reshape(-1)


def held_out_share(parts: list[Part]) -> float:
    """How many conditions are held out for each that laws are fitted to; 0 where none is held out."""
    if not parts or parts[0].hidden is None:
        return 0.0
    return sum(_count(part.test) for part in parts) / sum(_count(part.train) for part in parts)


def _count(traj: xr.Dataset) -> int:
    return len(condition_names(traj))
