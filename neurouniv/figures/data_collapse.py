"""The data collapse: all pairs of all systems in the law's own units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.inputs import need_systems
from neurouniv.names import public
from neurouniv.schema import need_variables

HALF = 0.5


@style.styled
@public
def collapse(systems: Mapping[str, xr.Dataset], pairs: int = 40) -> Figure:
    """Trajectories of `neurouniv.dimensionless`, each shifted in age to where it passes half its own scale.

    Where the law holds and starts are small, all lie on the logistic master curve (black). At most `pairs` pairs of
    every batch member are drawn, evenly spread; pairs that never pass half are left out and counted.

    Raises
    ------
    InputError : no system is given, or one is not in dimensionless form.
    """
    need_systems(systems, "collapse", "{name: neurouniv.dimensionless(...)}")
    figure, ax = style.axes_or_new(None, 5.4, 3.6)
    look = style.law_look(list(systems))
    low, high = -6.0, 6.0
    for name, traj in systems.items():
        need_variables(traj, ("h", "age"), f"The system {name!r}", "`neurouniv.dimensionless` makes it.")
        h, age = _lines(traj, pairs)
        crossings = map(_crossing, age, h)
        passed = [(x - half, y) for x, y, half in zip(age, h, crossings, strict=True) if np.isfinite(half)]
        colour, alpha = look[name]["color"], 0.9 if len(passed) < 4 else 0.35
        for i, (x, y) in enumerate(passed):
            label = f"{name} ({len(passed)} of {len(h)} pairs)" if i == 0 else None
            ax.plot(x, y, color=colour, alpha=alpha, linewidth=1.1, label=label)
        if not passed:
            ax.plot([], [], color=colour, label=f"{name} (0 of {len(h)} pairs pass half)")
    master = np.linspace(low, high, 200)
    ax.plot(master, 1 / (1 + np.exp(-master)), color="black", linewidth=1.6, linestyle="--", label="logistic limit")
    ax.set_xlim(low, high)
    ax.set_ylim(-0.1, 1.6)
    ax.set_xlabel(r"age in units of $T$, from half of $H$")
    ax.set_ylabel(r"$|\Delta h|^2 / H$")
    for line in ax.legend(loc="upper left", fontsize=8).get_lines():
        line.set_alpha(1.0)
    return figure


def _lines(traj: xr.Dataset, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """h and age, (line, time), of some pairs of every member."""
    keep = np.unique(np.linspace(0, traj.sizes["pair"] - 1, pairs).astype(int))
    lines = xr.broadcast(traj["h"].isel(pair=keep), traj["age"].isel(pair=keep))
    h, age = (a.transpose(..., "pair", "time").values.reshape(-1, traj.sizes["time"]) for a in lines)
    real = np.isfinite(age).all(-1)
    return h[real], age[real]


def _crossing(age: np.ndarray, h: np.ndarray) -> float:
    """The age at which h first passes half its scale, or NaN."""
    above = h >= HALF
    if not above.any() or above[0]:
        return np.nan
    place = int(above.argmax())
    return float(np.interp(HALF, h[place - 1 : place + 1], age[place - 1 : place + 1]))
