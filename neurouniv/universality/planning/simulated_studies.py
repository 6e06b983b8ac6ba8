"""Simulated studies: many brains of one world, each recorded anew, as one batch of trajectories."""

from __future__ import annotations

from typing import Any

import xarray as xr

from neurouniv.progress import progress_bar
from neurouniv.quantities import need_seed, need_whole
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import with_history
from neurouniv.systems.brains import simulate_brain


def simulated_studies(
    task: xr.Dataset, world: Any, studies: int = 100, *, seed: int = 0, progress: bool | None = None, **design: Any
) -> xr.Dataset:
    """Crossnobis trajectories of `studies` brains in which `world` is true: `h` and `h_var` (study, time, pair).

    Parameters
    ----------
    task : `stimuli` (condition, feature), `targets` (condition, output).
    world : see `neurouniv.simulate_brain`.
    studies : how many; study i has the seed `seed` + i.
    design : sessions, repeats, runs, neurons, sensors, snr, ... of `neurouniv.simulate_brain`.

    Raises
    ------
    InputError : no study is asked for, or a setting cannot be used.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> made = simulated_studies(tasks.xor(), "gain", studies=2, sessions=4, neurons=20)
    >>> dict(made.h.sizes)
    {'study': 2, 'time': 4, 'pair': 6}
    """
    studies, seed = need_whole(studies, "studies"), need_seed(seed)
    seeds = range(seed, seed + studies)
    trajectories = []
    with progress_bar(studies, "brains", progress) as bar:
        for brain_seed in seeds:
            rec = simulate_brain(task, world=world, seed=brain_seed, **design)
            trajectories.append(trajectory(rec, task, metric="crossnobis").drop_attrs())
            bar.update()
    study = xr.Variable("study", list(seeds))
    moving = [name for name in ("h", "h_var") if name in trajectories[0]]
    table = xr.concat(trajectories, study, data_vars=moving, coords="minimal", compat="override")
    table["time"].attrs = {"units": "sessions", "axis": "learning"}
    return with_history(table, "simulated_studies", world=str(world), studies=studies, seed=seed, **design)


def at_one_latency(studies: xr.Dataset) -> xr.Dataset:
    """Trajectories of sensors that give several latencies, at the one where distances grow most in the mean."""
    if "latency" not in studies["h"].dims:
        return studies
    size = studies["h"].mean([dim for dim in studies["h"].dims if dim not in ("latency", "time")])
    return studies.isel(latency=int((size.isel(time=-1) - size.isel(time=0)).argmax("latency")))
