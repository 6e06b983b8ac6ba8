"""The table of trials: where it is, its columns, and which of them holds the onsets."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.formats.arrays.numpy_files import plain_array, read_npz
from neurouniv.systems.recordings.formats.matlab import mat_files
from neurouniv.systems.recordings.formats.tables import table_files
from neurouniv.untrusted.regular import is_file_at

ONSETS = (
    "onset", "onsets", "stim_onset", "stimulus_onset", "stimOn_times", "stimOn_time", "onset_time", "start",
    "start_time", "trial_start", "time",
)  # fmt: skip
SUFFIXES = (".csv", ".tsv", ".parquet", ".pqt")
UNITS = {"s": 1.0, "ms": 1e-3}
COUNTED = ("frame", "sample")
MANY = 10  # onsets; as many at whole seconds may be numbers of frames


@dataclass(frozen=True)
class Trials:
    """The columns of a table of trials, the name of the table, and its SHA-256 where it is a file."""

    columns: Mapping[str, np.ndarray]
    name: str
    sha256: str | None = None

    def onset_column(self, onset: Any) -> str | None:
        """The column that holds the onsets: as named, else one with a usual name; None where none or several have one.

        Examples
        --------
        >>> Trials({"Onset": np.zeros(2), "stim": np.zeros(2)}, "trials.csv").onset_column(None)
        'Onset'
        """
        if onset is not None:
            if not isinstance(onset, str) or onset not in self.columns:
                raise InputError(
                    f"`onset` names the column of '{self.name}' that says when trials begin; got {onset!r}. Its "
                    f"columns: {', '.join(self.columns)}."
                )
            return onset
        usual = [name for name in self.columns if name.lower() in {word.lower() for word in ONSETS}]
        first = [name for name in usual if name.lower() == ONSETS[0]]
        return first[0] if first else usual[0] if len(usual) == 1 else None

    def listing(self, most: int = 30) -> str:
        """The names of the columns, for a message."""
        names = list(self.columns)
        return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def table_of(trials: Any, folder: Path | None, own: Mapping[str, Any] | None = None) -> Trials:
    """The table of trials that the setting `trials` means.

    Parameters
    ----------
    trials : path of a CSV, TSV, Parquet, .mat or .npz file, also relative to the recording's folder, or its name there
        without ending; the name of a table among the recording's `own` fields; a DataFrame; a dict of arrays.

    Raises
    ------
    FileNotFoundError, InputError : there is no such table, several files may be meant, or columns differ in length.
    """
    if isinstance(trials, (str, Path)):
        if own is not None and str(trials) in own:
            return Trials(_columns(own[str(trials)], str(trials)), str(trials))
        path = _path_of(trials, folder)
        return Trials(_columns(_read(path), path.name), path.name, hashlib.sha256(path.read_bytes()).hexdigest())
    return Trials(_columns(trials, "trials"), "trials")


def tables_in(folder: Path | None) -> list[Path]:
    """Tables that lie beside a recording and may be of trials, the likeliest first."""
    if folder is None or not folder.is_dir():
        return []
    tables = sorted(
        path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith("cluster")
    )
    return sorted(tables, key=lambda path: not any(word in path.name.lower() for word in ("trial", "event", "stim")))


def onsets_in_seconds(
    table: Trials, column: str, unit: Any, moments: Callable[[np.ndarray], Any], span: tuple[float, float]
) -> np.ndarray:
    """The onsets in s; NaN where the table has none.

    moments : numbers of frames to times in s. span : from when to when the recording goes, in s.

    Raises
    ------
    InputError : they are no numbers; they look like frame numbers or milliseconds and `unit` does not say what they
        are; the unit is not known.
    """
    try:
        onsets = np.asarray(table.columns[column], dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Onsets need to be numbers (seconds on the clock of the recording); column '{column}' of '{table.name}' "
            f"holds '{table.columns[column].ravel()[0]}'."
        ) from error
    if onsets.ndim != 1:
        raise InputError(f"Onsets need one number per trial; '{column}' of '{table.name}' has shape {onsets.shape}.")
    if unit is None:
        _need_seconds(onsets, column, table.name, span)
    if unit in COUNTED:
        if (np.mod(onsets[np.isfinite(onsets)], 1) != 0).any():
            raise InputError(
                f"Numbers of frames or samples need to be whole; '{column}' of '{table.name}' holds "
                f"{onsets[np.mod(onsets, 1) > 0][0]:g}. Are they seconds: leave out `onset_unit`."
            )
        times = moments(onsets)
        if times is None:
            raise InputError(f'`onset_unit="{unit}"` needs the number of samples per second: give `rate`.')
        return times
    if unit is not None and unit not in UNITS:
        raise InputError(f"`onset_unit` is one of {(*UNITS, *COUNTED)}; got {unit!r}.")
    return onsets * UNITS[unit or "s"]


def without_onset(columns: Mapping[str, np.ndarray], onsets: np.ndarray, name: str) -> np.ndarray:
    """Which rows have an onset; the others are told, and are no trials."""
    there = np.isfinite(onsets)
    if not there.any():
        raise InputError(f"No row of '{name}' has an onset. Choose another column: {', '.join(columns)}.")
    if not there.all():
        lost = np.flatnonzero(~there)
        warn(f"{lost.size} of {there.size} rows of '{name}' have no onset and are left out (rows {some(lost)}).")
    return there


def _need_seconds(onsets: np.ndarray, column: str, name: str, span: tuple[float, float]) -> None:
    known = onsets[np.isfinite(onsets)]
    whole = known.size > 0 and bool((known == np.round(known)).all())
    if whole and known.max() > span[1]:
        raise InputError(
            f"The onsets ('{column}' of '{name}') are whole numbers up to {known.max():g}, and the recording ends at "
            f'{span[1]:.6g} s. Are they frame (or sample) numbers: onset_unit="frame"; or milliseconds: '
            'onset_unit="ms"? Frames are counted from 0. If they are seconds: onset_unit="s".'
        )
    if whole and known.size >= MANY:
        warn(
            f"The onsets ('{column}' of '{name}') are whole numbers and are taken as seconds. If they are numbers of "
            'frames or samples, give onset_unit="frame"; if they are seconds, onset_unit="s" says so.'
        )


def _path_of(trials: str | Path, folder: Path | None) -> Path:
    path = Path(trials).expanduser()
    places = [path] if folder is None else [path, folder / path]
    places += [place.with_name(place.name + suffix) for place in places if place.name for suffix in SUFFIXES]
    files = [place for place in places if is_file_at(place)]
    first = files[0] if files else None
    other = next((file for file in files if first is not None and not file.samefile(first)), None)
    if other is not None:
        raise InputError(f"Which table of trials: '{first}' or '{other}'? Give a whole path.")
    if first is None:
        near = ", ".join(f"'{table.name}'" for table in tables_in(folder)) or "none"
        raise FileNotFoundError(f"There is no table of trials '{trials}'. Tables beside the recording: {near}.")
    return first


def _read(path: Path) -> Any:
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith(table_files.PARQUET):
        return table_files.parquet_frame(path)
    if start.startswith(b"\x93NUMPY"):
        return plain_array(path)
    if start.startswith(b"PK\x03\x04"):
        return _same_length(read_npz(path, str(path)).tree)
    if mat_files.is_mat(start):
        return _same_length(mat_files.read_mat(path, str(path)).tree)
    if not start.strip():
        raise InputError(f"The table of trials '{path}' is empty.")
    return table_files.csv_frame(path)


def _same_length(tree: Mapping[str, Any]) -> Any:
    """The one struct of a file, else its variables of the length that most have."""
    if len(tree) == 1 and isinstance(only := next(iter(tree.values())), (Mapping, list)):
        return only
    lengths = {name: np.size(value) for name, value in tree.items() if not isinstance(value, Mapping)}
    common = Counter(length for length in lengths.values() if length > 1).most_common(1)
    return {name: tree[name] for name, length in lengths.items() if common and length == common[0][0]}


def _columns(table: Any, name: str) -> dict[str, np.ndarray]:
    if hasattr(table, "as_dataframe"):  # an interval set of pynapple
        table = table.as_dataframe()
    if isinstance(table, (list, tuple)) and table and all(isinstance(row, Mapping) for row in table):
        table = {key: [row.get(key) for row in table] for key in table[0]}
    if isinstance(table, np.ndarray) and table.dtype.names:
        table = {key: table[key] for key in table.dtype.names}
    if table_files.is_frame(table):
        if any(label is not None for label in table.index.names):
            table = table.reset_index()
        table = {str(key): table[key].to_numpy() for key in table.columns}
    if not isinstance(table, Mapping):
        raise InputError(
            "`trials` is a table with one row per trial: a CSV or Parquet file, a DataFrame or a dict of arrays; got "
            f"{type(table).__name__}."
        )
    columns = {str(key): _column(value) for key, value in table.items()}
    lengths = {key: len(value) for key, value in columns.items()}
    if not lengths or not max(lengths.values()):
        raise InputError(f"The table of trials '{name}' has no rows.")
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{key} {length}" for key, length in lengths.items())
        raise InputError(f"A table of trials needs one value per trial in every column; '{name}' has {listed}.")
    return columns


def _column(value: Any) -> np.ndarray:
    """A column with the trials first; MATLAB's rows (1, n) and columns (n, 1) are lists."""
    try:
        array = np.atleast_1d(np.asarray(value))
    except ValueError:
        array = np.empty(len(value), dtype=object)
        array[:] = list(value)
    return array.ravel() if array.ndim == 2 and 1 in array.shape else array
