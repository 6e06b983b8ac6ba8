"""The commands that read a study back: a page of it, and a table."""

from __future__ import annotations

from pathlib import Path

from neurouniv.commands.options import Overwrite
from neurouniv.commands.outputs import need_free, need_page
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError

TABLES = (".csv", ".parquet")


def report(
    folder: Path,
    *,
    out: Path = Path("study.html"),
    title: str | None = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Write a study as one self-contained HTML page.

    Example: neurouniv study report study --out page.html

    It may be written while the study runs, of whatever is done by then.

    JSON: files

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    out
        Where the result goes: a page, .html.
    title
        What stands above. By default the study's name.
    """
    from neurouniv.page import report as write
    from neurouniv.studies.reading.open import open_study

    need_page(out, [], overwrite)
    opened = open_study(folder)
    speech.say(f"The page is {write(opened, out, title=title)}")
    return {"files": [out]}


def table(folder: Path, *, out: Path, overwrite: Overwrite = False, speech: Speaking = ALOUD) -> Answer:
    """Write all numbers of a study as a table, a row each.

    Example: neurouniv study table study --out table.csv

    Each row has the labels of its system (long form).

    JSON: files

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    out
        Where the result goes: a table, .csv or .parquet.
    """
    from neurouniv.studies.reading.long_form import to_csv, to_parquet
    from neurouniv.studies.reading.open import open_study

    if out.suffix.lower() not in TABLES:
        raise InputError(f"A table's file ends in {' or '.join(TABLES)}; got '{out.name}'.")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"The folder {out.parent} to write {out.name} into does not exist. Make it first.")
    need_free(out, [], overwrite)
    write = to_csv if out.suffix.lower() == ".csv" else to_parquet
    speech.say(f"The table is {write(open_study(folder), out)}")
    return {"files": [out]}
