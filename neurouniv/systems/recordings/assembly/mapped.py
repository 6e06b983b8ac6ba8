"""Fields of a file under the words of a recording: as the user mapped them, or as the reader or the file has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.checks.check import tidy_labels

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
        if name == "condition" and (fields := self._several(value)):
            return self._joined(fields)
        if value is not None:
            return as_array(value)
        if name in self.fields.given:
            return self.fields.given[name]
        activity = self.mapping.get("activity")  # a field taken as activity is no number of trials
        names = [alias for alias in ALIASES.get(name, (name,)) if not (isinstance(activity, str) and alias == activity)]
        return next((self.fields[alias] for alias in names if alias in self.fields), None)

    def _several(self, value: Any) -> list[str]:
        """The names of fields that a list is; none where it is one value per row.

        Raises
        ------
        InputError : it is neither.
        """
        if not isinstance(value, (list, tuple)) or not value or not all(isinstance(word, str) for word in value):
            return []
        there = [word for word in value if _is_field(self.fields, word)]
        if len(there) == len(value):
            rows = {np.size(self.fields[word]) for word in value}
            return [] if rows == {len(value)} else list(value)
        if len(value) not in {side for array in self.fields.leaves().values() for side in array.shape}:
            other = next(word for word in value if word not in there)
            raise InputError(
                f"`condition` of {len(value)} words needs fields of {self.fields.source}, or one value per row; "
                f"'{other}' is no field. {self.fields.kind}: {self.fields.listing()}."
            )
        return []

    def _joined(self, names: list[str]) -> np.ndarray:
        """The labels of several fields as one, "hexanal/1"; "" where one of them is missing."""
        columns = [tidy_labels(self.fields[name]) for name in names]
        sizes = {name: column.size for name, column in zip(names, columns, strict=True)}
        if len(set(sizes.values())) > 1:
            raise InputError(f"`condition` of several fields needs one value per row of each; they have {sizes}.")
        codes = np.stack([np.unique(column, return_inverse=True)[1] for column in columns])
        labels = np.array(["/".join(parts) if all(parts) else "" for parts in zip(*columns, strict=True)], dtype=str)
        complete = labels != ""
        if np.unique(codes[:, complete], axis=1).shape[1] > np.unique(labels[complete]).size:
            raise InputError(
                f"`condition` of {' and '.join(names)} joins their labels by '/', and two different conditions would "
                "be called the same. Leave the '/' out of the labels."
            )
        return labels

    def column(self, name: str, rows: int | None = None) -> np.ndarray | None:
        """One value per row; a single value for `subject`, `session` or `run` holds for all rows."""
        value = self.value(name)
        if value is None or (name == "subject" and name not in self.mapping and np.size(value) == 1):
            return None  # the one subject of a recording is an attribute of it
        if np.size(value) == 1 and rows is not None and name != "trial":
            value = np.full(rows, np.ravel(value)[0])
        by_name = name not in self.mapping and name not in self.fields.given
        if rows is not None and by_name and name != "trial" and _is_one(value, rows):
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
                f"per trial or row.{f' Its own field has that name; name another: {name}=FIELD.' if by_name else ''}"
            )
        return column.astype(np.int64) if column.dtype.kind in "iu" else column  # small unsigned types wrap around


def _is_one(value: Any, rows: int) -> bool:
    """Whether a field of another length than the rows holds the same value throughout, such as session = [1, 1]."""
    array = as_array(value)
    return array.size not in (0, rows) and array.dtype.kind in "iufUS" and bool((array == array.ravel()[0]).all())


def _is_field(fields: Fields, name: str) -> bool:
    """Whether a name is that of a field, nested ones included."""
    try:
        fields[name]
    except InputError:
        return False
    return True
