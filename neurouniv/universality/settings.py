"""What can be asked of a comparison, under the names of `neurouniv.compare`: how data are held out, and its errors."""

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

    def told(self, parts: list[Part] | None = None) -> dict[str, Any]:
        """The attributes of a comparison that say it; of one trajectory with the partitions that its `parts` have."""
        folds, partitions = self.folds, self.partitions
        if parts is not None:
            folds, partitions = (folds, len(parts) // folds) if self.split == "conditions" else (1, 1)
        made = {"split": self.split or "none", "folds": folds, "partitions": partitions}
        return made | {"train_fraction": self.train_fraction, "seed": self.seed}

    def members(self) -> dict[str, Any]:
        """Of a split by systems, along which dimension, and the member that constants come from."""
        asked = {"across": self.across, "constants_from": self.constants_from}
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True)
class InferenceSettings:
    """How laws are set against the one on trial."""

    resamples: int = 0
    reference: str | None = None
    subjects: str | None = None
    errors: str = "jackknife"
    correction: str = "max"
    unit: str | None = None
    device: str = "cpu"
    comparator: str = "corr"
    seed: int = 0

    def told(self) -> dict[str, Any]:
        """What was asked for, as it is written into the history."""
        return {name: value for name, value in asdict(self).items() if value and name not in ("comparator", "seed")}
