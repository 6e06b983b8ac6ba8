"""The head of a table of text: the line of names, Excel's line of the delimiter, a line of units."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

from neurouniv.schema import InputError, some, warn

if TYPE_CHECKING:
    import pandas as pd

DELIMITER_LINE = re.compile(r"^\"?sep=(.)\"?\s*$", re.IGNORECASE)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def encoding_of(start: bytes) -> str:
    """The encoding of a text by how it begins: UTF-16 as Excel's "Unicode text" has it, else UTF-8."""
    return "utf-16" if start.startswith(UTF_16) else "utf-8-sig"


def told_delimiter(line: str) -> str | None:
    """The delimiter that Excel's own first line tells, None of any other line.

    Examples
    --------
    >>> told_delimiter("sep=;"), told_delimiter("trial;unit")
    (';', None)
    """
    match = DELIMITER_LINE.match(line)
    return match[1] if match else None


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line."""
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]


def need_header(frame: pd.DataFrame, names: list[str], source: str) -> None:
    """Raise `InputError` where the line of names looks like data, or has one twice, which pandas renames silently."""
    _need_names(frame, names, source)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InputError(f"'{source}' needs every column's name once; {twice} come twice. Rename them.")


def _need_names(frame: pd.DataFrame, names: list[str], source: str) -> None:
    numbers = [name for name in names if _is_number(name)]
    whole = [int(name) for name in numbers if re.fullmatch(r"\d+", name)]
    counted = len(whole) == len(names) > 0 and whole == list(range(whole[0], whole[0] + len(whole)))
    if not numbers or counted or len(names) != frame.shape[1]:
        return
    if all(_fits(name, frame[column]) for name, column in zip(names, frame.columns, strict=True)):
        raise InputError(
            f"{source} needs a first line with the names of its columns; it begins with {some(names)}, which looks "
            "like data. Write such a line (trial,unit,rate,condition), or in Python: "
            f'table = pandas.read_csv("{source}", header=None, names=[...]) and read_recording(table)'
        )


def units_under(frame: pd.DataFrame) -> pd.Series | None:
    """The first row where it holds the units of columns of numbers, such as "(Hz)"; None where it is a row as others.

    Examples
    --------
    >>> import pandas as pd
    >>> units_under(pd.DataFrame({"rate": ["(Hz)", "3.5", "2,5"], "stim": ["", "a", "b"]})).tolist()
    ['(Hz)', '']
    """
    if len(frame) < 2 or any(frame[column].dtype.kind in "biu" for column in frame.columns):
        return None
    first, rest = frame.iloc[0], frame.iloc[1:]

    def are_numbers(column: Any) -> bool:
        values = rest[column].dropna()
        return len(values) > 0 and bool(values.map(lambda value: _is_number(str(value).replace(",", "."))).all())

    texts = [column for column in frame.columns if isinstance(first[column], str) and not _is_number(first[column])]
    blank = [column for column in frame.columns if column not in texts and not isinstance(first[column], str)]
    whole = len(texts) + len(blank) == frame.shape[1] and all(first[column] != first[column] for column in blank)
    return first if whole and any(are_numbers(column) for column in texts) else None


def tell_units(first: Any, source: str) -> None:
    units = {str(name): str(value) for name, value in first.items() if isinstance(value, str) and value.strip()}
    shown = ", ".join(f"{name} {value}" for name, value in list(units.items())[:4])
    warn(
        f"Left out of {source}: the line under its names, which holds units ({shown}). `units=` says that of activity."
    )


def _fits(name: str, column: pd.Series) -> bool:
    """Whether a column's name could be one of its values."""
    numeric = column.dtype.kind in "iuf"
    return numeric if _is_number(name) else not numeric and bool((column.astype(str) == name).any())


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except (TypeError, ValueError):
        return False
    return True
