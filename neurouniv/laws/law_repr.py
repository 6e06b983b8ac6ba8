"""How a law shows itself, in a terminal and in a notebook: its call before the fit; then its constants and doubts."""

from __future__ import annotations

import textwrap
from html import escape
from typing import Any

from neurouniv.laws.constructor import call_of
from neurouniv.laws.fit_rows import CONVERGED, FAILED, OPEN, FitRow, FitRows, fit_rows

MOST_ROWS = 3
"""Systems that are shown one by one in a terminal."""
MOST_HTML_ROWS = 8
WIDTH = 110
LINE = "border:0;border-bottom:1px solid rgba(128,128,128,.4);"
CELL = f"{LINE}padding:.25em .8em .25em 0;text-align:left;vertical-align:top;background:transparent;white-space:normal;"
"""Colours are those of the notebook, whether it is light or dark."""


class Shown:
    """An estimator that shows itself."""

    def __repr__(self) -> str:
        fits = _fits(self, MOST_ROWS)
        return call_of(self) if fits is None else _text(self, fits)

    def _repr_html_(self) -> str:
        fits = _fits(self, MOST_HTML_ROWS)
        return _call_html(self) if fits is None else _html(self, fits)


def _fits(law: Any, most: int) -> FitRows | None:
    """The fits of a law; None of one without, and of constants that were put there and not fitted."""
    constants = vars(law).get("constants_")
    return None if constants is None or "converged" not in constants else fit_rows(constants, most)


def _title(fits: FitRows) -> str:
    return "fitted" if fits.systems == 1 else f"{fits.systems} fits"


def _text(law: Any, fits: FitRows) -> str:
    lines = [f"{call_of(law)}, {_title(fits)}"]
    if fits.systems == 1:
        [row] = fits.rows
        lines += [f"  {row.system}"] if row.system else []
        lines += [f"  {name}: {value}" if value else f"  {name}" for name, value in row.constants.items()]
        lines += ["  " + "; ".join(filter(None, [f"R2 of {row.r2}" if row.r2 else "", row.state]))]
        lines += _wrapped(row.doubt)
    else:
        for row in fits.rows:
            constants = ", ".join(f"{name} {value}".strip() for name, value in row.constants.items())
            parts = [constants, f"R2 of {row.r2}" if row.r2 else "", row.state]
            lines += _wrapped(f"{row.system}: {'; '.join(filter(None, parts))}") + _wrapped(row.doubt, "    ")
        rest = fits.systems - len(fits.rows)
        lines += [f"  and {rest} more"] if rest else []
    return "\n".join([*lines, *(f"  {text}" for text in _of_all(fits))])


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")


def _of_all(fits: FitRows) -> list[str]:
    """What is to be said of all fits: how many are in doubt, and what intervals are."""
    several = fits.systems > 1
    texts = [f"{fits.failed} of {fits.systems} fits should not be used."] if several and fits.failed else []
    texts += [f"{fits.open} of {fits.systems} fits leave constants open."] if several and fits.open else []
    if fits.without_interval:
        texts += [f"Intervals could not be found in {fits.without_interval} of {fits.systems} fits."]
    has_constants = any(row.constants for row in fits.rows)
    return texts + ([f"95 % intervals: {fits.method}."] if fits.method and has_constants else [])


def _call_html(law: Any) -> str:
    return f"<code>{escape(call_of(law))}</code>"


def _html(law: Any, fits: FitRows) -> str:
    names = list(dict.fromkeys(name for row in fits.rows for name in row.constants))
    heads = [*(["system"] if any(row.system for row in fits.rows) else []), *names, "R2", ""]
    rows = "".join(_html_row(row, names, "system" in heads) for row in fits.rows)
    rest = fits.systems - len(fits.rows)
    more = [f"and {rest} more"] if rest else []
    notes = "".join(f"<div>{escape(text)}</div>" for text in [*more, *_of_all(fits)])
    head = "".join(f'<th style="{CELL}font-weight:600;">{escape(name)}</th>' for name in heads)
    return (
        f'<div class="neurouniv-law">{_call_html(law)}, {_title(fits)}'
        f'<table style="border-collapse:collapse;margin:.4em 0;"><thead><tr>{head}</tr></thead>'
        f'<tbody>{rows}</tbody></table><div style="opacity:.8;font-size:90%;">{notes}</div></div>'
    )


def _html_row(row: FitRow, names: list[str], has_system: bool) -> str:
    doubt = f"<br>{escape(row.doubt)}" if row.doubt else ""
    mark = {CONVERGED: "", OPEN: "⚠ ", FAILED: "✖ "}[row.state]
    cells = [escape(row.system)] if has_system else []
    cells += [escape(row.constants.get(name, "")) for name in names]
    cells += [escape(row.r2), f"<strong>{mark}{escape(row.state)}</strong>{doubt}" if mark else row.state + doubt]
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>"
