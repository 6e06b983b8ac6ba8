"""What cells take, in seconds and memory, by what like cells took."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.folder import Folder

KEPT = 50
"""Measured cells of a system that are remembered; the last ones."""


@dataclass(frozen=True)
class Cost:
    """What a cell takes: seconds, and the most memory in MB, NaN where no system told it."""

    seconds: float
    peak_mb: float = math.nan


@dataclass
class Estimates:
    """What cells of every system took, and will take.

    Examples
    --------
    >>> cells = [Cell("mlp", "networks", {"width": n}, [0], {"inputs": {}}, "1") for n in (10, 20, 30)]
    >>> estimates = Estimates()
    >>> estimates.add(cells[0], Cost(2.0)), estimates.add(cells[1], Cost(4.0))
    (None, None)
    >>> estimates.of(cells[1]).seconds, estimates.of(cells[2]).seconds
    (4.0, 3.0)
    """

    _measured: dict[str, deque[tuple[dict[str, Any], Cost]]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=KEPT))
    )

    def add(self, cell: Cell, cost: Cost) -> None:
        """Keep what a cell took."""
        self._measured[cell.system].append((_settings(cell), cost))

    def of(self, cell: Cell) -> Cost | None:
        """The mean seconds and the largest peak of those cells of its system that share most settings with it.

        None where no cell of its system was measured.
        """
        measured = self._measured.get(cell.system)
        if not measured:
            return None
        own = _settings(cell)
        shared = [sum(theirs.get(name) == value for name, value in own.items()) for theirs, _ in measured]
        nearest = [cost for (_, cost), count in zip(measured, shared, strict=True) if count == max(shared)]
        seconds = sum(cost.seconds for cost in nearest) / len(nearest)
        peaks = [cost.peak_mb for cost in nearest if not math.isnan(cost.peak_mb)]
        return Cost(seconds, max(peaks, default=math.nan))

    @property
    def count(self) -> int:
        """How many measured cells the estimates rest on."""
        return sum(map(len, self._measured.values()))


def _settings(cell: Cell) -> dict[str, Any]:
    return {**cell.varied, "number of seeds": len(cell.seeds)}


def measured(folder: Folder, cells: Iterable[Cell], most: int = KEPT) -> Estimates:
    """Estimates from results in a folder, of each system up to `most`, spread evenly over those that are there."""
    results = folder.look().results
    by_system = defaultdict(list)
    for cell in cells:
        if cell.id in results:
            by_system[cell.system].append(cell)
    estimates = Estimates()
    for held in by_system.values():
        for n in np.unique(np.linspace(0, len(held) - 1, min(most, len(held))).astype(int)):
            cost = _cost_of(folder, held[n].id)
            if cost is not None:
                estimates.add(held[n], cost)
    return estimates


def _cost_of(folder: Folder, id: str) -> Cost | None:
    """What the result of a cell tells; only attributes are read. None where it tells nothing or is gone."""
    import netCDF4

    try:
        with netCDF4.Dataset(folder.result(id)) as file:
            attrs = {
                name: float(file.getncattr(name))
                for name in ("study_seconds", "study_peak_mb")
                if name in file.ncattrs()
            }
    except OSError:
        return None
    return Cost(attrs["study_seconds"], attrs.get("study_peak_mb", math.nan)) if "study_seconds" in attrs else None


def duration(seconds: float) -> str:
    """Seconds in the unit that reads best.

    Examples
    --------
    >>> duration(0.25), duration(40), duration(600), duration(7200)
    ('0.25 s', '40 s', '10 min', '2.0 h')
    """
    if seconds < 90:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
