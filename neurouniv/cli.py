"""The command line's door. It is light, so that Ctrl-C is answered in words from the first moment on."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        code = run_command(arguments)
    except KeyboardInterrupt:  # while the commands were loaded
        sys.stderr.write("neurouniv: Stopped. Nothing was written.\n")
        code = 130
    sys.exit(code)


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command; messages go to stderr; returns the exit code, see `neurouniv.commands.running`."""
    from neurouniv.commands.running import run_command as run

    return run(arguments)
