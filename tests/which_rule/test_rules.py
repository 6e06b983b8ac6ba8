"""`nu.rules`: held-out evidence on every rule, with probabilities that errors alone decide."""

import numpy as np
import pytest
import xarray as xr
from tqdm import tqdm

from neurouniv import InputError, tasks, train, trajectory
from neurouniv.which_rule import rules as door
from neurouniv.which_rule.candidates import CURVES, NONE, RULES, chosen, laws_of
from neurouniv.which_rule.doubts import doubts
from neurouniv.which_rule.evidence import Evidence
from neurouniv.which_rule.rules import rules

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # few conditions, wrong laws
LEARNED = ["feedback_alignment", "backprop"]


@pytest.fixture(scope="module")
def task():
    rng = np.random.default_rng(3)
    label = np.arange(7) % 3
    stimuli, targets = 0.7 * rng.normal(size=(3, 4))[label] + rng.normal(size=(7, 4)), np.eye(3)[label]
    return tasks.from_arrays(stimuli - stimuli.mean(0), targets - targets.mean(0))


@pytest.fixture(scope="module")
def traj(task):
    """Two linear networks (network) that learn by fixed feedback and by backprop."""
    network = {"width": 80, "gain": 0.15, "nonlinearity": "linear", "lr": 0.2, "epochs": 800, "record": 8}
    both = [trajectory(train(task, rule=rule, **network)).isel(seed=0, layer=0, drop=True) for rule in LEARNED]
    dim = xr.DataArray(LEARNED, dims="network", name="network")
    seen = [name for name in both[0] if "time" in both[0][name].dims]
    return xr.concat(both, dim, data_vars=seen, coords="minimal", compat="override", combine_attrs="override")


@pytest.fixture(scope="module")
def found(traj):
    return rules(traj, resamples=30)


def evidence_of(traj, names=("backprop",)):
    """The evidence on some rules alone."""
    laws = laws_of(names) | {name: law for name, law in laws_of([]).items() if name in CURVES}
    with tqdm(disable=True) as bar:
        return Evidence(laws, traj.drop_vars(["y", "w", "output"], errors="ignore"), 2, 1, 0, bar)


@pytest.mark.slow
def test_each_network_s_own_law_predicts_better_than_the_other_s(found):
    error = found.error.sel(rule=LEARNED, network=LEARNED).transpose("rule", "network").values
    assert 2 * error[0, 0] < error[1, 0]
    assert 2 * error[1, 1] < error[0, 1]
    odds = found.probability.sel(rule="feedback_alignment") / found.probability.sel(rule="backprop")
    assert odds.sel(network="feedback_alignment") > odds.sel(network="backprop")


def test_a_movie_without_numbers_is_told_with_its_place(traj):
    lost = traj.assign(h=traj.h.where(traj.network != "backprop"))
    with pytest.raises(InputError, match=r"1 of 2 movies are not \(network backprop\).*smaller lr"):
        rules(lost)


@pytest.mark.slow
def test_probabilities_are_of_all_rules_and_none_and_sum_to_one(found):
    assert found["rule"].values.tolist() == [*RULES, NONE]
    assert found.probability.sum("rule").values == pytest.approx(1)
    for network in LEARNED:
        here = found.sel(network=network)
        assert bool(here.alike.sel(rule=here.best.item()))
        assert f"network {network}: " in found.attrs["answer"]
    assert found.attrs["calibration"].startswith("Probabilities rest on")


@pytest.mark.slow
def test_evidence_is_beside_the_law_with_the_smallest_error(found):
    reference = found.attrs["reference"]
    assert np.allclose(found.error_ratio.sel(rule=reference), 1)
    assert np.allclose(found.log_score_difference.sel(rule=reference), 0)
    low, high = found.error_ratio_interval.transpose("bound", ...)
    assert bool(((low <= found.error_ratio + 1e-9) & (found.error_ratio <= high + 1e-9)).all())
    assert np.allclose(found.error_ratio, found.error / found.error.sel(rule=reference), rtol=1e-6)


