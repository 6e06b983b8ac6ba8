"""Settings as options of a command, and what no command can be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neurouniv.page.steps import Settings


class Unmade(Exception):
    """No command makes this; the message says why."""


def need(settings: Settings, fixed: Settings, what: str) -> None:
    """Raise `Unmade` where a setting that no option has is another than `fixed`, what commands run with."""
    amiss = [
        f"{name}={settings[name]}" for name, value in fixed.items() if name in settings and settings[name] != value
    ]
    if amiss:
        raise Unmade(f"{what} with {', '.join(amiss)} is made in Python only; its history is below.")


def options(settings: Settings, names: Sequence[str]) -> list[str]:
    """Some settings as words of a command."""
    return [word for name in names for word in option(name, settings.get(name))]


def option(name: str, value: Any) -> list[str]:
    """One option of a command; nothing for what is not set."""
    option = f"--{name.replace('_', '-')}"
    if value is None or value is False or value == "none":
        return []
    return [option] if value is True else several(name, value) if isinstance(value, list) else [option, f"{value}"]


def several(name: str, values: Any) -> list[str]:
    """An option of several values; nothing for none."""
    return [f"--{name.replace('_', '-')}", *map(str, values)] if values else []
