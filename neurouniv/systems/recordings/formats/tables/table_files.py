"""Tables: CSV and TSV text, Parquet files and pandas DataFrames, long (a row per trial and unit) or wide."""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.tables.columns import WORDS, columns_of
from neurouniv.systems.recordings.formats.tables.csv_header import (
    UTF_16,
    cells_of,
    encoding_of,
    need_header,
    tell_units,
    told_delimiter,
    units_under,
)
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly
from neurouniv.untrusted.first_line import LONGEST, need_first_line
from neurouniv.untrusted.packed import need_room_unpacked
from neurouniv.untrusted.room import need_memory

if TYPE_CHECKING:
    import pandas as pd

SETTINGS = (*WORDS, "missing", "decimal")
PARQUET, GZIP, PICKLE = b"PAR1", b"\x1f\x8b", b"\x80"
NOTE = "#"
SAMPLED = 20  # lines from which the delimiter is found
DELIMITERS = ",\t;|"
TIMES = 4  # bytes of a table in memory for one of its text, about


def is_frame(obj: Any) -> bool:
    """Whether `obj` is a pandas DataFrame, without importing pandas."""
    return any(kind.__name__ == "DataFrame" and kind.__module__.split(".")[0] == "pandas" for kind in type(obj).__mro__)


def is_text_table(path: Path, start: bytes) -> bool:
    """Whether a file is a table of text: its first two lines have as many fields, or it is called .csv or .tsv.

    start : its first bytes, unpacked where it is gzipped.
    """
    if start.startswith(PICKLE):
        return False
    if {".csv", ".tsv"} & set(path.suffixes):
        return True
    if b"\x00" in start and not start.startswith(UTF_16):
        return False
    with _text(path, errors="replace") as file:
        lines = [line for line, _ in zip(_rows(file), range(2), strict=False)]
    return len(lines) == 2 and delimiter_of(lines) is not None


def delimiter_of(lines: list[str]) -> str | None:
    """The delimiter that gives all `lines` as many fields, two or more; of several, that of the most fields; or None.

    Examples
    --------
    >>> delimiter_of(["trial;unit;rate", "1;a;3,5", "1;b;2,0"]), delimiter_of(["Some text, and more", "text"])
    (';', None)
    """
    counts = {}
    for delimiter in DELIMITERS:
        widths = {len(row) for row in csv.reader(lines, delimiter=delimiter)}
        if len(widths) == 1 and (count := widths.pop()) > 1:
            counts[delimiter] = count
    return max(counts, key=counts.__getitem__, default=None)


def read_csv(path: Path, source: str, **settings: Any) -> Fields:
    """Text with one header line, its fields separated by commas, tabs, semicolons or bars, which is found out.

    The whole table is held in memory, as pandas reads it. `settings` as for `from_frame`, and `decimal`, the sign
    before the decimals, default ".".

    Raises
    ------
    InputError : the file cannot be read as such text, or see `from_frame`.
    """
    return from_frame(csv_frame(path, settings.pop("decimal", ".")), source, **settings)


def csv_frame(path: Path, decimal: str = ".") -> pd.DataFrame:
    """The table of text as a data frame, its rows and columns as they stand."""
    import pandas as pd

    if decimal not in (".", ","):
        raise InputError(f'`decimal` is "." or ","; got {decimal!r}.')
    with told_plainly(path, "a CSV table"):
        notes, delimiter, header = _layout(path)
    settings: dict[str, Any] = {"sep": delimiter, "decimal": decimal, "skipinitialspace": True}
    if int(pd.__version__.split(".")[0]) < 3:
        settings["float_precision"] = "round_trip"  # the default since
    with told_plainly(path, "a CSV table"):
        with _text(path) as file:
            frame = pd.read_csv(file, skiprows=notes, **settings)
        units = units_under(frame)
        if units is not None:
            with _text(path) as file:
                frame = pd.read_csv(file, skiprows=[*range(notes), notes + 1], **settings)
            tell_units(units, f"'{path}'")
        names = cells_of(header, delimiter)
    need_header(frame, names, str(path))
    return frame


def _layout(path: Path) -> tuple[int, str, str]:
    """The number of lines before the header (notes, Excel's "sep=;"), the delimiter of the fields, and the header."""
    try:
        with _text(path) as file:
            lines = [file.readline(LONGEST) for _ in range(SAMPLED)]
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' needs to be text in UTF-8; it is not ({error}). Save it as UTF-8.") from error
    need_first_line(lines[0], path)
    start = [line for line in lines if line.endswith("\n")]
    rows = list(_rows(start))
    delimiter = told_delimiter(rows[0]) if rows else None
    rows = rows[1:] if delimiter else rows
    header = rows[0] if rows else ""
    notes = next((number for number, line in enumerate(start) if line == header), 0)
    return notes, delimiter or delimiter_of(rows) or max(DELIMITERS, key=header.count), header


