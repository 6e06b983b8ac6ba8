"""What is told where memory is short: what was needed, what this process may hold, and what to do."""

from __future__ import annotations

import math

from neurouniv.errors import InputError
from neurouniv.memory import address_space, asked, limits, size_text

LIBRARIES = 2e9
"""Bytes of addresses that NumPy, torch and the readers of files take. With fewer they end the process themselves."""
LESS = {
    "train": "fewer networks (--seeds), smaller ones (--width), fewer epochs (--record), or an output .zarr",
    "simulate": "fewer sessions, repeats or neurons",
    "rdm": "fewer times or conditions, or a recording read in pieces (--chunks auto)",
    "read": "one session at a time, or a recording read in pieces (--map chunks=auto)",
    "demo": "a first look (--quick), or fewer recordings",
}
"""What takes less, by command."""


def need_address_space() -> None:
    """Raise `InputError` unless the libraries fit into the addresses that this process may take."""
    if address_space() < LIBRARIES:
        raise InputError(
            f"The libraries take {size_text(LIBRARIES)} of addresses, and this process may take "
            f"{size_text(address_space())} (ulimit -v). Allow 4 GB or more: `ulimit -v 4000000`."
        )


def memory_text(error: BaseException, command: str, outcome: str) -> str:
    """What is told of an error that says that memory is short.

    Parameters
    ----------
    command : its name. outcome : what it has written, in words.
    """
    more = asked(error)
    needed = "More was needed than there is" if math.isnan(more) else f"{size_text(more)} more were needed"
    least = min(limits(), key=lambda limit: limit.size - limit.held, default=None)
    may = ""
    if least:
        may = f"This process holds {size_text(least.held)} and may hold {size_text(least.size)} ({least.set_by}). "
    less = LESS.get(command, "fewer times, conditions or systems")
    return f"Memory is short. {needed}. {may}{outcome} Ask for less: {less}. Or allow more memory."
