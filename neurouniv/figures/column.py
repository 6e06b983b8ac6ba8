"""Figures as wide as a journal's column."""

from __future__ import annotations

import math
import warnings

from matplotlib.figure import Figure
from matplotlib.text import Text

from neurouniv.figures import style
from neurouniv.names import public
from neurouniv.schema import InputError

SINGLE, DOUBLE = 89.0, 183.0
"""Millimetres of one and of two columns, as most journals have them."""
MM = 25.4
SMALLEST = 5.0
"""Points of the smallest letters that journals print."""


@style.styled
@public
def to_column(figure: Figure, width: float = SINGLE) -> Figure:
    """The same figure `width` mm wide, letters smaller by the root of the factor, and not below 5 points.

    It is laid out anew, so that letters stay readable where plain scaling would leave 4 points.

    Parameters
    ----------
    figure : of `neurouniv.figures`, not yet resized. It is changed, and returned.
    width : millimetres; 89 is one column of most journals, 183 is two.

    Raises
    ------
    InputError : the figure does not fit so narrow; the message says what does.

    Examples
    --------
    >>> import neurouniv as nu
    >>> traj = nu.trajectory(nu.datasets.load("simulated_mouse"), metric="crossnobis")
    >>> figure = to_column(nu.figures.rdm(traj), 89)
    >>> round(figure.get_size_inches()[0] * 25.4)
    89
    """
    if not 20 <= width <= 400:
        raise InputError(f"width is millimetres, 20 to 400, such as 89 (one column) or 183 (two); got {width}.")
    before = figure.get_size_inches()
    factor = width / MM / before[0]
    texts = [(text, text.get_fontsize()) for text in figure.findobj(Text)]
    shrunk = min(1.0, factor**0.5)
    for text, size in texts:
        text.set_fontsize(max(SMALLEST, size * shrunk))
    figure.set_size_inches(width / MM, before[1] * factor / shrunk)
    excess = _excess(figure)
    if excess > 0.01 * width:
        for text, size in texts:
            text.set_fontsize(size)
        figure.set_size_inches(*before)
        raise InputError(
            f"This figure does not fit into {width:g} mm: its letters need more room. Use width={DOUBLE:g}, or draw "
            "fewer systems, conditions or laws."
        )
    return figure


def _excess(figure: Figure) -> float:
    """Millimetres by which what is drawn reaches over the edges; infinite where no room is left for the axes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="constrained_layout not applied")
        try:
            figure.draw_without_rendering()
        except UserWarning:
            return math.inf
    box = figure.get_tightbbox()
    return float(max(-box.x0, box.x1 - figure.get_size_inches()[0]) * MM)
