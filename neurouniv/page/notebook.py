"""The player of pages in a notebook: the same script, as a widget of anywidget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from neurouniv.laws import Law
from neurouniv.page.player import look, player_of, script
from neurouniv.page.watch import in_words
from neurouniv.schema import InputError


def player(trajectories: xr.Dataset | Mapping[str, xr.Dataset], law: Law | None = None) -> Any:
    """Show RDM movies side by side in step, conditions in a plane and curves, with one slider, in a notebook.

    The last line of a cell shows it, in Jupyter, VS Code, Colab and marimo; a page of `neurouniv.report` has the same.
    Arrow keys, Home and End move, the space bar plays; `.step` is where the slider stands, and may be set.

    Parameters
    ----------
    trajectories : name -> trajectory h (..., time, pair), or one trajectory. Members (seeds, subjects) are averaged;
        every layer and region is a system of its own; the first twelve are shown.
    law : a law that every system is fitted with, by constants of its own; a fitted law of a single trajectory is asked
        for its prediction as it is. Below the diagonal of each RDM is then what it says, and its curves are dotted.

    Returns
    -------
    An `anywidget.AnyWidget` with `step`, a whole number, and `notes`, what was left out or should be doubted.

    Raises
    ------
    InputError : there is no trajectory, none has two times, or the package anywidget is not installed.

    Examples
    --------
    >>> import neurouniv as nu
    >>> runs = nu.train(nu.tasks.xor(), width=20, epochs=20, record=5)
    >>> shown = nu.player({"net": nu.trajectory(runs)}, law=nu.UniversalModel())  # doctest: +SKIP
    """
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise InputError(
            "The player in a notebook needs the package anywidget, which is not installed: `pip install "
            "'neurouniv[notebook]'`. Without it, `neurouniv.report(..., trajectories=...)` writes a page that plays."
        ) from error
    content = player_of(trajectories, law)

    class PlayerWidget(anywidget.AnyWidget):
        _esm = script()
        _css = look()
        data = traitlets.Dict().tag(sync=True)
        step = traitlets.Int(0, min=0, max=content.steps - 1).tag(sync=True)
        notes = traitlets.List(traitlets.Unicode()).tag(sync=True)

    return PlayerWidget(data={**content.data, "notes": [in_words(content), *content.notes]}, notes=list(content.notes))
