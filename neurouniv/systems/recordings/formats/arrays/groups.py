"""Groups within a file: the arrays below them, and where these stand among its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from neurouniv.schema import InputError

MOST = 100_000
"""Arrays of one file; links of links can stand for billions."""


def nodes(group: Any) -> Iterator[tuple[tuple, Any]]:
    """Every dataset of an HDF5 group and below, by the names that lead to it; of a link that is not followed, why.

    Raises
    ------
    InputError : there are more than any recording has.
    """
    for number, node in enumerate(_nodes(group)):
        if number == MOST:
            raise InputError(
                f"'{group.file.filename}' holds more than {MOST} arrays, or links that stand for so many. Copy what is "
                "to be read into a file of its own."
            )
        yield node


def _nodes(group: Any, under: tuple[str, ...] = (), above: tuple[Any, ...] = ()) -> Iterator[tuple[tuple, Any]]:
    import h5py

    above = (*above, group)
    for key in group:
        parts, link = (*under, key), group.get(key, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            yield (
                parts,
                (
                    f"it is a link to '{link.path}' in another file, '{link.filename}', which no checksum covers. Read "
                    "that file itself, or copy its dataset into this one."
                ),
            )
            continue
        node = group.get(key)
        if node is None:
            yield parts, "it is a link to nothing in this file. Name another field, or mend the link."
        elif isinstance(node, h5py.Dataset):
            yield parts, node
        elif isinstance(node, h5py.Group) and node not in above:  # a link may lead back
            yield from _nodes(node, parts, above)


def arrays_of(group: Any, under: str = "") -> Iterator[tuple[str, Any]]:
    """Every array of a zarr group and below, by its dotted name."""
    for key, array in sorted(group.arrays()):
        yield f"{under}{key}", array
    for key, inner in sorted(group.groups()):
        yield from arrays_of(inner, f"{under}{key}.")


def put(tree: dict[str, Any], parts: Sequence[str], values: Any) -> None:
    """Put the values of an array among the fields, nested under the names of its groups.

    Examples
    --------
    >>> tree = {}
    >>> put(tree, ("day1", "rates"), 3.0)
    >>> tree
    {'day1': {'rates': 3.0}}
    """
    *groups, last = parts
    for group in groups:
        tree = tree.setdefault(group, {})
    tree[last] = values
