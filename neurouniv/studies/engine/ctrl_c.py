"""Workers on this machine leave Ctrl-C to the head, which a terminal sends it to as well: it ends them in order."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(_worker: Any) -> None:
    """What dask calls when a worker starts that has this module as its preload."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
