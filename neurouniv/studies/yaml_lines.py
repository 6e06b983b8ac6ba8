"""YAML text as plain values, and the line of each: nothing that a file holds is ever executed.

Numbers and truth values are those of YAML 1.2, so `1e-3` is a number, and `no` and `on` are words. `<<: *name` brings
in the keys of another mapping.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from neurouniv.schema import InputError

Path = tuple[str | int, ...]
"""Where a value stands: keys of mappings and places in lists, from the outside in."""
MOST_VALUES = 100_000
"""More than any study needs; a few lines of aliases of aliases can stand for billions."""
MOST_LETTERS, DEEPEST = 2_000_000, 50
"""Letters of a study, and values within values; both more than any study needs."""
MOST_TOLD = 1000
"""Letters of a message: what a file holds may be a number of 100 000 digits."""
MERGED = "<<"
"""The key whose value is a mapping that brings in all its keys."""


TOO_MANY = f"it holds more than {MOST_VALUES} values. Leave out aliases of aliases"
TOO_DEEP = f"its values are nested more than {DEEPEST} deep"


class _Resolver(yaml.SafeLoader):
    """The loader of plain values, with the scalars of YAML 1.2; so many, and so deep, as a study may hold."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012
    count = depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node, which is counted."""
        self.count, self.depth = self.count + 1, self.depth + 1
        if self.count > MOST_VALUES or self.depth > DEEPEST:
            problem = TOO_DEEP if self.depth > DEEPEST else TOO_MANY
            raise yaml.composer.ComposerError(None, None, problem, self.peek_event().start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     list("-+.0123456789")),
):  # fmt: skip
    _Resolver.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


class _Writer(yaml.SafeDumper):
    """Quotes every word that either version of YAML would read as something else."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [
            *yaml.SafeDumper.yaml_implicit_resolvers.get(first, []),
            *_Resolver.yaml_implicit_resolvers.get(first, []),
        ]
        for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *_Resolver.yaml_implicit_resolvers}
    }


@dataclass
class Source:
    """What a study was written in, for messages: its name, and the line of every value where it is a file."""

    name: str
    lines: dict[Path, int] = field(default_factory=dict)

    def error(self, path: Path, problem: str) -> InputError:
        """The error that something is wrong at `path`: the line, the key and the problem.

        Examples
        --------
        >>> str(Source("first.yaml", {("seeds",): 3}).error(("seeds",), "is a number; got 'x'."))
        "first.yaml, line 3: seeds is a number; got 'x'."
        """
        held = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)
        line = "" if held is None else f", line {self.lines[held]}"
        if len(problem) > MOST_TOLD:
            problem = f"{problem[: MOST_TOLD // 2]} ... {problem[-MOST_TOLD // 2 :]}"
        return InputError(f"{self.name}{line}: {named(path)} {problem}")


def named(path: Path) -> str:
    """A place in words.

    Examples
    --------
    >>> named(("systems", "networks", 0, "lr")), named(())
    ('systems.networks[0].lr', 'the study')
    """
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.lstrip(".") or "the study"


def read_yaml(text: str, name: str) -> tuple[Any, Source]:
    """The plain values of YAML text, and the line of each.

    Raises
    ------
    InputError : it is no YAML, a key stands twice, a value has a type of its own (`!!python/...`), or it holds itself.

    Examples
    --------
    >>> read_yaml("lr: 1e-3", "a.yaml")[0]
    {'lr': 0.001}
    """
    source = Source(name)
    if len(text) > MOST_LETTERS:
        raise InputError(f"{name}: a study has at most {MOST_LETTERS} letters; got more. Is it the right file?")
    try:
        node = yaml.compose(text, Loader=_Resolver)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{name}{line}: this is not YAML: {error.problem or error.context}.") from None
    except yaml.YAMLError as error:
        raise InputError(f"{name}: this is not YAML: {str(error).splitlines()[0]}.") from None
    return (None if node is None else _value(node, (), source, [])), source


def write_yaml(value: Any) -> str:
    r"""Plain values as YAML text, which `read_yaml` reads as the same values.

    Examples
    --------
    >>> write_yaml({"word": "1e-3", "number": 1e-3})
    "word: '1e-3'\nnumber: 0.001\n"
    """
    return str(yaml.dump(value, Dumper=_Writer, sort_keys=False))


def _value(node: yaml.Node, path: Path, source: Source, around: list[yaml.Node]) -> Any:
    source.lines[path] = node.start_mark.line + 1
    if len(source.lines) > MOST_VALUES:
        raise source.error((), f"holds more than {MOST_VALUES} values. Leave out aliases of aliases.")
    if len(around) > DEEPEST:
        raise source.error(path[:1], f"has values nested more than {DEEPEST} deep. Write it without so many aliases.")
    if any(node is outer for outer in around):
        raise source.error(path, "holds itself by an alias. Write it out.")
    around = [*around, node]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source, around)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), source, around) for place, item in enumerate(node.value)]
    return _scalar(node, path, source)


def _mapping(node: yaml.MappingNode, path: Path, source: Source, around: list[yaml.Node]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, item in node.value:
        key = str(key_node.value)
        if key == MERGED and key_node.style is None:
            merged |= _merged(item, path, source, around)
            continue
        if not isinstance(key_node, yaml.ScalarNode) or key in values:
            problem = f"has the key {key!r} twice. Leave one out." if key in values else "needs keys that are words."
            source.lines[path] = key_node.start_mark.line + 1
            raise source.error(path, problem)
        values[key] = _value(item, (*path, key), source, around)
        source.lines[(*path, key)] = key_node.start_mark.line + 1
    return merged | values


def _merged(node: yaml.Node, path: Path, source: Source, around: list[yaml.Node]) -> dict[str, Any]:
    """The keys of another mapping that `<<: *name` brings in; those that are written out go before."""
    own = {place: line for place, line in source.lines.items() if place[: len(path)] == path}
    value = _value(node, path, source, around)
    source.lines |= own
    if not isinstance(value, dict):
        raise source.error((*path, MERGED), f"brings in the keys of a mapping, as in `<<: *name`; got {value!r}.")
    return value


def _scalar(node: yaml.Node, path: Path, source: Source) -> Any:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if kind not in MAKERS:
        raise source.error(path, f"has the type {node.tag!r}; a study holds numbers, words, true, false and null.")
    try:
        return MAKERS[kind](node.value)
    except ValueError:
        raise source.error(path, f"is no {kind}; got {node.value!r}.") from None


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


MAKERS: dict[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": _float,
    "str": str,
}
"""What each type of a scalar is made by."""
