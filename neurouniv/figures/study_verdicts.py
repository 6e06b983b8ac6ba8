"""Where a law holds, and where not: the verdicts on all systems of a study, by two of their settings."""

from __future__ import annotations

from textwrap import fill
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from neurouniv.figures import style
from neurouniv.figures.numbers import label_word
from neurouniv.names import public
from neurouniv.schema import InputError, need_variables
from neurouniv.universality.verdict.words import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOTHING

LOOKS = {
    DESCRIBED: ("#1864ab", ""),
    NOT_DESCRIBED: ("#f08c00", ""),
    CANNOT_TELL: ("#c9c9d1", ""),
    NOTHING: ("white", "////"),
    "": ("white", ""),
}
"""Colour and hatching of every verdict; the last is that of systems without one."""
IN_WORDS = {"": "no verdict"}
WIDE, HIGH, MARGIN = 0.66, 0.29, 0.08
"""Inches of a bar and a row; the share of a place that is left free about a bar. Small, so that all of it is read on a
phone."""
LEFT, TITLE, NAMES, LEGEND, LETTER = 0.15, 0.5, 0.35, 0.55, 0.075
"""Inches beside a panel, above it for its title and for names of columns, for the legend, of a letter of a name."""
LETTERS, LEGEND_COLUMNS = 17, 3
"""Letters of a line of a row's name, and verdicts in a line of the legend."""
NARROWEST = 4.4
"""Inches that the legend and titles need."""


class Panel(NamedTuple):
    """A panel's title, its groups, and the labels of rows and columns, "" for one column without a name."""

    title: str
    groups: xr.Dataset
    rows: str
    columns: str


@style.styled
@public
def verdict_map(groups: xr.Dataset, rows: str = "", columns: str = "") -> Figure:
    """A bar for every two settings, cut by how many systems the law describes, does not, or for which one cannot tell.

    Numbers: how many it describes, of those in which something is learned. Every system is judged by itself, so of
    many some are misjudged by chance; worlds whose truth is known show how many, in a panel of their own.

    Parameters
    ----------
    groups : of `neurouniv.verdicts`.
    rows, columns : labels of the groups. Default: networks by name and rule, brains by sensors and rule, recordings by
        name, worlds by what happens in them and sensors, each in a panel.

    Raises
    ------
    InputError : they are no verdicts, or there is no such label.
    """
    need_variables(groups, ("decision", "law_is"), "A map of verdicts", "`neurouniv.verdicts(study)` makes it.")
    for label in filter(None, (rows, columns)):
        if label not in groups.coords:
            raise InputError(f"rows and columns are labels of the groups, such as name or rule; got {label!r}.")
    panels = [Panel("", groups, rows or "name", columns)] if rows or columns else _panels(groups)
    above = [TITLE + (NAMES if panel.columns else 0.0) for panel in panels]
    heights = [HIGH * len(_values(panel.groups, panel.rows)) for panel in panels]
    names = [fill(word, LETTERS) for panel in panels for word in _values(panel.groups, panel.rows)]
    left = LEFT + LETTER * max(len(line) for name in names for line in name.splitlines() or [""])
    across = max(len(_values(panel.groups, panel.columns)) for panel in panels)
    width, height = max(left + WIDE * across + 0.2, NARROWEST), sum(above) + sum(heights) + LEGEND
    figure = Figure(figsize=(width, height))
    bottom = height
    for panel, head, high in zip(panels, above, heights, strict=True):
        bottom -= head + high
        count = len(_values(panel.groups, panel.columns))
        _draw(figure.add_axes((left / width, bottom / height, WIDE * count / width, high / height)), panel)
    used = [word for word in LOOKS if (groups["decision"].values == word).any()]
    patches = [Patch(facecolor=LOOKS[word][0], hatch=LOOKS[word][1], edgecolor=style.MUTED, linewidth=0.6,
                     label=IN_WORDS.get(word, word)) for word in used]  # fmt: skip
    figure.legend(handles=patches, loc="lower left", ncols=min(len(used), LEGEND_COLUMNS), handlelength=1.2,
                  columnspacing=1.2, bbox_to_anchor=(LEFT / width / 2, 0.0))  # fmt: skip
    return figure


def _panels(groups: xr.Dataset) -> list[Panel]:
    """The panels of a study: networks, brains that learn by a rule, recordings, and worlds whose truth is known."""
    kind, known = groups["kind"].values.astype(str), groups["law_is"].values != ""
    parts = [
        ("Networks", (kind == "networks"), ("name", "rule")),
        ("Simulated brains that learn", (kind == "brains") & ~known, ("sensors", "rule")),
        ("Recordings", kind == "recordings", ("name", "")),
        ("Worlds in which the law is false", groups["law_is"].values == "false", ("world", "sensors")),
        ("Worlds in which the law is true", groups["law_is"].values == "true", ("world", "sensors")),
    ]
    panels = []
    for title, own, (rows, columns) in parts:
        if own.any():
            part = groups.isel(group=own)
            panels.append(
                Panel(title, part, rows if _has(part, rows) else "name", columns if _has(part, columns) else "")
            )
    return panels


def _has(groups: xr.Dataset, label: str) -> bool:
    return label in groups.coords and any(_words(groups, label))


def _words(groups: xr.Dataset, label: str) -> list[str]:
    """The label of every group in words."""
    if not label:
        return [""] * groups.sizes["group"]
    return [label_word(value) for value in groups[label].values.tolist()]


def _values(groups: xr.Dataset, label: str) -> list[str]:
    return list(dict.fromkeys(_words(groups, label)))


def _draw(ax: Axes, panel: Panel) -> None:
    rows, columns = _values(panel.groups, panel.rows), _values(panel.groups, panel.columns)
    row_of, column_of = (np.array(_words(panel.groups, label)) for label in (panel.rows, panel.columns))
    decisions = panel.groups["decision"].values.astype(str)
    for y, row in enumerate(rows):
        for x, column in enumerate(columns):
            own = decisions[(row_of == row) & (column_of == column)]
            if own.size:
                _bar(ax, x, y, own)
    ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    ax.set_yticks(np.arange(len(rows)) + 0.5, [fill(row, LETTERS) for row in rows], linespacing=0.9)
    ax.set_xticks(np.arange(len(columns)) + 0.5, [column.replace("_", "\n", 1) for column in columns])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, colors=style.INK, labelsize=8)
    ax.spines[:].set_visible(False)
    ax.set_title(panel.title, pad=6, x=0.0)


def _bar(ax: Axes, x: float, y: float, decisions: np.ndarray) -> None:
    """A bar cut by verdicts, with how many are described of those in which something is learned."""
    begin, whole = x + MARGIN / 2, 1 - MARGIN
    counts = {word: int((decisions == word).sum()) for word in LOOKS}
    for word, count in counts.items():
        if count:
            width = whole * count / decisions.size
            colour, hatch = LOOKS[word]
            ax.add_patch(Rectangle((begin, y + MARGIN), width, 1 - 2 * MARGIN, facecolor=colour, hatch=hatch,
                                   edgecolor=style.MUTED, linewidth=0.5))  # fmt: skip
            begin += width
    learned = decisions.size - counts[NOTHING] - counts[""]
    ax.text(x + 0.5, y + 0.5, f"{counts[DESCRIBED]}/{learned}", ha="center", va="center", fontsize=7.5,
            bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85})  # fmt: skip
