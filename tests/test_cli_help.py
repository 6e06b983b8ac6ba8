"""Help fits a screen, begins with examples that can be typed, and names all there is."""

import re
import shlex
from typing import get_args

import pytest

from neurouniv.cli import run_command
from neurouniv.commands import app, choices
from neurouniv.commands.help_page import help_page
from neurouniv.commands.help_text import first_sentence, help_text
from neurouniv.experiments.experiment import ALL, EXPERIMENTS
from neurouniv.laws import COMPARED, LAWS, RIVALS
from neurouniv.laws.all_conditions import KERNELS
from neurouniv.rdm.comparators import ALIASES, COMPARATORS
from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.noise.shrinkage import SHRINKAGES
from neurouniv.studies.batch_jobs import BatchSystem
from neurouniv.studies.engine.jobs import SYSTEMS
from neurouniv.systems.brains.sensors import SENSORS
from neurouniv.systems.brains.worlds import WORLDS
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.networks import ARCHITECTURES
from neurouniv.systems.networks.nonlinearities import NONLINEARITIES
from neurouniv.systems.training.checks import SPACINGS
from neurouniv.systems.training.losses import LOSSES
from neurouniv.systems.training.optimizers import OPTIMIZERS
from neurouniv.which_rule.candidates import KNOWN

CHOICES = [
    (choices.Law, LAWS), (choices.Rival, RIVALS), (choices.Kernel, KERNELS), (choices.Metric, MEASURES),
    (choices.Comparator, [*COMPARATORS, *ALIASES]), (choices.Architecture, ARCHITECTURES),
    (choices.Nonlinearity, NONLINEARITIES), (choices.Optimizer, OPTIMIZERS), (choices.Loss, LOSSES),
    (choices.Spacing, SPACINGS), (choices.LearningRule, RULES), (choices.ComparedRule, KNOWN),
    (choices.World, WORLDS), (choices.Sensors, SENSORS), (choices.Experiment, [*EXPERIMENTS, ALL]),
    (BatchSystem, SYSTEMS),
]  # fmt: skip
SCREEN = 40, 80
"""Lines and letters of a terminal that help is to fit."""


def commands(group=app, words=()):
    """The words of every command."""
    for name in group:
        if not name.startswith("-"):
            below = group[name]
            yield from [(*words, name)] if below.default_command else commands(below, (*words, name))


COMMANDS = list(commands())
PAGES = [(), ("study",), *COMMANDS]


def found(words):
    command = app
    for word in words:
        command = command[word]
    return command


def arguments(words):
    return [one for one in found(words).assemble_argument_collection(parse_docstring=True) if one.show]


def page(words, whole=False):
    return help_page(app, words, SCREEN[1], whole)


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_help_fits_a_screen_and_begins_with_an_example(words):
    lines = page(words).splitlines()
    assert len(lines) <= SCREEN[0]
    assert max(map(len, lines)) <= SCREEN[1]
    assert lines.index("Examples:") <= 3
    assert lines[lines.index("Examples:") + 1].startswith("  neurouniv ")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_named_on_the_first_page_and_told_in_full_on_the_other(words):
    first, whole = page(words), " ".join(page(words, whole=True).split())
    for one in arguments(words):
        shown = one.name if one.index is None else one.name.strip("-").upper()
        assert re.search(rf"{shown}\b", first), shown
        assert one.parameter.help, f"{shown} has no help"
        assert " ".join(one.parameter.help.split()) in whole
        for choice in one.get_choices() or ():
            assert choice in whole
    for example in help_text(found(words).default_command.__doc__).examples:
        assert example in whole.replace(" \\ ", " ")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_example_can_be_typed(words):
    examples = help_text(found(words).default_command.__doc__).examples
    assert examples
    for example in examples:
        typed = shlex.split(example.split("|")[0])
        assert typed[: len(words) + 1] == ["neurouniv", *words]
        command, _, _ = app.parse_args(typed[1:], exit_on_error=False, print_error=False)
        assert command is found(words).default_command


@pytest.mark.parametrize(("listed", "registry"), CHOICES)
def test_choices_are_all_there_is(listed, registry):
    assert list(get_args(listed)) == list(registry) or set(get_args(listed)) == set(registry)


def test_what_is_listed_in_words_is_all_there_is():
    told = {(words, one.name): one.parameter.help for words in COMMANDS for one in arguments(words)}
    assert set(SHRINKAGES) <= set(re.findall(r"\w+", told[("rdm",), "--shrinkage"]))
    for words in (("plan",), ("universality",)):
        assert " ".join(COMPARED) in told[words, "--rivals"]
    assert " ".join(["universal", *COMPARED]) in told[("compare",), "--laws"]


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_help_is_shown_however_it_is_asked_for(words, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    for flag in ("--help", "-h"):
        assert run_command([*words, flag]) == 0
        assert capsys.readouterr().out == page(words)
    assert run_command([*words, "--help-all"]) == 0
    assert capsys.readouterr().out == page(words, whole=True)
    if words in ((), ("study",)):
        assert run_command(list(words)) == 0
        assert capsys.readouterr().out == page(words)


def test_the_list_of_commands_has_every_command_in_a_line():
    lines = [line for words in ((), ("study",)) for line in page(words).splitlines()]
    for words in COMMANDS:
        summary = help_text(found(words).default_command.__doc__).summary
        assert [line for line in lines if line.split()[:1] == [words[-1]] and line.endswith(summary)], words


def test_help_of_a_mistyped_command_says_which_is_near(capsys):
    assert run_command(["fitt", "--help"]) == 2
    assert 'Did you mean "fit"' in capsys.readouterr().err


def test_an_option_of_several_commands_means_the_same_in_all():
    meant = {}
    for words in COMMANDS:
        for one in arguments(words):
            meant.setdefault(one.name, []).append((" ".join(words), one))
    keywords = {name: held for name, held in meant.items() if any(one.index is None for _, one in held)}
    assert {"--out", "--report", "--seed", "--seeds", "--device", "--overwrite", "--quiet", "--json"} <= set(keywords)
    for name, held in keywords.items():
        kinds = {kind_of(one.hint) for _, one in held}
        meanings = {re.split(r"[.:;](?:\s|$)", one.parameter.help)[0] for _, one in held}
        assert len(kinds) == 1, (name, kinds, [command for command, _ in held])
        assert len(meanings) == 1, (name, meanings, [command for command, _ in held])


def kind_of(hint):
    """The plain type of an option: int for one number, several, or none; names are words."""
    inner = [kind_of(one) for one in get_args(hint) if one not in (type(None), Ellipsis)]
    if not inner:
        return str if isinstance(hint, str) else hint
    return inner[0]


def test_every_command_has_json_and_says_its_keys():
    for words in COMMANDS:
        names = {one.name for one in arguments(words)}
        assert {"--json", "--quiet"} <= names
        keys = help_text(found(words).default_command.__doc__).json
        assert first_sentence(keys) in page(words, whole=True).replace("\n" + 24 * " ", " ")
