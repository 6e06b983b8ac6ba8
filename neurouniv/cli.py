"""The command line's door: runs a command, tells errors in one message, exits with a code.

Exit codes: 0 success, 2 something about the input (one message on stderr says what), 1 a fault of ours.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

from cyclopts import CycloptsError, MissingArgumentError

from neurouniv.commands import app
from neurouniv.schema import InputError, NeurounivWarning


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run_command(arguments))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command; messages go to stderr; returns the exit code."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        warnings.simplefilter("always", NeurounivWarning)
        try:
            app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
            sys.stdout.flush()
        except BrokenPipeError:  # whoever reads the output, such as `head`, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except (InputError, CycloptsError, OSError) as error:
            _complain(f"{_plain(error)}")
            return 2
        except KeyboardInterrupt:
            _complain("interrupted; files are written whole or not at all.")
            return 130
        except Exception as error:
            if os.environ.get("NEUROUNIV_DEBUG"):
                traceback.print_exc()
            hint = "This is a fault of neurouniv: please report it with what NEUROUNIV_DEBUG=1 shows."
            _complain(f"{type(error).__name__}: {error}. {hint}")
            return 1
    return 0


def _plain(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    if isinstance(error, MissingArgumentError) and error.argument is not None and error.keyword is None:
        command = " ".join(["neurouniv", *(error.command_chain or ())])
        name = error.argument.name if error.argument.index is None else error.argument.name.strip("-").upper()
        return f"`{command}` needs {name}; see {command} --help"
    return str(error)


def _show_warning(message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, NeurounivWarning):
        _complain(f"{message}")


def _complain(text: str) -> None:
    sys.stderr.write(f"neurouniv: {text}\n")
