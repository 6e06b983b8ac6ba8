"""Mistakes at the command line, in words: what was needed, what came, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from cyclopts import CoercionError, MissingArgumentError, UnknownCommandError, UnusedCliTokensError
from cyclopts.exceptions import ConsumeMultipleError

from neurouniv.commands.app import app

KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


def in_words(error: Exception) -> str:
    """An error of the user's in one message."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    if isinstance(error, MissingArgumentError):
        return _missing(error)
    if isinstance(error, UnusedCliTokensError):
        return _too_many(error)
    if isinstance(error, UnknownCommandError) and (error.unused_tokens or [""])[0].startswith("-"):
        return _unknown_option(error)
    if isinstance(error, CoercionError) and error.token is not None and error.target_type in KINDS:
        option = error.token.keyword or _place(error)
        return f"{option} is {KINDS[error.target_type]}; got {error.token.value!r}."
    return str(error)


def near(path: Path) -> str:
    """A question after a file that is not there, whether that of a name like it is meant; nothing where none is.

    Examples
    --------
    >>> near(Path("no/such/traj.nc"))
    ''
    """
    names = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    return _did_you_mean(str(path.with_name(name)) for name in difflib.get_close_matches(path.name, names, 1))


def _did_you_mean(names: Iterable[str]) -> str:
    choices = " or ".join(names)
    return f" Did you mean {choices}?" if choices else ""


def _missing(error: MissingArgumentError) -> str:
    command = _called(error)
    if error.keyword is not None or isinstance(error, ConsumeMultipleError):
        count = error.argument.token_count()[0] if error.argument else 1
        needed = "a value" if count < 2 else f"{count} values"
        return f"{error.keyword or _place(error)} needs {needed}; see {command} --help"
    return f"`{command}` needs {_place(error)}; see {command} --help"


def _place(error: MissingArgumentError | CoercionError) -> str:
    """What help calls an argument."""
    if error.argument is None:
        return "A value"
    name = error.argument.name
    return name if error.argument.index is None else name.strip("-").upper()


def _too_many(error: UnusedCliTokensError) -> str:
    command, extra = _called(error), " ".join(error.unused_tokens or [])
    return f"`{command}` has no place for {extra!r}. Give it with an option, or leave it out; see {command} --help"


def _unknown_option(error: UnknownCommandError) -> str:
    option = (error.unused_tokens or [""])[0]
    flags = [name for name in app if name.startswith("--")]
    hint = _did_you_mean(difflib.get_close_matches(option, flags, 1))
    return f"There is no option {option}.{hint or ' Options come after a command; see neurouniv --help'}"


def _called(error: MissingArgumentError | UnusedCliTokensError) -> str:
    return " ".join([app.name[0], *(error.command_chain or ())])
