"""What a figure shows, in words, for those who cannot see it: its titles, axes and legends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def words_of(figure: Figure) -> str:
    """One line of words, without repetitions.

    Examples
    --------
    >>> figure = Figure()
    >>> axes = figure.subplots(1, 2)
    >>> for axis, name in zip(axes, "AB"):
    ...     _ = axis.set(title=name, xlabel="epochs")
    ...     _ = axis.plot([1, 2], label="h")
    ...     _ = axis.legend()
    >>> words_of(figure)
    'A; B. Across: epochs. Legend: h.'
    """
    axes = figure.get_axes()
    parts = {
        "": _once([figure.get_suptitle(), *_beside(figure), *(title for axis in axes for title in _titles(axis))]),
        "Across: ": _once(axis.get_xlabel() for axis in axes),
        "Up: ": _once(axis.get_ylabel() for axis in axes),
        "Legend: ": _once(text.get_text() for legend in _legends(figure, axes) for text in legend.get_texts()),
    }
    return " ".join(f"{head}{'; '.join(words)}." for head, words in parts.items() if words)


def _beside(figure: Figure) -> Iterator[str]:
    """Texts that stand on the figure itself: its title, where axes leave no room for one."""
    return (text.get_text() for text in figure.texts)


def _titles(axis: Axes) -> Iterator[str]:
    return (axis.get_title(loc) for loc in ("left", "center", "right"))


def _legends(figure: Figure, axes: list[Axes]) -> Iterator:
    yield from figure.legends
    yield from (axis.get_legend() for axis in axes if axis.get_legend() is not None)


def _once(texts: Iterable[str]) -> list[str]:
    """Texts that say something, each once, on one line, without what is markup of formulas."""
    plain = (" ".join(re.sub(r"[$|\\]", "", text).split()).rstrip(".") for text in texts)
    return list(dict.fromkeys(text for text in plain if text))
