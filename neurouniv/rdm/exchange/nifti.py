"""Maps of voxels: what was computed for each searchlight, voxel or region goes back into an image."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.schema import InputError
from neurouniv.whole_files import whole as whole_file

OVER = ("searchlight", "channel", "region")


@public
def to_nifti(
    values: xr.DataArray, template: xr.Dataset | Any, path: str | os.PathLike[str] | None = None, fill: float = np.nan
) -> Any:
    """An image (nibabel's) of one value for each searchlight, voxel or region, written to `path` if it is given.

    Parameters
    ----------
    values : (searchlight), (channel) or (region), in any order with at most one more dimension, which becomes the
        volumes of a 4-D image. Searchlights and channels carry the coordinates x, y and z in mm.
    template : the recording that was read from images, or a trajectory of it, which know the grid; or the path of an
        image, or an image of nibabel, with that grid. Values of regions need the recording, whose voxels say where
        each region is.
    path : where it goes, .nii or .nii.gz. A file that is there is not overwritten.
    fill : the value of voxels without one.

    Raises
    ------
    InputError : values without places, voxels outside of the grid, or a template that knows no grid.

    Examples
    --------
    >>> place = {name: ("channel", [0.0, 2.0]) if name == "x" else ("channel", [0.0, 0.0]) for name in "xyz"}
    >>> rec = xr.Dataset(coords=place, attrs={"grid": [2, 1, 1], "affine": np.diag([2.0, 2, 2, 1]).ravel()})
    >>> to_nifti(xr.DataArray([5.0, 7.0], coords=rec.coords, dims="channel"), rec).get_fdata().ravel().tolist()
    [5.0, 7.0]
    """
    nibabel = _nibabel()
    shape, affine = _grid(template)
    values = _at_voxels(values, template)
    dim = values.dims[-1]
    points = np.stack([values[name].values for name in "xyz"], axis=1)
    indices = points @ np.linalg.inv(affine[:3, :3]).T - np.linalg.inv(affine[:3, :3]) @ affine[:3, 3]
    whole = np.round(indices).astype(int)
    if np.abs(indices - whole).max(initial=0) > 0.1 or (whole < 0).any() or (whole >= shape).any():
        raise InputError(
            f"The {len(whole)} places of `{dim}` are no voxels of the template's grid {tuple(shape)}. Give the "
            "recording that they are of, or an image on its grid."
        )
    filled = np.full((*shape, *values.shape[:-1]), fill)
    filled[tuple(whole.T)] = values.values.T
    image = nibabel.Nifti1Image(filled, affine)
    image.header.set_xyzt_units("mm")
    if path is not None:
        if os.path.exists(path):
            raise InputError(f"'{path}' exists; nothing is overwritten. Choose another name, or remove it.")
        with whole_file(Path(path)) as written:
            nibabel.save(image, written)
    return image


def _at_voxels(values: xr.DataArray, template: Any) -> xr.DataArray:
    """`values` (..., voxel) with the coordinates x, y and z of each."""
    dim = next((name for name in OVER if name in values.dims), None)
    if dim is None or values.ndim > 2:
        raise InputError(
            f"A map has a value for each `searchlight`, `channel` or `region`, and at most one more dimension; got the "
            f"dimensions {values.dims}. Choose or average: h.isel(time=-1, pair=0), h.mean(('time', 'pair'))."
        )
    values = values.transpose(..., dim)
    if dim == "region":
        if not (isinstance(template, xr.Dataset) and "region" in template.coords and "channel" in template.dims):
            raise InputError("A map of regions needs, as `template`, the recording whose voxels have regions.")
        values = values.sel(region=template["region"].rename(channel="voxel").reset_coords(drop=True))
        places = {name: ("voxel", template[name].values) for name in "xyz"}
        return values.drop_vars("region").assign_coords(places)
    absent = [name for name in "xyz" if name not in values.coords]
    if absent:
        raise InputError(f"A map needs the coordinates x, y and z over `{dim}`; {', '.join(absent)} are absent.")
    return values


def _grid(template: Any) -> tuple[np.ndarray, np.ndarray]:
    """The shape (3 numbers) and the affine (4, 4) of a grid."""
    if isinstance(template, (xr.Dataset, xr.DataArray)):
        if not {"grid", "affine"} <= set(template.attrs):
            raise InputError("This Dataset was not read from images and knows no grid. Give an image as `template`.")
        affine = np.asarray(template.attrs["affine"], dtype=float)
        return np.asarray(template.attrs["grid"], dtype=int), affine.reshape(4, 4)
    image = _nibabel().load(template) if isinstance(template, (str, os.PathLike)) else template
    if not hasattr(image, "affine"):
        raise InputError(f"`template` is a recording of images, or an image; got a {type(image).__name__}.")
    return np.asarray(image.shape[:3]), np.asarray(image.affine, dtype=float)


def _nibabel() -> Any:
    try:
        return importlib.import_module("nibabel")
    except ImportError as error:
        raise InputError("A map needs the package 'nibabel': pip install neurouniv[fmri].") from error
