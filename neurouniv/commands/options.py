"""Options that several commands share: each has one type and one meaning, whatever the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.help_groups import MORE, SHARED, TASK

Flag = Annotated[bool, Parameter(negative=())]
Choice = Annotated[bool | None, Parameter(show_default=False)]
"""On, off, or as the data have it."""
Words = Annotated[list[str] | None, Parameter(consume_multiple=1, negative=())]
Whole = Annotated[list[int] | None, Parameter(consume_multiple=1, negative=())]
Counts = Annotated[tuple[int, ...], Parameter(consume_multiple=1, negative=())]
Numbers = Annotated[tuple[float, ...], Parameter(consume_multiple=1, negative=())]
Several = Annotated[list[Path], Parameter(consume_multiple=1, negative=())]
SomePaths = Annotated[list[Path] | None, Parameter(consume_multiple=1, negative=())]
Limits = Annotated[tuple[float, float] | None, Parameter(negative=())]

Overwrite = Annotated[bool, Parameter(help="Replace what is at the output's place.", negative=(), group=SHARED)]
Seed = Annotated[int, Parameter(help="Of all that is random.", group=MORE)]
Device = Annotated[
    str, Parameter(help="Where arrays are computed: auto (a GPU where there is one), cpu, cuda or cuda:1.")
]
Folds = Annotated[
    int, Parameter(help="Parts that conditions are split into. Laws are fitted to some and predict the others.")
]
Partitions = Annotated[int, Parameter(help="How often conditions are split anew.")]
Resamples = Annotated[int, Parameter(help="Resamples that errors and p values rest on.")]
OneComparator = Annotated[choices.Comparator, Parameter(help="How RDMs are compared.", group=MORE)]
PerClass = Annotated[int, Parameter(help="Images of each digit in the task digits.", group=TASK)]
SomeRivals = Annotated[
    list[choices.Rival] | None,
    Parameter(help="What the law is set against. By default static exponential step gain target.",
              consume_multiple=1, negative=()),
]  # fmt: skip
