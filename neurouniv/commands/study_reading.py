"""The commands that read a study back: a page of it, and a table."""

from __future__ import annotations

from pathlib import Path

from neurouniv.commands.app import say
from neurouniv.commands.outputs import Overwrite, need_free, need_page
from neurouniv.commands.study import study
from neurouniv.schema import InputError

TABLES = (".csv", ".parquet")


@study.command
def report(
    folder: Path, *, out: Path = Path("study.html"), title: str | None = None, overwrite: Overwrite = False
) -> None:
    """Write a study, whatever of it is computed by now, as one self-contained HTML page.

    Example: neurouniv study report study --out page.html

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    out
        The page, .html.
    title
        Of the page; by default the study's name.
    """
    from neurouniv.page import report as write
    from neurouniv.studies.reading.open import open_study

    need_page(out, [], overwrite)
    opened = open_study(folder)
    say(f"The page is {write(opened, out, title=title)}")


@study.command
def table(folder: Path, *, out: Path, overwrite: Overwrite = False) -> None:
    """Write all numbers of a study as a table in long form, a row each, with the labels of their system.

    Example: neurouniv study table study --out table.csv

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    out
        The table, .csv or .parquet.
    """
    from neurouniv.studies.reading.long_form import to_csv, to_parquet
    from neurouniv.studies.reading.open import open_study

    if out.suffix.lower() not in TABLES:
        raise InputError(f"A table's file ends in {' or '.join(TABLES)}; got '{out.name}'.")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"The folder {out.parent} to write {out.name} into does not exist. Make it first.")
    need_free(out, [], overwrite)
    write = to_csv if out.suffix.lower() == ".csv" else to_parquet
    say(f"The table is {write(open_study(folder), out)}")
