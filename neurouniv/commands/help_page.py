"""Help pages: examples first, then what is used most, on one screen; and all there is, with --help-all."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from cyclopts import App, Group
from cyclopts.argument import Argument

from neurouniv.commands.help_groups import ARGUMENTS, COMMANDS, OPTIONS, RARE
from neurouniv.commands.help_text import HelpText, first_sentence, help_text

NAMES, OF_COMMANDS, LONGEST_LIST = 24, 16, 60
"""Columns of an option's names and of a command's, and letters of the list of its choices on the first page."""
IN_BRACKETS = r" \([^()]*\)"
UNBROKEN = "\N{NO-BREAK SPACE}"
VALUES = {Path: "PATH", int: "N", float: "X", str: "TEXT"}


def help_page(app: App, command: tuple[str, ...], width: int, whole: bool = False) -> str:
    """The help of a command, or the list of commands.

    Parameters
    ----------
    command : its words, such as ("study", "run"); none for all commands.
    width : letters of a line.
    whole : everything, in place of a screen.
    """
    command_app = app
    for word in command:
        command_app = command_app[word]
    called = " ".join((app.name[0], *command))
    parts_of = _of_command if command_app.default_command else _of_group
    parts = parts_of(command_app, called, width, whole)
    return "\n\n".join(filter(None, parts)) + "\n"


def _of_group(app: App, called: str, width: int, whole: bool) -> Iterator[str]:
    """What the commands of a group are for."""
    docs = help_text(_doc(app))
    yield "\n".join(textwrap.wrap(docs.summary, width))
    yield _section("Examples", _examples(docs, width, whole))
    groups: dict[Any, list[str]] = {}
    for name in app:
        if not name.startswith("-"):
            command = app[name]
            group = _own_group(command.group) or COMMANDS
            groups.setdefault(group, []).extend(_row(name, summary_of(command), width, names=OF_COMMANDS))
    for group in sorted(groups, key=lambda group: group.sort_key):
        yield _section(_title(group), groups[group])
    yield f"Of each: {called} COMMAND --help\n{app.help_epilogue or ''}".rstrip()


def summary_of(command: App) -> str:
    """What a command is for, in a sentence."""
    return help_text(_doc(command)).summary


def _doc(command: App) -> str:
    """The docstring of a command's function, or the text of a group of commands."""
    return inspect.cleandoc(command.help or "")


def _of_command(command: App, called: str, width: int, whole: bool) -> Iterator[str]:
    docs = help_text(_doc(command))
    arguments = [argument for argument in command.assemble_argument_collection(parse_docstring=True) if argument.show]
    yield "\n".join(textwrap.wrap(docs.summary, width))
    yield _section("Examples", _examples(docs, width, whole))
    yield "\n".join(_wrapped(f"Usage: {_usage(called, arguments)}", width, "    "))
    if whole:
        yield from ("\n".join(textwrap.wrap(paragraph, width)) for paragraph in docs.paragraphs)
    rare = []
    for title, held in _grouped(arguments):
        if whole or title not in map(_title, RARE):
            yield _section(title, [line for one in held for line in _option(one, docs, width, whole)])
        else:
            rare.append((title, held))
    yield "\n".join(line for title, held in rare for line in _names_alone(title, held, width))
    yield "" if whole else f"All of it: {called} --help-all"


def _own_group(groups: Any) -> Group | None:
    """The first that has a place on the page, which those of cyclopts have not."""
    return next((group for group in groups if isinstance(group.sort_key, int)), None)


def _title(group: Any) -> str:
    return str(group.name)


def _section(title: str, lines: Iterable[str]) -> str:
    lines = list(lines)
    return "\n".join([f"{title}:", *lines]) if lines else ""


def _examples(docs: HelpText, width: int, whole: bool) -> list[str]:
    """The first two examples, or all."""
    shown = docs.examples if whole else docs.examples[:2]
    return [line for example in shown for line in _wrapped(f"  {example}", width, "      ", " \\")]