@pytest.mark.slow
def test_errors_do_not_depend_on_units_names_or_the_order_of_pairs(traj):
    renamed = {name: "z" + str(99 - i) for i, name in enumerate(traj.condition.values.tolist())}
    ends = {end: ("pair", [renamed[str(name)] for name in traj[end].values]) for end in ("first", "second")}
    other = traj.assign(h=1e3 * traj["h"]).drop_vars("pair", errors="ignore")
    other = other.assign_coords(ends | {"condition": list(renamed.values())})
    other = other.isel(pair=np.random.default_rng(0).permutation(traj.sizes["pair"]))
    first, again = (evidence_of(movie).errors for movie in (traj, other))
    assert np.allclose(again.error, 1e6 * first.error, rtol=0.02)
    assert np.allclose(again.squares, 1e6 * first.squares)
    assert np.array_equal(again["count"], first["count"])


@pytest.mark.slow
def test_what_a_law_does_not_predict_is_an_error(traj):
    evidence = evidence_of(traj, [])
    fit = evidence.predicted["static"][0]
    evidence.predicted["static"][0] = fit._replace(h=fit.h.where(fit.h["time"] < 100))
    assert np.isinf(evidence.errors.error.sel(law="static")).all()


@pytest.mark.slow
def test_what_is_not_possible_has_no_share(traj, found, monkeypatch):
    known = evidence_of(traj, LEARNED)
    monkeypatch.setattr(door, "_evidence", lambda *_, **__: known)
    some = rules(traj, LEARNED, resamples=2)
    assert some["rule"].values.tolist() == [*LEARNED, NONE]
    assert np.allclose(some.probability.sum("rule"), 1)
    assert np.array_equal(*(_odds(table) > 1 for table in (some, found)))


def _odds(table):
    return table.probability.sel(rule=LEARNED[0]) / table.probability.sel(rule=LEARNED[1])


@pytest.mark.slow
def test_members_share_a_rule_and_have_their_own_probabilities(traj, monkeypatch):
    seeds = traj.rename(network="seed").assign_coords(seed=[0, 1])
    known = evidence_of(seeds, RULES)
    monkeypatch.setattr(door, "_evidence", lambda *_, **__: known)
    table = rules(seeds, LEARNED, resamples=2)
    assert table.probability.dims == ("rule",)
    assert set(table.probability_each.dims) == {"rule", "seed"}
    assert np.allclose(table.probability_each.sum("rule"), 1)


@pytest.mark.slow
def test_with_outputs_there_is_evidence_and_no_probability(traj):
    table = rules(traj.sel(network="feedback_alignment"), LEARNED, outputs=True, resamples=2)
    assert table.probability.isnull().all()
    assert "its probability is not known" in table.attrs["answer"]
    assert float(table.error_ratio.sel(rule="feedback_alignment")) == 1


def test_unequal_trials_bring_exposure_and_equal_ones_do_not(traj):
    count = np.arange(7) % 2
    assert chosen(None, traj.assign(trials=("condition", count + 4.0)))[-1] == "exposure"
    assert "exposure" not in chosen(None, traj.assign(trials=("condition", 0 * count + 4.0)))


def test_doubts_are_about_designs_that_were_not_simulated_laws_that_fail_and_no_change(traj):
    good = xr.DataArray(1.0)
    fits = xr.DataArray([1.0, 0.0, 1.0], {"rule": ["backprop", "lazy", NONE]}, ("rule",))
    said = " ".join(doubts(traj.isel(time=slice(0, 4)), 0 * good - 5, 0.5 * good, fits))
    assert "4 frames" in said
    assert "no rule can be named" in said
    assert "none of the rules is right" in said
    assert "Most held-out fits are not usable for lazy learning" in said


@pytest.mark.parametrize(
    ("change", "settings", "said"),
    [
        (lambda traj: traj.isel(time=slice(0, 3)), {}, "4 times or more; got 21 pairs and 3 times"),
        (lambda traj: traj.isel(pair=slice(0, 10)), {}, "got 10 pairs"),
        (lambda traj: traj.drop_vars(["dx2", "dy2"]), {}, "no task"),
        (lambda traj: traj, {"rules": ["backprob", "lazy"]}, "rules are two or more of backprop, feedback_alignment"),
        (lambda traj: traj, {"rules": ["lazy"]}, "two or more"),
        (lambda traj: traj, {"level": 90}, "between 0.5 and 1; got 90"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_work(traj, change, settings, said, monkeypatch):
    monkeypatch.setattr(door, "_evidence", None)
    with pytest.raises(InputError, match=said):
        rules(change(traj), **settings)
