"""One table says what a comparison holds, and what is missing is told."""

import itertools

import pytest

from neurouniv import RIVALS, InputError, PairwiseModel, compare, verdict
from neurouniv.universality.result import ATTRIBUTES, ERRORS, VARIABLES, attribute
from neurouniv.universality.verdict.rule import NEEDED, OUTPUTS

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


@pytest.fixture
def result(make_world):
    world = make_world(n=8, times=6)
    return compare([PairwiseModel(), RIVALS["static"]()], world.expand_dims(layer=[0, 1]), partitions=1, resamples=20)


def matches(dims, known):
    """Whether dimensions are those of the table, "..." standing for any number of them."""
    fixed = [name for name in known if name != "..."]
    batch = [name for name in dims if name not in fixed]
    return [name for name in dims if name in fixed] == fixed and (not batch or "..." in known)


@pytest.mark.slow
def test_the_table_has_every_variable_with_its_dimensions_and_its_name(result):
    assert set(result.data_vars) == set(VARIABLES)
    for name, array in result.data_vars.items():
        assert matches(array.dims, VARIABLES[name].dims), name
        assert array.attrs["long_name"] == VARIABLES[name].long_name
    assert set(ATTRIBUTES) - {"task_from"} <= set(result.attrs)  # a world says nothing of where its task is from
    assert result.geometry.attrs["comparator"] == "corr"
    assert result.log_score.attrs["units"] == "nats per distance"


@pytest.mark.slow
def test_without_errors_their_variables_are_absent(make_world):
    found = compare(PairwiseModel(), make_world(n=8, times=6), partitions=1)
    assert set(found.data_vars) == set(VARIABLES) - set(ERRORS)


def test_what_the_verdict_reads_is_in_the_table():
    assert set(NEEDED) | set(OUTPUTS) <= set(VARIABLES)


@pytest.mark.slow
def test_a_verdict_says_what_is_missing(result):
    with pytest.raises(InputError, match=r"needs the attribute 'reference' of a comparison, the law on trial.*absent"):
        verdict(result.drop_attrs())
    for name in itertools.chain(NEEDED, OUTPUTS[1:]):
        with pytest.raises(InputError, match=rf"A verdict needs .*\['{name}'\] is absent.*resamples=1000"):
            verdict(result.drop_vars(name))
    assert attribute(result, "reference", "A verdict") == "pairwise"


def test_a_split_by_systems_tells_the_member_that_constants_come_from(make_world):
    world = make_world(n=6, times=6)
    found = compare(PairwiseModel(), world.expand_dims(layer=[3, 5]), "systems", across="layer", constants_from=5)
    assert '"across": "layer", "constants_from": 5' in found.attrs["history"]
