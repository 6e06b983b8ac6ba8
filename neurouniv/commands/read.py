"""The command that reads a recording."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurouniv.commands.arguments import mapping, one_or_more
from neurouniv.commands.options import Flag, Overwrite, Several, Words
from neurouniv.commands.outputs import need_file, recordings
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError

RUNS = 4
"""How many runs the trials of a window or session are dealt into."""


def read(
    recording: Several,
    *,
    map: Words = None,
    fields: Flag = False,
    out: Path | None = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Say what a recording holds and what can be computed of it.

    Example: neurouniv read day1.nwb

    Example: neurouniv read day*.nwb --map condition=stimulus_id session=1,2,5 --out mouse.nc

    JSON: trials, channels, conditions, sessions, dims, next, files; with --fields: fields

    Parameters
    ----------
    recording
        Recordings: files, folders, or a pattern in quotes. NWB, NIfTI, GIFTI, GLMsingle,
        MNE .fif, EEGLAB .set, BrainVision .vhdr, EDF/BDF, CTF .ds (and others of MNE), MATLAB .mat, netCDF, HDF5, zarr,
        .npz, .npy, CSV, Parquet or rsatoolbox, what Neo reads (Blackrock, Plexon, Spike2, Neuralynx), and results of
        suite2p, Kilosort/phy, IBL ALF, CaImAn, Minian or pynapple, recognised by what they contain.
    map
        What is what in a file, as name=field. Names: activity, condition, session, run, trial, latency, ...; several
        fields make a condition: condition=odour,rewarded. Only some rows: keep=outcome,hit keep=rt,0.1, (0.1 or more).
        For several files also one value each, session=1,2,5 subject=m1,m1,m2; one neuron a file: files=channels; a
        table of the same cells: match_channels=cells.csv. Where a recording has no trials of its
        own (suite2p, spikes): trials=trials.csv onset=onset window=0,1 condition=stimulus. Images (fMRI betas):
        events=FILE, the table with a row for each volume, mask=FILE, atlas=FILE, residuals=FILE.
    fields
        List every field of the file, with its shape, type and first values, and read no recording.
    out
        Where the result goes: the recording, .nc or .zarr.
    """
    from neurouniv.storage import save
    from neurouniv.systems.recordings.help.describe import describe
    from neurouniv.systems.recordings.read import read_recording

    _need_no_data_set(recording)
    mapped = mapping(map)
    if fields:
        from neurouniv.systems.recordings.read_one import fields_of

        text = fields_of(recording[0], mapped)
        speech.say(text)
        return {"fields": text.splitlines()}
    need_file(out, recordings(recording, mapped), overwrite)
    rec = read_recording(one_or_more(recording), progress=speech.progress, **mapped)
    speech.say(describe(rec))
    if out:
        save(rec, out)
        speech.say(f"kept in {out}")
    following = _next(rec, recording, map, out)
    speech.say(f"next: {following}")
    return {**_counts(rec), "next": following, "files": [out] if out else []}


def _counts(rec: Any) -> Answer:
    """The sizes of a recording, and its conditions and sessions."""
    import numpy as np

    return {
        "trials": rec.sizes["trial"],
        "channels": rec.sizes["channel"],
        "conditions": np.unique(rec["condition"].values.astype(str)),
        "sessions": np.unique(rec["session"].values) if "session" in rec.coords else [],
        "dims": dict(rec["activity"].sizes),
    }


def _need_no_data_set(paths: Sequence[Path]) -> None:
    """The name of a data set is no path; say where its files are."""
    from neurouniv.datasets.registry import registry

    names = [str(path) for path in paths if str(path) in registry() and not path.exists()]
    if names:
        raise InputError(
            f"'{names[0]}' is the name of a data set, not of a file. `neurouniv datasets {names[0]}` gets its files "
            "and says how they are read."
        )


def _next(rec: Any, recording: Sequence[Path], map: Sequence[str] | None, out: Path | None) -> str:
    """The command that makes the RDM movie of what was read."""
    import numpy as np

    from neurouniv.systems.recordings.help.capabilities import fewest_repeats

    words = [str(out)] if out else [str(path) for path in recording]
    words += ["--map", *map] if map and not out else []
    timeless = np.unique(rec.get("session", 1)).size == 1 and rec.sizes.get("latency", 1) == 1
    windows = min(6, int(np.unique(rec.condition, return_counts=True)[1].min()) // RUNS) if timeless else 0
    words += ["--windows", str(windows)] if windows > 1 else []
    runs = 0 if windows > 1 or "run" in rec.coords else min(RUNS, fewest_repeats(rec))
    words += ["--runs", str(runs)] if runs > 1 else []
    words += ["--metric", "crossnobis"] if windows > 1 or runs > 1 or "run" in rec.coords else []
    return f"neurouniv rdm {shlex.join(words)} --out traj.nc"