def _rows(lines: Iterable[str]) -> Iterator[str]:
    """The lines that are neither empty nor notes before the header."""
    rows = (line for line in lines if line.strip())
    return itertools.dropwhile(lambda line: line.startswith(NOTE), rows)


def read_parquet(path: Path, source: str, **settings: Any) -> Fields:
    """A Parquet file with one table, held in memory whole. `settings` as for `from_frame`."""
    return from_frame(parquet_frame(path), source, **settings)


def parquet_frame(path: Path) -> pd.DataFrame:
    """The Parquet table as a data frame, its rows and columns as they stand."""
    import_extra("pyarrow", "A Parquet table")
    import pandas as pd

    with told_plainly(path, "a Parquet table"):
        held = import_extra("pyarrow.parquet", "A Parquet table").ParquetFile(path).metadata
        need_memory(8.0 * held.num_rows * held.num_columns, f"To hold its columns, '{path}'")
        return pd.read_parquet(path, engine="pyarrow")


def columns_as_fields(path: Path, kind: str, source: str, decimal: str = ".") -> Fields:
    """The columns of a CSV ("csv") or Parquet file, one value for each row, whatever they mean."""
    frame = _with_one_header(csv_frame(path, decimal) if kind == "csv" else parquet_frame(path), source)
    return Fields({str(name): frame[name].to_numpy() for name in frame.columns}, source, "Its columns", given={})


def from_frame(frame: pd.DataFrame, source: str, **settings: Any) -> Fields:
    """The fields of a table: activity (trial, channel[, latency]), and every column with one value per trial.

    A long table has one row per trial and unit, or per trial, unit and time. A wide one has one row per trial (or
    trial and time) and a column for every unit: give `activity` as the list of these columns, as a pattern
    ("unit_*") or as what their names begin with. A unit without a value in one trial of a session is missing there;
    one without a value in a whole session was not recorded in it, as the field `recorded` (trial, channel) says.

    Parameters
    ----------
    trial, channel, activity, latency, condition, session, run, subject : the names of the columns; default: those
        with such a name, or a usual one ("unit" or "neuron" for the channel, "rate" for the activity).
    missing : if given, trials may lack latencies.

    Raises
    ------
    InputError : columns cannot be told, rows come twice, a trial has two conditions, rates are no numbers, trials
        have different latencies.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"trial": [1, 1, 2, 2], "unit": ["u", "v"] * 2, "rate": [3.0, 1.0, 4.0, 2.0],
    ...                       "stimulus": ["face", "face", "car", "car"]})
    >>> fields = from_frame(table, "the table")
    >>> fields["rate"].tolist(), fields["unit"].tolist(), fields["stimulus"].tolist()
    ([[3.0, 1.0], [4.0, 2.0]], ['u', 'v'], ['face', 'car'])
    """
    from neurouniv.systems.recordings.assembly import pivot

    frame = _with_one_header(frame, source)
    settings.pop("decimal", None)
    whole = settings.pop("missing", None) in (None, "raise", "not_recorded")
    columns = columns_of(frame, settings, source)
    is_wide = isinstance(columns["activity"], list)
    pivoted = (pivot.wide if is_wide else pivot.long)(frame, columns, source, whole)
    return _fields(pivoted, columns, settings, source)


def _fields(pivoted: Any, columns: dict[str, Any], settings: dict[str, Any], source: str) -> Fields:
    tree: dict[str, Any] = pivoted.channels | pivoted.trials
    given = {"activity": pivoted.activity, "channel": pivoted.channel}
    if pivoted.recorded is not None:
        given["recorded"] = pivoted.recorded
    if pivoted.latency is not None:
        given["latency"] = pivoted.latency
    given |= {
        role: pivoted.trials[str(column)]
        for role, column in columns.items()
        if role not in given and role not in ("activity", "latency") and str(column) in pivoted.trials
    }
    activity = settings.get("activity")
    names = {"activity": activity if isinstance(activity, str) else columns["activity"]} | {
        role: columns[role] for role in ("channel", "latency") if role in columns and role in given
    }
    tree |= {str(name): given[role] for role, name in names.items() if not isinstance(name, list)}
    return Fields(tree, source, "Its columns", given, channel_coords=pivoted.channels)


def _with_one_header(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """`frame` with its named index as columns, its names once each, and with rows."""
    if frame.columns.nlevels > 1:
        raise InputError(
            f"{source} needs one name per column; it has {frame.columns.nlevels} levels of them. Join them."
        )
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        raise InputError(f"{source} needs every column's name once; {list(map(str, twice))} come twice. Rename them.")
    if not len(frame):
        raise InputError(f"{source} is a table without rows; its columns are {list(map(str, frame.columns))}.")
    return frame


@contextmanager
def _text(path: Path, errors: str = "strict") -> Iterator[IO[str]]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    if packed:
        need_room_unpacked(path, TIMES)
    opener = gzip.open if packed else open
    with opener(path, "rb") as binary:
        encoding = encoding_of(binary.read(2))
    with opener(path, "rt", encoding=encoding, errors=errors, newline="") as text:
        yield text
