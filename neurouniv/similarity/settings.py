"""What is asked of RSA, under the names of `neurouniv.rsa`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MIXTURES = ("weighted", "selected", "interpolated")


@dataclass(frozen=True)
class Settings:
    """How RDMs are compared and scores tested."""

    comparator: str = "corr"
    control: str | Sequence[str] | None = None
    partition: bool = False
    mixtures: Mapping[str, tuple[str, Sequence[str]]] = field(default_factory=dict)  # name -> kind, models
    folds: int = 2
    partitions: int | None = None
    test: str = "bootstrap"
    correction: str = "max"
    errors: str = "jackknife"
    unit: str | None = None
    resamples: int = 1000
    seed: int = 0
    device: str = "cpu"

    @property
    def controls(self) -> list[str]:
        """The models that are held fixed, by name; none where each is held against all others."""
        if self.control is None or self.control == "others":
            return []
        return [self.control] if isinstance(self.control, str) else list(self.control)

    def record(self) -> dict[str, Any]:
        """The settings as the history has them."""
        unused = (type(None), bool)  # a seed of 0 is one
        given = {name: value for name, value in asdict(self).items() if value is True or not isinstance(value, unused)}
        return {name: value for name, value in given.items() if value != {}}
