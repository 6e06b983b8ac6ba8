"""A study before it runs: its cells, and about how long they take, by those that are done."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from neurouniv.memory import size_text
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.cells import cells_of
from neurouniv.studies.estimates import Cost, Estimates, duration, measured
from neurouniv.studies.folder import Folder
from neurouniv.studies.spec import Study


@dataclass(frozen=True)
class Plan:
    """The cells of a study, which of them are done, and estimates of what each takes."""

    study: str
    cells: list[Cell]
    done: set[str]
    estimates: Estimates

    @property
    def left(self) -> list[Cell]:
        """The cells without a result."""
        return [cell for cell in self.cells if cell.id not in self.done]

    @property
    def unmeasured(self) -> list[str]:
        """The systems of which no cell was measured."""
        return list(dict.fromkeys(cell.system for cell in self.left if self.estimates.of(cell) is None))

    @property
    def costs(self) -> list[Cost]:
        """What the cells that are left take, as far as it can be told."""
        return [cost for cell in self.left if (cost := self.estimates.of(cell)) is not None]

    @property
    def rows(self) -> list[str]:
        """A line for every cell: its id, what it takes, and what it is."""
        return [f"{cell.id}  {self._cost_in_words(cell):24s}  {cell.label}" for cell in self.cells]

    def _cost_in_words(self, cell: Cell) -> str:
        if cell.id in self.done:
            return "done"
        cost = self.estimates.of(cell)
        return "not measured yet" if cost is None else f"about {_brief(cost)}"

    @property
    def text(self) -> str:
        """How many cells there are, and what those that are left take."""
        networks = sum(len(cell.seeds) for cell in self.cells if cell.kind == "networks")
        others = sum(cell.kind != "networks" for cell in self.cells)
        counts = f"{len(self.cells)} cells: {networks} networks, {others} brains and recordings"
        lines = [f"Study '{self.study}': {counts}."]
        lines += [f"{len(self.cells) - len(self.left)} are done."] if len(self.left) < len(self.cells) else []
        if self.costs:
            seconds, peak = sum(cost.seconds for cost in self.costs), max(cost.peak_mb for cost in self.costs)
            largest = f", and the largest holds about {size_text(1e6 * peak)} (libraries included)"
            most = "" if math.isnan(peak) else largest
            lines.append(
                f"Estimate from {self.estimates.count} cells that are done: {len(self.costs)} cells that are left take "
                f"about {duration(seconds)} of one worker{most}. Settings that no measured cell has may take longer."
            )
        if self.unmeasured:
            names = ", ".join(self.unmeasured)
            lines.append(
                f"Not measured yet: {names}. `neurouniv study run STUDY.yaml --out DIR --first 1` computes the first "
                "cell of every system, and `neurouniv study check STUDY.yaml --folder DIR` then estimates the rest."
            )
        return "\n".join(lines)


def plan_of(study: Study, out: Path | None = None) -> Plan:
    """The plan of a study, with what results in the folder `out` tell; nothing is run.

    Raises
    ------
    InputError : a combination of settings does not go together, a task cannot be made, a file cannot be read.

    Examples
    --------
    >>> from neurouniv.studies.spec import read_study
    >>> plan = plan_of(read_study({"task": "xor", "systems": {"networks": [{"name": "mlp", "width": 10}]}}))
    >>> print(plan.text.splitlines()[0])
    Study 'study': 1 cells: 1 networks, 0 brains and recordings.
    """
    return _planned(study.name, cells_of(study), out)


def plan_in(path: Path) -> Plan:
    """The plan of the study in a folder.

    Raises
    ------
    InputError : this is no folder of a study.
    """
    listed = Folder(path).listed()
    return _planned(str(listed["study"]), [Cell.of(fields) for fields in listed["cells"]], path)


def _planned(name: str, cells: list[Cell], out: Path | None) -> Plan:
    if out is None:
        return Plan(name, cells, set(), Estimates())
    folder = Folder(out)
    return Plan(name, cells, folder.look().results & {cell.id for cell in cells}, measured(folder, cells))


def first_of_each(cells: list[Cell], count: int) -> list[Cell]:
    """The first `count` cells of every system, and of cells that are alike the first."""
    by_system: dict[str, list[Cell]] = {}
    for cell in cells:
        held = by_system.setdefault(cell.system, [])
        if len(held) < count:
            held.append(cell)
    return [cell for held in by_system.values() for cell in held]


def _brief(cost: Cost) -> str:
    return duration(cost.seconds) + ("" if math.isnan(cost.peak_mb) else f", {size_text(1e6 * cost.peak_mb)}")
