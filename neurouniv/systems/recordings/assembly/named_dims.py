"""Names of dimensions: on which one a field lies, and what that says of the axes of activity and of their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.assembly.axes import CHANNEL, LATENCY, ROLES, TRIAL
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.assembly.mapped import ALIASES, Mapped

MADE_UP = re.compile(r"(phony_)?dim_\d+")
"""Names that libraries give to dimensions without one: by their place or length, which tells nothing."""


def names_told(dims: Any) -> tuple[str, ...]:
    """The names of dimensions; "" for one that only a library named.

    Examples
    --------
    >>> names_told(("trial", "dim_1", "phony_dim_4"))
    ('trial', '', '')
    """
    return tuple("" if MADE_UP.fullmatch(str(dim)) else str(dim) for dim in dims)


def field_of(mapped: Mapped, word: str) -> str | None:
    """The name of the field that `word` stands for; None where its values are given, by the user or by the reader."""
    value = mapped.mapping.get(word)
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, str) and v in mapped.fields for v in value):
        return str(value[0])  # several fields that make one label together
    if value is not None or word in mapped.fields.given:
        return value if isinstance(value, str) else None
    return next((alias for alias in ALIASES.get(word, (word,)) if alias in mapped.fields), None)


def dims_of(mapped: Mapped, word: str) -> tuple[str, ...]:
    """The names of the dimensions of what `word` stands for, "" for one without; () where none has."""
    field = field_of(mapped, word)
    if field is not None:
        return mapped.fields.dims_of(field)
    return names_told(getattr(mapped.mapping.get(word), "dims", ()))


def known_axes(mapped: Mapped, names: tuple[str, ...], shape: tuple[int, ...], rows: int) -> dict[int, str]:
    """The role of those axes of activity that names tell: the trials' dimension is the one on which the condition lies,
    the latencies' the one on which the latency lies; else those that are called so."""
    known: dict[int, str] = {}
    for role, word in ((TRIAL, "condition"), (LATENCY, "latency")):
        dims = [dim for dim in dims_of(mapped, word) if dim]
        axis = next((names.index(dim) for dim in dims if dim in names), None)
        if axis is None and role in names:
            axis = names.index(role)
        if axis is not None and axis not in known and (role != TRIAL or shape[axis] == rows):
            known[axis] = role
    if CHANNEL in names and names.index(CHANNEL) not in known:
        known[names.index(CHANNEL)] = CHANNEL
    return known


def tell_other_dimension(mapped: Mapped, names: tuple[str, ...], roles: tuple[str, ...]) -> None:
    """Warn where the condition lies on a dimension that activity has not, and lengths alone made the two one."""
    own = [dim for dim in dims_of(mapped, "condition") if dim]
    dim = names[roles.index(TRIAL)] if names else ""
    if own and dim and not set(own) & set(names):
        said = ",".join(roles)
        warn(
            f"In {mapped.fields.source} the condition lies on the dimension '{own[0]}', which the activity "
            f"({', '.join(names)}) lacks; '{dim}', of the same length, is taken for the trials. If it is not, name "
            f'other fields; dims="{said}" says that it is, without this warning.'
        )


def need_on(mapped: Mapped, word: str, dim: str, what: str) -> bool:
    """Whether what `word` stands for lies on the dimension `dim`, or may, having no names.

    Raises
    ------
    InputError : the user named a field that lies on another.
    """
    dims = [name for name in dims_of(mapped, word) if name]
    if not dim or not dims or dim in dims:
        return True
    if word in mapped.mapping:
        raise InputError(
            f"`{word}` needs a field that lies on '{dim}', the dimension of the {what}; '{field_of(mapped, word)}' in "
            f"{mapped.fields.source} lies on {', '.join(map(repr, dims))}. Name another field."
        )
    return False


def labels_of_channels(fields: Fields, dim: str) -> Mapping[str, np.ndarray]:
    """The fields that lie on the dimension of channels and nothing else, as labels of theirs: region, depth, ..."""
    role_names = ("condition", "subject", "session", "run", "repeat", "recorded", "activity", *ROLES)
    own = [name for name, dims in fields.dims.items() if dims == (dim,) and name not in role_names] if dim else []
    return {name: fields[name] for name in own if _is_plain(fields[name])}


def _is_plain(labels: np.ndarray) -> bool:
    """Whether labels are numbers or text; the places in a MultiIndex are not."""
    return labels.dtype.kind in "biufUST" or all(isinstance(label, str) for label in labels.tolist())
