"""Several files become one recording: each is read and labelled with subject, session and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.progress import progress_bar
from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.provenance import PER_FILE, of_part
from neurouniv.systems.recordings.read_one import read_one
from neurouniv.systems.recordings.several.concatenate import Part, joined
from neurouniv.systems.recordings.several.duplicates import need_different_files, need_different_objects
from neurouniv.systems.recordings.several.sessions import labelled, per_file
from neurouniv.systems.recordings.several.sources import is_path, name_of

EACH = ("trials", "times")  # settings of which each recording may have its own


def read_several(
    sources: Sequence[Any], mapping: Mapping[str, Any], match_channels: str | None, progress: bool | None
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
    parts, labels_from = labelled(recs, names, labels)
    recs.clear()
    files = [line | of_part(part.rec) for line, part in zip(lines, parts, strict=True)]
    parts = sorted(parts, key=_places(parts))
    rec = joined(parts, match_channels)
    return rec, {"files": files, **labels_from, "match_channels": rec.attrs.get("channels_matched")}


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
