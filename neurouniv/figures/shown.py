"""A figure handed to pyplot: windows of scripts, cells of notebooks, pages of sphinx-gallery."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from neurouniv.got import got
from neurouniv.names import public
from neurouniv.schema import InputError


@public
def show(figure: Figure) -> None:
    """Show a figure of `neurouniv.figures`, which pyplot does not know of, as `plt.show()` shows those it knows.

    A script waits until the window is closed; a notebook draws the figure below the cell; without a screen (the Agg
    backend) nothing is to be seen, and nothing waits.

    Examples
    --------
    >>> import neurouniv as nu
    >>> import matplotlib.pyplot as plt
    >>> plt.switch_backend("agg")
    >>> movie = nu.trajectory(nu.datasets.load("simulated_mouse"), metric="crossnobis")
    >>> show(nu.figures.rdm(movie, time=5))
    >>> len(plt.get_fignums())
    1
    >>> plt.close("all")
    """
    import matplotlib.pyplot as plt

    if not isinstance(figure, Figure):
        raise InputError(f"show needs a figure, as the functions of neurouniv.figures return; got {got(figure)}.")

    def given(*_: Any, **__: Any) -> Figure:
        return figure

    plt.figure(FigureClass=given)  # type: ignore[arg-type]
    if plt.get_backend().lower() != "agg":
        plt.show()
