"""Labels of volumes: a table with a row for each (BIDS `_events.tsv`, CSV, a data frame), or the labels themselves."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.tables.columns import WORDS
from neurouniv.systems.recordings.formats.tables.table_files import csv_frame, is_frame, parquet_frame
from neurouniv.systems.recordings.several.bids import entities
from neurouniv.untrusted.regular import is_file_at

if TYPE_CHECKING:
    import pandas as pd

CONDITION = ("trial_type", *WORDS["condition"])
TABLES = (".tsv", ".csv", ".txt", ".parquet")
ENDINGS = ("_events.tsv", "_conditions.tsv", "_conditions.csv", ".tsv", ".csv")


def labels_in(value: Any, names: Sequence[str], place: Path | None) -> dict[str, np.ndarray]:
    """The columns of a table with a row for every volume, or `condition` of labels themselves.

    Parameters
    ----------
    value : the path of a table, several paths or a pattern, of which that of `place`'s subject, session, task and run
        is taken; a data frame; or one label for each volume.
    names : of the volumes, in messages; a column that holds the names of their files puts the rows in order.
    place : the file of the volumes.

    Raises
    ------
    InputError : no such table, or as many rows as volumes are not there.
    """
    if is_frame(value):
        return _columns(value, "the table", names)
    if isinstance(value, (str, Path)) and not _is_table(value):
        raise InputError(
            f"`events` is the path of a table with a row for every volume, a pandas.DataFrame, or one label for each; "
            f"'{value}' is no file. {_tables_near(value)}"
        )
    if isinstance(value, (str, Path)):
        value = _matching(Path(value).expanduser()) if _is_pattern(value) else [Path(value).expanduser()]
    listed = list(np.ravel(np.asarray(value, dtype=object)))
    if listed and all(isinstance(entry, (str, Path)) and Path(entry).suffix in TABLES for entry in listed):
        path = _that_of(place, [Path(entry) for entry in listed])
        return _columns(_table(path, len(names)), str(path), names)
    need_rows(len(listed), names, "`conditions`", {})
    return {"condition": np.asarray(tidy_labels(listed))}


def condition_column(columns: Mapping[str, np.ndarray]) -> str | None:
    """The column that is called as conditions are, in capitals or not; the only one of a table with one."""
    lowered = {name.strip().lower(): name for name in reversed(list(columns))}
    name = next((lowered[word] for word in CONDITION if word in lowered), None)
    return next(iter(columns)) if name is None and len(columns) == 1 else name


def table_beside(path: Path) -> Path | None:
    """The table of conditions beside a file of volumes, by its name: BIDS events, or a table of the same name.

    Looked for in its folder and, of derivatives, in the folder of the raw data. A BIDS table is one of the same
    subject, session, task and run; None where none or several fit.
    """
    stem = path.name.split(".")[0]
    for ending in ENDINGS:
        if (same := path.with_name(stem + ending)).is_file():
            return same
    own = entities(path)
    for folder in (path.parent, *_raw(path)):
        fitting = {file: entities(Path(file.name)) for file in sorted(folder.glob("*_events.tsv"))}
        fitting = {file: words for file, words in fitting.items() if words and words.items() <= own.items()}
        most = max(map(len, fitting.values()), default=0)
        best = [file for file, words in fitting.items() if len(words) == most]
        if len(best) == 1:
            return best[0]
    return None


def likely_table(path: Path | None) -> str:
    """A table in the folder of `path` for the example of a call: one of events, else the first."""
    near = [] if path is None else sorted(file for file in path.parent.glob("*") if file.suffix in TABLES)
    return str(min(near, key=lambda file: "event" not in file.name, default="events.tsv"))


def need_rows(rows: int, names: Sequence[str], what: str, columns: Mapping[str, np.ndarray]) -> None:
    """Raise `InputError` unless a table has a row for every volume; the message counts its conditions."""
    if rows == len(names):
        return
    column = condition_column(columns)
    kinds = Counter(tidy_labels(columns[column]).tolist()) if column else {}
    counted = ", ".join(f"{name or 'none'} {count}" for name, count in list(kinds.items())[:8])
    counted = f" ({column}: {counted}{', ...' if len(kinds) > 8 else ''})" if counted else ""
    if rows and len(kinds) == len(names):
        remedy = (
            f"There are as many kinds of {column} as volumes: if each volume is one condition, give them in the order "
            'of the volumes: conditions=["...", ...].'
        )
    else:
        remedy = "Leave out the rows that have no volume, or give one label for each volume: conditions=[...]."
    if len(names) > 2 * rows:
        remedy += f" {BETAS}"
    raise InputError(f"{what} has {rows} rows{counted} for {len(names)} volumes; it needs one for each. {remedy}")


BETAS = (
    "If the volumes are a time series (BOLD), patterns need betas, one volume for each trial or condition: nilearn "
    "(nilearn.glm.first_level.FirstLevelModel), GLMsingle, SPM or FitLins make them."
)


def _table(path: Path, count: int) -> pd.DataFrame:
    import pandas as pd

    if not is_file_at(path):
        raise InputError(f"There is no table '{path}'. {_tables_near(path)}")
    lines = [] if path.suffix == ".parquet" else path.read_text(errors="replace").splitlines()
    one_column = [line.strip() for line in lines if line.strip()]
    if len(one_column) == count and not any(set(line) & set(",\t;|") for line in one_column):
        return pd.DataFrame({"condition": one_column})  # a list without a header
    if path.suffix == ".parquet":
        return parquet_frame(path)
    return csv_frame(path)


def _columns(frame: pd.DataFrame, name: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    columns = {str(column): frame[column].to_numpy() for column in frame.columns}
    need_rows(len(frame), names, f"'{name}'" if name != "the table" else "The table", columns)
    order = _order(columns, names)
    return columns if order is None else {column: values[order] for column, values in columns.items()}


def _order(columns: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray | None:
    """The rows in the order of volumes, where a column holds the names of their files."""
    files = [Path(name).name for name in names]
    if len(set(files)) < len(files):
        return None
    for values in columns.values():
        listed = [Path(str(value)).name for value in values]
        if set(listed) == set(files):
            return np.array([listed.index(file) for file in files])
    return None


def _that_of(place: Path | None, tables: Sequence[Path]) -> Path:
    """The one of several tables that is of the same subject, session, task and run as a file."""
    if len(tables) == 1:
        return tables[0]
    own = {} if place is None else entities(place)
    fitting = [table for table in tables if (words := entities(Path(table.name))) and words.items() <= own.items()]
    if len(fitting) != 1:
        raise InputError(
            f"`events` names {len(tables)} tables ({some([table.name for table in tables])}), and {len(fitting)} of "
            f"them are of the subject, session, task and run of '{place}'. Name them as BIDS does, or read the files "
            "one by one."
        )
    return fitting[0]


def _matching(pattern: Path) -> list[Path]:
    tables = sorted(map(Path, glob.glob(str(pattern))))
    if not tables:
        raise InputError(f"No table fits the pattern '{pattern}'. {_tables_near(pattern)}")
    return tables


def _is_table(value: str | Path) -> bool:
    return Path(value).suffix in TABLES or is_file_at(Path(value).expanduser())


def _is_pattern(value: str | Path) -> bool:
    return bool(set(str(value)) & set("*?["))


def _tables_near(value: str | Path) -> str:
    folder = Path(value).expanduser().parent
    near = sorted(path.name for path in folder.glob("*") if path.suffix in TABLES) if folder.is_dir() else []
    return f"Tables there: {some(near)}." if near else f"'{folder}' holds no table (.tsv, .csv, .txt)."


def _raw(path: Path) -> list[Path]:
    """The folder of the raw data that derivatives in `path`'s folder are of: derivatives/PIPELINE/sub-1 is of sub-1."""
    parts = path.resolve().parent.parts
    if "derivatives" not in parts:
        return []
    place = len(parts) - 1 - parts[::-1].index("derivatives")
    return [folder] if (folder := Path(*parts[:place], *parts[place + 2 :])).is_dir() else []
