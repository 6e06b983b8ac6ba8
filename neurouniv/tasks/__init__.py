"""Tasks: which stimuli a learner sees and which targets it should answer with, condition by condition."""

from typing import TYPE_CHECKING

from neurouniv.tasks.inferred_task import recorded_task
from neurouniv.tasks.task_files import read_task
from neurouniv.tasks.tasks import contexts, digits, from_arrays, two_points, xor

__all__ = ["contexts", "digits", "from_arrays", "read_task", "recorded_task", "two_points", "xor"]

if not TYPE_CHECKING:  # for a type checker, a name that is not there stays an error

    def __getattr__(name: str) -> object:
        from neurouniv.got import no_such_attribute

        raise no_such_attribute(__name__, name, __all__)
