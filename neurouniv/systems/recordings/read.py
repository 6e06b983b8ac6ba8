"""`read_recording`: any recording, or several, become the same kind of Dataset."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, history, with_history
from neurouniv.systems.recordings.assembly import assemble
from neurouniv.systems.recordings.checks.check import check_recording
from neurouniv.systems.recordings.checks.plausibility import tell_doubts
from neurouniv.systems.recordings.formats import netcdf
from neurouniv.systems.recordings.formats.registry import Format, format_of_file, format_of_object
from neurouniv.systems.recordings.several.concatenate import Part, joined
from neurouniv.systems.recordings.several.sessions import Labels, labels_of, per_file, with_labels
from neurouniv.systems.recordings.several.sources import need_file, sources_of

PER_FILE = ("subject", "session", "run")
FEW = 3


def read_recording(
    source: str | os.PathLike[str] | Any,
    *,
    match_channels: str | None = None,
    progress: bool | None = None,
    **mapping: Any,
) -> xr.Dataset:
    """Read a recording from a file or an object, or one recording from several.

    Parameters
    ----------
    source : path of an NWB, MNE .fif, EEGLAB .set, BrainVision .vhdr, MATLAB .mat (v5 to v7.3), netCDF, HDF5, zarr,
        .npz, CSV, Parquet or rsatoolbox file; or `mne.Epochs`, an xarray Dataset, a pandas DataFrame, rsatoolbox
        datasets, a dict of arrays. The content, not the extension, tells the format. Several: a list of these, a
        pattern ("data/day*.nwb"), or a folder, whose recordings are all read.
    condition, session, run, trial, subject : the field that holds each, one value per trial or row; or the values
        themselves. Fields are columns of a table or variables of the file, nested ones by a dotted name with indices
        from 0: "Bs[1].target". Default: the field of that name (run: also "repeat"; MNE condition: the event). Rows
        with the same `trial` are averaged. With several files `subject`, `session` and `run` may be a list of one
        value per file, or a mapping from file names; default: BIDS-like names (sub-01_ses-2_run-3), else the files'
        own fields, else their start times, else their order, each file a session.
    activity, latency, channel : the same for the activity, its times within the trial (s) and its channels' names.
        Activity may be one array per trial (cells), of different lengths: what all have is kept.
    keep : ("field", lowest, highest), or "field,lowest,highest": only rows between both; None or nothing: no limit.
    missing : where activity is NaN: "raise" (default), "drop_trials", "drop_channels", or "not_recorded", for
        channels that a session lacks altogether.
    units : of activity, where the file does not say.
    match_channels : with several files, whether the same name is the same channel in all: "name" or "never"; see
        `neurouniv.systems.recordings.several.concatenate.joined`.
    progress : whether to show a bar while several files are read; default in a terminal.
    **mapping : the above, and what only some formats know. NWB: `window`, `bin`, `trials`, ...; see
        `neurouniv.systems.recordings.formats.nwb.read_nwb`. MNE, EEGLAB, BrainVision: `channels` ("eeg", "grad", ...),
        `window`, `events`; see `neurouniv.systems.recordings.formats.mne.read_fif`. netCDF, zarr: `chunks`, for arrays
        larger than memory. Tables: `decimal`.

    Returns
    -------
    Dataset with `activity` (trial, channel[, latency]) and the trial coordinates `condition` (text), `trial` and,
    where known, `session` (number), `run` and `subject`; `recorded` (trial, channel) where sessions have different
    channels. Its history holds each file's SHA-256. With `chunks` activity stays a dask array and its values are
    not looked at.

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : it cannot be read, its fields cannot be told (the message shows the call to make), values miss, or
        several files do not fit together.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for day in (1, 2):
    ...         stimulus = np.array([0.0, 45.0, 0.0, 45.0])
    ...         np.savez(f"{folder}/ses-{day}.npz", rates=day * np.eye(4), stimulus=stimulus)
    ...     one = read_recording(folder + "/ses-1.npz", activity="rates", condition="stimulus")
    ...     both = read_recording(folder + "/*.npz", activity="rates", condition="stimulus")
    >>> one.activity.dims, one.condition.values.tolist()
    (('trial', 'channel'), ['0', '45', '0', '45'])
    >>> both.session.values.tolist()
    [1, 1, 1, 1, 2, 2, 2, 2]
    """
    mapping = {name: value for name, value in mapping.items() if value is not None}
    settings = {name: _brief(value) for name, value in mapping.items()}
    sources = sources_of(source)
    if sources is None:
        rec, told = _read_one(source, mapping)
        rec = _labelled([rec], [_name(source)], {})[0].pop().rec
    else:
        rec, told = _read_several(sources, mapping, match_channels, progress)
    tell_doubts(rec)
    return with_history(rec, "read_recording", source if isinstance(source, xr.Dataset) else None, **told, **settings)


def _read_several(
    sources: Sequence[Any], mapping: Mapping[str, Any], match_channels: str | None, progress: bool | None
) -> tuple[xr.Dataset, dict[str, Any]]:
    _need_different_objects(sources)
    names = [_name(source) if _is_path(source) else f"{_name(source)} {n}" for n, source in enumerate(sources, 1)]
    labels = {name: mapping[name] for name in PER_FILE if per_file(mapping.get(name), names, name) is not None}
    rest = {name: value for name, value in mapping.items() if name not in labels}
    found = [_read_named(*at, len(sources), rest) for at in enumerate(_shown(sources, names, progress), 1)]
    recs, told = [rec for rec, _ in found], [line for _, line in found]
    del found
    _need_different_files(told, names)
    parts, line = _labelled(recs, names, labels)
    recs.clear()
    files = [line | _of_part(part.rec) for line, part in zip(told, parts, strict=True)]
    parts = sorted(parts, key=_places(parts))
    rec = joined(parts, match_channels)
    return rec, {"files": files, **line, "match_channels": rec.attrs.get("channels_matched")}


def _read_named(n: int, at: tuple[Any, str], total: int, mapping: Mapping[str, Any]) -> tuple[xr.Dataset, dict]:
    source, name = at
    try:
        return _read_one(source, mapping)
    except InputError as error:
        if total == 1:
            raise
        raise InputError(f"File {n} of {total} ({Path(name).name}): {error}") from error


def _read_one(source: Any, mapping: Mapping[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    """A recording as its file has it, and what its history is to say of the file."""
    if not _is_path(source):
        form = format_of_object(source)
        line = {"format": form.kind} if not isinstance(source, xr.Dataset) else {}
        return _recording(form, source, _name(source), mapping), line
    path = Path(source).expanduser()
    need_file(path)
    form = format_of_file(path)
    rec = _recording(form, path, str(source), mapping)
    told = {"file": path.name, "format": form.kind, "sha256": _sha256(path)}
    beside = [other for suffix in form.beside if (other := path.with_suffix(suffix)).exists()]
    return rec, told | ({"sha256_beside": {other.name: _sha256(other) for other in beside}} if beside else {})


def _recording(form: Format, source: Any, name: str, mapping: Mapping[str, Any]) -> xr.Dataset:
    _known_settings(mapping, form)
    own = {word: mapping[word] for word in form.settings if word in mapping}
    found = form.read(source, name, **own)
    if not isinstance(found, xr.Dataset):
        return assemble.assemble(found, _not_yet_used(mapping, form, found.given))
    if not netcdf.is_recording(found, mapping):
        return assemble.assemble(netcdf.dataset_fields(found, name, mapping), mapping)
    rec = check_recording(found, mapping.get("missing", "raise"))
    units = mapping.get("units")
    return rec if units is None else rec.assign(activity=rec.activity.assign_attrs(units=units))


def _not_yet_used(mapping: Mapping[str, Any], form: Format, given: Mapping[str, Any]) -> dict[str, Any]:
    """`mapping` without the columns of activity that a table's reader has taken already."""
    taken = "activity" in form.settings and "activity" in given
    return {name: value for name, value in mapping.items() if not (taken and name == "activity")}


