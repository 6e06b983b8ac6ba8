"""Runs a command, tells errors in one message, and returns the exit code.

Exit codes: 0 success, 2 something about the input or the machine (one message on stderr says what), 1 a fault of ours,
130 stopped by Ctrl-C, 143 by the system (SIGTERM), 129 by a terminal that was closed (SIGHUP). With --json there is one
JSON object on stdout, whatever happens: what was found, or `error` with its `code`.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from inspect import BoundArguments
from typing import Any

from cyclopts import CycloptsError

from neurouniv.commands import app
from neurouniv.commands.app import ALL_HELP
from neurouniv.commands.claims import claiming
from neurouniv.commands.help_page import help_page
from neurouniv.commands.json_text import json_text
from neurouniv.commands.mistakes import in_words
from neurouniv.commands.old_names import renewed
from neurouniv.commands.short_memory import memory_text, need_address_space
from neurouniv.commands.speech import ALOUD, Answer
from neurouniv.commands.stopped import NOTHING, Stopped, code_of, kept_text, stamps
from neurouniv.commands.surroundings import need_surroundings
from neurouniv.commands.word_order import first_word_first
from neurouniv.errors import InputError, NeurounivWarning
from neurouniv.memory import is_short
from neurouniv.streams import lead_nowhere
from neurouniv.unwritten import FULL, reason_of

JSON = "--json"
WIDEST = 100
"""Letters of a line of help, at most."""


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command; messages go to stderr; returns the exit code."""
    messages: list[str] = []
    with warnings.catch_warnings():
        warnings.showwarning = partial(_show_warning, messages)
        warnings.simplefilter("always", NeurounivWarning)
        words = first_word_first(renewed(_asked(sys.argv[1:] if arguments is None else list(arguments)), _complain))
        try:
            _run(words, messages)
            sys.stdout.flush()
        except (InputError, CycloptsError) as error:
            return _failed(words, 2, in_words(error))
        except OSError as error:
            return _failed_to_print(error) if _is_unprinted(error) else _failed(words, 2, in_words(error))
        except KeyboardInterrupt as stop:
            return _failed(words, code_of(stop), str(stop) or f"Stopped. {NOTHING}")
        except Exception as error:
            if os.environ.get("NEUROUNIV_DEBUG"):
                traceback.print_exc()
            hint = "This is a fault of neurouniv: please report it with what NEUROUNIV_DEBUG=1 shows."
            return _failed(words, 1, f"{type(error).__name__}: {error}. {hint}")
    return 0


def _asked(words: list[str]) -> list[str]:
    """The words of a command line; `help COMMAND` is `COMMAND --help`, as people know it from git."""
    return [*words[1:], "--help"] if words[:1] == ["help"] else words


def _run(words: list[str], messages: list[str]) -> None:
    """Show help, or run the command and print its answer, with what it warned of, where --json asks for it."""
    asked = [word for word in words if word not in app.help_flags]
    chain, apps, rest = app.parse_commands(asked)
    is_command = apps[-1].default_command is not None
    if (is_command and len(asked) < len(words)) or not (is_command or rest):
        width = min(WIDEST, shutil.get_terminal_size().columns)
        sys.stdout.write(help_page(app, tuple(chain), width, ALL_HELP in words))
        return
    command, bound, _ = app.parse_args(asked, exit_on_error=False, print_error=False)
    if "speech" in bound.signature.parameters:
        bound.arguments["speech"] = bound.arguments.get("speech", ALOUD).typed(asked)
    need_surroundings(words)
    need_address_space()
    answer = _answered(command, bound, chain)
    if JSON in words and answer is not None:
        sys.stdout.write(f"{json_text({'command': ' '.join(chain), **answer, 'warnings': messages})}\n")


def _answered(command: Callable[..., Answer | None], bound: BoundArguments, chain: Sequence[str]) -> Answer | None:
    """What a command answers; where it ends early, what it kept is told."""
    options = [bound.arguments.get(name, given.default) for name, given in bound.signature.parameters.items()]
    before = stamps(options)
    try:
        with claiming():
            return command(*bound.args, **bound.kwargs)
    except KeyboardInterrupt as stop:
        if str(stop):
            raise
        raise Stopped(f"Stopped. {kept_text(options, before)}", stop) from None
    except Exception as error:
        if isinstance(error, InputError) or not is_short(error):
            raise
        raise InputError(memory_text(error, chain[0], kept_text(options, before))) from error


def _failed(words: list[str], code: int, message: str) -> int:
    """Tell what went wrong, and return the exit code."""
    _complain(message)
    if JSON in words:
        sys.stdout.write(f"{json_text({'error': {'message': message, 'code': code}})}\n")
    return code


def _is_unprinted(error: OSError) -> bool:
    """Whether what was printed cannot be written, into a file on a full disk; of other files the error has a name."""
    return error.filename is None and error.errno in (*FULL, errno.EIO)


def _failed_to_print(error: OSError) -> int:
    """Tell that nothing more can be printed, and return the exit code."""
    lead_nowhere(sys.stdout)  # Python tries again at its end
    _complain(f"What is printed cannot be written: {reason_of(error)}. Let it go elsewhere; files are whole.")
    return 2


def _show_warning(messages: list[str], message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
    """Tell a warning of ours, and keep it in `messages`."""
    if issubclass(category, NeurounivWarning):
        messages.append(f"{message}")
        _complain(f"{message}")


def _complain(text: str) -> None:
    sys.stderr.write(f"neurouniv: {text}\n")
