"""The answer says what probabilities say: one rule, several that are not told apart, or none."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.which_rule.answer import alike, best, described
from neurouniv.which_rule.apart import NAMED, reasons
from neurouniv.which_rule.candidates import KNOWN, NONE, RULES


def table(*values, **batch):
    names = [*RULES, NONE]
    values = values if batch else values[0]
    probability = xr.DataArray(np.array(values, dtype=float), dims=(*batch, "rule"), coords=batch | {"rule": names})
    error = xr.where(probability["rule"] == "lazy", 1.0, 2.0)
    return xr.Dataset({"probability": probability.transpose("rule", ...), "error": error})


def shares(**of):
    return [of.get(name, 0.0) for name in (*RULES, NONE)]


def test_one_rule_that_is_probable_enough_is_told_alone():
    found = described(table(shares(lazy=0.95, backprop=0.05)), [], 0.9)
    assert found.attrs["answer"] == "The rule is lazy learning (95%)."
    assert found.best.item() == "lazy"
    assert found.alike.values.sum() == 1
    assert found.attrs["why"] == ""
    assert found.attrs["apart"] == ""


def test_rules_that_are_not_told_apart_are_named_with_reasons_and_remedies():
    found = described(table(shares(weight_decay=0.3, backprop=0.65, lazy=0.05)), [], 0.9)
    assert found.attrs["answer"].startswith("The rule is backprop (65%) or backprop with weight decay (30%): the data")
    assert "decay little" in found.attrs["why"]
    assert "stopped changing" in found.attrs["apart"]


def test_none_is_said_as_such():
    assert described(table(shares(none=0.99, lazy=0.01)), [], 0.9).attrs["answer"] == (
        "The answer is none of these rules (99%)."
    )


def test_every_place_of_a_batch_has_its_own_sentence():
    found = described(table(shares(lazy=1.0), shares(backprop=1.0), layer=[1, 2]), [], 0.9)
    assert found.attrs["answer"] == "layer 1: the rule is lazy learning (>99%). layer 2: the rule is backprop (>99%)."
    assert found.best.values.tolist() == ["lazy", "backprop"]


def test_without_probabilities_the_law_that_predicts_best_is_named_and_no_more():
    found = described(table([np.nan] * (len(RULES) + 1)), [], 0.9)
    assert (
        "The law of lazy learning predicts held-out conditions best, but its probability is not known."
        in (found.attrs["answer"])
    )
    assert found.best.item() == ""
    assert not found.alike.any()


@pytest.mark.parametrize("seed", range(5))
def test_a_group_is_the_smallest_that_reaches_the_level(seed):
    values = np.random.default_rng(seed).dirichlet(np.ones(8), size=4)
    inside = alike(xr.DataArray(values, dims=("layer", "rule")), 0.8).values
    ordered = np.sort(values, 1)[:, ::-1]
    sizes = (np.cumsum(ordered, 1) < 0.8).sum(1) + 1
    assert inside.sum(1).tolist() == sizes.tolist()
    assert ((values * inside).sum(1) >= 0.8 - 1e-12).all()
    assert best(xr.DataArray(values[0], {"rule": list("abcdefgh")}, ("rule",))).item() == "abcdefgh"[values[0].argmax()]


def test_reasons_are_of_known_rules_and_are_about_the_first():
    assert all(name in KNOWN for pair in NAMED for name in pair)
    assert len(reasons(["backprop", "lazy", "identity"])) == 2
    assert reasons(["lazy", "identity"])[0].remedies[0].startswith("more conditions")
