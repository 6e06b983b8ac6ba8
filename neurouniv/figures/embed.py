"""A figure inside a page: as a data URI, so that the page needs no other file."""

from __future__ import annotations

import base64
import io

import matplotlib as mpl
from matplotlib.figure import Figure

LARGEST_SVG = 400_000
"""Bytes; a figure whose SVG is larger is embedded as a PNG at twice the size it is shown at."""


def data_uri(figure: Figure) -> str:
    """`figure` as a data URI: SVG, or PNG at twice its size where the SVG would be heavy. Same input, same bytes."""
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "neurouniv", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    if buffer.tell() <= LARGEST_SVG:
        return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=192)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
