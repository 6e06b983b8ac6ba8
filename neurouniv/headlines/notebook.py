"""Results in IPython and Jupyter: what they say stands above xarray's own view of them.

Results are plain xarray objects, which IPython is told how to show; a Dataset that is no result of neurouniv is shown
as ever. `%unload_ext neurouniv` ends it, `%load_ext neurouniv` begins it again.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurouniv.headlines.headline import Headline

SHOWN = (("xarray.core.dataset", "Dataset"), ("xarray.core.datatree", "DataTree"))
"""The types whose look changes, by module and name: nothing is imported before one of them is shown."""
BOX = (
    "border-left:3px solid rgba(128,128,128,.6);padding:.2em 0 .2em .8em;margin:.2em 0 .8em;max-width:60em;"
    "line-height:1.45;background:transparent;"
)


def begin(shell: Any) -> None:
    """Tell an IPython shell how results are shown; what a user has told it before stays."""
    for mime, show in (("text/html", as_html), ("text/plain", as_text)):
        formatter = shell.display_formatter.formatters[mime]
        for module, name in SHOWN:
            if (module, name) not in formatter.deferred_printers:
                formatter.for_type_by_name(module, name, show)


def end(shell: Any) -> None:
    """Show results as xarray does again."""
    import xarray as xr

    for mime, show in (("text/html", as_html), ("text/plain", as_text)):
        formatter = shell.display_formatter.formatters[mime]
        for kind in (xr.Dataset, xr.DataTree):
            if formatter.type_printers.get(kind) is show:
                formatter.pop(kind)
        for place in SHOWN:
            if formatter.deferred_printers.get(place) is show:
                del formatter.deferred_printers[place]


def as_html(result: Any) -> str:
    """A result for a notebook: its headline, then xarray's view."""
    headline = _headline(result)
    return ("" if headline is None else _box(headline)) + result._repr_html_()


def as_text(result: Any, printer: Any, cycle: bool) -> None:
    """A result for IPython in a terminal: its headline, then xarray's view."""
    headline = _headline(result)
    if headline is not None:
        lines = [headline.sentence, headline.details, *headline.doubts]
        printer.text("\n".join(filter(None, lines)) + "\n\n")
    printer.text(repr(result))


def _headline(result: Any) -> Headline | None:
    from neurouniv.headlines.headline import headline_of

    try:
        return headline_of(result)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):  # of whatever else a user's Dataset holds
        return None


def _box(headline: Headline) -> str:
    weight = "font-style:italic;opacity:.85;" if headline.stale else "font-weight:600;"
    details = f'<div style="white-space:pre-wrap;">{escape(headline.details)}</div>' if headline.details else ""
    doubts = "".join(f"<li>{escape(doubt)}</li>" for doubt in headline.doubts)
    listed = f'<ul style="margin:.3em 0 0;padding-left:1.2em;">{doubts}</ul>' if doubts else ""
    return (
        f'<div class="neurouniv-summary" style="{BOX}"><div style="{weight}">{escape(headline.sentence)}</div>'
        f"{details}{listed}</div>"
    )
