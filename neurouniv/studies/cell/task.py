"""The task that a cell's settings describe."""

from __future__ import annotations

from typing import Any

import xarray as xr


def task_of(task: dict[str, Any]) -> xr.Dataset:
    """The task of that name with its settings, or of that file.

    Examples
    --------
    >>> task_of({"name": "two_points", "dx2": 4.0, "dy2": 1.0}).stimuli.values.tolist()
    [[-1.0], [1.0]]
    """
    from neurouniv import tasks

    if "file" in task:
        return tasks.read_task(task["file"])
    return getattr(tasks, task["name"])(**{name: value for name, value in task.items() if name != "name"})
