"""How every command speaks: texts, progress, and with --json one object in place of texts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

from cyclopts import Parameter

from neurouniv.commands.help_groups import SHARED

Answer = dict[str, Any]
"""What a command returns: the keys and values of its --json, which its docstring names after "JSON:"."""

OF_ONE_RUN = ("--json", "--quiet", "--overwrite")
"""Words of a command that are about one run of it, and not about its result."""


@dataclass(frozen=True)
class Speech:
    """How a command speaks.

    Parameters
    ----------
    json
        Print one JSON object; texts go to stderr. It has command, warnings, and keys of the command; where something
        went wrong, error with message and code.
    quiet
        Show no progress.
    """

    json: Annotated[bool, Parameter(negative=())] = False
    quiet: Annotated[bool, Parameter(negative=())] = False
    words: Annotated[tuple[str, ...], Parameter(parse=False)] = ()

    def typed(self, words: Sequence[str]) -> Self:
        """The same of a command that was typed in these words, which a page says where it is run again.

        Examples
        --------
        >>> Speech().typed(["rules", "traj.nc", "--quiet", "--report", "page.html"]).words
        ('neurouniv', 'rules', 'traj.nc', '--report', 'page.html')
        """
        return replace(self, words=("neurouniv", *(word for word in words if word not in OF_ONE_RUN)))

    def say(self, text: str) -> None:
        """Tell the user."""
        (sys.stderr if self.json else sys.stdout).write(f"{text}\n")

    @property
    def progress(self) -> bool | None:
        """`progress` of the library: a bar at a terminal where work is long, elsewhere a line a minute."""
        if self.quiet:
            return False
        return None if sys.stderr.isatty() else True


ALOUD = Speech()
Speaking = Annotated[Speech, Parameter(name="*", group=SHARED)]
"""Its fields are options of every command."""
