"""A program of its own, which looks through HDF5 files so that it comes down in place of whoever reads them.

It reads a line of JSON for each file, {"path": ..., "way": ...}, and answers with a line: {} or {"problem": text}. The
ways are "hdf5", for those who open what they need; "tree", for those who follow every link; "netcdf", by netCDF itself.
A library that spins is ended by the system, after processor time that no sound file needs for one of its parts. The
structure of a file is looked through for a few seconds at most, and its values where they are small.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

SPINNING, LONGEST = 5.0, 3.0
"""Seconds of processor time of one file after which it is ended, and after which it is taken for sound."""
MOST_PARTS = 1_000_000
"""Links of links can stand for more than all that a file holds."""
BLOCK = 1024
VALUES, MEMORY = 2**20, 2**33
"""Bytes of a dataset whose values are read too, and of memory that is taken at most."""


def main() -> None:
    """Answer for each file that stdin names."""
    _limit_memory()
    for line in sys.stdin:
        asked = json.loads(line)
        _end_after(SPINNING)
        answer = {}
        with suppress(Exception):  # what cannot be read is told by the reader of its format, in better words
            answer = look(asked["path"], asked["way"])
        _end_after(0.0)
        print(json.dumps(answer), flush=True)


def look(path: str, way: str) -> dict[str, Any]:
    """Whatever of a file brings its library down, brings down this process; {} where nothing does."""
    import h5py

    ends = time.process_time() + LONGEST
    with h5py.File(path, "r") as file:
        words = Words(ends)
        circle, parts = _look_through(file, way == "tree", words)
    if circle and way != "hdf5":
        return {"problem": f"its '{circle}' holds itself"}
    if parts > MOST_PARTS:
        return {"problem": f"its links make more than {MOST_PARTS} parts of what it holds"}
    if way == "netcdf" and (problem := _of_netcdf(path, ends)):
        return {"problem": problem}
    return {"words": words.size} if words.size > VALUES else {}


def _of_netcdf(path: str, ends: float) -> str:
    """What is wrong with a file for netCDF; "" where nothing is.

    A file that it fails to open stays open, and further ones may then end the process.
    """
    import h5py
    import netCDF4

    try:
        dataset = netCDF4.Dataset(path)
    except (OSError, RuntimeError) as error:
        text = getattr(error, "strerror", None) or str(error)
        return f"netCDF cannot open it ({text})" if "HDF error" in text else ""
    with dataset, h5py.File(path, "r") as file:
        odd = _look_at_variables(dataset, file, ends)
    return f"netCDF and HDF5 tell of different sizes of its '{odd}'" if odd else ""


@dataclass
class Words:
    """Bytes of the text of variable length that a file holds: a short reference may stand for a long one many times."""

    ends: float
    size: float = 0.0

    def add(self, dataset: Any) -> None:
        """Count those of a dataset, as many as there is time for, and take the others to be like them."""
        seen, size, rows = 0, 0, dataset.shape[0] if dataset.shape else 1
        at_once = max(1, BLOCK * rows // max(1, dataset.size))
        while seen < rows and time.process_time() < self.ends:
            block = dataset[seen : seen + at_once] if dataset.shape else dataset[()]
            size += sum(len(entry) for entry in ([block] if isinstance(block, bytes) else block.ravel()))
            seen += at_once
        self.size += size * rows / min(rows, seen) if seen else 0.0


def _look_through(file: Any, by_reference: bool, words: Words) -> tuple[str, int]:
    """Read each object once; the name of one that holds itself, if any, and how many parts all paths lead to.

    by_reference : whether references among the values are followed too, as cells of MATLAB are.
    """
    import h5py

    circle = ""
    parts: dict[Any, int] = {}  # of each object that is done, how many lie below it, each as often as links lead there
    path: list[Any] = []
    waiting: list[tuple[str, Any, Any]] = [("/", file, None)]  # third, where one ends: its key
    below: dict[Any, list[Any]] = {}
    while waiting:
        name, node, end_of = waiting.pop()
        if end_of is not None:
            path.pop()
            parts[end_of] = 1 + sum(parts.get(key, 0) for key in below.pop(end_of))
            continue
        key = h5py.h5o.get_info(node.id).addr
        if key in path:
            circle = circle or name
        if below and path:
            below[path[-1]].append(key)
        if key in parts or key in path:
            continue
        with suppress(Exception):
            _read(node, words)
        path.append(key)
        below[key] = []
        waiting.append((name, node, key))
        if time.process_time() < words.ends:
            waiting += [(f"{name.rstrip('/')}/{inner}", held, None) for inner, held in _inside(node, by_reference)]
    return circle, next(reversed(parts.values()), 0)


def _inside(node: Any, by_reference: bool) -> Iterator[tuple[str, Any]]:
    """What a group holds, and what references lead to."""
    import h5py

    if isinstance(node, h5py.Group):
        for name in node:
            with suppress(Exception):  # a link to nothing
                if not isinstance(node.get(name, getlink=True), h5py.ExternalLink):
                    yield name, node[name]
    elif by_reference and isinstance(node, h5py.Dataset) and h5py.check_ref_dtype(node.dtype) is h5py.Reference:
        for number, reference in enumerate(node[()].ravel()[:MOST_PARTS]):
            with suppress(Exception):
                yield str(number), node.file[reference]


def _read(node: Any, words: Words) -> None:
    import h5py

    for name in node.attrs:
        with suppress(Exception):
            node.attrs[name]
    if not isinstance(node, h5py.Dataset) or node.shape is None:
        return
    if node.chunks is not None:
        node.id.get_num_chunks()
    if h5py.check_string_dtype(node.dtype) and node.dtype.kind == "O":
        words.add(node)
    elif node.size * node.dtype.itemsize <= VALUES:
        node[()]


def _look_at_variables(group: Any, held: Any, ends: float) -> str:
    """Read small values as netCDF does; the name of a variable of which it tells another size than HDF5, if any."""
    group.set_auto_maskandscale(False)
    for name in group.ncattrs():
        with suppress(Exception):
            group.getncattr(name)
    for variable in group.variables.values():
        if time.process_time() > ends:
            return ""
        # netCDF keeps a variable that is called like another's dimension under a name of its own
        dataset = held.get(f"_nc4_non_coord_{variable.name}", held.get(variable.name))
        if not _is_alike(variable, dataset):
            return str(variable.name)
        with suppress(Exception):
            for name in variable.ncattrs():
                variable.getncattr(name)
            if variable.size * getattr(variable.dtype, "itemsize", 16) <= VALUES:
                variable[...]
    for name, inner in group.groups.items():
        if name in held and (odd := _look_at_variables(inner, held[name], ends)):
            return odd
    return ""


def _is_alike(variable: Any, dataset: Any) -> bool:
    """Whether sizes agree, but along dimensions that may have grown with another variable."""
    if not hasattr(dataset, "shape") or dataset.shape is None:
        return True
    if len(variable.shape) != len(dataset.shape):
        return variable.shape == () and dataset.shape == (1,)
    sizes = zip(variable.get_dims(), variable.shape, dataset.shape, strict=True)
    return all(length == size or (dim.isunlimited() and length > size) for dim, length, size in sizes)


def _end_after(seconds: float) -> None:
    """Let the system end this process after so much of its time, in whatever library it is; 0: let it be."""
    with suppress(ImportError, AttributeError):  # Windows has neither: there the asker's clock ends it
        import signal

        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
