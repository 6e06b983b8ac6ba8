"""What an HDF5 file is made of: attributes, types, shapes, chunks, links; changed by h5py, so that sums are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

Generator = np.random.Generator


def change_hdf5(path: Path, rng: Generator) -> None:
    """One attribute, dataset or link of a file."""
    import h5py

    with h5py.File(path, "r+") as file:
        nodes: list[Any] = [file]
        file.visititems(lambda _, node: nodes.append(node))
        node = nodes[rng.integers(len(nodes))]
        change = CHANGES[rng.integers(len(CHANGES))]
        change(node, rng)


def _attribute(node: Any, rng: Generator) -> None:
    names = [*node.attrs, "units", "_FillValue", "MATLAB_class", "scale_factor", "missing_value", "calendar"]
    name = names[rng.integers(len(names))]
    if name in node.attrs and not rng.integers(4):
        del node.attrs[name]
        return
    node.attrs[name] = _value(rng)


def _value(rng: Generator) -> Any:
    import h5py

    values = (
        0, -1, 2**62, np.nan, "", "x" * 4000, b"\xff\xfe", "double", "cell", "seconds since 1970-01-01", "days since x",
        np.zeros(0), np.zeros((2, 3)), np.array(["a", "b"], dtype=object), h5py.Empty("f4"), True, 1j, np.float16(1),
        np.bytes_("struct"), np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    )  # fmt: skip
    return values[rng.integers(len(values))]


def _dataset(node: Any, rng: Generator) -> None:
    """Another dataset in place of one, of another type, shape, or of chunks of which few are written."""
    import h5py

    if node.name == "/":
        return
    parent, name = node.parent, node.name.rsplit("/", 1)[1]
    attrs = dict(node.attrs.items()) if rng.integers(2) else {}
    values = np.asarray(node[()]) if isinstance(node, h5py.Dataset) and node.shape is not None else np.zeros(3)
    del parent[name]
    match int(rng.integers(9)):
        case 0:
            parent[name] = _value(rng)
        case 1:
            parent.create_dataset(name, data=np.resize(values, (int(rng.integers(0, 40)), int(rng.integers(1, 4)))))
        case 2:
            shape = tuple(int(2 ** rng.integers(0, 24)) for _ in range(rng.integers(1, 4)))
            made = parent.create_dataset(name, shape, "f8", chunks=True, compression="gzip")
            if rng.integers(2):
                made[(0,) * len(shape)] = 1.0
        case 3:
            parent.create_dataset(name, dtype=h5py.special_dtype(vlen=np.dtype("f8")), shape=(3,))[0] = [1.0, 2.0]
        case 4:
            parent.create_dataset(name, data=parent.ref, dtype=h5py.special_dtype(ref=h5py.Reference))
        case 5:
            parent.create_dataset(name, data=np.zeros(9, "V7"))
        case 6:
            parent[name] = h5py.Empty("f8")
        case 7:
            kinds = ("f4", "i1", "u8", "S5", ">i2", "b1", "c8", "f2", h5py.string_dtype())
            parent.create_dataset(name, values.shape, kinds[rng.integers(len(kinds))])
        case _:
            group = parent.create_group(name)
            for n in range(int(2 ** rng.integers(0, 8))):
                group[f"d{n}"] = n
                group = group.create_group("g") if rng.integers(2) else group
    if name in parent:
        for key, value in attrs.items():
            try:
                parent[name].attrs[key] = value
            except Exception:  # a reference to what is gone
                continue


def _link(node: Any, rng: Generator) -> None:
    import h5py

    parent = node if isinstance(node, h5py.Group) else node.parent
    names = list(parent)
    if not names:
        return
    name = names[rng.integers(len(names))]
    targets = (
        h5py.SoftLink("/"), h5py.SoftLink("/nowhere"), h5py.SoftLink(f"{parent.name}/{name}"), parent, parent.file,
        h5py.ExternalLink("/dev/zero", "/"), h5py.ExternalLink("absent.h5", "/x"),
    )  # fmt: skip
    target = targets[rng.integers(len(targets))]
    if rng.integers(2):
        del parent[name]
    else:
        name = f"{name}_link"
    if name not in parent:
        parent[name] = target


def _gone(node: Any, rng: Generator) -> None:
    if node.name != "/":
        del node.parent[node.name.rsplit("/", 1)[1]]


def _values(node: Any, rng: Generator) -> None:
    import h5py

    if isinstance(node, h5py.Dataset) and node.size:
        kind = node.dtype.kind
        odd = np.array([np.nan, np.inf, -1, 0, 1e300, 2**31, 2**53])
        if kind == "f":
            node[...] = odd[rng.integers(len(odd))]
        elif kind in "iu":
            high = np.iinfo(node.dtype)
            node[...] = np.array((0, 1, high.max, high.min))[rng.integers(4)].astype(node.dtype)
        elif kind in "SO":
            node[...] = (b"", b"\xff\xfe", b"x" * 5000, b"1e400", b"2024-99-99")[rng.integers(5)]


CHANGES = (_attribute, _attribute, _dataset, _dataset, _link, _gone, _values)
