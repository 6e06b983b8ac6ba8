"""A plugin of pytest: the CPU seconds of every test that passes, as they pass; tests that take too long are stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

FILE, LONGEST = "MUTANTS_TIMES", "MUTANTS_LONGEST"
_begun: dict[str, float] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: Any) -> Iterator[None]:
    """Give every test its seconds."""
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, float(os.environ[LONGEST]))
    _begun[item.nodeid] = time.process_time()
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def pytest_runtest_logreport(report: Any) -> None:
    """Write down what a test took, with what was set up for it."""
    if report.when == "call" and report.passed:
        with open(os.environ[FILE], "a") as file:
            file.write(f"{time.process_time() - _begun[report.nodeid]:.3f}\t{report.nodeid}\n")


def _stop(*_: Any) -> None:
    raise TimeoutError("The test takes too long to be run for every mutant.")
