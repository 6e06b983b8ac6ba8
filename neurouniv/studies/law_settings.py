"""The laws of a study: by name, or with settings of their own and, where one stands twice, names of their own."""

from __future__ import annotations

import inspect
from dataclasses import fields
from functools import cache
from typing import Any

from neurouniv.studies.cell.laws import BELOW, law_of
from neurouniv.studies.checks import checked_by, need_kind, need_list, need_mapping, need_one_of
from neurouniv.studies.yaml_lines import Path, Source

APART = ("patterns",)
"""Settings of laws that are no plain values, and that no study gives."""


def checked_laws(laws: Any, path: Path, source: Source) -> list[str | dict[str, Any]]:
    """The laws, each a name or, with settings, a mapping of `law`, `name` and these.

    Raises
    ------
    InputError : an unknown law or setting, or a name that stands twice.

    Examples
    --------
    >>> checked_laws(["static", {"law": "universal", "kernel": "identity"}], ("laws",), Source("a.yaml"))
    ['static', {'law': 'universal', 'name': 'universal', 'kernel': 'identity'}]
    """
    need_list(laws, path, source, "names of laws, or mappings such as {law: universal, kernel: identity}")
    checked = [_checked(law, (*path, place), source) for place, law in enumerate(laws)]
    names: list[str] = []
    for place, law in enumerate(checked):
        name = law if isinstance(law, str) else law["name"]
        if name in names:
            raise source.error((*path, place), f"is {name!r} repeated. Name every law once, or give one another name:.")
        names.append(name)
    return checked


def _checked(law: Any, path: Path, source: Source) -> str | dict[str, Any]:
    from neurouniv.laws import LAWS, OF_INPUT

    given = law if isinstance(law, dict) else {"law": law}
    need_mapping(given, path, source, ("law", "name", *given), ["law"])
    name = given["law"]
    need_one_of(name, (*path, "law") if isinstance(law, dict) else path, source, LAWS)
    defaults = _defaults(name)
    need_mapping(given, path, source, ("law", "name", *defaults))
    for key, value in given.items():
        need_kind(value, defaults.get(key, ""), (*path, key), source)
    of_input = LAWS[name] in OF_INPUT
    if of_input and given.get("driven_by") != BELOW:
        raise source.error(
            path, f"needs to know the input of the area: {{law: {name}, driven_by: {BELOW}}} takes the layer below."
        )
    changed = {key: value for key, value in given.items() if key in defaults and value != defaults[key]}
    whole = {"law": name, "name": given.get("name", name), **changed}
    checked_by(lambda: _need_use(whole), path, source, whole)
    return name if whole == {"law": name, "name": name} else whole


def _need_use(law: dict[str, Any]) -> None:
    from neurouniv.fitting.settings import FitSettings

    law_of(law)
    FitSettings(**{one.name: law[one.name] for one in fields(FitSettings) if law.get(one.name) is not None})


@cache
def _defaults(law: str) -> dict[str, Any]:
    """The settings of a law that a study can give, of all its base classes, and their defaults."""
    from neurouniv.laws import LAWS

    defaults: dict[str, Any] = {}
    for base in reversed(LAWS[law].__mro__):
        parameters = inspect.signature(base.__dict__["__init__"]).parameters if "__init__" in vars(base) else {}
        defaults |= {name: p.default for name, p in parameters.items() if p.default is not p.empty}
    return {name: default for name, default in defaults.items() if name not in APART}
