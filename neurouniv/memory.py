"""Memory: how much of it this process may hold, sizes in words, and whether an error says that it is short."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

SHARE = 0.8
"""Of the computer's memory, or a job's, what one result may take: something else needs the rest."""
GROUPS, MOUNT = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
NAMES = {"": "memory.max", "memory": "memory/memory.limit_in_bytes"}
"""Where Linux keeps the limit of a group of processes, by the controller's name, which version 2 leaves out."""
SHORT = re.compile(
    r"can('t|not) allocate memory|unable to allocate|memory allocation|bad_alloc|failed to map segment"
    r"|excessive memory usage|can't start new thread",
    re.IGNORECASE,
)
"""How libraries say that memory is short in errors of other kinds than MemoryError."""
ASKED = re.compile(r"allocate ([\d.]+) (bytes|KiB|MiB|GiB|TiB|PiB)")
UNITS = {unit: 1024.0**n for n, unit in enumerate(("bytes", "KiB", "MiB", "GiB", "TiB", "PiB"))}


class Limit(NamedTuple):
    """Bytes that this process may hold, what sets this limit, and the bytes that it holds of them."""

    size: float
    set_by: str
    held: float


def limits() -> list[Limit]:
    """Every limit of this process's memory that the system tells."""
    usage = _held()
    bounds = []
    with_computer = _of_computer()
    if math.isfinite(with_computer):
        bounds.append(Limit(with_computer, "the computer's memory", usage["resident"]))
    of_group = group_limit()
    if of_group < with_computer:
        bounds.append(Limit(of_group, "the memory of the job or container", usage["resident"]))
    if math.isfinite(address_space()):
        bounds.append(Limit(address_space(), "ulimit -v", usage["addressed"]))
    return bounds


def available_memory() -> float:
    """Bytes that a result may take: most of what this process may hold, or no limit where the system tells none."""
    shares = [limit.size - limit.held if limit.set_by == "ulimit -v" else SHARE * limit.size for limit in limits()]
    return min(shares, default=math.inf)


def free_memory() -> float:
    """Bytes that this process can still take: what the system, its container and its own limits leave."""
    return min([_free_of_computer(), *(limit.size - limit.held for limit in limits())])


def address_space() -> float:
    """Bytes of addresses that this process may take (`ulimit -v`), libraries and stacks of threads included."""
    size = resource.getrlimit(resource.RLIMIT_AS)[0] if resource else -1
    return math.inf if resource is None or size == resource.RLIM_INFINITY else float(size)


def group_limit(groups: Path = GROUPS, mount: Path = MOUNT) -> float:
    """Bytes that the process's cgroup may hold, as batch systems and containers set it, or one that holds this one.

    Parameters
    ----------
    groups : lines controller numbers:controllers:path. mount : where the files of the groups are.
    """
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        return math.inf
    return min((size for line in lines for size in _of_groups(line, mount)), default=math.inf)


def is_short(error: BaseException) -> bool:
    """Whether an error, or what caused it, says that memory is short.

    Examples
    --------
    >>> is_short(MemoryError()), is_short(ValueError("negative dimensions"))
    (True, False)
    """
    return any(isinstance(one, MemoryError) or SHORT.search(str(one)) for one in _causes(error))


def asked(error: BaseException) -> float:
    """Bytes that could not be had, or NaN where the error names none.

    Examples
    --------
    >>> asked(MemoryError("Unable to allocate 2.00 KiB for an array with shape (512,)"))
    2048.0
    """
    first_match = next((match for one in _causes(error) if (match := ASKED.search(str(one)))), None)
    return float(first_match[1]) * UNITS[first_match[2]] if first_match else math.nan


def size_text(size: float) -> str:
    """Bytes in words, with three digits.

    Examples
    --------
    >>> [size_text(size) for size in (20, 999_600, 3_200_000, 12 * 2**40)]
    ['20 bytes', '1 MB', '3.2 MB', '13.2 TB']
    """
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if float(f"{size:.3g}") < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} PB"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_computer() -> float:
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return math.inf


def _free_of_computer() -> float:
    with suppress(OSError):
        free = re.search(r"MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text())
        if free:
            return 1024.0 * int(free[1])
    with suppress(AttributeError, ValueError, OSError):
        return SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return math.inf


def _of_groups(line: str, mount: Path) -> Iterator[float]:
    """Limits of the group that a line names and of the groups that hold it."""
    _, controllers, path = line.split(":", 2)
    for name in NAMES.keys() & set(controllers.split(",")):
        folder, file = (mount / NAMES[name]).parent, Path(NAMES[name]).name
        for group in (Path(path.lstrip("/")), *Path(path.lstrip("/")).parents):
            try:
                yield float((folder / group / file).read_text())
            except (OSError, ValueError):  # the group of another container, or "max"
                continue


def _held() -> dict[str, float]:
    """Bytes that this process holds, and bytes of addresses that it has taken; 0 where the system tells none."""
    try:
        addressed, resident = Path("/proc/self/statm").read_text().split()[:2]
    except OSError:
        return {"resident": 0.0, "addressed": 0.0}
    page = os.sysconf("SC_PAGE_SIZE")
    return {"resident": float(int(resident) * page), "addressed": float(int(addressed) * page)}
