"""The command line's door. It is light, so that Ctrl-C is answered in words from the first moment on."""

from __future__ import annotations

import atexit
import importlib
import sys
from collections.abc import Sequence
from types import FrameType

from neurouniv.streams import keep_streams

ENDING = ("SIGTERM", "SIGHUP")
"""How a batch system ends a command whose time is up, and how a terminal does that is closed."""
EARLY = "Stopped. Nothing was written."
TWICE = "Stopped twice. What is half-written has a hidden name beside the output; the next run takes it away."


class Ended(KeyboardInterrupt):
    """The system asked the command to end, which it does as after Ctrl-C.

    Parameters
    ----------
    number : the signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    message = EARLY
    try:
        _listen()
        keep_streams()
        _load()
        message = TWICE
        code = run_command(arguments)
    except KeyboardInterrupt as stop:
        sys.stderr.write(f"neurouniv: {message}\n")
        code = getattr(stop, "code", 130)
    atexit.register(_listen_no_more)  # all is done, and a signal that comes too late leaves it so
    sys.exit(code)


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command; messages go to stderr; returns the exit code, see `neurouniv.commands.running`."""
    from neurouniv.commands.running import run_command as run

    return run(arguments)


def _load() -> None:
    """Load the commands, which takes long enough for a Ctrl-C to come."""
    importlib.import_module("neurouniv.commands.running")


def _listen() -> None:
    """Have signals that would kill the process end its command, but those that it ignores, as below nohup."""
    import signal  # late, for it takes long enough for a Ctrl-C to come

    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _listen_no_more() -> None:
    import signal

    for name in ("SIGINT", *ENDING):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _end(number: int, _frame: FrameType | None) -> None:
    raise Ended(number)
