"""Surfaces: GIFTI (.func.gii, .shape.gii) and CIFTI-2 (.dscalar.nii, .dtseries.nii), a map for every trial."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.images.labels import (
    BETAS,
    condition_column,
    labels_in,
    likely_table,
    table_beside,
)
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

SETTINGS = ("events", "conditions", "condition")
HEMISPHERES = {"CortexLeft": "L", "CortexRight": "R"}


def is_gifti(path: Path, start: bytes) -> bool:
    """Whether a file is GIFTI: XML that says so."""
    return start.lstrip().startswith(b"<?xml") and b"GIFTI" in start


def is_cifti(image: Any) -> bool:
    """Whether an image is CIFTI-2."""
    return type(image).__name__ == "Cifti2Image"


def read_gifti(path: Path, source: str, **settings: Any) -> Fields:
    """The maps of a GIFTI file (.func.gii, .shape.gii), each a trial; channels are vertices.

    settings : `events`, `conditions`, as for images; the maps' own names are the conditions where they all differ.
    """
    nibabel = import_extra("nibabel", "A GIFTI file")
    with told_plainly(path, "a GIFTI file"):
        image = nibabel.load(path)
        arrays = [np.asarray(array.data, dtype=float) for array in image.darrays]
        names = [str(array.meta.get("Name", "")) for array in image.darrays]
        side = str(image.meta.get("AnatomicalStructurePrimary", ""))
    shapes = {array.shape for array in arrays}
    if not arrays or len(shapes) != 1 or arrays[0].ndim > 2:
        raise InputError(
            f"'{path}' needs maps of one number per vertex, all of one surface; it holds {sorted(shapes) or 'none'}. "
            "Surfaces themselves (.surf.gii) are no recording."
        )
    maps = np.stack(arrays) if arrays[0].ndim == 1 else np.concatenate([array.T for array in arrays])
    if image.get_arrays_from_intent("NIFTI_INTENT_POINTSET"):
        raise InputError(f"'{path}' holds a surface (points), not maps of activity. Give the .func.gii or .shape.gii.")
    names = names if len(names) == len(maps) else []
    channel = np.arange(maps.shape[1])
    coords = {"hemisphere": np.full(channel.size, HEMISPHERES[side])} if side in HEMISPHERES else {}
    return _fields(maps, names, channel, coords, path, source, settings)


def read_cifti(image: Any, path: Path, source: str, settings: Mapping[str, Any]) -> Fields:
    """The maps of a CIFTI-2 file, each a trial; channels are grayordinates, with their structure and, of voxels, their
    place in mm."""
    beyond = sorted(set(settings) - set(SETTINGS) - {"chunks"})
    if beyond:
        raise InputError(f"{beyond} is for volumes; '{path}' is CIFTI, whose structures are the label `structure`.")
    with told_plainly(path, "a CIFTI-2 file"):
        axes = [image.header.get_axis(index) for index in range(image.ndim)]
        maps = np.asarray(image.dataobj, dtype=float)
    kinds = [type(axis).__name__ for axis in axes]
    if (
        len(axes) != 2
        or kinds[0] not in ("ScalarAxis", "SeriesAxis")
        or kinds[1] not in ("BrainModelAxis", "ParcelsAxis")
    ):
        raise InputError(
            f"'{path}' needs to be a CIFTI file of maps (.dscalar.nii, .pscalar.nii) or of times (.dtseries.nii); its "
            f"axes are {kinds}."
        )
    names = [str(name) for name in axes[0].name] if kinds[0] == "ScalarAxis" else []
    if kinds[1] == "ParcelsAxis":
        return _fields(maps, names, np.asarray(axes[1].name, dtype=str), {}, path, source, settings)
    brain = axes[1]
    structure = np.array([str(name).removeprefix("CIFTI_STRUCTURE_") for name in brain.name])
    is_surface = np.asarray(brain.surface_mask)
    place = np.where(is_surface, brain.vertex, np.arange(len(brain)))
    channel = np.array([f"{s}_{p}" for s, p in zip(structure.tolist(), place.tolist(), strict=True)])
    return _fields(maps, names, channel, {"structure": structure}, path, source, settings)


def _fields(
    maps: np.ndarray, names: list[str], channel: np.ndarray, coords: Mapping[str, np.ndarray], path: Path, source: str,
    settings: Mapping[str, Any],
) -> Fields:  # fmt: skip
    finite = np.isfinite(maps).all(axis=0)
    mask = finite & (maps != maps[:1]).any(axis=0) if len(maps) > 1 else finite
    if not mask.any():
        raise InputError(f"'{path}' holds no vertex that is finite in all {len(maps)} maps and varies between them.")
    columns, note = _columns(len(maps), names, path, source, settings)
    given: dict[str, Any] = {"activity": maps[:, mask], "channel": channel[mask]}
    if (condition := condition_column(columns)) is not None:
        given["condition"] = columns[condition]
    notes = [f"vertices: {int(mask.sum())} of {mask.size}, they are finite and vary", *note]
    labels = {name: values[mask] for name, values in coords.items()}
    return Fields(columns, source, "The columns of its table", given, channel_coords=labels,
                  attrs={"notes": "\n".join(notes)})  # fmt: skip


def _columns(
    count: int, names: list[str], path: Path, source: str, settings: Mapping[str, Any]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """The labels of maps, as given, from a table beside the file, or the maps' own names."""
    table = settings.get("events") if settings.get("events") is not None else settings.get("conditions")
    numbered = [f"map {n}" for n in range(count)]
    if table is not None:
        return labels_in(table, numbered, path), []
    if (beside := table_beside(path)) is not None:
        return labels_in(beside, numbered, path), [f"conditions: from {beside.name}, beside it"]
    if len(set(names)) > 1 and all(names):
        return {"condition": np.array(names)}, ["conditions: the names of its maps"]
    condition = settings.get("condition")
    if condition is not None and not isinstance(condition, str):
        return {}, []
    raise InputError(
        f"{source} holds {count} maps, and nothing says the condition of each. Give a table with a row for each map "
        f'(BIDS events.tsv, CSV): read_recording("{source}", events="{likely_table(path)}"), in a shell --map '
        f"events={likely_table(path)}; or one label for each: conditions=[...]. {BETAS}"
    )
