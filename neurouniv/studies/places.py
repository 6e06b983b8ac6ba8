"""The files that a study names: paths from its own folder, with environment variables in them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from neurouniv.schema import InputError


def placed(text: str, folder: Path) -> Path:
    """The absolute path that `text` names: from `folder`, `~` being the user's home and `$NAME` a variable's value.

    Raises
    ------
    InputError : a variable is not set.

    Examples
    --------
    >>> placed("day1.nwb", Path("/data/mouse")).as_posix()
    '/data/mouse/day1.nwb'
    >>> placed("$MICE/a", Path())
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: '$MICE/a' names the variable MICE, which is not set. Set it with `export MICE=FOLDER`.
    """
    for name in re.findall(r"\$\{?(\w+)", text):
        if name not in os.environ:
            raise InputError(
                f"{text!r} names the variable {name}, which is not set. Set it with `export {name}=FOLDER`."
            )
    return (folder / Path(os.path.expandvars(text)).expanduser()).absolute()
