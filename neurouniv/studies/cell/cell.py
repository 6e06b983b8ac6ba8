"""A cell: one system with some of its seeds. Its id is a checksum of all that determines its result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

DIGITS = 20
"""Hexadecimal digits of an id: two of a million cells share one with a chance of 1e-12."""
UNANSWERED_IN = "study_unanswered"
"""The attribute of a result that tells, as JSON, why it has no answer to a question, by question."""


@dataclass(frozen=True)
class Cell:
    """One piece of work of a study.

    system : what the system is called. kind : "networks", "brains" or "recordings".
    varied : the settings in which cells of one system differ. seeds : those of its networks or brain.
    content : all settings that its result depends on, and `inputs`, the checksum of every file by its path.
    code : the version of the code (`code_version`).
    """

    system: str
    kind: str
    varied: dict[str, Any]
    seeds: list[int]
    content: dict[str, Any]
    code: str

    @property
    def id(self) -> str:
        """The checksum of content, seeds and code. Files count by their names and checksums, wherever they lie.

        Examples
        --------
        >>> one, other = (Cell(name, "networks", {}, [0], {"inputs": {}}, "1") for name in ("a", "b"))
        >>> one.id == other.id, len(one.id)
        (True, 20)
        """
        determined = {"kind": self.kind, "seeds": self.seeds, "code": self.code}
        determined["content"] = _by_checksum(self.content, self.content["inputs"])
        text = json.dumps(determined, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]

    @property
    def label(self) -> str:
        """The cell in words.

        Examples
        --------
        >>> Cell("mlp", "networks", {"rule": "hebbian"}, [0, 1], {"inputs": {}}, "1").label
        'mlp, rule hebbian, seeds 0 1'
        """
        parts = [self.system, *(f"{name} {_brief(value)}" for name, value in self.varied.items())]
        parts += [f"seed{'s' if len(self.seeds) > 1 else ''} {' '.join(map(str, self.seeds))}"] if self.seeds else []
        return ", ".join(parts)

    def told(self) -> dict[str, Any]:
        """The cell as JSON has it."""
        return {"id": self.id, **vars(self)}

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """The cell with these fields, as `told` gives them."""
        return cls(**{name: value for name, value in fields.items() if name != "id"})


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_brief(item) for item in value.values())
    return str(value)


def _by_checksum(value: Any, inputs: dict[str, str]) -> Any:
    """`value` with the name and checksum of every input in place of its path."""
    if isinstance(value, dict):
        return {name: _by_checksum(item, inputs) for name, item in value.items() if name != "inputs"}
    if isinstance(value, list):
        return [_by_checksum(item, inputs) for item in value]
    return [Path(value).name, inputs[value]] if isinstance(value, str) and value in inputs else value
