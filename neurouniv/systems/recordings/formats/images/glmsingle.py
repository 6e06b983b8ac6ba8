"""GLMsingle's single-trial betas, as its toolboxes save them: HDF5 of Python (betasmd), .mat of MATLAB (modelmd)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.images import nifti
from neurouniv.systems.recordings.formats.images.volumes import grid_of, opened, stacked
from neurouniv.systems.recordings.formats.matlab import mat_files
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.untrusted.regular import is_file_at

BETAS = ("betasmd", "modelmd")
BESIDE = ("R2", "HRFindex", "meanvol", "FRACvalue")
HDF5 = b"\x89HDF\r\n\x1a\n"
SETTINGS = nifti.SETTINGS


def is_file(path: Path, start: bytes) -> bool:
    """Whether a file holds betas of GLMsingle, by the names of what it holds."""
    import h5py

    if not (start.startswith(HDF5) or mat_files.is_v73(start)):
        return False
    try:
        with h5py.File(path, "r") as file:
            return any(name in file for name in BETAS) and any(name in file for name in BESIDE)
    except OSError:  # of a damaged file its own format tells
        return False


@dataclass(frozen=True)
class Betas:
    """Betas in an HDF5 file as an image: x, y, z, trial. MATLAB writes the axes in reverse."""

    path: Path
    name: str
    shape: tuple[int, ...]
    reverse: bool
    dtype: np.dtype
    affine: np.ndarray
    header: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dataobj(self) -> Betas:
        """What is indexed for values: `[..., first:last]`."""
        return self

    def get_data_dtype(self) -> np.dtype:
        """The type of a value in the file."""
        return self.dtype

    def __getitem__(self, index: tuple[Any, slice]) -> np.ndarray:
        import h5py

        with h5py.File(self.path, "r") as file:
            held = file[self.name]
            return np.asarray(held[index[1]]).T if self.reverse else np.asarray(held[index])


def read_betas(path: Path, source: str, **settings: Any) -> Fields:
    """The betas of single trials; conditions and runs as given, or by DESIGNINFO.mat beside the file.

    settings : those of images; a `mask` or `atlas` on the betas' grid (NIfTI) says where voxels are in mm.

    Raises
    ------
    InputError : betas are no x, y, z and trials, or nothing says the conditions.
    """
    affine = _affine(settings)
    image = _betas(path, np.eye(4) if affine is None else affine)
    columns, notes = nifti.columns_of_volumes([f"trial {n}" for n in range(image.shape[3])], path, source, settings)
    fields = nifti.fields_of_volumes(stacked([(str(path), image)]), columns, source, settings, notes)
    return fields if affine is not None else _without_places(fields)


def _betas(path: Path, affine: np.ndarray) -> Betas:
    import h5py

    with told_plainly(path, "an HDF5 file of GLMsingle"), h5py.File(path, "r") as file:
        name = next(name for name in BETAS if name in file)
        held = file[name]
        shape, dtype = getattr(held, "shape", None), getattr(held, "dtype", None)
        reverse = "MATLAB_class" in held.attrs
    if shape is None or dtype is None or len(shape) != 4 or 0 in shape or dtype.kind != "f":
        raise InputError(
            f"'{path}' needs {name} of single trials, (x, y, z, trial); it has the shape {shape}. The ON-OFF model "
            "(type A) has no single trials: give TYPEB, TYPEC or TYPED."
        )
    return Betas(path, name, tuple(shape[::-1] if reverse else shape), reverse, dtype, affine)


def _affine(settings: Mapping[str, Any]) -> np.ndarray | None:
    """The affine of the mask or atlas, where one is an image: betas of GLMsingle have none."""
    for name in ("mask", "atlas"):
        value = settings.get(name)
        value = value[0] if isinstance(value, (tuple, list)) and len(value) == 2 else value
        if isinstance(value, (str, Path)) and is_file_at(Path(value).expanduser()):
            value = opened(Path(value).expanduser())
        if hasattr(value, "dataobj"):
            return grid_of(value).affine
    return None


def _without_places(fields: Fields) -> Fields:
    """Fields of voxels whose places in mm nobody knows."""
    note = "places in mm: unknown; a mask or atlas (NIfTI) on the betas' grid gives them, for searchlights and maps"
    coords = {name: values for name, values in fields.channel_coords.items() if name not in "xyz"}
    attrs = {"notes": f"{fields.attrs['notes']}\n{note}"}
    return Fields(
        fields.tree, fields.source, fields.kind, fields.given, channel_coords=coords, attrs=attrs,
        residuals=fields.residuals,
    )  # fmt: skip
