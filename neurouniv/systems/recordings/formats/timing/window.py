"""The setting `window`: from when to when, in seconds."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError


def start_stop(window: Any, since: str = "the trial's start") -> tuple[float, float]:
    """(start, stop) in s from a pair of numbers or from text, "start,stop", in brackets or not.

    Raises
    ------
    InputError : it is no pair of finite numbers, or it stops before it starts; `since` names its zero in the message.

    Examples
    --------
    >>> start_stop("-0.1, 0.5"), start_stop("(0,1)")
    ((-0.1, 0.5), (0.0, 1.0))
    """
    try:
        parts = window.split(",") if isinstance(window, str) else window
        start, stop = (float(part.strip(" ()[]") if isinstance(part, str) else part) for part in parts)
    except (TypeError, ValueError) as error:
        raise InputError(f"`window` is (start, stop) in s from {since}; got {window!r}.") from error
    if not (np.isfinite([start, stop]).all() and start < stop):
        raise InputError(f"`window` needs to stop after it starts, both in s from {since}; got {window!r}.")
    return start, stop
