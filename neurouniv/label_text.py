"""A label as text, alike in tasks and recordings, which are joined by it."""

from __future__ import annotations

from typing import Any

import numpy as np

NO_LABEL = ("", "nan", "n/a", "NaN", "None", "<NA>", "NaT")


def label_text(value: Any) -> str:
    """A label as text: "45" for 45.0, without spaces around it, and "" where it is missing (None, NaN, "n/a").

    Examples
    --------
    >>> [label_text(value) for value in (45.0, 0.1, b"car ", None)]
    ['45', '0.1', 'car', '']
    """
    if isinstance(value, np.ndarray):
        value = value.item() if value.size == 1 else ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return np.format_float_positional(value, trim="-")
    text = str(value).strip()
    return "" if text in NO_LABEL else text
