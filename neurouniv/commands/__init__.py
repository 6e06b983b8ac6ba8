"""The commands: each is a few calls of the library. Their signatures and docstrings are the command line's help."""

from neurouniv.commands import (
    datasets,
    demo,
    figure,
    laws,
    plan,
    rdm,
    rsa,
    rules,
    study,
    study_reading,
    systems,
    universality,
)
from neurouniv.commands.app import app
from neurouniv.experiments.command import reproduce

app.command(reproduce)

__all__ = [
    "app", "datasets", "demo", "figure", "laws", "plan", "rdm", "rsa", "rules", "study", "study_reading", "systems",
    "universality",
]  # fmt: skip
