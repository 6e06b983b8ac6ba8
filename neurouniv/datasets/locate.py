"""Where a file of a data set lies: bundled, in a folder of one's own, in the cache, or fetched; checked, or refused."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from neurouniv.datasets.registry import UNVERIFIED, Entry, File
from neurouniv.progress import progress_bar
from neurouniv.schema import InputError, warn
from neurouniv.unwritten import reason_of
from neurouniv.whole_files import whole

FOLDER = "NEUROUNIV_DATA"
"""The environment variable that names a folder of data sets, a subfolder each: where MNIST's files are in mnist/."""
SECONDS = 30.0
"""How long a server may take to answer."""


def located(entry: Entry, file: File, cache: Path | None, progress: bool | None = None) -> Path:
    """The path of a file that has the checksum it should have.

    Bundled files lie in the package. Others are taken from the folder that NEUROUNIV_DATA names (its subfolder of the
    data set's name), then from the cache, then from their addresses in turn.

    Raises
    ------
    InputError : it is nowhere, cannot be fetched or kept, or is not what it should be; nothing is left in the cache.

    Warns
    -----
    NeurounivWarning : what was fetched has no checksum to compare with; the message gives the one found.
    """
    if entry.bundled:
        return _of_package(entry, file)
    local = own_folder(entry) / file.name if os.environ.get(FOLDER) else None
    if local is not None and local.is_file():
        return checked(local, file)
    folder = default_cache(entry) if cache is None else cache
    _drop_spoilt(folder / file.name, file)
    if (folder / file.name).is_file():
        return folder / file.name
    if not file.urls:
        raise InputError(_by_hand(entry, file))
    return _fetched(entry, file, folder, progress)


def bundled(entry: Entry) -> Path:
    """The folder of a bundled data set."""
    return Path(str(resources.files("neurouniv.datasets"))) / "bundled" / entry.name


def own_folder(entry: Entry) -> Path:
    """Where a data set would be in the folder that NEUROUNIV_DATA names."""
    return Path(os.environ.get(FOLDER, "")).expanduser() / entry.name


def default_cache(entry: Entry) -> Path:
    """Where the files of a data set are kept that were fetched."""
    import pooch

    return Path(pooch.os_cache("neurouniv")) / entry.name


def all_there(entry: Entry, files: Sequence[str]) -> bool:
    """Whether all these files are on disk, in one's own folder or the cache."""
    folders = [default_cache(entry)] + ([own_folder(entry)] if os.environ.get(FOLDER) else [])
    return all(any((folder / file).is_file() for folder in folders) for file in files)


def checked(path: Path, file: File) -> Path:
    """`path`, if what lies there is what the registry says.

    Raises
    ------
    InputError : another checksum or, where none is known, another size.
    """
    wrong = amiss(path, file)
    if wrong:
        raise InputError(f"{path} is not the published file: {wrong}. Fetch it again, or move it away.")
    return path


def amiss(path: Path, file: File) -> str:
    """How a file differs from what the registry says; nothing where it does not."""
    size = path.stat().st_size
    if file.sha256 == UNVERIFIED:
        return f"it has {size} bytes, it should have {file.size}" if file.size and size != file.size else ""
    actual = checksum(path)
    return f"its SHA-256 is {actual}, it should be {file.sha256}" if actual != file.sha256 else ""


def checksum(path: Path) -> str:
    """The checksum of a file."""
    import pooch

    return pooch.file_hash(str(path))


def copied(path: Path, file: File, folder: Path) -> Path:
    """A copy of a file in `folder`, whole or not there at all; the file itself where it lies there already.

    Raises
    ------
    InputError : it cannot be kept there.
    """
    if path.parent.resolve() == folder.resolve():
        return path
    with _nothing_left(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with whole(folder / file.name) as written:
                shutil.copyfile(path, written)
        except OSError as error:
            raise InputError(_cannot_keep(file, folder, error)) from error
    return folder / file.name


def _of_package(entry: Entry, file: File) -> Path:
    path = bundled(entry) / file.name
    wrong = amiss(path, file) if path.is_file() else "it is missing"
    if wrong:
        raise InputError(f"{path} is not as it was installed: {wrong}. Install neurouniv again.")
    return path


def _by_hand(entry: Entry, file: File) -> str:
    return (
        f"{file.name} of the data set '{entry.name}' cannot be fetched by a program. {entry.obtain} Then set the "
        f"environment variable {FOLDER} to the folder that holds {entry.name}/{file.name}."
    )


def _fetched(entry: Entry, file: File, folder: Path, progress: bool | None) -> Path:
    failures = []
    for url in file.urls:
        reason = _why_not(url, file, folder, progress)
        if reason is None:
            return _or_warning(entry, file, folder / file.name)
        failures.append(f"{url}: {reason}")
    raise InputError(
        f"{file.name} of the data set '{entry.name}' could not be fetched ({'; '.join(failures)}). Nothing was kept; "
        f"try again later, or with its files on disk set the environment variable {FOLDER} to the folder that holds "
        f"{entry.name}/{file.name}."
    )


def _why_not(url: str, file: File, folder: Path, progress: bool | None) -> str | None:
    """Why a file could not be had from an address, or None where it was; pooch keeps only what has the checksum."""
    import pooch
    import requests

    checksum = None if file.sha256 == UNVERIFIED else f"sha256:{file.sha256}"
    bar = progress_bar(file.size or 1, file.name, progress, "B", unit_scale=True)  # pooch sets the size that comes
    downloader = pooch.HTTPDownloader(progressbar=bar, timeout=SECONDS)
    with bar, _nothing_left(folder), _quiet():
        try:
            pooch.retrieve(url, checksum, file.name, folder, downloader=downloader)
            wrong = amiss(folder / file.name, file)
        except requests.RequestException as error:
            return _network(error)
        except OSError as error:
            raise InputError(_cannot_keep(file, folder, error)) from error
        except ValueError:
            return "the download has another SHA-256 than expected"
        if wrong:
            (folder / file.name).unlink()
        return wrong or None


def _network(error: Exception) -> str:
    """What went wrong on the way, in a few words."""
    import requests

    answer = getattr(error, "response", None)
    if answer is not None:
        return f"the server answered {answer.status_code} {answer.reason}"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"no answer within {SECONDS:g} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection ended before the download was complete"
    return f"no connection ({type(error).__name__})"


def _cannot_keep(file: File, folder: Path, error: OSError) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error  # pooch adds words and loses the number
    return (
        f"{file.name} cannot be kept in '{folder}': {reason_of(cause)}. Make room or allow writing there, or "
        "choose another folder: `--out FOLDER`, in Python `fetch(name, out=...)` or `load(name, cache=...)`."
    )


def _or_warning(entry: Entry, file: File, path: Path) -> Path:
    """`path`, and a warning where there was no checksum to compare with."""
    if file.sha256 == UNVERIFIED:
        warn(
            f"{file.name} of '{entry.name}' has no checksum in the registry, so it is unverified. Its SHA-256 is "
            f'{checksum(path)}; to check it every time: fetch("{entry.name}", sha256={{"{file.name}": "..."}}).'
        )
    return path


def _drop_spoilt(path: Path, file: File) -> None:
    """Remove a file of the cache that was changed since it was fetched."""
    if path.is_file() and amiss(path, file):
        path.unlink()


@contextmanager
def _nothing_left(folder: Path) -> Iterator[None]:
    """Folders that were made for a file are removed again where there is none in the end."""
    new_folders = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        yield
    finally:
        for parent in new_folders:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the log of pooch on stderr: what matters of it is said by us."""
    import pooch

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
