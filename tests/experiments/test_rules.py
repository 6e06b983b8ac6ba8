"""Rules x tasks: the claim counts what is named, alone or in a group; networks are those of the rule that is said."""

import importlib

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.experiments import rules
from neurouniv.experiments.experiment import QUICK
from neurouniv.which_rule.candidates import CURVES, NONE, RULES
from neurouniv.which_rule.learners import Network

NAMES = [*RULES, NONE]


def results_of(right, learned=True, alone=True, level=0.9):
    """Results of two tasks and three rules, 2 seeds, in which the networks `right` (task, learner, seed) are named."""
    learners = ["backprop", "feedback_alignment", "lazy"]
    right = np.asarray(right)
    named = np.where(right, np.array(learners)[None, :, None], "weight_decay")
    best = xr.DataArray(named, {"learner": learners, "task": ["digits", "clusters"]}, ("task", "learner", "seed"))
    rule = xr.DataArray(NAMES, {"rule": NAMES}, ("rule",))
    most = 0.95 if alone else 0.8
    each = xr.where(rule == best, most, 0.0) + xr.where(rule == "identity", 1 - most, 0.0)
    inside = each > (0.06 if alone else 0.0)
    made = {"best": best, "probability_each": each, "probability": each.mean("seed"), "alike": inside}
    made |= {"error_ratio": 2 - each.mean("seed"), "learned": xr.full_like(best, learned, bool)}
    return xr.Dataset(made).assign_attrs(level=level)


ALL = np.ones((2, 3, 2), bool)


def test_the_claim_counts_networks_by_task_and_by_rule():
    some = ALL.copy()
    some[1, 2] = False
    text = rules.claim(results_of(some))
    assert text.startswith("holds in part: the rule is the most probable of 10 of 12 networks ")
    assert "(digits 6 of 6, clusters 4 of 6)" in text
    assert (
        "at the level 90% it is the only possible rule in 10, one of several in 0, and another rule is the only one "
        "in 2" in text
    )
    assert text.endswith("by rule backprop 4 of 4, feedback alignment 4 of 4, lazy learning 2 of 4")
    assert rules.claim(results_of(ALL)).startswith("holds: the rule is the most probable of 12 of 12")
    assert rules.claim(results_of(~ALL)).startswith("does not hold: the rule is the most probable of 0 of 12")


def test_a_rule_in_a_group_is_not_told_alone():
    text = rules.claim(results_of(ALL, alone=False))
    assert (
        "at the level 90% it is the only possible rule in 0, one of several in 12, and another rule is the only one "
        "in 0" in text
    )


def test_networks_that_did_not_learn_are_told_and_not_counted():
    one = xr.DataArray(
        [[[True, True]] * 3, [[True, True], [True, True], [True, False]]], dims=("task", "learner", "seed")
    )
    text = rules.claim(results_of(ALL).assign(learned=one))
    assert "11 of 11 networks" in text
    assert text.endswith("; 1 network did not learn: not counted")


def test_a_quick_look_says_so():
    assert QUICK in rules.claim(results_of(ALL).assign_attrs(quick=True))


@pytest.mark.slow
def test_the_figure_frames_the_true_rule_and_prints_what_is_most_probable_bold(tmp_path):
    some = ALL.copy()
    some[0, 0] = False
    figure = rules.draw(nu.load(nu.save(results_of(some), tmp_path / "r.nc")))
    panel = figure.axes[0]
    assert panel.get_title(loc="left") == "digits"
    bold = [text.get_position() for text in panel.texts if text.get_fontweight() == "bold"]
    assert bold == [(NAMES.index("weight_decay"), 0), (NAMES.index("feedback_alignment"), 1), (NAMES.index("lazy"), 2)]
    frames = [(patch.get_x() + 0.5, patch.get_y() + 0.5) for patch in panel.patches]
    assert frames == [(NAMES.index(rule), row) for row, rule in enumerate(("backprop", "feedback_alignment", "lazy"))]
    figure.savefig(tmp_path / "r.png")


@pytest.mark.parametrize("name", rules.TASKS)
@pytest.mark.parametrize("conditions", [8, 16])
def test_tasks_have_the_conditions_that_are_said_and_stimuli_of_one_size(name, conditions):
    task = rules.TASKS[name](conditions)
    assert task.sizes["condition"] == conditions
    assert 5 < float((task.stimuli**2).sum("feature").mean()) < 20
    assert len(np.unique(task.targets, axis=0)) >= 4


@pytest.mark.slow
def test_results_are_of_every_network_of_the_task(monkeypatch):
    cheap = {name: nu.LAWS["static"]() for name in (*RULES, *CURVES)}
    monkeypatch.setattr(importlib.import_module("neurouniv.which_rule.rules"), "laws_of", lambda _: cheap)
    monkeypatch.setattr(rules, "QUICK", rules.QUICK._replace(network=Network(20, epochs=200)))
    results = rules.run(2, "cpu", False, quick=True)
    assert results.sizes == {"task": 1, "learner": 3, "seed": 2, "rule": len(NAMES)}
    assert results["probability_each"].dims == ("task", "rule", "learner", "seed")
    np.testing.assert_allclose(results["probability_each"].sum("rule"), 1)
    np.testing.assert_allclose(results["error_ratio"], 1)  # all laws are the same one here
    assert " of 6 networks (digits " in rules.claim(results)


@pytest.mark.slow
def test_a_quick_run_judges_every_network_by_every_law():
    results = rules.run(1, "cpu", False, quick=True)
    assert results.sizes == {"task": 1, "learner": 3, "seed": 1, "rule": len(NAMES)}
    np.testing.assert_allclose(results.probability_each.sum("rule"), 1)
    np.testing.assert_allclose(results.error_ratio.min("rule"), 1)
    assert results.learned.all()
    assert (results.loss_left < 0.1).all()
    # feedback alignment and lazy learning are far from each other, whatever weights probabilities have
    assert results.error_ratio.sel(learner="lazy", rule="feedback_alignment").item() > 1.2
    assert results.error_ratio.sel(learner="feedback_alignment", rule="lazy").item() > 1.2
    assert rules.claim(results).startswith(("holds", "does not hold"))
