"""`read_recording`: any recording, or several, become the same kind of Dataset."""

from __future__ import annotations

import os
from typing import Any

import xarray as xr

from neurouniv.schema import with_history
from neurouniv.systems.recordings.checks.plausibility import tell_doubts
from neurouniv.systems.recordings.provenance import brief
from neurouniv.systems.recordings.read_one import read_one
from neurouniv.systems.recordings.several.read_several import read_several
from neurouniv.systems.recordings.several.sessions import labelled
from neurouniv.systems.recordings.several.sources import name_of, sources_of


def read_recording(
    source: str | os.PathLike[str] | Any,
    *,
    match_channels: Any = None,
    match_base: Any = None,
    files: str | None = None,
    progress: bool | None = None,
    **mapping: Any,
) -> xr.Dataset:
    """Read a recording from a file or an object, or one recording from several.

    Parameters
    ----------
    source : path of an NWB, NIfTI, CIFTI, GIFTI, GLMsingle, MNE .fif, EEGLAB .set, BrainVision .vhdr, EDF/BDF, CTF .ds
        (and others of MNE), MATLAB .mat (v5 to v7.3; FieldTrip and SPM M/EEG too), netCDF, HDF5, zarr, .npz, .npy, CSV,
        Parquet or rsatoolbox file; files that Neo reads (Blackrock, Plexon, Spike2, Neuralynx, ...); results of
        suite2p, Kilosort/phy, IBL ALF, CaImAn, Minian or pynapple; or `mne.Epochs`, an xarray Dataset or DataArray, a
        pandas DataFrame, an image of nibabel, rsatoolbox datasets, pynapple objects, a `neo.Block`, a dict of arrays.
        The content, not the extension, tells the format. Several: a list of these, a pattern ("data/day*.nwb"), or a
        folder, whose recordings are all read.
    condition, session, run, trial, subject : the field that holds each, one value per trial or row; or the values
        themselves. A condition may be several fields: ["odour", "rewarded"] makes "hexanal/1". Fields are columns of a
        table or variables of the file, nested ones by a dotted name with indices from 0: "Bs[1].target". Default: the
        field of that name (run: also "repeat"; MNE condition: the event). Rows with the same `trial` are averaged.
        Sessions are numbers in the order of learning, or dates, which become days since the first (of a subject). With
        several files `subject`, `session` and `run` may be a list of one value per file, a mapping from file names, or
        one number for all; default: BIDS-like names (sub-01_ses-2_run-3), else the files' own fields, else their start
        times, else dates in their names, else their order, each file a session.
    targets : the field of what each trial asks for ("rewarded"), kept as the trial coordinate `target`, from which
        `neurouniv.tasks.recorded_task` makes the task.
    activity, latency, channel : the same for the activity, its times within the trial (s) and its channels' names.
        Activity may be one array per trial (cells), of different lengths: what all have is kept.
    dims : which axis of the activity is which, where its file does not name them and their lengths do not tell:
        ("channel", "trial", "latency"), or "channel,trial,latency". Several axes may be "channel": they become one.
        Default: by the names of dimensions (the condition lies on the trials', the latency on its own), else by
        length; where several readings fit, an error asks.
    keep : ("field", value) or ("field", [values]), only rows with one of these; ("field", lowest, highest), only rows
        between both, None for no limit; several, which all have to hold: {"outcome": "hit", "rt": (0.1, None)}.
    keep_channels : the same for channels, by one of their labels: ("quality", "good"), ("isi_violation", None, 0.5).
    missing : where activity is NaN: "raise" (default), "drop_trials", "drop_channels", or "not_recorded", for
        channels that a session lacks altogether.
    units : of activity, where the file does not say.
    match_channels : with several files, whether the same name is the same channel in all: "name" or "never"; see
        `neurouniv.systems.recordings.several.concatenate.joined`. Or which channels are the same cell: a table (an
        array, a DataFrame, a .csv, .npy or .mat file as of CellReg) of cells (rows) and files (columns, in their
        order) with each cell's channel, NaN or -1 (counted from 1: 0) where it was not found; or labels of the channels
        of each file, as of ROICaT (a list of arrays or .npy files, a .json file). Channels in no row stay apart.
    match_base : what the entries of that table count from, 0 or 1, or "names", where they are the channels' names;
        needed where the table fits in several ways.
    files : what several files are: "sessions" (or runs, or subjects), one after the other; or "channels", one neuron
        (electrode, probe) a file, side by side as one population, with trials matched by number where they are the
        same trials, else by condition and order of repeats. Default: sessions, and where that is in doubt, as with
        one channel a file, the question is asked.
    progress : show a bar while several files are read; default at a terminal, where the work is long.
    **mapping : the above, and what only some formats know. NWB: `align`, the event that `window` is about (a column of
        times, "go_cue_time"), `bin`, `trials` (which table of intervals), `series`, `time_unit`; see
        `neurouniv.systems.recordings.formats.nwb.nwb_files.read_nwb`. MNE, EEGLAB, BrainVision, EDF and the like:
        `channels` ("eeg", "grad", ...), `window`, `events`; see
        `neurouniv.systems.recordings.formats.mne.raw_files.read_raw`.
        FieldTrip: `structure`. netCDF, zarr: `chunks`, for arrays larger than memory. Tables: `decimal`. Images
        (NIfTI): `events` or `conditions`, a table with a row for each volume or the labels themselves; `mask`, `atlas`,
        `residuals`, `dof`; see `neurouniv.systems.recordings.formats.images.nifti.fields_of_volumes`. Spikes and
        series without trials of their own (suite2p, phy, ALF, CaImAn, Minian, pynapple, spike times or frames x units
        in any file or dict): `trials`, a table with a row a trial, its column `onset`, `window`, `bin`, `rate`,
        `onset_unit`, `signal`, `quality`; see `neurouniv.systems.recordings.formats.series.align.aligned`.

    Returns
    -------
    Dataset with `activity` (trial, channel[, latency]) and the trial coordinates `condition` (text), `trial` and,
    where known, `session` (number; `session_date` where it was a date), `run` and `subject`; `recorded` (trial,
    channel) where sessions have different channels. Its history holds each file's SHA-256. With `chunks` activity stays
    a dask array and its values are not looked at.

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : it cannot be read, its fields are not known (the message shows the call to make), values miss, or
        several files do not fit together.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for day in (1, 2):
    ...         stimulus = np.array([0.0, 45.0, 0.0, 45.0])
    ...         np.savez(f"{folder}/ses-{day}.npz", rates=day * np.eye(4, 3), stimulus=stimulus)
    ...     one = read_recording(folder + "/ses-1.npz", activity="rates", condition="stimulus")
    ...     both = read_recording(folder + "/*.npz", activity="rates", condition="stimulus")
    >>> one.activity.dims, one.condition.values.tolist()
    (('trial', 'channel'), ['0', '45', '0', '45'])
    >>> both.session.values.tolist()
    [1, 1, 1, 1, 2, 2, 2, 2]
    """
    mapping = {name: value for name, value in mapping.items() if value is not None}
    settings = {name: brief(value) for name, value in mapping.items()}
    sources = sources_of(source)
    if sources is None:
        rec, lines = read_one(source, mapping)
        [part], _ = labelled([rec], [name_of(source)], {})
        rec = part.rec
    else:
        rec, lines = read_several(sources, mapping, match_channels, progress, files, match_base)
    tell_doubts(rec)
    return with_history(rec, "read_recording", source if isinstance(source, xr.Dataset) else None, **lines, **settings)
