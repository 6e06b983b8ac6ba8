"""The tests marked cuda, where pytest is installed."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gpu_parts.machine import Machine

ROOT = Path(__file__).resolve().parents[2]


def rows(machine: Machine) -> Iterator[dict[str, Any]]:
    what = "tests marked cuda"
    if not machine.gpu or find_spec("pytest") is None or machine.left() < 20:
        yield {"what": what, "left out": "no GPU" if not machine.gpu else "no pytest or no time"}
        return
    command = [sys.executable, "-m", "pytest", "-q", "-m", "cuda", "-W", "default", "tests/devices"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=machine.left(), check=False)
    except subprocess.TimeoutExpired:
        yield {"what": what, "left out": "no time to finish"}
        return
    lines = done.stdout.splitlines() or [done.stderr[-300:]]
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    yield {"what": what, "said": lines[-1], "failed": failed[:20], "ok": done.returncode == 0}
