"""A study read back as one tree over all its systems."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import xarray as xr

from neurouniv.names import public
from neurouniv.statement import sealed
from neurouniv.studies.reading.held import PARTS
from neurouniv.studies.reading.movies import stacked
from neurouniv.studies.reading.parts import stacked_part
from neurouniv.studies.reading.results import Result, results_in
from neurouniv.studies.reading.systems import apart, systems_table


@public
def open_study(path: str | os.PathLike[str]) -> xr.DataTree:
    """All systems of a study as one tree, whatever of it is computed by now; movies stay in their files until needed.

    It is a tree, and no Dataset, because systems differ in what they have in common: all have a row in one table,
    but movies only stand in one array where times and pairs of conditions are the same.

    Parameters
    ----------
    path : the folder of `neurouniv study run`. It may still be at work, here or elsewhere; what is opened is what was
        there then.

    Returns
    -------
    DataTree:
        `systems`: a row for every network (of one seed and layer), brain, or subject of a recording (system). Labels:
        `name`, `kind`, the settings in which systems differ (rule, width, world, task, ...), `seed`, `layer` or other
        dimensions of its movie, `cell`, `group` (see `neurouniv.verdicts`), `time_unit`, `state` ("done", "failed",
        "claimed", "waiting", "damaged"), `reason`, why there are no numbers, and `warnings`. A label that a system has
        not is NaN or empty. Variables: `constants` (system, law, constant) with `constants_interval` (..., bound), per
        unit of the system's own time; `r2` (system, law, variable), in sample; `loss`, `converged`, `identified` (1 or
        0) and `message` (system, law). All are NaN, or empty, for a system without result, and where a law has no such
        constant.
        `trajectories/NAME`: `h`, and `y`, `w`, `h_var` where known (system, time, pair), as dask arrays, of the systems
        of that name that have results; where these differ in times or pairs, `trajectories/NAME/1`, `/2`, ....
        `compare/NAME` and `rsa/NAME`, where the study asked for them: what `neurouniv.compare` and `neurouniv.rsa` gave
        (cell, ...), in their own dimensions, as dask arrays. A cell is one system with some of its seeds, whose errors
        were estimated together.
        Attributes of the tree: `study`, its name; `folder`; `text`, how it stands.

    Raises
    ------
    InputError : this is no folder of a study.

    Examples
    --------
    >>> import tempfile
    >>> import neurouniv as nu
    >>> spec = {"task": "xor", "seeds": 2, "laws": ["static"], "systems": {
    ...     "networks": [{"name": "mlp", "width": [10, 20], "epochs": 20, "record": 3}]}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = nu.run_study(spec, folder, workers=0)
    ...     study = open_study(folder)
    ...     print(study["systems"]["width"].values, dict(study["trajectories/mlp"]["h"].sizes))
    [10 10 20 20] {'system': 4, 'time': 3, 'pair': 6}
    """
    results = results_in(path)
    with_data = [result for result in results.each if result.held is not None]
    tree: dict[str, Any] = {"systems": systems_table(results.each)}
    tree |= _rooms("trajectories", with_data, stacked)
    for room in PARTS:
        having = [result for result in with_data if result.held is not None and room in result.held.parts]
        tree |= _rooms(room, having, partial(stacked_part, name=room))
    study = xr.DataTree.from_dict(tree, name="study")
    study.attrs = {"study": results.study, "folder": str(results.folder), "text": results.text}
    return sealed(study)


def stacks(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Cells of one name and layout together, by the name of their node."""
    groups: dict[tuple[str, Any], list[Result]] = {}
    for result in results:
        if result.held is not None:
            groups.setdefault((result.cell.system, result.held.layout), []).append(result)
    names = list(dict.fromkeys(name for name, _ in groups))
    nodes = dict(zip(names, apart([name.replace("/", "_") for name in names]).tolist(), strict=True))
    together: dict[str, list[Result]] = {}
    for name in names:
        of_name = [cells for (other, _), cells in groups.items() if other == name]
        for n, cells in enumerate(of_name, start=1):
            together[nodes[name] if len(of_name) == 1 else f"{nodes[name]}/{n}"] = cells
    return together


def _rooms(
    room: str, results: Sequence[Result], builder: Callable[[Sequence[Result]], xr.Dataset]
) -> dict[str, xr.Dataset]:
    return {f"{room}/{node}": builder(cells) for node, cells in stacks(results).items()}
