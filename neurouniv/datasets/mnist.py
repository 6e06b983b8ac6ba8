"""The format of MNIST: gzipped idx files of images and labels."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.got import got
from neurouniv.inputs import need_path
from neurouniv.names import public
from neurouniv.schema import InputError

UNSIGNED_BYTE = 0x08


@public
def read_digits(paths: Sequence[str | os.PathLike[str]]) -> xr.Dataset:
    """Images and labels of two idx files.

    Returns
    -------
    Dataset of `image` (example, row, column), whole numbers from 0 to 255, and the coordinate `label` (example).

    Raises
    ------
    InputError : a file is no whole idx file, or there are more labels than images or fewer.
    """
    if not isinstance(paths, list | tuple) or len(paths) != 2:
        raise InputError(
            f"Digits are read from two files, of images and of labels: [images, labels]; got {got(paths)}."
        )
    images, labels = map(read_idx, paths)
    if len(images) != len(labels):
        raise InputError(
            f"{paths[0]} holds {len(images)} images, {paths[1]} {len(labels)} labels; their numbers need to be equal."
        )
    return xr.Dataset(
        {"image": (("example", "row", "column"), images)}, coords={"label": ("example", labels.astype(int))}
    )


@public
def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array in a gzipped idx file of unsigned bytes, the format of MNIST.

    Raises
    ------
    InputError : the file is cut short or is no such file; the message names it.

    Source: http://yann.lecun.com/exdb/mnist, "The IDX file format".
    """
    path = need_path(path, "read_idx")
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is not a whole gzip file ({error}). Fetch it again.") from None
    start = 4 + 4 * content[3] if len(content) >= 4 else 4
    if content[:3] != bytes([0, 0, UNSIGNED_BYTE]) or len(content) < start:
        begin = content[:4].hex(" ") or "nothing"
        raise InputError(f"{path} is no idx file of unsigned bytes, which begins with 00 00 08; got {begin}.")
    shape = tuple(np.frombuffer(content, ">u4", count=content[3], offset=4).tolist())
    count = len(content) - start
    if count != np.prod(shape):
        raise InputError(f"{path} should hold {np.prod(shape)} numbers, of shape {shape}; it has {count}.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
