"""Bundles of cells, of a size that neither drowns in messages nor leaves workers idle at the end."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping

from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.estimates import Estimates

AHEAD = 2
"""Bundles that are sent for every worker: one at work, and one that waits."""
MOST = 500
"""Cells in a bundle: one message."""


class Bundles:
    """Cells dealt in bundles of about so many seconds, as `estimates` has it at that moment.

    A cell of a system that was never measured stands alone, and so does one that was tried before: it may be what kills
    workers. A bundle holds no more than its share of what is left, so the last ones are small.

    Examples
    --------
    >>> from neurouniv.studies.estimates import Cost
    >>> cells = [Cell("mlp", "networks", {}, [n], {"inputs": {}}, "1") for n in range(12)]
    >>> bundles = Bundles(cells, {}, estimates := Estimates(), seconds=4)
    >>> sizes = [len(bundles.taken(workers=1))]
    >>> estimates.add(cells[0], Cost(1.0))
    >>> while bundles:
    ...     sizes.append(len(bundles.taken(workers=1)))
    >>> sizes
    [1, 4, 4, 2, 1]
    """

    def __init__(self, cells: Iterable[Cell], tried: Mapping[str, int], estimates: Estimates, seconds: float) -> None:
        self.cells, self.tried, self.estimates, self.seconds = deque(cells), tried, estimates, seconds

    def __bool__(self) -> bool:
        return bool(self.cells)

    def taken(self, workers: int) -> list[Cell]:
        """The next bundle, taken away."""
        most = min(MOST, math.ceil(len(self.cells) / (AHEAD * workers)))
        first = self.cells.popleft()
        bundle, seconds = [first], self._seconds(first)
        while self.cells and len(bundle) < most and seconds + self._seconds(self.cells[0]) <= self.seconds:
            seconds += self._seconds(self.cells[0])
            bundle.append(self.cells.popleft())
        return bundle

    def _seconds(self, cell: Cell) -> float:
        """What a cell takes; infinite for one that is to stand alone."""
        cost = None if cell.id in self.tried else self.estimates.of(cell)
        return math.inf if cost is None else cost.seconds