def _usage(called: str, arguments: list[Argument]) -> str:
    positional = [_placeholder(one) for one in arguments if one.index is not None]
    required = [f"{one.name} {_value(one)}" for one in arguments if one.index is None and one.required]
    return " ".join([called, *positional, *required, "[OPTIONS]"])


def _placeholder(argument: Argument) -> str:
    """How a usage line calls what stands in a place: NAME, several NAME..., and in brackets what may be left out."""
    name = argument.name.strip("-").upper() + ("..." if _is_several(argument) else "")
    return name if argument.required else f"[{name}]"


def _grouped(arguments: list[Argument]) -> list[tuple[str, list[Argument]]]:
    """The arguments by the title of their part of the page, in the order of the parts."""
    groups: dict[Any, list[Argument]] = {}
    for one in arguments:
        groups.setdefault(
            ARGUMENTS if one.index is not None else _own_group(one.parameter.group) or OPTIONS, []
        ).append(one)
    return [(_title(group), groups[group]) for group in sorted(groups, key=lambda group: group.sort_key)]


def _option(argument: Argument, docs: HelpText, width: int, whole: bool) -> list[str]:
    """The lines of an argument: its names, what it is, what may stand there and what does by default."""
    text = " ".join((argument.parameter.help or "").split())
    text = text if whole else first_sentence(text)
    if argument.name == "--json":
        text = f"{text} Keys: {docs.json if whole else re.sub(IN_BRACKETS, '', docs.json)}."
    choices = ", ".join(map(str, _choices(argument)))
    if choices and not whole and len(choices) > LONGEST_LIST:
        choices = choices[: choices.rindex(", ", 0, LONGEST_LIST)] + ", ..."
    default = _default(argument)
    text = " ".join(filter(None, [text, choices and f"[{choices}]", default and f"[default:{UNBROKEN}{default}]"]))
    if argument.index is not None:
        return _row(_placeholder(argument).strip("[]"), text, width)
    return _row(f"{', '.join(argument.names)}{' ' if _value(argument) else ''}{_value(argument)}", text, width)


def _row(called: str, text: str, width: int, names: int = NAMES) -> list[str]:
    """Names in a column and a text in the next, which begins on a line of its own below long names."""
    lines = textwrap.wrap(text, width - names, break_long_words=False, break_on_hyphens=False) or [""]
    lines = [line.replace(UNBROKEN, " ") for line in lines]
    head = f"  {called}"
    below = [head] if len(head) >= names else []
    if not below:
        lines[0] = f"{head:<{names}}{lines[0]}"
    return [*below, *(line if n == 0 and not below else " " * names + line for n, line in enumerate(lines))]


def _names_alone(title: str, arguments: list[Argument], width: int) -> list[str]:
    return _wrapped(f"{title}: {', '.join(one.name for one in arguments)}", width, "    ")


def _wrapped(text: str, width: int, indent: str, goes_on: str = "") -> list[str]:
    """The lines of a text; `goes_on` ends each but the last."""
    lines = textwrap.wrap(
        text, width - len(goes_on), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [*(f"{line}{goes_on}" for line in lines[:-1]), *lines[-1:]]


def _choices(argument: Argument) -> tuple[Any, ...]:
    return tuple(argument.get_choices() or ())


def _is_several(argument: Argument) -> bool:
    return bool(argument.parameter.consume_multiple)


def _value(argument: Argument) -> str:
    """What stands for an option's value; nothing for a flag."""
    if argument.is_flag() or bool in _kinds(argument.hint):
        return ""
    kinds = [VALUES.get(kind, "TEXT") for kind in _kinds(argument.hint) if kind is not type(None)]
    together = " " if argument.token_count()[0] > 1 else "|"  # two numbers, or one of two kinds
    word = "NAME" if _choices(argument) else together.join(kinds)
    return f"{word}{'...' if _is_several(argument) else ''}"


def _kinds(hint: Any) -> list[Any]:
    """The plain types that a hint is made of."""
    inner = [one for one in get_args(hint) if one is not Ellipsis]
    return [kind for one in inner for kind in _kinds(one)] if inner else [hint]


def _default(argument: Argument) -> str:
    value = argument.field_info.default
    if argument.required or value is None or value is False or not argument.show_default:
        return ""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
