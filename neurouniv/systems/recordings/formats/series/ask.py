"""The question that a recording without trials asks: what there is, what is missing, and the call to make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.formats.series.spikes import Spikes
from neurouniv.systems.recordings.formats.series.trials import Trials, table_of, tables_in
from neurouniv.systems.recordings.help.calls import both_ways
from neurouniv.systems.recordings.help.likely import CONDITIONS, ELSEWHERE

ONSET = "ONSET"
TABLE = "A table of trials has one row per trial: a CSV or Parquet file, a DataFrame or a dict of arrays."


def how_to_align(
    recorded: Spikes | Samples,
    source: str,
    folder: Path | None,
    table: Trials | None,
    given: Mapping[str, Any],
    lacks: Sequence[str],
) -> str:
    """What a recording holds, what it `lacks`, and the call that gives it.

    given : the settings that the user gave. table : the trials, where known.
    """
    call: dict[str, Any] = {}
    if table is None:
        beside = likely_table(folder)
        call["trials"] = beside.name if beside else "trials.csv"
        about = f" Beside it lies '{beside.name}' with the columns {beside.listing()}." if beside else f" {TABLE}"
    else:
        beside, about = table, f" Columns of '{table.name}': {table.listing()}."
    call |= _columns(beside, given, lacks)
    call |= {"window": (0, 1)} if "the window around each onset" in lacks else {}
    call |= {"rate": "RATE"} if recorded.lacks else {}
    call = {name: value for name, value in given.items() if value is not None} | call
    out = f" ({recorded.left_out})" if recorded.left_out else ""
    return (
        f"{source} holds {recorded.what()} without trials of its own: {recorded.how}{out}. To cut trials from it, "
        f"neurouniv needs {', '.join(lacks)}.{about} Onsets are in s on the clock of the recording (else: onset_unit). "
        f"The window is (start, stop) in s from the onset. For example: {both_ways(source, **call)}"
    )


def likely_table(folder: Path | None) -> Trials | None:
    """A table beside the recording that may be of its trials: it has a column of onsets and one that repeats."""
    for path in tables_in(folder):
        try:
            table = table_of(path, folder)
        except InputError:
            continue
        if table.onset_column(None) or likely_onset(table) != ONSET:
            return table
    return None


def _columns(table: Trials | None, given: Mapping[str, Any], lacks: Sequence[str]) -> dict[str, str]:
    """The columns to name: the onset where its name does not tell it, and the condition."""
    if table is None:
        named = {"onset": "onset", "condition": "COLUMN"}
        return {name: column for name, column in named.items() if given.get(name) is None}
    onset = given.get("onset") or table.onset_column(None)
    named = {} if onset else {"onset": likely_onset(table)}
    if given.get("condition") is None and "condition" not in table.columns:
        named["condition"] = likely_condition(table, onset or named["onset"])
    return named


def likely_onset(table: Trials) -> str:
    """A column of numbers that increase; `ONSET` where there is none."""
    numbers = {name: column for name, column in table.columns.items() if column.dtype.kind in "fiu"}
    rising = [name for name, c in numbers.items() if c.ndim == 1 and c.size > 1 and (np.diff(c) > 0).all()]
    named = [name for name in rising if any(word in name.lower() for word in ("on", "start", "time"))]
    return (named or rising or [ONSET])[0]


def likely_condition(table: Trials, onset: str | None) -> str:
    """A column whose values repeat, by its name and by how few they are; "COLUMN" where there is none."""
    kinds: dict[str, int] = {}
    for name, column in table.columns.items():
        if column.ndim == 1 and name != onset:
            count = np.unique(tidy_labels(column)).size
            kinds |= {name: count} if 2 <= count <= column.size / 2 else {}

    def rank(name: str) -> tuple[bool, bool, int]:
        low = name.lower()
        return not any(w in low for w in CONDITIONS), any(w in low for w in ELSEWHERE), kinds[name]

    return min(kinds, key=rank, default="COLUMN")
