"""The parts of a page: sections, with pictures, tables and cautions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xarray as xr
from matplotlib.figure import Figure

from neurouniv.figures.tables import Table
from neurouniv.page.for_a_paper import ForAPaper
from neurouniv.page.player import Player
from neurouniv.page.run_again import Again


@dataclass(frozen=True)
class Picture:
    """A figure with the words that go with it: `caption` under it, `alt` for readers who cannot see it.

    `still` : it stands for a player, where no script runs and on paper.
    """

    figure: Figure
    caption: str = ""
    alt: str = ""
    still: bool = False


@dataclass(frozen=True)
class Section:
    """One part of a page.

    Parameters
    ----------
    title : the heading.
    text : plain text; an empty line starts a new paragraph.
    figures : figures, or `Picture`s where they have captions.
    tables : tables (`Table`) or Datasets, which become tables.
    warnings : what a reader should not take at face value, each shown as a callout.
    sources : `{name: object}` whose history is told under "What was run".
    lead : of the first section, what a reader should know first: it stands above the contents.
    question : of the first section, what the page asks, in words that need no explanation: it stands above `lead`.
    terms : of the first section, `{term: what it means}`, told right under `lead`.
    player : RDM movies that a reader plays.
    again : the commands that make it again.
    paper : the methods paragraph and its references.
    """

    title: str
    text: str = ""
    figures: Sequence[Figure | Picture] = ()
    tables: Sequence[Table | xr.Dataset] = ()
    warnings: Sequence[str] = ()
    sources: Mapping[str, xr.Dataset] = field(default_factory=dict)
    lead: str = ""
    question: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    player: Player | None = None
    again: Again | None = None
    paper: ForAPaper | None = None
