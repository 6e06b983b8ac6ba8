"""Threads that share a list of jobs, each with a BLAS of one thread: small matrices gain nothing from more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_LOCK = Lock()
_INSIDE: list[Any] = []
"""The limit in force, once for every call that is inside it: only the last to leave lifts it."""


def in_threads(work: Callable[[Any], None], jobs: Sequence[Any]) -> None:
    """`work` on every job, on as many threads as BLAS may use (the environment variable OMP_NUM_THREADS sets it).

    Examples
    --------
    >>> done = []
    >>> in_threads(done.append, [1, 2, 3])
    >>> sorted(done)
    [1, 2, 3]
    """
    number = min(_allowed(), len(jobs))
    if number < 2:
        for job in jobs:
            work(job)
        return
    with _one_blas_thread(), ThreadPoolExecutor(number) as pool:
        list(pool.map(work, jobs))


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    with _LOCK:
        _INSIDE.append(_INSIDE[0] if _INSIDE else _controller().limit(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _LOCK:
            limit = _INSIDE.pop()
            if not _INSIDE:
                limit.restore_original_limits()


def _allowed() -> int:
    with _LOCK:
        return max((library.num_threads for library in _controller().lib_controllers), default=1)


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
