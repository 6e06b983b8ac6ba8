"""Stimuli or targets by the names of conditions, of a table, a labelled array, a dict or a file; words are one-hot."""

from __future__ import annotations

import csv
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, some
from neurouniv.untrusted.first_line import LONGEST, need_first_line
from neurouniv.untrusted.npy import arrays_of_zip, need_letters
from neurouniv.untrusted.regular import need_regular
from neurouniv.untrusted.room import memory_told

if TYPE_CHECKING:
    import pandas as pd

CONDITION = "condition"
PREFIXES = {"stimuli": "stimulus", "targets": "target"}
"""What columns of a table begin with that hold each, where it holds both."""
DELIMITERS = ",\t;| "
TABLES, ARRAYS, DATASETS = (".csv", ".tsv", ".txt"), (".npz",), (".nc", ".zarr")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
TRUTH = {"true": 1.0, "false": 0.0}
EXAMPLE = "condition,stimulus_size,stimulus_smell,target"


def by_condition(source: Any, names: Sequence[str], what: str) -> np.ndarray:
    """The rows of `source` for conditions called `names`: numbers (condition, column), as they stand.

    Columns of words become one column for each word, 1 where the condition has it. What `source` has of other
    conditions is left out.

    Parameters
    ----------
    source : path of a CSV table with a column `condition` (or whichever holds the names), of an .npz with the arrays
        `condition` and `stimuli` or `targets`, or of a netCDF file of a task; a dict name -> number, word or vector; a
        pandas DataFrame or Series indexed by condition; a DataArray (condition[, ...]) or a task.
    what : "stimuli" or "targets".

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : conditions are missing, come twice, or cells are empty or neither numbers nor words.

    Examples
    --------
    >>> by_condition({"hexanal": [100.2, 6], "limonene": [136.2, 10]}, ["limonene", "hexanal"], "stimuli").tolist()
    [[136.2, 10.0], [100.2, 6.0]]
    >>> by_condition({"a": "go", "b": "stop", "c": "go"}, ["a", "b", "c"], "targets").tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    frame = _chosen(table_of(source, what, names), what)
    frame = _rows(frame, names, what, named(source))
    columns = [numbers_or_words(frame[column].tolist(), names, f"{what}, column '{column}'") for column in frame]
    return np.concatenate(columns, axis=1)


def named(source: Any) -> str:
    """What a source of stimuli or targets is called in messages and in the origin of a task."""
    return Path(source).name if isinstance(source, (str, os.PathLike)) else "a table given"


def numbers_or_words(values: Sequence[Any], names: Sequence[str], what: str) -> np.ndarray:
    """One value of each condition as columns (condition, column): numbers as one, words as one for each word.

    Raises
    ------
    InputError : a value is missing, or some are numbers and some words.

    Examples
    --------
    >>> numbers_or_words(["1.5", "2"], ["a", "b"], "targets").tolist()
    [[1.5], [2.0]]
    """
    texts = [str(value).strip() for value in values]
    absent = [
        name for name, text in zip(names, texts, strict=True) if text.lower() in ("", "nan", "none", "n/a", "<na>")
    ]
    if absent:
        raise InputError(f"Every condition needs its value; {what} has none for {_listed(absent)}.")
    parsed = [_number(text) for text in texts]
    words = [text for text, number in zip(texts, parsed, strict=True) if number is None]
    if not words:
        return np.array(parsed, dtype=float)[:, None]
    if len(words) < len(texts) or any(DECIMAL_COMMA.fullmatch(word) for word in words):
        raise InputError(
            f"{what} needs numbers alone or words alone; got {_listed(list(dict.fromkeys(texts)))}. Numbers have a "
            "decimal point, no comma and no unit."
        )
    kinds = sorted(set(texts))
    return np.array([[float(text == kind) for kind in kinds] for text in texts])


def table_of(source: Any, what: str, names: Sequence[str] = ()) -> pd.DataFrame:
    """`source` as a table indexed by the names of conditions; `names`, those that are looked for, tell their column."""
    import pandas as pd

    if isinstance(source, (str, os.PathLike)):
        return _of_file(Path(source).expanduser(), what, names)
    if isinstance(source, xr.Dataset):
        return _of_arrays(dict(source.variables), what, "the Dataset")
    if isinstance(source, xr.DataArray):
        return _of_arrays({CONDITION: source.coords.get(CONDITION), what: source}, what, "the DataArray")
    if isinstance(source, pd.Series):
        return source.to_frame(what)
    if isinstance(source, pd.DataFrame):
        return source if source.index.dtype.kind not in "iu" else _indexed(source, names, "The table")
    if isinstance(source, Mapping):
        return _of_mapping(source, what)
    raise InputError(
        f"{what} need the names of conditions: a dict name -> value, a pandas DataFrame indexed by condition, a "
        f"labelled DataArray or the path of a table; got {type(source).__name__}. For an array: "
        f"{what}=dict(zip(names, array))."
    )


def read_table(path: Path) -> pd.DataFrame:
    """A table of text, every cell as it stands; what separates its fields is found out."""
    import pandas as pd

    try:
        table = pd.read_csv(
            path, sep=_delimiter(path), dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig"
        )
    except InputError:
        raise
    except (ValueError, UnicodeDecodeError, csv.Error) as error:  # pandas' own errors are ValueErrors
        problem = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{path} cannot be read as a table ({problem}). Save it as CSV in UTF-8, one row per condition: {EXAMPLE}"
        ) from error
    return table.rename(columns=lambda name: str(name).strip())


def _delimiter(path: Path) -> str:
    """What makes the most fields of the first line, whose names have to differ."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        line = file.readline(LONGEST)
    need_first_line(line, path)
    fields = {sep: next(csv.reader([line], delimiter=sep, skipinitialspace=True), []) for sep in DELIMITERS}
    best = max(DELIMITERS, key=lambda sep: len(fields[sep]))
    if twice := [name for name, count in Counter(map(str.strip, fields[best])).items() if count > 1]:
        raise InputError(f"{path} needs every column's name once; {some(twice)} come twice. Rename them.")
    return best


