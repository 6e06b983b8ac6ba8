"""The parts of a page: sections, with pictures, tables and cautions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xarray as xr
from matplotlib.figure import Figure

from neurouniv.figures.tables import Table


@dataclass(frozen=True)
class Picture:
    """A figure with the words that go with it: `caption` under it, `alt` for readers who cannot see it."""

    figure: Figure
    caption: str = ""
    alt: str = ""


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
    """

    title: str
    text: str = ""
    figures: Sequence[Figure | Picture] = ()
    tables: Sequence[Table | xr.Dataset] = ()
    warnings: Sequence[str] = ()
    sources: Mapping[str, xr.Dataset] = field(default_factory=dict)
    lead: str = ""


def unconverged(systems: Mapping[str, xr.Dataset]) -> list[str]:
    """One sentence for every fit in `{name: law.constants_}` that should not be used, for `Section.warnings`.

    Examples
    --------
    >>> fit = xr.Dataset({"converged": False, "message": "eta_h ended at its upper bound"})
    >>> unconverged({"gain 1.3": fit})
    ['gain 1.3: not converged: eta_h ended at its upper bound']
    """
    notes = []
    for name, constants in systems.items():
        dims = constants["converged"].dims
        flat = constants[["converged", "message"]].stack(member=dims) if dims else constants.expand_dims("member")
        unusable = flat.isel(member=(~flat["converged"].values.astype(bool)).nonzero()[0])
        for message in dict.fromkeys(map(str, unusable["message"].values)):
            count = int((unusable["message"].values == message).sum())
            count_in_words = f" ({count} of {flat.sizes['member']})" if dims else ""
            notes.append(f"{name}{count_in_words}: not converged: {message}")
    return notes
