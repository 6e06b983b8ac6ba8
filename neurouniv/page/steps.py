"""The steps of a history, as pages read them: what each was given, and whether they begin with data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Settings = Mapping[str, Any]
Steps = Sequence[Settings]
MAKING = {"train", "simulate_brain", "read_recording", "read_rdms", "load", "simulated_studies", "from_rsatoolbox"}
"""Steps that data begin with."""


def settings_of(line: Settings) -> Settings:
    """What one step was given."""
    settings = line.get("settings")
    return settings if isinstance(settings, Mapping) else {}


def by_step(steps: Steps) -> dict[str, Settings]:
    """What every step was given, by its name.

    Examples
    --------
    >>> by_step([{"step": "task", "settings": {"name": "xor"}}, {"step": "train"}])
    {'task': {'name': 'xor'}, 'train': {}}
    """
    return {str(line.get("step")): settings_of(line) for line in steps}


def is_made(steps: Steps) -> bool:
    """Whether steps say of what data something was made."""
    return bool(MAKING & set(by_step(steps)))