def _of_file(path: Path, what: str, names: Sequence[str]) -> pd.DataFrame:
    need_regular(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path} to take {what} from.")
    suffix = path.suffix.lower()
    if suffix in DATASETS:
        from neurouniv.storage import load

        return _of_arrays(dict(load(path).variables), what, path.name)
    if suffix in ARRAYS:
        return _of_arrays(npz_of(path), what, path.name)
    if suffix in TABLES:
        return _indexed(read_table(path), names, path.name)
    raise InputError(
        f"{what} are read from {', '.join((*TABLES, *ARRAYS, *DATASETS))}; got '{path.name}'. Save a table as CSV, a "
        f"row per condition: {EXAMPLE}"
    )


def npz_of(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file; nothing is unpickled."""
    try:
        with memory_told(path), arrays_of_zip(path) as arrays:
            return {name: need_letters(arrays[name], path) for name in arrays.files}
    except InputError:
        raise
    except (ValueError, OSError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"{path} needs plain arrays, condition, stimuli and targets, as np.savez writes them; got ({error})."
        ) from error


def _indexed(table: pd.DataFrame, names: Sequence[str], called: str) -> pd.DataFrame:
    """`table` indexed by its column of conditions: that of this name, or the one that holds all of `names`."""
    columns = {str(column): [str(value).strip() for value in table[column]] for column in table}
    wanted = {str(name) for name in names}
    holders = [column for column, values in columns.items() if wanted and wanted <= set(values)]
    if CONDITION not in columns and len(holders) != 1:
        those = f", {_listed(list(names))}" if names else ""
        raise InputError(
            f"{called} needs a column `condition` with the names of the conditions{those}; its columns are "
            f"{', '.join(columns)}. Rename the column of the names. A table looks like this: {EXAMPLE}"
        )
    column = CONDITION if CONDITION in columns else holders[0]
    return table.set_axis(list(columns), axis=1).set_index(column)


def _of_arrays(arrays: Mapping[Any, Any], what: str, called: str) -> pd.DataFrame:
    import pandas as pd

    absent = [name for name in (CONDITION, what) if arrays.get(name) is None]
    if absent:
        raise InputError(
            f"{called} needs `{what}` (condition, ...) and `condition`, the names; {absent} is absent, found "
            f"{sorted(map(str, arrays))}."
        )
    values = arrays[what]
    if isinstance(values, (xr.DataArray, xr.Variable)):
        values = values.transpose(CONDITION, ...).values
    names, values = np.ravel(np.asarray(arrays[CONDITION])), np.asarray(values)
    if len(values) != len(names):
        raise InputError(
            f"{called} needs one row of {what} for each of its {len(names)} conditions; got {len(values)}."
        )
    return pd.DataFrame(values.reshape(len(names), -1), index=names)


def _of_mapping(source: Mapping[Any, Any], what: str) -> pd.DataFrame:
    import pandas as pd

    rows = {str(name): np.ravel(np.asarray(value)) for name, value in source.items()}
    sizes = {row.size for row in rows.values()}
    if len(sizes) != 1:
        raise InputError(f"{what} need equally many values for every condition; got {some(sorted(sizes))}.")
    return pd.DataFrame([row.tolist() for row in rows.values()], index=list(rows))


def _chosen(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """The columns of stimuli or of targets in a table that says which is which; of any other table all."""
    columns = {name: [c for c in frame if str(c).startswith(prefix)] for name, prefix in PREFIXES.items()}
    others = [c for name, group in columns.items() if name != what for c in group]
    return frame[columns[what] or [column for column in frame if column not in others]]


def _rows(frame: pd.DataFrame, names: Sequence[str], what: str, called: str) -> pd.DataFrame:
    """The rows of these conditions, in their order; "45.0" is "45"."""
    if not frame.shape[1]:
        raise InputError(f"{called} holds no {what} beside the conditions. A table looks like this: {EXAMPLE}")
    own = [_tidy(name) for name in frame.index]
    twice = sorted({name for name in own if own.count(name) > 1})
    if twice:
        raise InputError(f"{called} has a row for each condition; {_listed(twice)} come more than once.")
    absent = [name for name in names if _tidy(name) not in own]
    if absent:
        raise InputError(
            f"{called} has no {what} for {len(absent)} of {len(names)} conditions: {_listed(absent)}; it has "
            f"{_listed(own)}. Conditions are joined by name: call them alike."
        )
    return frame.iloc[[own.index(_tidy(name)) for name in names]]


def _tidy(name: Any) -> str:
    text = str(name).strip()
    number = _number(text) if text.endswith(".0") else None
    return text if number is None else text[:-2]


def _number(text: str) -> float | None:
    try:
        return TRUTH[text.lower()] if text.lower() in TRUTH else float(text)
    except ValueError:
        return None


def _listed(names: Sequence[Any]) -> str:
    return some([f"'{name}'" for name in names], 6)
