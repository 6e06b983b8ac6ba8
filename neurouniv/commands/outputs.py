"""Where commands write: never over one of their inputs, over what is there only if asked, and one run at a time.

All of it is told before any work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neurouniv.commands.claims import claim
from neurouniv.errors import InputError, some


def need_file(out: Path | None, inputs: Iterable[Path] = (), overwrite: bool = False) -> None:
    """Raise, before any work, unless a Dataset can be written to `out` with nothing lost; None is no output.

    Raises
    ------
    InputError : `out` is one of `inputs`, is there and not to be replaced, or has another suffix.
    FileNotFoundError : its folder does not exist.
    """
    from neurouniv.storage import need_place

    if out is not None:
        need_place(out)
        need_free(out, inputs, overwrite)


def need_page(out: Path | None, inputs: Iterable[Path] = (), overwrite: bool = False) -> None:
    """The same for a page."""
    from neurouniv.page import need_html

    if out is None:
        return
    need_html(out)
    if not out.parent.is_dir():
        raise FileNotFoundError(f"The folder {out.parent} to write {out.name} into does not exist. Make it first.")
    need_free(out, inputs, overwrite)


def need_free(out: Path, inputs: Iterable[Path] = (), overwrite: bool = False) -> None:
    """Claim `out`; raise `InputError` where it is an input, holds one or lies in one, is there and not to be replaced,
    cannot be written, or is written by another run."""
    from neurouniv.storage import is_store

    for path in inputs:
        if _is_same(out, path):
            raise InputError(
                f"The output '{out}' is the input '{path}' itself, which it would replace. Give another name."
            )
        if (is_store(path) and _holds(path, out)) or _holds(out, path):
            raise InputError(
                f"The output '{out}' and the input '{path}' lie in one another, so writing would change the input. "
                "Give the output another place."
            )
    claim(out)
    if (out.exists() or out.is_symlink()) and not overwrite:
        raise InputError(f"'{out}' is there already. Give the output another name, or replace it: --overwrite")


def need_folder(out: Path, inputs: Iterable[Path] = (), overwrite: bool = False) -> None:
    """Claim `out`; raise `InputError` unless it is a folder to be made, an empty one, or one whose files may be
    replaced; never where it is, or holds, an input."""
    for path in inputs:
        if _is_same(out, path) or _holds(out, path):
            raise InputError(
                f"The folder '{out}' for the output holds the input '{path}'. Give the output a folder of its own."
            )
    if out.exists() and not out.is_dir():
        raise InputError(f"'{out}' is to be a folder, and a file of that name is there. Give the output another name.")
    out.parent.mkdir(parents=True, exist_ok=True)
    claim(out)
    names = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if names and not overwrite:
        raise InputError(
            f"The folder '{out}' is not empty: it holds {some(names)}. Give another, or let files of the same names be "
            "replaced: --overwrite"
        )


def need_apart(*outs: Path | None) -> None:
    """Raise `InputError` where two outputs of a command are the same file."""
    given = [path for path in outs if path is not None]
    for n, path in enumerate(given):
        if any(_is_same(path, other) for other in given[:n]):
            raise InputError(f"Two outputs have the same name, '{path}', and one would replace the other. Give two.")


def recordings(paths: Iterable[Path], fields: Mapping[str, Any] | None = None) -> list[Path]:
    """The files that paths of recordings mean, those of a folder or pattern too, and files named in the mapping."""
    from neurouniv.systems.recordings.several.sources import sources_of

    files: list[Path] = []
    for path in paths:
        try:
            files += [Path(file) for file in sources_of(path) or [path]]
        except (InputError, OSError):  # which its reader tells of
            continue
    return files + named(*(fields or {}).values())


def named(*words: Any) -> list[Path]:
    """Those of the words of options that name a file which is there, such as a task's."""
    paths: list[Path] = []
    for word in words:
        if isinstance(word, (list, tuple)):
            paths += named(*word)
        elif isinstance(word, str) and _is_there(word):
            paths.append(Path(word))
    return paths


def _is_there(word: str) -> bool:
    try:
        return Path(word).exists()
    except OSError:  # longer than a name may be
        return False


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths are one file or folder, through links and other spellings too."""
    if one.exists() and other.exists() and one.samefile(other):
        return True
    return one.expanduser().resolve() == other.expanduser().resolve()


def _holds(folder: Path, path: Path) -> bool:
    """Whether `path` lies in the folder; a folder that is not there yet holds nothing."""
    return folder.is_dir() and folder.resolve() in path.expanduser().resolve().parents