def _known_settings(mapping: Mapping[str, Any], form: Format) -> None:
    known = (*assemble.SETTINGS, *form.settings)
    unknown = [name for name in mapping if name not in known]
    if unknown:
        raise InputError(
            f"{unknown} is no setting for reading {form.kind}; the settings are {list(dict.fromkeys(known))}."
        )


def _labelled(
    recs: Sequence[xr.Dataset], names: Sequence[str], told: Mapping[str, Any]
) -> tuple[list[Part], dict[str, str]]:
    """The recordings with subject, session and run on their trials, and where these are from."""
    labels: Labels = labels_of(recs, names, told)
    if len(recs) == 1:
        labels = replace(labels, run=None)  # one run is no fold
    made = [with_labels(rec, labels, n) for n, rec in enumerate(recs)]
    line = {"subjects_from": labels.subjects_from, "sessions_from": labels.sessions_from}
    line = {name: text for name, text in line.items() if text} if len(recs) > 1 else {}
    owners = {str(o) for rec in made if "subject" in rec.coords for o in np.unique(rec.subject)}
    if len(owners) == 1 and labels.subject is not None:  # the one subject of a recording is an attribute of it
        made = [rec.drop_vars("subject").assign_attrs(subject=next(iter(owners))) for rec in made]
    return [Part(name, rec.assign_attrs(line)) for name, rec in zip(names, made, strict=True)], line


