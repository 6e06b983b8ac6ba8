"""`nu.rules`: held-out evidence on every rule, with probabilities that errors alone decide."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError, tasks, train, trajectory
from neurouniv.which_rule.candidates import NONE, RULES
from neurouniv.which_rule.rules import rules

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # few conditions, wrong laws


@pytest.fixture(scope="module")
def task():
    rng = np.random.default_rng(3)
    label = np.arange(8) % 3
    stimuli, targets = 0.7 * rng.normal(size=(3, 4))[label] + rng.normal(size=(8, 4)), np.eye(3)[label]
    return tasks.from_arrays(stimuli - stimuli.mean(0), targets - targets.mean(0))


@pytest.fixture(scope="module")
def make_traj(task):
    def make(rule, seeds=1, **settings):
        network = {"width": 80, "gain": 0.15, "nonlinearity": "linear", "lr": 0.2, "epochs": 800, "record": 10}
        traj = trajectory(train(task, rule=rule, seeds=seeds, **network | settings)).isel(layer=0, drop=True)
        return traj.isel(seed=0, drop=True) if seeds == 1 else traj

    return make


@pytest.fixture(scope="module")
def found(make_traj):
    return rules(make_traj("feedback_alignment"), resamples=30)


def test_feedback_alignment_is_told_from_backprop(found, make_traj):
    by_backprop = rules(make_traj("backprop"), resamples=30)
    assert found.error_ratio.sel(rule="backprop") > 1.2 * found.error_ratio.sel(rule="feedback_alignment")
    assert by_backprop.error_ratio.sel(rule="feedback_alignment") > 1.2 * by_backprop.error_ratio.sel(rule="backprop")
    odds = [
        table.probability.sel(rule="feedback_alignment") / table.probability.sel(rule="backprop")
        for table in (found, by_backprop)
    ]
    assert odds[0] > 10 * odds[1]


def test_probabilities_are_of_all_rules_and_none_and_sum_to_one(found):
    assert found["rule"].values.tolist() == [*RULES, NONE]
    assert float(found.probability.sum()) == pytest.approx(1)
    assert found.best.item() in found["rule"].values
    assert bool(found.alike.sel(rule=found.best.item()))
    assert found.attrs["answer"]
    assert found.attrs["calibration"].startswith("Probabilities are shares of")


def test_evidence_is_beside_the_law_with_the_smallest_error(found):
    reference = found.attrs["reference"]
    assert float(found.error.idxmin("rule") == reference)
    assert float(found.error_ratio.sel(rule=reference)) == 1
    assert float(found.log_score_difference.sel(rule=reference)) == 0
    low, high = found.error_ratio_interval.transpose("bound", ...)
    assert bool(((low <= found.error_ratio) & (found.error_ratio <= high)).all())
    assert np.allclose(found.error_ratio, found.error / found.error.sel(rule=reference), rtol=1e-6)


def test_neither_units_nor_names_nor_the_order_of_pairs_change_the_answer(found, make_traj):
    traj = make_traj("feedback_alignment")
    renamed = {name: "z" + str(99 - i) for i, name in enumerate(traj.condition.values.tolist())}
    ends = {end: ("pair", [renamed[str(name)] for name in traj[end].values]) for end in ("first", "second")}
    other = traj.assign(h=1e3 * traj["h"]).assign_coords(ends | {"condition": list(renamed.values())})
    other = other.drop_vars("pair") if "pair" in other.coords else other
    again = rules(other.isel(pair=np.random.default_rng(0).permutation(traj.sizes["pair"])), resamples=2)
    assert np.allclose(again.probability, found.probability, atol=0.02)


def test_what_is_not_possible_has_no_share(found, make_traj):
    some = rules(make_traj("feedback_alignment"), ["backprop", "feedback_alignment"], resamples=2)
    assert some["rule"].values.tolist() == ["backprop", "feedback_alignment", NONE]
    kept = found.probability.sel(rule=some["rule"].values)
    assert np.allclose(some.probability, kept / kept.sum(), atol=1e-9)


def test_members_share_a_rule_and_have_their_own_probabilities(make_traj):
    table = rules(make_traj("backprop", seeds=2), resamples=2)
    assert table.probability.dims == ("rule",)
    assert set(table.probability_each.dims) == {"rule", "seed"}
    assert np.allclose(table.probability_each.sum("rule"), 1)


def test_with_outputs_there_is_evidence_and_no_probability(make_traj):
    table = rules(make_traj("feedback_alignment"), ["backprop", "feedback_alignment"], outputs=True, resamples=2)
    assert table.probability.isnull().all()
    assert "not known" in table.attrs["answer"]
    assert float(table.error_ratio.sel(rule="feedback_alignment")) == 1


def test_unequal_trials_bring_exposure_without_a_probability(make_traj):
    traj = make_traj("backprop")
    counted = traj.assign(trials=("condition", np.arange(8) % 2 + 4.0))
    table = rules(counted, resamples=2)
    assert "exposure" in table["rule"].values
    assert np.isnan(table.probability.sel(rule="exposure"))


def test_doubts_are_said(make_traj):
    traj = make_traj("backprop").isel(time=slice(0, 5))
    assert "5 frames" in rules(traj, resamples=2).attrs["doubts"]


@pytest.mark.parametrize(
    ("change", "settings", "said"),
    [
        (lambda traj: traj.isel(time=slice(0, 3)), {}, "4 times or more; got 28 pairs and 3 times"),
        (lambda traj: traj.isel(pair=slice(0, 10)), {}, "got 10 pairs"),
        (lambda traj: traj.drop_vars(["dx2", "dy2"]), {}, "no task"),
        (lambda traj: traj, {"rules": ["backprob", "lazy"]}, "rules are two or more of backprop, feedback_alignment"),
        (lambda traj: traj, {"rules": ["lazy"]}, "two or more"),
        (lambda traj: traj, {"level": 90}, "between 0.5 and 1; got 90"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_work(make_traj, change, settings, said):
    with pytest.raises(InputError, match=said):
        rules(change(make_traj("backprop")), **settings)


def test_a_rule_cannot_be_named_where_nothing_is_learned(make_traj):
    traj = make_traj("backprop")
    still = traj.assign(h=xr.zeros_like(traj["h"]) + traj["h"].isel(time=0))
    assert "no rule can be named" in rules(still, resamples=2).attrs["doubts"]
