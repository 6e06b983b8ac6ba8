"""Public data sets, by name: found on disk or fetched once, and checked against their checksums."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, with_history

if TYPE_CHECKING:
    from pooch import HTTPDownloader

FOLDER = "NEUROUNIV_DATA"
"""The environment variable that names a folder of data sets, a subfolder each: where MNIST's files are in mnist/."""
SECONDS = 30.0
"""How long a server may take to answer."""
MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
}
"""Where the files of a data set are fetched from, tried in turn."""
FILES = {
    "mnist": {
        "train": {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        },
        "test": {
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    }
}
"""Images and labels of every part of a data set, with their SHA-256: of the test images taken from the files, of the
training images as others state it, unverified by us."""
UNSIGNED_BYTE = 0x08


def load(
    name: str, split: str = "train", cache: str | os.PathLike[str] | None = None, progress: bool = False
) -> xr.Dataset:
    """A public data set, read from disk or, the first time, fetched.

    Files are taken from the folder that the environment variable NEUROUNIV_DATA names (its subfolder `name`) if
    they are there, then from the cache, then from the mirrors. Every file is checked against its SHA-256 before it
    is read, and nothing that fails is kept in the cache.

    Parameters
    ----------
    name : "mnist", handwritten digits.
    split : "train" (60000 images) or "test" (10000).
    cache : folder in which fetched files are kept; default the user's cache.
    progress : show a bar while fetching.

    Returns
    -------
    Dataset of `image` (example, row, column), whole numbers from 0 to 255, and the coordinate `label` (example), the
    digit; attributes `name`, `split` and `history`, which holds the checksums.

    Raises
    ------
    InputError : no such data set or split, no mirror could be reached, or a file is not what it should be.

    Source: LeCun, Bottou, Bengio & Haffner (1998), Gradient-based learning applied to document recognition.

    Examples
    --------
    >>> load("mnist", "validation")
    Traceback (most recent call last):
    neurouniv.schema.InputError: The data set 'mnist' has the splits train and test; 'validation' came.
    """
    if name not in FILES:
        raise InputError(f"Data sets that can be loaded are {', '.join(FILES)}; {name!r} came.")
    if split not in FILES[name]:
        raise InputError(f"The data set {name!r} has the splits {' and '.join(FILES[name])}; {split!r} came.")
    files = FILES[name][split]
    images, labels = (read_idx(_found(name, file, sha256, cache, progress)) for file, sha256 in files.items())
    made = xr.Dataset(
        {"image": (("example", "row", "column"), images)},
        coords={"label": ("example", labels.astype(int))},
        attrs={"name": name, "split": split},
    )
    return with_history(made, "load", name=name, split=split, sha256=files)


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array in a gzipped idx file of unsigned bytes, the format of MNIST.

    Raises
    ------
    InputError : the file is cut short or is no such file; the message names it.

    Source: http://yann.lecun.com/exdb/mnist, "The IDX file format".
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is not a whole gzip file ({error}). Fetch it anew.") from None
    start = 4 + 4 * content[3] if len(content) >= 4 else 4
    if content[:3] != bytes([0, 0, UNSIGNED_BYTE]) or len(content) < start:
        begin = content[:4].hex(" ") or "nothing"
        raise InputError(f"{path} is no idx file of unsigned bytes, which begins with 00 00 08; {begin} came.")
    shape = tuple(np.frombuffer(content, ">u4", count=content[3], offset=4).tolist())
    count = len(content) - start
    if count != np.prod(shape):
        raise InputError(f"{path} should hold {np.prod(shape)} numbers, of shape {shape}; it has {count}.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _found(name: str, file: str, sha256: str, cache: str | os.PathLike[str] | None, progress: bool) -> Path:
    """Where a file is that has the checksum it should have."""
    given = Path(os.environ[FOLDER]) / name / file if os.environ.get(FOLDER) else None
    if given is not None and given.is_file():
        return _checked(given, sha256)
    import pooch

    folder = Path(cache) if cache is not None else Path(pooch.os_cache("neurouniv")) / name
    downloader = pooch.HTTPDownloader(progressbar=progress, timeout=SECONDS)
    _drop_spoilt(folder / file, sha256)
    failures = []
    for url, reason in _attempts(name, file, sha256, folder, downloader):
        if reason is None:
            return folder / file
        failures.append(f"{url}: {reason}")
    raise InputError(
        f"{file} of the data set {name!r} could not be fetched ({'; '.join(failures)}). With its files on disk, set "
        f"the environment variable {FOLDER} to the folder that holds {name}/{file}."
    )


def _attempts(
    name: str, file: str, sha256: str, folder: Path, downloader: HTTPDownloader
) -> Iterator[tuple[str, str | None]]:
    """Every mirror, with why the file could not be had from it, or None; pooch keeps only what has the checksum."""
    import pooch
    import requests

    for mirror in MIRRORS[name]:
        reason = None
        try:
            pooch.retrieve(mirror + file, f"sha256:{sha256}", file, folder, downloader=downloader)
        except (requests.RequestException, OSError) as error:
            reason = type(error).__name__
        except ValueError:
            reason = "what came has another SHA-256 than it should"
        yield mirror, reason


def _checked(path: Path, sha256: str) -> Path:
    import pooch

    came = pooch.file_hash(str(path))
    if came != sha256:
        raise InputError(
            f"{path} is not the published file: its SHA-256 is {came}, it should be {sha256}. Fetch it anew, or take "
            f"it out of the way to have it fetched."
        )
    return path


def _drop_spoilt(path: Path, sha256: str) -> None:
    """Remove a file of the cache that was changed since it was fetched."""
    import pooch

    if path.is_file() and pooch.file_hash(str(path)) != sha256:
        path.unlink()
