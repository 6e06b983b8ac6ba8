"""Where pictures are written: their formats, and whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurouniv.errors import InputError

IMAGES = (".png", ".svg", ".pdf")
DPI = 150
"""Dots an inch of a picture."""


def need_picture(kind: str, out: Path) -> None:
    """Raise, before any work, unless a figure of that kind can be written to `out`."""
    from neurouniv.figures.rdm_animation import WRITERS, need_writer

    suffix = out.suffix.lower()
    if kind == "animation":
        need_writer(out)
    elif suffix not in IMAGES:
        more = " Moving pictures: neurouniv figure animation" if suffix in WRITERS else ""
        raise InputError(f"A figure's file ends in {', '.join(IMAGES)}; got '{out.name}'.{more}")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"The folder {out.parent} to write {out.name} into does not exist. Make it first.")


def write_picture(picture: Any, out: Path, save: Callable[[Any, Path], None] | None = None) -> None:
    """Write a figure beside its place and move it there, so that a reader never meets half a picture."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        written = Path(folder) / out.name
        if save is None:
            picture.savefig(written, dpi=DPI)
        else:
            save(picture, written)
        os.replace(written, out)
