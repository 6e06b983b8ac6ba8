"""The command that lists data sets and fetches one."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurouniv.commands.options import Overwrite
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError
from neurouniv.memory import size_text

if TYPE_CHECKING:
    from neurouniv.datasets.registry import Entry, Part

WIDTH = 100
ASKED = re.compile(r'(metric|windows)="?(\w+)')
"""What the next call of a data set asks for that `neurouniv rdm` takes too."""
HEADS = ("name", "time axis", "conditions", "size", "where", "licence")


def datasets(
    name: str | None = None,
    *,
    part: str | None = None,
    out: Path | None = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """List data sets, or fetch one and say how to read it.

    Example: neurouniv datasets

    Example: neurouniv datasets simulated_mouse --out mouse

    Of a data set that is got by hand it says how.

    JSON: data_sets (a row each: name, axis, conditions, bytes, place, licence); with NAME: name, read (how it is read,
    in lines), files

    Parameters
    ----------
    name
        A data set. Without one, all are listed.
    part
        Only this part of it. By default all its files.
    out
        Where the result goes: a folder. By default where the files are, or the user's cache.
    """
    if name is None:
        speech.say(listing())
        return {"data_sets": _rows()}
    if out is not None and not overwrite:
        _need_no_others(name, part, out)
    paths = _files(name, part, out, speech.progress)
    text = fetched(name, part, paths)
    speech.say(text)
    return {"name": name, "read": text.splitlines(), "files": list(paths.values())}


def _rows() -> list[dict[str, Any]]:
    """The registered data sets, for JSON."""
    from neurouniv.datasets.catalogue import place, total_size
    from neurouniv.datasets.registry import registry

    return [
        {
            "name": entry.name, "axis": entry.axis, "conditions": entry.conditions, "bytes": total_size(entry),
            "place": place(entry), "licence": entry.licence,
        }
        for entry in registry().values()
    ]  # fmt: skip


def _need_no_others(name: str, split: str | None, folder: Path) -> None:
    """Raise `InputError` where the folder holds another file of the same name, which would be replaced."""
    from neurouniv.datasets.locate import amiss
    from neurouniv.datasets.registry import entry

    dataset = entry(name)
    for file in dataset.files if split is None else map(dataset.file, dataset.part(split).files):
        path = folder.expanduser() / file.name
        if path.is_file() and (other := amiss(path, file)):
            raise InputError(
                f"'{path}' is there already and is another file ({other}). Give another folder, or replace it: "
                "--overwrite"
            )


def listing() -> str:
    """The registered data sets, a line each."""
    from neurouniv.datasets.catalogue import place, verified
    from neurouniv.datasets.registry import registry

    rows: list[tuple[str, ...]] = [HEADS]
    for entry in registry().values():
        where = place(entry)
        mark = (" *" if entry.files and not verified(entry) else "") + ("" if entry.verified else " ?")
        rows.append(
            (entry.name, entry.axis.replace("_", " "), entry.conditions, size_of(entry), where + mark, entry.licence)
        )
    notes = ("* of some files no checksum is known", "? its recipe was not tried on its files")
    return "\n".join([*table(rows), "", *notes, "More, with recipes: neurouniv datasets NAME"])


def _files(name: str, split: str | None, out: Path | None, progress: bool | None) -> dict[str, Path]:
    """The files of a data set by their names, fetched; none where they are got by hand."""
    from neurouniv.datasets import fetch
    from neurouniv.datasets.registry import entry

    return {path.name: path for path in fetch(name, split, out, progress)} if entry(name).files else {}


def fetched(name: str, split: str | None, paths: Mapping[str, Path]) -> str:
    """What a data set is, where its files lie, and how they are read."""
    from neurouniv.datasets import describe
    from neurouniv.datasets.catalogue import how_to_read
    from neurouniv.datasets.loading import TRUTH
    from neurouniv.datasets.locate import bundled
    from neurouniv.datasets.registry import entry

    dataset = entry(name)
    if not paths:
        return describe(name)
    lines = [describe(name), "files"] + [f"  {path}" for path in paths.values()] + ["read them with"]
    for part in dataset.parts:
        if split in (None, part.name) and part.call:
            lines += how_to_read(dataset, part, [paths[file] for file in part.files])
            lines += in_a_shell(part, [paths[file] for file in part.files])
    if dataset.bundled:
        lines += ["its truth, with the task", f'  {"":<11} nu.datasets.truth("{name}")']
        lines.append(f"  in a shell  --task {bundled(dataset) / TRUTH}")
    return "\n".join(lines)


def in_a_shell(part: Part, paths: Sequence[Path]) -> list[str]:
    """The command that makes the RDM movie of a recording's files, or a trajectory of RDMs."""
    if part.call == "read_rdms":
        return [f"  in a shell  neurouniv rdms {shlex.join([str(paths[0]), 'traj.nc', *_rdms_words(part.settings)])}"]
    if part.call != "read_recording":
        return []
    several = len(paths) > 1
    words = [str(paths[0].with_name(f"*{paths[0].suffix}") if several else paths[0]), "--out", "traj.nc"]
    words += ["--map", *(f"{key}={_word(value)}" for key, value in part.settings.items())] if part.settings else []
    words += [word for name, value in ASKED.findall(part.then) for word in (f"--{name}", value)]
    return [f"  in a shell  neurouniv rdm {shlex.join(words)}"]


def _rdms_words(settings: Mapping[str, Any]) -> list[str]:
    """Settings of `read_rdms` as options of `neurouniv rdms` and, last, as what it maps."""
    options: list[str] = []
    for name in ("metric", "units"):
        options += [f"--{name}", str(settings[name])] if name in settings else []
    if "squared" in settings:
        options.append("--squared" if settings["squared"] else "--no-squared")
    fields = [f"{name}={_word(v)}" for name, v in settings.items() if name not in ("metric", "units", "squared")]
    return [*options, "--map", *fields] if fields else options


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def size_of(entry: Entry) -> str:
    """The size of all files for people, with a plus where that of some is not known."""
    size = sum(file.size for file in entry.files)
    if not size:
        return entry.amount
    return size_text(size) + (" +" if not all(file.size for file in entry.files) else "")


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as lines of columns, the last shortened to what is left of the width."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    room = WIDTH - sum(widths) - 2 * len(widths)
    lines = []
    for *cells, last in rows:
        start = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{start}  {textwrap.shorten(last, room, placeholder=' ...')}".rstrip())
    return lines