def _places(parts: Sequence[Part]) -> Callable[[Part], tuple[int, float]]:
    """The key that puts parts in order: subjects as they first come, and the sessions of each."""
    owners = list(dict.fromkeys(_first(part.rec, "subject") for part in parts))
    return lambda part: (owners.index(_first(part.rec, "subject")), float(_first(part.rec, "session") or 0))


def _first(rec: xr.Dataset, name: str) -> Any:
    return rec[name].values.ravel()[0] if name in rec.coords and rec[name].size else None


def _of_part(rec: xr.Dataset) -> dict[str, Any]:
    """What the history keeps of a file's place: its subject, session and run, its numbers of trials and channels."""
    parts = {name: _brief(np.unique(rec[name].values).tolist()) for name in PER_FILE if name in rec.coords}
    sizes = {"trials": rec.sizes["trial"], "channels": rec.sizes["channel"]}
    earlier = {"history": history(rec)} if history(rec) else {}
    return parts | sizes | earlier


def _need_different_objects(sources: Sequence[Any]) -> None:
    """The same object twice would be taken for two sessions."""
    seen: dict[int, int] = {}
    for n, source in enumerate(sources, 1):
        other = n if _is_path(source) else seen.setdefault(id(source), n)
        if other != n:
            raise InputError(
                f"Recordings {other} and {n} are the same {type(source).__name__}, not two. Leave one of them out."
            )


def _need_different_files(told: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for line, name in zip(told, names, strict=True):
        other = seen.setdefault(line.get("sha256") or name, name)
        if other != name or (line.get("sha256") is None and list(names).count(name) > 1):
            raise InputError(f"'{other}' and '{name}' hold the same, byte by byte. Leave one of them out.")


def _shown(sources: Sequence[Any], names: Sequence[str], progress: bool | None) -> Any:
    """Sources and names, with a progress bar where wanted: by default in a terminal, for more than a few."""
    from tqdm import tqdm

    off = None if progress is None and len(sources) > FEW else not progress
    return tqdm(list(zip(sources, names, strict=True)), desc="reading", unit="file", disable=off, leave=False)


def _is_path(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike))


def _name(source: Any) -> str:
    return str(source) if _is_path(source) else f"the {type(source).__name__}"


def _sha256(path: Path) -> str | None:
    """The checksum of a file; a zarr store, a folder, has none."""
    if path.is_dir():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _brief(value: Any) -> Any:
    """A setting as the history keeps it: values themselves by their number where they are many."""
    if isinstance(value, (str, int, float, tuple)) or (isinstance(value, (list, dict)) and len(value) <= 20):
        return value
    return f"{np.size(value)} values given"
