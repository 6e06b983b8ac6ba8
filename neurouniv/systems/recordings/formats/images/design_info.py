"""DESIGNINFO.mat of GLMsingle: the condition and the run of each single trial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from neurouniv.systems.recordings.formats.images.labels import need_rows
from neurouniv.systems.recordings.formats.matlab.mat_files import need_sound
from neurouniv.systems.recordings.help.errors import told_plainly

NAME = "DESIGNINFO.mat"
ORDER, RUNS = "stimorder", "numtrialrun"


def design_beside(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The columns `condition` and `run` of the trials, by DESIGNINFO.mat beside betas; nothing where there is none.

    Raises
    ------
    InputError : it tells of another number of trials than there are volumes.
    """
    design = path.with_name(NAME)
    if not design.is_file():
        return {}
    held = _held(design)
    if ORDER not in held:
        return {}
    order = held[ORDER].astype(int)
    need_rows(order.size, names, f"{ORDER} of '{design}'", {})
    runs = held.get(RUNS, np.empty(0)).astype(int)
    columns = {"condition": order.astype(str)}
    return columns | ({"run": np.repeat(np.arange(1, runs.size + 1), runs)} if runs.sum() == order.size else {})


def _held(path: Path) -> dict[str, np.ndarray]:
    with told_plainly(path, "a MATLAB file"):
        if need_sound(path):
            import h5py

            with h5py.File(path, "r") as file:
                return {name: np.ravel(file[name][()]) for name in (ORDER, RUNS) if name in file}
        from scipy.io import loadmat

        held = loadmat(path, variable_names=[ORDER, RUNS])
        return {name: np.ravel(held[name]) for name in (ORDER, RUNS) if name in held}
