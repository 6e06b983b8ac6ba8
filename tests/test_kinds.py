"""Every kind of result, made from the table of what it holds: sound as such, and known by what was damaged."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.contents import NAMED, NUMBER, TIMES, TRUTH, WORD
from neurouniv.kinds import ANSWERED, COMPARED, KINDS, PLANNED, RULES_PLANNED, amiss_in, kind_of, wrong_in
from neurouniv.page import report
from neurouniv.possible import CHOICES, DECISIONS
from neurouniv.universality.verdict import words

VALUES = {Real: 1, Mapping: {"a": "b"}}
"""An attribute by its type; others are text."""


def made(kind):
    """A result that holds all of the table's, in two places along every dimension."""
    rows = list(kind.variables())
    everywhere = tuple(dict.fromkeys(dim for *_, dims, _ in rows for dim in dims if dim not in kind.beside.split()))
    held = {}
    for name, _, dims, letters in rows:
        value = {NUMBER: 0.5, TRUTH: True, WORD: CHOICES.get(name, ["a"])[0]}[letters]
        own = everywhere if name == kind.widest else dims
        held[name] = (own, np.full((2,) * len(own), value)) if own != (name,) else (own, [4.0, 8.0])
    labels = {dim: ["a", "b"] for dim in NAMED} | {dim: [0.0, 1.0] for dim in TIMES} | {"bound": ["lower", "upper"]}
    result = xr.Dataset(held, attrs={name.rstrip("?"): VALUES.get(types, "a") for name, types in kind.attrs.items()})
    return result.assign_coords({dim: values for dim, values in labels.items() if dim in result.dims})


@pytest.fixture(params=[kind for kind in KINDS if kind.widest != "similarity"], ids=lambda kind: kind.call)
def kind(request):
    return request.param


def test_what_the_table_holds_is_sound_and_parts_of_it_are_possible(kind):
    result = made(kind)
    assert kind_of(result) is kind
    assert wrong_in(result) == amiss_in(result) == ""
    for name, marks, *_ in kind.variables():
        part = result.drop_vars(name)
        if kind_of(part) is kind:
            assert wrong_in(part) == ""
            assert f"the variable {name} " in amiss_in(part) or "?" in marks


def test_every_variable_of_a_wrong_type_or_range_is_named(kind):
    result = made(kind)
    for name, marks, dims, letters in kind.variables():
        if dims == (name,):
            continue
        cases = [("holds", 1.5 if letters == WORD else "a")]
        cases += [("that are not", {"%": 1.5, "^": 1.5, "+": -1.0}[mark]) for mark in marks if mark in "%^+"]
        cases += [("no finite", np.nan)] if "!" in marks else [("infinite", np.inf)] if "~" in marks else []
        cases += [("intervals that end before", [0.5, 0.4])] if name.endswith("_interval") and "bound" in dims else []
        cases += [("none of", "maybe")] if name in CHOICES and letters == WORD else []
        for what, value in cases:
            array = xr.DataArray(np.broadcast_to(value, result[name].shape), dims=result[name].dims)
            said = wrong_in(result.drop_vars(name).assign({name: array}))
            assert f"the variable {name} " in said, (name, value)
            assert what in said, (name, value)


def test_every_attribute_of_a_wrong_type_is_named(kind):
    result = made(kind)
    for name, types in kind.attrs.items():
        called = name.rstrip("?")
        for value in [np.nan, np.inf, -1, "a"] if types is Real else [np.ones(2), None]:
            assert f"the attribute {called} is " in wrong_in(result.assign_attrs({called: value}))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("power", 1.5, "power has 8 of 8 values that are not between 0 and 1, the first 1.5"),
        ("trials", -4.0, "trials has 8 of 8 values that are not 0 or more, the first -4"),
        ("power", np.nan, "power has no value that is known"),
    ],
)
@pytest.mark.parametrize("kind_planned", [PLANNED, RULES_PLANNED], ids=lambda kind: kind.call)
def test_all_readers_of_plans_refuse_numbers_that_cannot_be(kind_planned, name, value, told, tmp_path):
    plan = made(kind_planned)
    damaged = plan.assign({name: xr.full_like(plan[name], value)})
    readers = nu.figures.power, nu.summary, nu.methods_text, nu.bibtex, lambda one: report(one, tmp_path / "page.html")
    for read in readers:
        with pytest.raises(nu.InputError, match=told):
            read(damaged)
    with pytest.raises(nu.InputError, match="8 of 8 intervals that end before"):
        nu.figures.power(plan.assign(power_interval=plan.power_interval + xr.DataArray([0.1, 0.0], dims="bound")))
    assert not list(tmp_path.iterdir())


def test_what_a_comparison_holds_a_test_of_universality_holds_too():
    assert {name for name, *_ in COMPARED.variables()} <= {name for name, *_ in ANSWERED.variables()}


def test_verdicts_have_the_words_of_the_verdict():
    assert set(DECISIONS) == {words.DESCRIBED, words.NOT_DESCRIBED, words.CANNOT_TELL, words.NOTHING}
    assert {words.UNIVERSAL, words.NOT_UNIVERSAL} < set(CHOICES["overall"])


def test_a_result_without_models_is_possible(make_world):
    traj = make_world(n=5, times=2).drop_vars(["dx2", "dy2", "stimuli", "targets"], errors="ignore")
    assert wrong_in(nu.change(traj, permutations=5)) == ""
