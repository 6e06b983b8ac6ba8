"""Images of conditions: read from arrays, files, a folder or a coordinate, and put at their places in a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.image import imread

from neurouniv.rdm.labels import listed
from neurouniv.schema import InputError
from neurouniv.untrusted.regular import need_regular

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
Icons = Mapping[str, Any] | str | os.PathLike[str]
FEW, LAYERS = 24, 4
"""So many icons stand in one line; more in up to so many, so that each is larger than its cell."""


def icons_of(icons: Icons | None, rdms: xr.Dataset | xr.DataArray, names: np.ndarray) -> dict[str, np.ndarray]:
    """The image (h, w, 4), 0 to 1, of every condition in `names` that has one; {} where there are to be none.

    Parameters
    ----------
    icons : condition to an image, an array (h, w), (h, w, 3) or (h, w, 4) or the path of a file; or a folder whose
        files are named as conditions ("/" as "_"); or the name of a coordinate or variable (condition, ...) of `rdms`,
        which holds images or paths.

    Raises
    ------
    InputError : no condition has an image, or one cannot be read.
    """
    if icons is None:
        return {}
    by_name = icons if isinstance(icons, Mapping) else _by_name(icons, rdms, names)
    images = {str(name): image for name, image in by_name.items() if str(name) in set(names.tolist())}
    if not images:
        raise InputError(
            f"Icons are given by the names of conditions, {listed(names)}; none of {listed([*by_name])} is "
            "one. Give icons={name: array or path, ...}, or a folder of images named as the conditions."
        )
    return {name: _image(image, name) for name, image in images.items()}


def _by_name(icons: str | os.PathLike[str], rdms: xr.Dataset | xr.DataArray, names: np.ndarray) -> dict[str, Any]:
    variables = rdms.variables if isinstance(rdms, xr.Dataset) else rdms.coords
    if isinstance(icons, str) and icons in variables and "condition" in rdms[icons].dims and "condition" in rdms.coords:
        array = rdms[icons].transpose("condition", ...)
        return dict(zip(array["condition"].values.astype(str).tolist(), array.values, strict=True))
    folder = Path(icons).expanduser()
    need_regular(folder)
    if not folder.is_dir():
        raise InputError(
            f"icons={str(icons)!r} is neither a folder of images nor a coordinate over `condition`. Give a folder "
            f"whose files are named as conditions, {names[0]}.png, or icons={{name: array or path, ...}}."
        )
    files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES}
    paths = {name: files.get(name, files.get(name.replace("/", "_"))) for name in names.tolist()}
    images = {name: path for name, path in paths.items() if path is not None}
    if not images:
        raise InputError(
            f"The folder '{folder}' holds no image that is named as a condition; it holds "
            f"{listed(list(files)) or 'no images'}, conditions are {listed(names)}. Name them so: {names[0]}.png"
        )
    return images


def _image(image: Any, name: str) -> np.ndarray:
    """Any image as colours (h, w, 4) from 0 to 1; grey values from their least to their largest."""
    if isinstance(image, (str, os.PathLike)):
        path = Path(image).expanduser()
        need_regular(path)
        try:
            image = imread(path)
        except (OSError, ValueError, SyntaxError) as error:
            raise InputError(f"The icon of {name!r}, '{image}', cannot be read as an image ({error}).") from None
    values = np.asarray(image)
    shape = values.shape
    if not (values.ndim == 2 or (values.ndim == 3 and shape[-1] in (3, 4))) or not values.size:
        raise InputError(
            f"An icon is an array (h, w), (h, w, 3) or (h, w, 4), or the path of one; {name!r} has {shape}."
        )
    values = values / 255 if values.dtype == np.uint8 else values.astype(float)
    if not (np.nanmin(values) >= 0 and np.nanmax(values) <= 1) or values.ndim == 2:
        low, high = np.nanmin(values), np.nanmax(values)
        values = (values - low) / (high - low or 1.0)
    colours = np.repeat(values[..., None], 3, -1) if values.ndim == 2 else values
    opaque = np.ones((*colours.shape[:2], 1))
    return np.nan_to_num(colours if colours.shape[-1] == 4 else np.concatenate([colours, opaque], -1))


def without(icons: Mapping[str, Any], names: np.ndarray) -> str:
    """Which conditions have no icon, where others have; "" where all have one."""
    absent = [name for name in names.tolist() if name not in icons]
    return f"no icon of {listed(absent, 3)}" if icons and absent else ""


def layers_of(count: int) -> int:
    """In how many lines so many icons stand beside a matrix."""
    return min(LAYERS, 1 + (count - 1) // FEW)


def depth_of(count: int) -> float:
    """How many cells wide the lines of so many icons are together."""
    layers = layers_of(count)
    return layers * (layers + 0.12)


def along_edges(ax: Axes, icons: Mapping[str, np.ndarray], names: np.ndarray) -> None:
    """Put icons left of and below a matrix of the conditions `names`, in lines by turns where they are many."""
    limits, layers = (ax.get_xlim(), ax.get_ylim()), layers_of(len(names))
    for place, image, layer in _in_turn(icons, names, layers):
        away = layers * (0.12 + layer) + layers / 2
        for x, y in ((-0.5 - away, place), (place, len(names) - 0.5 + away)):
            put(ax, image, x, y, 0.94 * layers)
    ax.set(xlim=limits[0], ylim=limits[1])


def _in_turn(icons: Mapping[str, np.ndarray], names: np.ndarray, layers: int) -> Iterator[tuple[int, np.ndarray, int]]:
    for place, name in enumerate(names.tolist()):
        if name in icons:
            yield place, icons[name], place % layers


def put(ax: Axes, image: np.ndarray, x: float, y: float, size: float) -> None:
    """Draw an image about a place, its longer side `size` in units of the axes, upright whichever way they point."""
    high, wide = (side / max(image.shape[:2]) * size / 2 for side in image.shape[:2])
    top = 1 if ax.yaxis_inverted() else -1
    extent = (x - wide, x + wide, y + top * high, y - top * high)
    ax.imshow(image, extent=extent, aspect=ax.get_aspect(), clip_on=False, zorder=3, interpolation="antialiased")
