"""The setting `chunks`: the sizes in which activity is read as it is needed."""

from __future__ import annotations

from typing import Any

from neurouniv.schema import InputError

LARGE = 4 * 2**30  # bytes of activity that are not read into memory unasked


def or_where_large(chunks: Any, size: int) -> Any:
    """`chunks` as given; "auto" for activity of so large a `size` (bytes) of which nothing was said.

    Examples
    --------
    >>> or_where_large(None, 100), or_where_large(None, 2**33), or_where_large(50, 2**33)
    (None, 'auto', 50)
    """
    return "auto" if chunks is None and size > LARGE else chunks


def sizes_of_chunks(chunks: Any) -> Any:
    """`chunks` as xarray takes it; "own", or a word of the command line such as "100", are understood too."""
    if chunks == "own":
        return {}
    if isinstance(chunks, str) and chunks != "auto":
        try:
            return int(chunks)
        except ValueError as error:
            raise InputError(
                f'`chunks` is "auto", "own" (as stored), a number or a dict {{"trial": 100}}; got {chunks!r}.'
            ) from error
    return chunks
