"""A figure inside a page: as data URIs, so that the page needs no other file."""

from __future__ import annotations

import base64
import io
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

LARGEST_SVG = 400_000
"""Bytes; a figure whose SVG is larger is embedded as a PNG at twice the size it is shown at, if that is smaller."""


def data_uri(figure: Figure) -> str:
    """`figure` as a data URI: SVG, or a PNG at twice its size where the SVG is heavy. Same input, same bytes."""
    with mpl.rc_context({"svg.hashsalt": "neurouniv", "svg.fonttype": "path"}):
        drawn = _saved(figure, format="svg", metadata={"Date": None})
    if len(drawn) > LARGEST_SVG:
        dots = _saved(figure, format="png", dpi=192)
        if len(dots) < len(drawn):
            return _uri("image/png", dots)
    return _uri("image/svg+xml", drawn)


def pdf_uri(figure: Figure) -> str:
    """`figure` as a PDF in a data URI, for a link that keeps it. Same input, same bytes."""
    with mpl.rc_context({"pdf.fonttype": 42}):
        return _uri("application/pdf", _saved(figure, format="pdf", metadata={"CreationDate": None}))


def _saved(figure: Figure, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, **settings)
    return buffer.getvalue()


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
