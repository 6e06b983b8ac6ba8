"""A simulated recording over latencies as MNE epochs, in memory or as a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, package_version
from neurouniv.systems.recordings.checks.check import check_recording
from neurouniv.systems.recordings.help.errors import import_extra

LABELS = ("condition", "session", "run", "choice")


def to_epochs(rec: xr.Dataset) -> Any:
    """`mne.EpochsArray` of EEG in V, with condition, session, run (and choice) as metadata and what is true of the
    recording as its description; `read_recording` gives the same activity back.

    Parameters
    ----------
    rec : recording with evenly spaced latencies, all channels recorded throughout.

    Raises
    ------
    InputError : there are no latencies, they are not evenly spaced, or some channels were not always recorded.
    """
    mne = import_extra("mne", "MNE epochs")
    import pandas as pd

    rec = check_recording(rec)
    _need_epochs(rec)
    latency = rec.latency.values
    rate = 1 / np.diff(latency).mean()
    info = mne.create_info([str(name) for name in rec.channel.values], rate, "eeg", verbose="error")
    description = {"neurouniv": package_version(), **{k: v for k, v in rec.attrs.items() if k != "history"}}
    info["description"] = json.dumps(description, default=str)
    names, code = np.unique(rec.condition.values, return_inverse=True)
    events = np.stack([np.arange(code.size), np.zeros(code.size, dtype=int), code + 1], axis=1)
    labels = pd.DataFrame({name: rec[name].values for name in LABELS if name in rec.coords})
    return mne.EpochsArray(
        rec.activity.transpose("trial", "channel", "latency").values, info, events, float(latency[0]),
        {str(name): number + 1 for number, name in enumerate(names)}, metadata=labels, verbose="error",
    )  # fmt: skip


def write_epochs(rec: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write `to_epochs(rec)` as a .fif file in double precision; its name should end in -epo.fif. Returns the path.

    Raises
    ------
    InputError : see `to_epochs`.
    FileNotFoundError : the folder does not exist.
    """
    path = Path(path).expanduser()
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder '{path.parent}' to write '{path.name}' in. Make it first.")
    to_epochs(rec).save(path, fmt="double", overwrite=True, verbose="error")
    return path


def _need_epochs(rec: xr.Dataset) -> None:
    if "latency" not in rec.activity.dims or rec.sizes["latency"] < 2:
        raise InputError(
            f"Epochs need activity (trial, channel, latency); got {rec.activity.dims}. Simulate with sensors='meeg', "
            "or write what has no latencies as .nwb (spikes) or .nc."
        )
    if "recorded" in rec.coords:
        raise InputError("Epochs hold every channel in every trial; some of these were not always recorded. Use .nc.")
    steps = np.diff(rec.latency.values)
    if np.ptp(steps) > 1e-6 * steps.mean():
        raise InputError("Epochs need evenly spaced latencies; these are not. Write them as .nc.")
