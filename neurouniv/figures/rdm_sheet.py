"""A picture of several panels: its headline, and square panels whose sides are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import wrap

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurouniv.figures import style

GAP, EDGE = 0.1, 0.1
"""Inches between panels side by side, and at the edges."""
MARK, LETTER = 0.45, 0.085
"""Inches of a mark of a legend with the space about it, and of a letter beside it."""


def in_lines(notes: Sequence[str], most: int) -> str:
    """Notes side by side, in lines of at most so many letters, which end between two notes if they can.

    Examples
    --------
    >>> in_lines(["session 3", "", "mean over 8 subjects", "two of six"], 24).splitlines()
    ['session 3', 'mean over 8 subjects', 'two of six']
    """
    lines = [""]
    for note in filter(None, notes):
        longer = f"{lines[-1]} · {note}" if lines[-1] else note
        lines = [*lines[:-1], longer] if len(longer) <= most else [*filter(None, lines), *wrap(note, most)]
    return "\n".join(lines)


def with_edges(figure: Figure) -> None:
    """Space about a picture that lays itself out."""
    figure.set_layout_engine("constrained", w_pad=EDGE, h_pad=EDGE)


def headline(figure: Figure, title: str, notes: Sequence[str]) -> float:
    """The title of a picture of several panels, and under it in grey what has to be known of them.

    The figure grows by the inches they take, which are returned.
    """
    wide, high = figure.get_size_inches()
    text = in_lines(notes, int(12.5 * wide))
    above = 0.26 + 0.135 * len(text.splitlines())
    high += above
    figure.set_size_inches(wide, high)
    figure.text(0.08 / wide, 1 - 0.07 / high, title, va="top", fontsize=9.5, fontweight="bold")
    figure.text(0.08 / wide, 1 - 0.24 / high, text, va="top", fontsize=8, color=style.MUTED)
    return above


@dataclass(frozen=True)
class Sheet:
    """Square panels in lines, with titles of some lines above each and a legend below all."""

    lines: int
    columns: int
    side: float  # inches of a panel
    titles: int  # lines above a panel
    left: float = EDGE  # inches
    marks: tuple[Line2D, ...] = ()

    @cached_property
    def figure(self) -> Figure:
        """The figure, before its headline."""
        with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
            return Figure(figsize=(self._wide, self.lines * (self.side + self._over) + self._below))

    @cached_property
    def panels(self) -> np.ndarray:
        """The axes (line, column)."""
        return self.figure.subplots(self.lines, self.columns, squeeze=False)

    @property
    def _over(self) -> float:
        return 0.1 + 0.15 * self.titles

    @property
    def _below(self) -> float:
        return EDGE + 0.23 * -(-len(self.marks) // self._per_line)

    @property
    def _wide(self) -> float:
        return self.left + self.columns * (self.side + GAP) - GAP + EDGE

    @property
    def _per_line(self) -> int:
        """Marks of a line of the legend."""
        longest = max((len(str(mark.get_label())) for mark in self.marks), default=0)
        return max(1, int(self._wide / (MARK + LETTER * longest)))

    def finished(self, title: str, notes: Sequence[str]) -> Figure:
        """The figure with headline and legend, its panels between them."""
        above = headline(self.figure, title, notes)
        wide, high = self.figure.get_size_inches()
        self.figure.subplots_adjust(
            left=self.left / wide, right=1 - EDGE / wide,
            top=1 - (above + self._over) / high, bottom=self._below / high,
            wspace=GAP / self.side, hspace=self._over / self.side,
        )  # fmt: skip
        if self.marks:
            self.figure.legend(handles=list(self.marks), loc="lower center", ncols=self._per_line, borderaxespad=0.2)
        return self.figure
