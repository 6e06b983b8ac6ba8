"""Settings of a comparison, under the names of `neurouniv.compare`: how data are held out, and its errors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import xarray as xr

from neurouniv.universality.held_out.splits import Part, partition


@dataclass(frozen=True)
class Split:
    """How data are held out."""

    split: str | None = "conditions"
    folds: int = 2
    partitions: int = 2
    train_fraction: float = 0.5
    seed: int = 0
    across: str | None = None
    constants_from: Any = None

    def parts(self, traj: xr.Dataset) -> list[Part]:
        """The folds of `traj`, all partitions in one list."""
        return partition(
            traj,
            self.split,
            self.folds,
            self.partitions,
            self.train_fraction,
            self.seed,
            self.across,
            self.constants_from,
        )

    def attributes(self, parts: list[Part] | None = None) -> dict[str, Any]:
        """The attributes of a comparison that describe its split; `partitions` is the number that `parts` have."""
        folds, partitions = self.folds, self.partitions
        if parts is not None:
            folds, partitions = (folds, len(parts) // folds) if self.split == "conditions" else (1, 1)
        settings = {"split": self.split or "none", "folds": folds, "partitions": partitions}
        return settings | {"train_fraction": self.train_fraction, "seed": self.seed}

    def member_settings(self) -> dict[str, Any]:
        """The dimension of a split by systems, and the member that constants come from, as history has them."""
        choices = {"across": self.across, "constants_from": self.constants_from}
        return {name: value for name, value in choices.items() if value is not None}


@dataclass(frozen=True)
class InferenceSettings:
    """How differences between laws and the one on trial get their errors."""

    resamples: int = 0
    reference: str | None = None
    subjects: str | None = None
    errors: str = "jackknife"
    correction: str = "max"
    unit: str | None = None
    device: str = "cpu"
    comparator: str = "corr"
    seed: int = 0

    def record(self) -> dict[str, Any]:
        """The settings as the history has them."""
        return {name: value for name, value in asdict(self).items() if value and name not in ("comparator", "seed")}
