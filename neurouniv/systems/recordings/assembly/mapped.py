"""Fields of a file under the words of a recording: as the user mapped them, or as the reader or the file has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields, as_array

ALIASES = {"run": ("run", "repeat")}


@dataclass(frozen=True)
class Mapped:
    """The `fields` of a file, and the `mapping` that the user gave: a word to the name of a field (text), or to the
    values themselves.

    Examples
    --------
    >>> fields = Fields({"stimulus": np.array(["a", "b"]), "repeat": np.array([1, 2])}, "x.mat", "Its fields", given={})
    >>> mapped = Mapped(fields, {"condition": "stimulus"})
    >>> mapped.column("condition").tolist(), mapped.column("run").tolist(), mapped.column("session")
    (['a', 'b'], [1, 2], None)
    """

    fields: Fields
    mapping: Mapping[str, Any]

    def value(self, name: str) -> Any:
        """The field mapped to `name`, else the reader's or the file's own of that name, else None."""
        value = self.mapping.get(name)
        if isinstance(value, str):
            return self.fields[value]
        if value is not None:
            return as_array(value)
        if name in self.fields.given:
            return self.fields.given[name]
        activity = self.mapping.get("activity")  # a field taken as activity is no number of trials
        names = [alias for alias in ALIASES.get(name, (name,)) if not (isinstance(activity, str) and alias == activity)]
        return next((self.fields[alias] for alias in names if alias in self.fields), None)

    def column(self, name: str, rows: int | None = None) -> np.ndarray | None:
        """One value per row; a single value for `subject`, `session` or `run` holds for all rows."""
        value = self.value(name)
        if value is None or (name == "subject" and name not in self.mapping and np.size(value) == 1):
            return None  # the one subject of a recording is an attribute of it
        if np.size(value) == 1 and rows is not None and name != "trial":
            value = np.full(rows, np.ravel(value)[0])
        column = np.squeeze(value) if np.size(value) > 1 else np.ravel(value)
        if column.ndim != 1:
            raise InputError(
                f"`{name}` needs one value per trial; got shape {np.shape(value)} from {self.fields.source}. One "
                f'column of a table: {name}="FIELD[:,0]", counted from 0.'
            )
        if rows is not None and column.size != rows:
            raise InputError(
                f"`{name}` has {column.size} values for {rows} conditions in {self.fields.source}; both need one value "
                "per trial or row."
            )
        return column.astype(np.int64) if column.dtype.kind in "iu" else column  # small unsigned types wrap around
