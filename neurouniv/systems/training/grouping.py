"""How many networks learn at once: as many as stay in a CPU's cache, or as a GPU's memory holds."""

from __future__ import annotations

from neurouniv.devices import free_memory, is_gpu
from neurouniv.memory import size_text
from neurouniv.schema import InputError, warn

CACHE = 8 * 2**20
"""On a CPU, as many members learn at a time as have weights of so many bytes: they stay in the CPU's cache."""
COPIES = {"sgd": 3, "momentum": 4, "adam": 6}
"""Arrays of the size of the weights that a step holds: weights, gradients, their changes, and the optimiser's own."""
ACTIVITY = 6
"""Arrays of the size of all activity that a step holds: activity, slopes, what is taught, and what makes them."""
SPARE = 0.9
"""The share of free memory that is counted on."""


def members_at_once(weights: int, activity: int, optimizer: str, device: str) -> int:
    """How many networks with so many bytes of weights and of activity learn at once.

    Raises
    ------
    InputError : a GPU has no room for one of them.

    Examples
    --------
    >>> members_at_once(2**20, 0, "sgd", "cpu")
    8
    """
    if not is_gpu(device):
        return max(1, CACHE // weights)
    needed, free = COPIES[optimizer] * weights + ACTIVITY * activity, SPARE * free_memory(device)
    if needed > free:
        raise too_large(needed, free, device)
    return int(free // needed)


def too_large(needed: float | None, free: float, device: str) -> InputError:
    """One network needs more memory than the device has; None where only that is known."""
    size = "more than is free" if needed is None else f"about {size_text(needed)}"
    return InputError(
        f"A network that learns here needs {size} on {device}; {size_text(free)} are free. "
        "Give fewer or smaller layers, batch_size=, dtype='float32' or device='cpu'."
    )


def warn_of_groups(members: int, size: int, device: str) -> None:
    """Say that networks that do not fit together learn in groups."""
    groups = -(-members // size)
    warn(
        f"{members} networks do not fit into the memory of {device} at once: they learn in {groups} groups of at most "
        f"{size}, one after the other. Their numbers are the same; it takes longer."
    )
