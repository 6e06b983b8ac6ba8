"""Descriptors of rsatoolbox: those that do not fit what they describe, and the one that keeps notes of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from neurouniv.schema import InputError

OURS = "neurouniv"
"""The descriptor in which we keep what rsatoolbox has no place for, as JSON text."""


@contextmanager
def descriptors_told(source: str) -> Iterator[None]:
    """A block that makes arrays of what rsatoolbox holds: whatever fails there is of descriptors that do not fit."""
    try:
        yield
    except (InputError, MemoryError, Warning):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            f"What rsatoolbox holds in {source} cannot be read ({type(error).__name__}: {reason}). A descriptor is "
            "absent, or has not one value for each RDM, condition, trial or channel. Make it again, and save it anew."
        ) from error


def own_note(text: Any, needs: Sequence[str] = ()) -> dict[str, Any]:
    """What we noted in a descriptor, see `OURS`.

    Raises
    ------
    InputError : it is damaged; units, dimensions and times are then not known.

    Examples
    --------
    >>> own_note('{"dims": ["time"]}', ["dims"])
    {'dims': ['time']}
    """
    try:
        note = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        note = None
    if not isinstance(note, dict) or not set(needs) <= set(note):
        raise InputError(
            f"The descriptor '{OURS}', in which neurouniv keeps dimensions and units as JSON, is damaged: "
            f"{str(text)[:60]!r}. Make the file again with `neurouniv.to_rsatoolbox`, or take the descriptor out to "
            f"read what rsatoolbox itself knows: `del rdms.descriptors['{OURS}']`."
        )
    return note
