"""How errors and warnings are told. Light: the command line shows its help without NumPy."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


class InputError(ValueError):
    """An input cannot be used. The message says what is needed, what was got, and what to do."""


class NeurounivWarning(UserWarning):
    """A result that should not be read at face value; the message says why and what to try."""


def warn(text: str) -> None:
    """Issue a `NeurounivWarning` at the line of the user's that called us, however deep within the package it arose."""
    ours = (f"{Path(__file__).parent}{os.sep}", contextlib.__file__)
    frames = (frame for frame, _ in traceback.walk_stack(sys._getframe()))
    outside = (level for level, frame in enumerate(frames, 1) if not frame.f_code.co_filename.startswith(ours))
    warnings.warn(text, NeurounivWarning, stacklevel=next(outside, 1))


def some(values: Sequence[Any] | np.ndarray, most: int = 5) -> str:
    """The first few of `values`, for messages.

    Examples
    --------
    >>> some(range(9), most=2)
    '0, 1, ...'
    """
    return ", ".join(map(str, values[:most])) + (", ..." if len(values) > most else "")
