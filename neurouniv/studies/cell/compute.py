"""What a cell computes: activity, trajectory, constants of every law, comparisons, RSA; one Dataset."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import xarray as xr

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.studies.cell.cell import UNANSWERED_IN, Cell
from neurouniv.studies.cell.fits import fitted
from neurouniv.studies.cell.inputs import need_unchanged
from neurouniv.studies.cell.laws import laws_of, seen_by_all
from neurouniv.studies.cell.parts import joined
from neurouniv.studies.cell.systems import trajectory_of

LIBRARIES = ("numpy", "scipy", "torch", "xarray")
"""Libraries whose versions a result tells, since last bits may differ between them."""


def computed(cell: Cell) -> xr.Dataset:
    """The result of a cell.

    Returns
    -------
    Dataset of the trajectory (h, and y, w where known), of `constants` (law, constant, ...) with `constants_interval`,
    `r2` (law, variable, ...), `loss`, `converged`, `identified` and `message` (law, ...); what comparisons, rules and
    RSA give is a part with its name in front (`neurouniv.studies.cell.parts.part`). Attributes: `study_cell`, the id;
    `study_content`, all settings and checksums as JSON; `study_warnings`; `study_unanswered`, why a question has no
    part; `study_libraries`, versions; and `study_seconds`. A worker adds `study_peak_mb`. In these two alone do two
    computations of one cell differ.

    Raises
    ------
    InputError : a setting, a task or a file cannot be used, or a file has changed.
    """
    begin = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught, _threads(cell.content["threads"]):
        warnings.simplefilter("always")
        need_unchanged(cell.content["inputs"])
        traj = trajectory_of(cell)
        parts, unanswered = _asked(cell, traj)
        result = joined(fitted(cell.content["laws"], traj), parts)
    messages = [str(w.message) for w in caught if issubclass(w.category, NeurounivWarning)]
    return result.assign_attrs(
        study_cell=cell.id,
        study_content=json.dumps({"kind": cell.kind, "seeds": cell.seeds, "code": cell.code, **cell.content}),
        study_warnings=json.dumps(list(dict.fromkeys(messages))),
        **{UNANSWERED_IN: json.dumps(unanswered)},
        study_libraries=json.dumps({name: version(name) for name in LIBRARIES}),
        study_seconds=round(time.perf_counter() - begin, 3),
    )


def _asked(cell: Cell, traj: xr.Dataset) -> tuple[dict[str, xr.Dataset], dict[str, str]]:
    """What else a study asks of a trajectory, by the name of the question; and why some has no answer."""
    parts, unanswered = {}, {}
    for name, answer in ANSWERS.items():
        if cell.content[name] is not None:
            try:
                parts[name] = answer(cell, traj)
            except InputError as error:  # the data do not allow it: the rest of the cell holds all the same
                unanswered[name] = str(error)
    return parts, unanswered


def _comparison(cell: Cell, traj: xr.Dataset) -> xr.Dataset:
    from neurouniv.universality.compare import compare

    laws, device = cell.content["laws"], cell.content["device"]
    settings = cell.content["compare"]
    return compare(laws_of(laws), seen_by_all(laws, traj), **settings, device=device, progress=False)


def _rules(cell: Cell, traj: xr.Dataset) -> xr.Dataset:
    from neurouniv.which_rule.rules import rules

    return rules(traj, **cell.content["rules"], progress=False)


def _rsa(cell: Cell, traj: xr.Dataset) -> xr.Dataset:
    from neurouniv.similarity.rsa import rsa

    settings = {name: value for name, value in cell.content["rsa"].items() if name != "models"}
    models = _table(cell.content["rsa"]["models"])
    return rsa(traj, models, **settings, device=cell.content["device"], progress=False)


ANSWERS: dict[str, Callable[[Cell, xr.Dataset], xr.Dataset]] = {"compare": _comparison, "rules": _rules, "rsa": _rsa}
"""What answers each question that a study may ask of a trajectory."""


def _table(path: str) -> Any:
    """A table with a row a condition, its name first, and a column a model RDM."""
    import pandas as pd

    table = pd.read_csv(path, index_col=0, dtype={0: str})
    table.index = table.index.astype(str)
    return table


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """So many threads of torch and BLAS, whose number decides on last bits."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with threadpool_limits(limits=count):
            yield
    finally:
        torch.set_num_threads(before)
