"""A study as one table in long form: a row for every number, with the labels of its system."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neurouniv.inputs import need_path, need_study
from neurouniv.names import public
from neurouniv.schema import InputError
from neurouniv.studies.reading.rules import rules_of_systems
from neurouniv.studies.reading.verdicts import verdicts
from neurouniv.whole_files import whole

if TYPE_CHECKING:
    import pandas as pd

FIRST = ("of", "label", "law", "quantity", "which", "value", "lower", "upper", "word", "state", "reason", "message")
LONG = ("warnings",)
HELD_OUT = {"dynamics": "held-out R2", "change": "held-out R2 of change", "log_score": "held-out log score"}
RIVALS = {"ratio": "error of a rival over the law's", "p": "p of that ratio"}
RULES = {"probability": "probability of a rule", "error_ratio": "error of a rule's law over the smallest"}
CEILINGS = {"ceiling": "ceiling of held-out R2", "change_ceiling": "ceiling of held-out R2 of change"}


def long_form(study: xr.DataTree) -> pd.DataFrame:
    """All numbers of a study, a row each, with the labels of the system they belong to.

    Parameters
    ----------
    study : of `neurouniv.open_study`.

    Returns
    -------
    pandas.DataFrame. Columns: `of`, "system" or "group" (systems whose errors were estimated together: the seeds of a
    cell at one layer); `label`, which; `law`; `quantity`: "constant", "R2 in sample", "held-out R2", "verdict", ...;
    `which`, the constant, variable or rival; `value`, `lower` and `upper` (95 %); `word`, of a verdict; `converged`,
    `identified` and `message` of the fit; and all labels (`name`, `kind`, `rule`, `seed`, `layer`, `cell`, ...). A
    system without result has one row, without numbers, whose `state` and `reason` say why.

    Examples
    --------
    >>> import tempfile
    >>> import neurouniv as nu
    >>> from neurouniv.studies.reading.open import open_study
    >>> spec = {"task": "xor", "laws": ["gain"], "systems": {"networks": [{"name": "a", "epochs": 20, "record": 3}]}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = nu.run_study(spec, folder, workers=0)
    ...     table = long_form(open_study(folder))
    >>> sorted(set(table.quantity))
    ['R2 in sample', 'constant']
    """
    import pandas as pd

    need_study(study, "A table of a study")
    systems = study["systems"].to_dataset()
    tables = [_missing(systems), _constants(systems), _r2(systems)]
    if "compare" in study.children:
        groups = verdicts(study)
        tables += [_scores(groups), _rivals(groups), _ceilings(groups), _verdict(groups)]
    tables += [_rules(rules_of_systems(study))] if "rules" in study.children else []
    table = pd.concat([one for one in tables if len(one)], ignore_index=True)
    columns = [name for name in FIRST if name in table]
    return table[[*columns, *(name for name in table if name not in (*columns, *LONG))]]


@public
def to_csv(study: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a study in long form (`long_form`) as a .csv table, whole or not at all; returns its path.

    Raises
    ------
    InputError : another suffix. FileNotFoundError : the folder does not exist.
    """
    return _written(study, need_path(path, "to_csv"), ".csv", lambda table, place: table.to_csv(place, index=False))


@public
def to_parquet(study: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a study in long form (`long_form`) as a .parquet table, whole or not at all; returns its path.

    Raises
    ------
    InputError : another suffix, or pyarrow is not installed. FileNotFoundError : the folder does not exist.
    """
    try:
        import pyarrow as _  # noqa: F401
    except ImportError:
        raise InputError(
            "Parquet needs the package pyarrow, which is not installed: `pip install pyarrow`. Without it a table is "
            "CSV: `neurouniv.to_csv(study, 'table.csv')`."
        ) from None
    return _written(
        study, need_path(path, "to_parquet"), ".parquet", lambda table, place: table.to_parquet(place, index=False)
    )


def _written(study: xr.DataTree, path: Path, suffix: str, write: Callable[[Any, Path], object]) -> Path:
    need_study(study, "A table of a study")
    if path.suffix.lower() != suffix:
        raise InputError(f"This table's file ends in {suffix}; got '{path.name}'.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"The folder {path.parent} to write {path.name} into does not exist. Make it first.")
    with whole(path) as written:
        write(long_form(study), written)
    return path


def _missing(systems: xr.Dataset) -> pd.DataFrame:
    """A row for every system that has no result."""
    without = systems.isel(system=np.flatnonzero(systems["state"].values != "done"))
    labels = without.reset_coords()[[name for name in without.coords if without[name].dims == ("system",)]]
    return labels.to_dataframe().reset_index().rename(columns={"system": "label"}).assign(of="system")


def _constants(systems: xr.Dataset) -> pd.DataFrame:
    if "constants" not in systems:
        return _frame(systems, "system", {})
    ends = systems["constants_interval"]
    values = {"value": systems["constants"], "lower": ends.sel(bound="lower"), "upper": ends.sel(bound="upper")}
    of_law = systems["constants"].notnull().any("system")
    table = _frame(systems, "system", values | _fit(systems), of_law.broadcast_like(systems["constants"]))
    return table.rename(columns={"constant": "which"}).assign(quantity="constant")


def _r2(systems: xr.Dataset) -> pd.DataFrame:
    if "r2" not in systems:
        return _frame(systems, "system", {})
    of_law = systems["r2"].notnull().any("system")
    table = _frame(systems, "system", {"value": systems["r2"]} | _fit(systems), of_law.broadcast_like(systems["r2"]))
    return table.rename(columns={"variable": "which"}).assign(quantity="R2 in sample")


def _fit(systems: xr.Dataset) -> dict[str, xr.DataArray]:
    return {name: systems[name] for name in ("converged", "identified", "message") if name in systems}


def _scores(groups: xr.Dataset) -> pd.DataFrame:
    import pandas as pd

    tables = []
    for name, words in HELD_OUT.items():
        if name in groups:
            ends = groups.get(f"{name}_interval")
            bounds = {} if ends is None else {end: ends.sel(bound=end) for end in ("lower", "upper")}
            tables.append(_frame(groups, "group", {"value": groups[name]} | bounds).assign(quantity=words))
    return pd.concat(tables, ignore_index=True)


def _rivals(groups: xr.Dataset) -> pd.DataFrame:
    import pandas as pd

    tables = [_frame(groups, "group", {"value": groups[name]}).assign(quantity=words)
              for name, words in RIVALS.items() if name in groups]  # fmt: skip
    return pd.concat(tables, ignore_index=True).rename(columns={"rival": "which"}) if tables else pd.DataFrame()


def _ceilings(groups: xr.Dataset) -> pd.DataFrame:
    import pandas as pd

    tables = [_frame(groups, "group", {"value": groups[name]}).assign(quantity=words)
              for name, words in CEILINGS.items() if name in groups]  # fmt: skip
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _verdict(groups: xr.Dataset) -> pd.DataFrame:
    table = _frame(
        groups, "group", {"word": groups["decision"], "reason": groups["reason"], "law_is": groups["law_is"]}
    )
    return table.assign(quantity="verdict").rename(columns={"on_trial": "law"})


def _rules(groups: xr.Dataset) -> pd.DataFrame:
    import pandas as pd

    tables = [_frame(groups, "group", {"value": groups[name]}).assign(quantity=words) for name, words in RULES.items()]
    best = _frame(groups, "group", {"word": groups["best"], "truth": groups["truth"]}).assign(quantity="rule")
    return pd.concat([*(table.rename(columns={"rule": "which"}) for table in tables), best], ignore_index=True)


def _frame(
    table: xr.Dataset, dim: str, values: dict[str, xr.DataArray], mask: xr.DataArray | None = None
) -> pd.DataFrame:
    """Rows of all combinations of the values' dimensions, with the labels along `dim`; of systems, of those done."""
    import pandas as pd

    if not values:
        return pd.DataFrame()
    data = xr.Dataset({name: array.drop_vars([n for n in array.coords if n not in array.dims])
                       for name, array in values.items()})  # fmt: skip
    if mask is not None:
        data = data.assign(_kept=mask.drop_vars([n for n in mask.coords if n not in mask.dims]))
    data = xr.Dataset(dict(zip(data.data_vars, xr.broadcast(*data.data_vars.values()), strict=True)))
    rows = data.to_dataframe().reset_index()
    labels = [name for name in table.coords if table[name].dims == (dim,) and name != dim and name not in rows]
    own = pd.DataFrame({str(name): table[name].values for name in labels} | {dim: table[dim].values})
    rows = rows.merge(own, on=dim, how="left").rename(columns={dim: "label"}).assign(of=dim)
    if mask is not None:
        rows = rows[rows["_kept"].astype(bool)].drop(columns="_kept")
    return rows[rows["state"] == "done"] if dim == "system" else rows
