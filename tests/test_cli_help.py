"""Help texts name all there is: they are read without torch, so a test holds them against the registries."""

import inspect
import re
from typing import get_args, get_type_hints

import pytest

from neurouniv.commands.plan import plan
from neurouniv.commands.rdm import rdm
from neurouniv.commands.rules import rules
from neurouniv.commands.systems import simulate, train
from neurouniv.experiments.command import reproduce
from neurouniv.experiments.experiment import ALL, EXPERIMENTS
from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.noise.shrinkage import SHRINKAGES
from neurouniv.systems.brains.sensors import SENSORS
from neurouniv.systems.brains.worlds import WORLDS
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.networks import ARCHITECTURES
from neurouniv.systems.networks.nonlinearities import NONLINEARITIES
from neurouniv.systems.training.losses import LOSSES
from neurouniv.systems.training.optimizers import OPTIMIZERS
from neurouniv.which_rule.candidates import KNOWN

LISTED = [  # rivals and comparators are not listed by hand: their help is made of the registries
    (train, "architecture", ARCHITECTURES), (train, "nonlinearity", NONLINEARITIES), (train, "optimizer", OPTIMIZERS),
    (train, "loss", LOSSES), (train, "rule", RULES), (simulate, "world", WORLDS), (simulate, "sensors", SENSORS),
    (plan, "sensors", SENSORS), (rdm, "metric", MEASURES), (rdm, "shrinkage", SHRINKAGES),
    (rules, "rules", KNOWN),
]  # fmt: skip


def described(command, parameter):
    """What the docstring of a command says of a parameter."""
    found = re.search(rf"^{parameter}\n((?:    .+\n?)+)", inspect.getdoc(command), re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize(("command", "parameter", "names"), LISTED, ids=lambda value: getattr(value, "__name__", None))
def test_help_names_all_there_is_and_nothing_else_that_looks_like_a_name(command, parameter, names):
    told = set(re.findall(r"[\w-]+", described(command, parameter)))
    assert set(names) <= told
    assert {word for word in told if "_" in word} <= set(names)


def test_every_experiment_can_be_reproduced_at_the_command_line():
    assert get_args(get_type_hints(reproduce)["experiment"]) == (*EXPERIMENTS, ALL)
