"""One file or object: its format, the settings that the format knows, and its reader."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.assemble import SETTINGS, assemble
from neurouniv.systems.recordings.assembly.left_out import with_channels
from neurouniv.systems.recordings.checks.check import check_recording
from neurouniv.systems.recordings.formats.arrays import netcdf
from neurouniv.systems.recordings.formats.arrays.stored import Stored, need_one_file
from neurouniv.systems.recordings.formats.images.image_files import ImageFiles
from neurouniv.systems.recordings.formats.recognise import format_of_file, format_of_object
from neurouniv.systems.recordings.formats.registry import Format
from neurouniv.systems.recordings.formats.series.folder_files import fields_of_folder
from neurouniv.systems.recordings.formats.tables import table_files
from neurouniv.systems.recordings.help.field_list import list_fields
from neurouniv.systems.recordings.provenance import of_file, of_files
from neurouniv.systems.recordings.several.sources import is_path, name_of, need_file, sources_of

FOLLOWED = ("matlab73", "rsatoolbox")
"""Formats in HDF5 whose libraries follow links into other files."""
CONTINUOUS, ONE_SAMPLE = "continuous data", (0.0, 1e-6)
"""What has fields of its events whatever the window is, and a window that any event has room for."""
ALSO = {"align": ("onset",), "onset": ("align",), "events": ("trials", "conditions"), "trials": ("events",)}
"""What other formats call a setting."""


def read_one(source: Any, mapping: Mapping[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    """A recording as its file has it, and what its history is to say of the file."""
    if isinstance(source, ImageFiles):
        return _recording(format_of_object(source), source, str(source), mapping), of_files(source)
    if not is_path(source):
        form = format_of_object(source)
        line = {"format": form.kind} if not isinstance(source, xr.Dataset) else {}
        return _recording(form, source, name_of(source), mapping), line
    path = Path(source).expanduser()
    need_file(path)
    form = format_of_file(path)
    if form.name in FOLLOWED:
        need_one_file(path, form.kind)
    return _recording(form, path, str(source), mapping), of_file(path, form)


def fields_of(source: Any, mapping: Mapping[str, Any]) -> str:
    """Every field of a file, or of the first of several: a line each with its name, shape, type and first values.

    Raises
    ------
    FileNotFoundError, InputError : there is no such file, or its fields cannot be told without more settings, which
        the message names.
    """
    several = sources_of(source)
    if several:
        first = several[0].files[0] if isinstance(several[0], ImageFiles) else several[0]
        head = f"the first of {len(several)} files, {first}\n" if len(several) > 1 else ""
        return head + fields_of(first, mapping)
    path = Path(source).expanduser()
    need_file(path)
    form = format_of_file(path)
    if form.name in ("csv", "parquet"):
        return list_fields(table_files.columns_as_fields(path, form.name, str(source), mapping.get("decimal", ".")))
    if "trials" not in mapping and (inside := fields_of_folder(path, form.files_in(path), str(source))).tree:
        return list_fields(inside)
    settings = {word: mapping[word] for word in form.settings if word in mapping}
    if form.kind == CONTINUOUS:
        settings.setdefault("window", ONE_SAMPLE)
    return list_fields(form.read(path, str(source), **settings))


def _recording(form: Format, source: Any, name: str, mapping: Mapping[str, Any]) -> xr.Dataset:
    _known_settings(mapping, form)
    own_settings = {word: mapping[word] for word in form.settings if word in mapping}
    content = form.read(source, name, **own_settings)
    if not isinstance(content, xr.Dataset):
        return assemble(content, _not_yet_used(mapping, form, content.given))
    stored = netcdf.stored_in(source) if isinstance(source, Path) else Stored()
    fields = netcdf.dataset_fields(content, name, stored)
    if not netcdf.is_recording(content, mapping):
        return assemble(fields, netcdf.with_only_variable(content, mapping))
    for word in SETTINGS:
        fields.tell(word)
    content = with_channels(content, mapping.get("keep_channels"), name)
    rec = check_recording(content, mapping.get("missing", "raise"))
    units = mapping.get("units")
    return rec if units is None else rec.assign(activity=rec.activity.assign_attrs(units=units))


def _not_yet_used(mapping: Mapping[str, Any], form: Format, given: Mapping[str, Any]) -> dict[str, Any]:
    """`mapping` without the columns of activity that a table's reader has taken already."""
    is_used = {"activity", "channel"} <= set(form.settings) and "activity" in given
    return {name: value for name, value in mapping.items() if not (is_used and name == "activity")}


def _known_settings(mapping: Mapping[str, Any], form: Format) -> None:
    known = (*SETTINGS, *form.settings)
    unknown = [name for name in mapping if name not in known]
    if unknown:
        near = [*get_close_matches(unknown[0], known, 1), *(word for word in ALSO.get(unknown[0], ()) if word in known)]
        raise InputError(
            f"{unknown} is no setting for reading {form.kind}{f'; did you mean {near[0]!r}?' if near else '.'} "
            f"The settings are {', '.join(dict.fromkeys(known))}."
        )
    if "signal" in form.settings and "activity" in mapping:
        said = mapping["activity"]
        name = f": signal={said!r}" if isinstance(said, str) else ""
        raise InputError(f"Which signal of {form.kind} is read says `signal`, not `activity`{name}.")
