"""The files that a cell reads, and their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from neurouniv.schema import InputError
from neurouniv.untrusted.regular import need_regular


def checksum(path: Path) -> str:
    """The sha256 of a file, or of all files of a folder with their names; with it that of files of the same stem.

    A recording in several files (.vhdr, .eeg, .vmrk) so counts as a whole.

    Raises
    ------
    FileNotFoundError : nothing is there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder) / "a.csv"
    ...     _ = place.write_text("1")
    ...     before = checksum(place)
    ...     _ = place.write_text("2")
    ...     checksum(place) == before
    False
    """
    need_regular(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file '{path}', which a study reads.")
    digest = hashlib.sha256()
    for part in sorted(_parts(path)):
        digest.update(part.relative_to(path.parent).as_posix().encode() + b"\0")
        with part.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _parts(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return [part for part in path.rglob("*") if part.is_file()]
    return {path} | {part for part in path.parent.glob(f"{_plain(path.stem)}.*") if part.is_file() and _is_part(part)}


def _plain(stem: str) -> str:
    """A stem in which no character is one of a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)


def _is_part(path: Path) -> bool:
    """Whether a file is a part of the recording of the same stem that no reader is given by itself."""
    return path.suffix.lower() in (".eeg", ".vmrk", ".fdt", ".img", ".hdr", ".dat")


def need_unchanged(inputs: Mapping[str, str]) -> None:
    """Raise `InputError` where a file is no longer the one whose checksum is kept."""
    changed = [path for path, digest in inputs.items() if checksum(Path(path)) != digest]
    if changed:
        raise InputError(
            f"'{changed[0]}' has changed since this study's cells were listed. `neurouniv study run` with the study's "
            "file lists them again, and computes what depends on it."
        )
