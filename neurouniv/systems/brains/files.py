"""A simulated recording as the files that an experiment leaves: NWB, one for each session."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import xarray as xr

from neurouniv.quantities import need_seed
from neurouniv.schema import InputError
from neurouniv.systems.recordings.checks.check import check_recording
from neurouniv.systems.recordings.formats.nwb.writer import tell_choices, write_nwb


def write_sessions(rec: xr.Dataset, folder: str | os.PathLike[str], seed: int = 0) -> list[Path]:
    """Write spike counts as one NWB file for each session, with the units recorded in it; `read_recording(folder,
    match_channels="name")` makes one recording of them again.

    Parameters
    ----------
    rec : simulated spikes; see `neurouniv.systems.recordings.write_nwb`.
    folder : made if it does not exist, though not those above it.
    seed : of the spike times within trials.

    Returns
    -------
    The paths, sub-01_ses-01.nwb and so on.

    Raises
    ------
    InputError : there are no sessions, or counts are not whole numbers.
    """
    folder = Path(folder).expanduser()
    rec = check_recording(rec)
    if "session" not in rec.coords:
        raise InputError("A file for each session needs the trial coordinate `session`; `write_nwb` writes one file.")
    seed = need_seed(seed)
    tell_choices(rec)
    folder.mkdir(exist_ok=True)
    paths = []
    for session in np.unique(rec.session.values):
        part = rec[["activity"]].isel(trial=rec.session.values == session)
        if "recorded" in part.coords:
            part = part.isel(channel=part.recorded.values.all(axis=0)).drop_vars("recorded")
        paths.append(write_nwb(part, folder / session_file(session), seed=seed + int(session)))
    return paths


def session_file(session: int) -> str:
    """The name of a session's file.

    Examples
    --------
    >>> session_file(3)
    'sub-01_ses-03.nwb'
    """
    return f"sub-01_ses-{session:02d}.nwb"
