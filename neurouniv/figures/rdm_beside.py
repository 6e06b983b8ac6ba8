"""What stands beside a small RDM: the names of its conditions or, where they are many, of its classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from neurouniv.figures import style
from neurouniv.figures.rdm_frames import Frames
from neurouniv.figures.rdm_names import letters, short_names, width

MOST_NAMES = 14
"""So few conditions have their own names on a panel of `ROOM` inches."""
ROOM = 1.35


@dataclass(frozen=True)
class Beside:
    """Names, where they stand along the conditions, their size in points and their colours."""

    places: list[float]
    texts: list[str]
    size: float
    colours: list[str]

    @property
    def inches(self) -> float:
        """How wide they are."""
        return max((width(text, self.size) for text in self.texts), default=0.0) / 72

    def write(self, ax: Axes) -> None:
        """Put them left of an RDM."""
        ax.set_yticks(self.places, self.texts, fontsize=self.size)
        for label, colour in zip(ax.get_yticklabels(), self.colours, strict=True):
            label.set_color(colour)


def beside(frames: Frames, side: float) -> Beside:
    """The names for a panel of so many inches; none where conditions are many and have no classes side by side."""
    names, classes = frames.names, frames.classes
    cell = 72 * side / len(names)
    if len(names) <= MOST_NAMES * side / ROOM:
        return Beside(list(map(float, range(len(names)))), short_names(names), letters(cell), [style.INK] * len(names))
    if classes is None or not len(frames.class_ends):
        return Beside([], [], 0.0, [])
    starts = np.concatenate([[0], frames.class_ends + 1])
    ends = np.concatenate([starts[1:], [len(names)]])
    labels = [classes.of[str(name)] for name in names[starts]]
    room = cell * float((ends - starts).min())
    middles = ((starts + ends - 1) / 2).tolist()
    return Beside(middles, short_names(labels), letters(room), [classes.colours[label] for label in labels])
