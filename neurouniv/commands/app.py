"""The command line's app, and how commands speak."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.schema import __version__

app = App(
    name="neurouniv",
    version=__version__,
    help="Do implementation details matter for learning? One law, fitted to networks and brains, on trial.",
    help_format="plaintext",
)
Fields = Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())]
Numbers = Annotated[tuple[float, ...], Parameter(consume_multiple=True, negative=())]
Several = Annotated[list[Path], Parameter(consume_multiple=True, negative=())]
SomePaths = Annotated[list[Path] | None, Parameter(consume_multiple=True, negative=())]
Places = Annotated[list[int] | None, Parameter(consume_multiple=True, negative=())]
Partitions = Annotated[int, Parameter(name=["--partitions", "--repeats"])]
Resamples = Annotated[int, Parameter(name=["--resamples", "--bootstrap"])]
OneComparator = Annotated[str, Parameter(help=f"How RDMs are compared: {', '.join(COMPARATORS)}.")]
Stimuli = Annotated[str | None, Parameter(show_default=False)]
Targets = Annotated[str | None, Parameter(show_default=False)]


def shown(quiet: bool = False) -> bool | None:
    """`progress` of a command: at a terminal, unless it is to be quiet."""
    return False if quiet else None


def say(text: str) -> None:
    """Tell the user."""
    sys.stdout.write(f"{text}\n")
