"""Errors of other libraries as `InputError`: an extra that is not installed, a file that is damaged."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from neurouniv.schema import InputError
from neurouniv.untrusted.regular import need_regular
from neurouniv.untrusted.room import memory_told

EXTRAS = {"neo": "neo", "nibabel": "fmri"}
"""The extra that a package belongs to, where it is not `recordings`."""


def import_extra(module: str, need: str) -> ModuleType:
    """The optional library `module`; `InputError` that says how to install it where it is absent.

    Examples
    --------
    >>> import_extra("json", "JSON").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{need} needs the package '{module.split('.')[0]}', which cannot be imported ({error}). "
            f"Install it with `pip install neurouniv[{EXTRAS.get(module.split('.')[0], 'recordings')}]`."
        ) from error


@contextmanager
def told_plainly(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a reading library raises on a damaged file into one `InputError`; a pipe is not opened at all."""
    need_regular(path)
    try:
        with memory_told(path):
            yield
    except (InputError, Warning):  # a warning made an error tells nothing of the file
        raise
    except RecursionError as error:
        raise InputError(
            f"'{path}' begins like {kind} but what it holds is nested too deeply to be read. It is damaged, or "
            "was made to do so: copy or export it again."
        ) from error
    except Exception as error:  # the libraries raise anything from OSError to zlib.error on a cut file
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            f"'{path}' begins like {kind} but cannot be read ({reason}). It may be cut short or damaged: "
            "copy or export it again."
        ) from error
