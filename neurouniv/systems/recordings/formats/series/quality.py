"""The setting `quality`: which sorted units are read."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from neurouniv.schema import InputError

GOOD, ALL = "good", "all"


def chosen(ids: np.ndarray, labels: np.ndarray | None, quality: Any, source: str, labels_from: str) -> np.ndarray:
    """Which units (True, False) have one of the labels that `quality` names; all where it is "all".

    labels : one for each unit, "" where a unit has none; None where the recording has no labels.
    labels_from : where they are from, in words.

    Raises
    ------
    InputError : no unit has such a label; the message counts those there are.

    Examples
    --------
    >>> chosen(np.array([3, 5, 6]), np.array(["good", "mua", ""]), "good", "x", "cluster_group.tsv").tolist()
    [True, False, False]
    """
    several = isinstance(quality, (list, tuple))
    wanted = list(quality) if several else str(quality).split(",")
    wanted = [str(word).strip().lower() for word in wanted]
    if wanted == [ALL] or (labels is None and wanted == [GOOD]):
        return np.ones(ids.size, dtype=bool)
    if labels is None:
        raise InputError(f'{source} has no labels of quality; read all units: quality="all".')
    low = np.char.lower(labels.astype(str))
    mask = np.isin(low, wanted)
    if not mask.any():
        counts = ", ".join(f"{name or 'none'} {count}" for name, count in Counter(low.tolist()).most_common(8))
        raise InputError(
            f"No unit of {source} is labelled {' or '.join(map(repr, wanted))}; labels ({labels_from}): {counts}. Say "
            'which are read: quality="good", "good,mua" or "all".'
        )
    return mask


def said(
    ids: np.ndarray, mask: np.ndarray, labels: np.ndarray | None, quality: Any, labels_from: str
) -> tuple[str, str]:
    """Which units are read, in words that hold for every session; and what is left out."""
    if labels is None:
        return "all units (none is labelled)", ""
    if mask.all() and (quality == ALL or not ids.size):
        return "all units", ""
    words = quality if isinstance(quality, str) else ",".join(map(str, quality))
    lost = int((~mask).sum())
    out = f'{lost} of {ids.size} units are not {words}; quality="all" reads them too' if lost else ""
    return f"units labelled {words} ({labels_from})", out
