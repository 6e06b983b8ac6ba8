"""A task that somebody made by hand is looked at before it is learned."""

import numpy as np
import pytest

from neurouniv import tasks
from neurouniv.schema import InputError, check_task


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda task: task.assign(stimuli=task.stimuli.astype(str)), "stimuli as real numbers; got text"),
        (lambda task: task.assign(targets=task.targets * 1j), "targets as real numbers; got complex numbers"),
        (lambda task: task.isel(feature=[]), "stimuli of at least one of each dimension"),
        (lambda task: task.assign_coords(condition=list("abca")), "by which it is joined; got a more than once"),
        (lambda task: task.assign_coords(condition=[1.0, 2.0, np.nan, 3.0]), r"places 2 \(counted from 0\) have none"),
        (
            lambda task: task.drop_vars("condition").assign_coords(
                x=("condition", list("aabb")), y=("condition", list("cdcd"))
            ).set_index(condition=["x", "y"]),
            "got a MultiIndex",
        ),
    ],
)  # fmt: skip
def test_what_is_no_task_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        check_task(change(tasks.xor()))
