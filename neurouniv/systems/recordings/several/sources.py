"""Which files a path, a pattern, a folder or a list means."""

from __future__ import annotations

import difflib
import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.images.image_files import grouped, is_beside
from neurouniv.systems.recordings.formats.recognise import format_of_file, format_of_folder
from neurouniv.systems.recordings.formats.registry import KNOWN, Format
from neurouniv.systems.recordings.several.bids import natural
from neurouniv.untrusted.regular import need_regular

BESIDE = (
    ".json", ".txt", ".md", ".png", ".jpg", ".pdf", ".py", ".m", ".fdt", ".eeg", ".img", ".vmrk", ".html", ".yml",
    ".log",
)  # fmt: skip
DESIGNS = ("SPM.mat",)
"""Files that lie beside recordings in a folder and are none themselves."""


def sources_of(source: Any) -> list[Any] | None:
    """The sources that a pattern, a folder or a list stands for, in order; None where `source` is a single one.

    Files of a folder (its subfolders too) and of a pattern go by their names, day2 before day10; a list keeps its
    order. Images of one volume each are one source together, those of each session.

    Raises
    ------
    FileNotFoundError : no file fits the pattern.
    InputError : a list is empty; a folder holds no recording, or recordings of several formats.
    """
    files = _listed(source)
    return None if files is None else grouped(files)


def _listed(source: Any) -> list[Any] | None:
    if isinstance(source, (list, tuple)):
        if not len(source):
            raise InputError("A list of recordings needs at least one; got an empty one. Did a pattern match nothing?")
        return [item for each in source for item in (_listed(each) or [each])]
    if not is_path(source):
        return None
    path = Path(source).expanduser()
    if path.is_dir() and format_of_folder(path) is None:
        return _in_folder(path)
    if not path.exists() and glob.has_magic(str(path)):
        return _matching(path)
    return None


def is_path(source: Any) -> bool:
    """Whether `source` names a file, and is no object in memory."""
    return isinstance(source, (str, os.PathLike))


def name_of(source: Any) -> str:
    """The name of a source in messages."""
    return str(source) if is_path(source) else f"the {type(source).__name__}"


def need_file(path: Path) -> None:
    """Raise `FileNotFoundError`, with names that come near, unless a file or a folder is at `path`."""
    if path.exists():
        need_regular(path)
        return
    if path.is_symlink():
        raise FileNotFoundError(f"'{path}' is a link to '{path.readlink()}', where no file is. Mend the link.")
    raise FileNotFoundError(f"There is no file '{path}'.{_near_misses(path)}")


def _matching(path: Path) -> list[Path]:
    files = [Path(name) for name in glob.glob(str(path), recursive=True)]
    files = [file for file in files if (file.is_file() and not is_beside(file)) or format_of_folder(file)]
    if not files:
        folder = path.parent
        while glob.has_magic(str(folder)):
            folder = folder.parent
        here = sorted(file.name for file in folder.iterdir())[:6] if folder.is_dir() else []
        content = f"'{folder}' holds {', '.join(here)}" if here else f"'{folder}' is empty or no folder"
        raise FileNotFoundError(f"No file fits the pattern '{path}'; {content}. Check the pattern.")
    return sorted(files, key=lambda file: natural(str(file)))


def _in_folder(folder: Path) -> list[Path]:
    formats: dict[Format, list[Path]] = {}
    passed = []
    for path in _candidates(folder):
        try:
            formats.setdefault(format_of_file(path), []).append(path)
        except InputError:
            passed.append(path)
    if not all(form.is_table for form in formats):  # tables beside recordings describe them: participants.tsv
        formats = {form: paths for form, paths in formats.items() if not form.is_table}
    if not formats:
        names = ", ".join(path.name for path in passed[:6]) or "no file that could be one"
        raise InputError(
            f"The folder '{folder}' holds no recording that can be read ({KNOWN}); it holds {names}. Name the file, or "
            "see what is wrong with it: read_recording(FILE)."
        )
    if len(formats) > 1:
        kinds = "; ".join(f"{len(paths)} x {form.kind} ({paths[0].name}, ...)" for form, paths in formats.items())
        suffix = next(iter(formats.values()))[0].suffix
        raise InputError(
            f"The folder '{folder}' holds recordings of several formats: {kinds}. Choose with a pattern: "
            f'read_recording("{folder}/**/*{suffix}")'
        )
    files = sorted(next(iter(formats.values())), key=lambda file: natural(str(file)))
    lost = [path for path in passed if path.suffixes[-2:] == files[0].suffixes[-2:]]
    if lost:
        raise InputError(
            f"'{lost[0]}' cannot be read, and {len(files)} files beside it of the same ending can. What is wrong with "
            f'it: read_recording("{lost[0]}"). Mend it, move it away, or choose the others with a pattern.'
        )
    _need_one_task(files, folder)
    return files


def _candidates(folder: Path) -> Sequence[Path]:
    """Files, and folders that are one recording, in a folder and below; no hidden files, no companions of these."""
    paths = []
    for place, folders, files in os.walk(folder):
        whole = [name for name in folders if format_of_folder(Path(place, name)) is not None]
        paths += [Path(place, name) for name in whole]
        folders[:] = sorted(name for name in folders if name not in whole and not name.startswith("."))
        paths += [Path(place, name) for name in files if not name.startswith(".")]
    paths = [path for path in sorted(paths) if path.suffix.lower() not in BESIDE and path.name not in DESIGNS]
    return [path for path in paths if not is_beside(path)]


def _need_one_task(paths: Sequence[Path], folder: Path) -> None:
    from neurouniv.systems.recordings.several.bids import entities

    tasks = sorted({entities(path).get("task", "") for path in paths})
    if len(tasks) > 1:
        raise InputError(
            f"The folder '{folder}' holds recordings of several tasks: {', '.join(map(repr, tasks))}. Choose with a "
            f'pattern: read_recording("{folder}/**/*task-{tasks[-1]}*{paths[0].suffix}")'
        )


def _near_misses(path: Path) -> str:
    if not path.parent.is_dir():
        return f" There is no folder '{path.parent}' either."
    near = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], n=3)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
