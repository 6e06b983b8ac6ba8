"""The methods paragraph of a page's result and its references, ready for a paper."""

from __future__ import annotations

from typing import NamedTuple

import xarray as xr
from markupsafe import Markup

from neurouniv.methods.text import written
from neurouniv.schema import InputError


class ForAPaper(NamedTuple):
    """The methods as HTML, and the BibTeX of what they cite."""

    methods: Markup
    references: str


def for_a_paper(result: xr.Dataset | xr.DataTree) -> ForAPaper | None:
    """The methods of a result; None where it does not say what was run.

    Examples
    --------
    >>> import neurouniv as nu
    >>> for_a_paper(nu.tasks.xor()).methods.startswith("<p><strong>Data.")
    True
    >>> for_a_paper(xr.Dataset()) is None
    True
    """
    try:
        account = written(result)
    except InputError:
        return None
    return ForAPaper(Markup(account.methods("html")), account.bibtex())
