"""The experiments of van Rossem & Saxe (2024), each run, drawn and judged by one call: `neurouniv.reproduce`."""

import sys
from types import ModuleType
from typing import Any

from neurouniv.reproduce.experiment import EXPERIMENTS, Experiment, reproduce

__all__ = ["EXPERIMENTS", "Experiment", "reproduce"]


class _Callable(ModuleType):
    """This package called is its function: importing it binds `neurouniv.reproduce`, the function's public name."""

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        return reproduce(*arguments, **settings)


sys.modules[__name__].__class__ = _Callable
