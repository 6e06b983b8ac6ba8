"""A task from a file: a table with a row a condition, arrays by name, or what `neurouniv.save` wrote."""

from __future__ import annotations

import os
from pathlib import Path

import xarray as xr

from neurouniv.inputs import need_path
from neurouniv.names import public
from neurouniv.schema import InputError, check_task
from neurouniv.tasks.tables import (
    ARRAYS,
    DATASETS,
    EXAMPLE,
    PREFIXES,
    TABLES,
    by_condition,
    npz_of,
    table_of,
)
from neurouniv.tasks.tasks import from_arrays
from neurouniv.untrusted.regular import need_regular


@public
def read_task(path: str | os.PathLike[str]) -> xr.Dataset:
    """The task that a file holds, for `neurouniv.trajectory(rec, task)` and for `--task FILE`.

    Parameters
    ----------
    path : a table (.csv, .tsv) with one row per condition: its name in the column `condition`, columns that begin with
        `stimulus` and columns that begin with `target`, of numbers or of words, which become one-hot; or .npz with the
        arrays `condition`, `stimuli` (condition, feature) and `targets` (condition, output); or .nc or .zarr of
        `neurouniv.save(neurouniv.tasks.from_arrays(stimuli, targets, names), "task.nc")`. Numbers are taken as they
        stand: bring columns to one scale that are to count alike.

    Returns
    -------
    The task, its conditions in the order of the file.

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : another kind of file, or one of the three is absent or cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "odours.csv"
    ...     _ = path.write_text("condition,stimulus_chain,target\\nhexanal,6,go\\noctanal,8,go\\nlimonene,10,stop\\n")
    ...     task = read_task(path)
    >>> task.stimuli.values.ravel().tolist(), task.targets.sel(condition="limonene").values.tolist()
    ([6.0, 8.0, 10.0], [0.0, 1.0])
    """
    path = need_path(path, "read_task").expanduser()
    need_regular(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path} that could hold a task.")
    suffix = path.suffix.lower()
    if suffix in DATASETS:
        from neurouniv.storage import load

        return check_task(load(path))
    if suffix in TABLES:
        return _of_table(path)
    if suffix in ARRAYS:
        arrays = npz_of(path)
        absent = [name for name in ("condition", *PREFIXES) if name not in arrays]
        if absent:
            raise InputError(f"{path.name} needs the arrays condition, stimuli and targets; {absent} is absent.")
        return from_arrays(arrays["stimuli"], arrays["targets"], arrays["condition"].tolist())
    raise InputError(
        f"A task is read from {', '.join((*TABLES, *ARRAYS, *DATASETS))}; got '{path.name}'. Write it as a table, a "
        f"row per condition: {EXAMPLE}"
    )


def _of_table(path: Path) -> xr.Dataset:
    table = table_of(path, "a task")
    absent = [prefix for prefix in PREFIXES.values() if not any(str(c).startswith(prefix) for c in table)]
    if absent:
        raise InputError(
            f"A task in a table has columns that begin with `stimulus` and with `target`; {' and '.join(absent)} "
            f"{'is' if len(absent) == 1 else 'are'} absent from {path.name}, found {', '.join(map(str, table))}. A "
            f"table looks like this: {EXAMPLE}"
        )
    names = [str(name).strip() for name in table.index]
    stimuli, targets = (by_condition(path, names, what) for what in PREFIXES)
    return from_arrays(stimuli, targets, names)
