"""What a file says that it holds, beside its own size and the memory that is free: looked at before any is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neurouniv.errors import InputError
from neurouniv.memory import free_memory, size_text

ITS_ARRAYS = "its arrays"
SMALL = 2**28
"""Bytes that may come out of a file however small it is."""
MOST_TO_ONE = 2000
"""Bytes that one byte of a file may stand for; packing by deflate reaches 1032."""


def need_room(declared: float, held: float, what: str, source: object) -> None:
    """Raise `InputError` where arrays cannot be what a file says, or where memory for them is lacking.

    Parameters
    ----------
    declared : bytes that the arrays would take in memory. held : bytes that the file has for them.
    what : how a message calls them. source : the file's name.

    Examples
    --------
    >>> need_room(8e6, 1e4, "its arrays", "x.npz")
    >>> need_room(12 * 2**40, 6700, "its arrays", "x.npz")
    Traceback (most recent call last):
    neurouniv.errors.InputError: 'x.npz' declares 13.2 TB for its arrays and has 6.7 kB. No file packs numbers so \
densely: it is damaged, or was made to fill the memory. Copy or export it again.
    """
    need_plausible(declared, held, what, source)
    need_memory(declared, f"To hold {what}, '{source}'")


def need_plausible(declared: float, held: float, what: str, source: object) -> None:
    """Raise `InputError` where a file declares more than so few bytes can hold; arguments as for `need_room`."""
    if declared > SMALL and declared > MOST_TO_ONE * held:
        raise InputError(
            f"'{source}' declares {size_text(declared)} for {what} and has {size_text(held)}. No file packs numbers so "
            "densely: it is damaged, or was made to fill the memory. Copy or export it again."
        )


def need_memory(declared: float, what: str) -> None:
    """Raise `InputError` where less memory is free than arrays take, which messages call `what`."""
    if declared > SMALL and declared > (free := free_memory()):
        raise InputError(
            f"{what} needs {size_text(declared)} of memory; {size_text(free)} are free. Use a machine with more, or "
            "keep the activity in a netCDF file or zarr store, which is read in parts."
        )


@contextmanager
def memory_told(source: object) -> Iterator[None]:
    """Turn memory that is lacking all the same into an `InputError`."""
    try:
        yield
    except MemoryError as error:
        reason = f" ({error})" if str(error) else ""
        raise InputError(
            f"'{source}' needs more memory than there is{reason}. If it should be small, it is damaged: copy or export "
            "it again. Otherwise use a machine with more."
        ) from error
