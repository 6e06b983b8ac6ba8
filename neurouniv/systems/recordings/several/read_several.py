"""Several files become one recording: each is read and labelled with subject, session and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.progress import progress_bar
from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.provenance import PER_FILE, of_part, sha256_of
from neurouniv.systems.recordings.read_one import read_one
from neurouniv.systems.recordings.several.concatenate import MATCH, Part, joined
from neurouniv.systems.recordings.several.duplicates import need_different_files, need_different_objects
from neurouniv.systems.recordings.several.meaning import CHANNELS, SESSIONS, are_channels
from neurouniv.systems.recordings.several.same_cells import with_cells
from neurouniv.systems.recordings.several.sessions import labelled, per_file
from neurouniv.systems.recordings.several.side_by_side import SIDE_BY_SIDE, populations
from neurouniv.systems.recordings.several.sources import is_path, name_of

EACH = ("trials", "times")  # settings of which each recording may have its own


def read_several(
    sources: Sequence[Any],
    mapping: Mapping[str, Any],
    match_channels: Any,
    progress: bool | None,
    files: str | None = None,
    match_base: Any = None,
) -> tuple[xr.Dataset, dict[str, Any]]:
    """One recording of all `sources`, and what its history is to say of them."""
    need_different_objects(sources)
    names = [name_of(source) if is_path(source) else f"{name_of(source)} {n}" for n, source in enumerate(sources, 1)]
    labels = {name: mapping[name] for name in PER_FILE if per_file(mapping.get(name), names, name) is not None}
    rest = {name: value for name, value in mapping.items() if name not in labels}
    per_source = {name: rest[name] for name in EACH if _one_each(rest.get(name), len(sources))}
    recs, lines = [], []
    with progress_bar(len(sources), "reading", progress, "file") as bar:
        for n, (source, name) in enumerate(zip(sources, names, strict=True), 1):
            own = rest | {word: values[n - 1] for word, values in per_source.items()}
            rec, line = _read_named(source, name, f"{n} of {len(sources)}" if len(sources) > 1 else "", own)
            recs.append(rec)
            lines.append(line)
            bar.update()
    del rec
    need_different_files(lines, names)
    _doubt_one_table(recs)
    _doubt_readings(recs, names)
    parts, labels_from = labelled(recs, names, labels, one_after_the_other=files != CHANNELS)
    recs.clear()
    about = [line | of_part(part.rec) for line, part in zip(lines, parts, strict=True)]
    match, cells = match_channels, ""
    if _is_table(match_channels):
        parts, cells = with_cells(parts, match_channels, match_base)
        match, files = "name", _need_sessions(files)
    elif match_base is not None:
        raise InputError("`match_base` says what a table of cells counts from; give the table as `match_channels` too.")
    if are_channels(parts, labels_from.get("sessions_from", ""), files, match):
        parts = populations(parts, match)
    as_channels = {name: parts[0].rec.attrs[name] for name in SIDE_BY_SIDE if name in parts[0].rec.attrs}
    parts = sorted(parts, key=_places(parts))
    rec = joined(parts, match)
    rec = rec.assign_attrs(channels_matched="table", cells_matched=cells) if cells else rec
    as_channels |= {"cells_matched": cells} | _of_table(match_channels) if cells else {}
    return rec, {"files": about, **labels_from, "match_channels": rec.attrs.get("channels_matched"), **as_channels}


def _one_each(value: Any, count: int) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == count


def _doubt_one_table(recs: Sequence[xr.Dataset]) -> None:
    """Warn where several recordings were cut at the onsets of one table of trials."""
    tables = [rec.attrs.get("trials_sha256") for rec in recs]
    if len(recs) > 1 and tables[0] is not None and len(set(tables)) < len(tables):
        warn(
            f"{len(tables) - len(set(tables))} of {len(tables)} recordings are cut at the onsets of a table of trials "
            'that another one has too. If each has trials of its own, give one table each: trials=["day1.csv", '
            '"day2.csv"], or the name that the table has in every folder.'
        )


def _doubt_readings(recs: Sequence[xr.Dataset], names: Sequence[str]) -> None:
    """Warn where the readers chose differently, such as other signals or labels of units."""
    first_of: dict[str, str] = {}
    for rec, name in zip(recs, names, strict=True):
        chosen = [line for line in str(rec.attrs.get("notes", "")).splitlines() if line.startswith("reading: ")]
        first_of.setdefault("".join(chosen), name)
    if len(first_of) > 1:
        listed = "; ".join(f"'{Path(name).name}' ({chosen or 'as it is'})" for chosen, name in first_of.items())
        warn(f"These recordings were not read alike: {listed}. Give the settings that make them alike.")


def _is_table(match_channels: Any) -> bool:
    """Whether channels are to be matched by a table of cells."""
    return match_channels is not None and not (isinstance(match_channels, str) and match_channels in MATCH)


def _need_sessions(files: str | None) -> str:
    if files == CHANNELS:
        raise InputError(
            'A table of cells says which channels are the same in several sessions; with files="channels" none are. '
            "Leave one of them out."
        )
    return SESSIONS


def _of_table(match_channels: Any) -> dict[str, Any]:
    """The checksum of the file of a table of cells, for the history."""
    if not is_path(match_channels):
        return {}
    path = Path(match_channels).expanduser()
    return {"table": path.name, "sha256_table": sha256_of(path)}


def _read_named(source: Any, name: str, place: str, mapping: Mapping[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    """One of several recordings; an error names its `place` ("2 of 5")."""
    try:
        return read_one(source, mapping)
    except InputError as error:
        if not place:
            raise
        raise InputError(f"File {place} ({Path(name).name}): {error}") from error


def _places(parts: Sequence[Part]) -> Callable[[Part], tuple[int, float]]:
    """The key that puts parts in order: subjects as they first come, and the sessions of each."""
    owners = list(dict.fromkeys(_first(part.rec, "subject") for part in parts))
    return lambda part: (owners.index(_first(part.rec, "subject")), float(_first(part.rec, "session") or 0))


def _first(rec: xr.Dataset, name: str) -> Any:
    return rec[name].values.ravel()[0] if name in rec.coords and rec[name].size else None
