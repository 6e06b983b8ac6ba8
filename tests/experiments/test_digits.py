"""Digits: predictors are scored as said, baselines stand beside the laws, and a missing MNIST is said out loud."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import tasks
from neurouniv.experiments import digits
from neurouniv.laws import PairwiseModel
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.universality.scores.baselines import class_mean_distances


@pytest.fixture(scope="module")
def tiny():
    """A quick look made quicker, with the two-point law in place of the universal one."""
    short = {"sgd": {"lr": 0.5, "epochs": 60}, "adam": {"lr": 3e-3, "epochs": 30}}
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(digits, "LAWS", {"pairwise": PairwiseModel, "universal": PairwiseModel})
        changed.setattr(digits, "QUICK_NETWORK", {"hidden_layers": 1, "width": 20, "gain": 0.5, "layers": 0})
        changed.setattr(digits, "QUICK_TRAINING", {"8x8": short})
        yield


@pytest.fixture(scope="module")
def results(tiny):
    return digits.run(3, "cpu", False, quick=True)


@pytest.mark.slow
def test_predictors_are_those_of_the_task_and_scored_against_the_last_rdm(results):
    task = tasks.digits(digits.QUICK_PER_CLASS, seed=0)
    between = ~results.same.values
    distance = ((task.stimuli.values[:, None] - task.stimuli.values) ** 2).sum(-1)[np.triu_indices(20, 1)]
    shown = results.expected.isel(case=0)
    np.testing.assert_allclose(shown.sel(shown="input"), distance, rtol=1e-5)
    np.testing.assert_allclose(shown.sel(shown="dx dy"), np.sqrt(2 * distance * between), rtol=1e-5)
    for k in range(3):
        last = results.h.isel(case=0, seed=k, frame=-1).values
        for pairs, some in (("all", slice(None)), ("between", between)):
            one = results.sel(structure="input", pairs=pairs).isel(case=0, seed=k)
            assert one.correlation.item() == pytest.approx(np.corrcoef(distance[some], last[some])[0, 1], abs=1e-5)
            scale = distance[some] @ last[some] / (distance[some] @ distance[some])
            expected = (
                1 - ((last[some] - scale * distance[some]) ** 2).sum() / ((last[some] - last[some].mean()) ** 2).sum()
            )
            assert one.r2.item() == pytest.approx(expected, abs=1e-4)


def test_class_means_and_other_seeds_stand_beside_the_laws(results):
    assert results.structure.values.tolist() == [
        "pairwise", "universal", "class means", "dx dy", "input", "others"
    ]  # fmt: skip
    task = tasks.digits(digits.QUICK_PER_CLASS, seed=0)
    labelled = task.merge(results[["first", "second"]])
    expected = results.expected.sel(shown="class means").isel(case=1)
    np.testing.assert_allclose(expected, class_mean_distances(labelled), rtol=1e-5)
    np.testing.assert_allclose(results.silhouette.sel(shown="class means"), 1)
    last = results.h.isel(case=0, frame=-1).values
    z = (last - last.mean(1, keepdims=True)) / last.std(1, keepdims=True)
    expected = np.mean([np.corrcoef(z[k], np.delete(z, k, 0).mean(0))[0, 1] for k in range(3)])
    found = results.correlation.sel(structure="others", pairs="all").isel(case=0)
    assert float(found.mean()) == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_results_are_kept_drawn_and_judged(results, tmp_path):
    assert results.epoch.isel(frame=-1).values.tolist() == [60, 30]
    digits.draw(nu.load(nu.save(results, tmp_path / "r.nc"))).savefig(tmp_path / "r.png")
    assert "8x8 digits only" in digits.claim(results)
    assert "class means" in digits.claim(results)


def test_the_claim_asks_for_better_than_every_baseline_and_the_whole_movie(results):
    law = results.structure == "pairwise"
    good = results.assign(correlation=xr.where(law, 0.9, 0.5) + 0 * results.correlation.fillna(0))
    good["r2_movie"] = 0 * good.r2_movie + 0.95
    assert digits.claim(good).startswith("holds:")
    class_means = results.structure == "class means"
    beaten = good.assign(correlation=good.correlation.where(~class_means, 0.95))
    assert digits.claim(beaten).startswith("holds in part:")
    no_lead = beaten.assign(correlation=good.correlation.where(~class_means, 0.89), r2_movie=0 * good.r2_movie + 0.7)
    assert digits.claim(no_lead).startswith("does not hold:")
    beaten["r2_movie"] = 0 * good.r2_movie + 0.7
    assert digits.claim(beaten).startswith("does not hold:")


@pytest.mark.slow
def test_one_seed_has_no_ceiling_and_is_drawn_all_the_same(tiny, tmp_path):
    results = digits.run(1, "cpu", False, quick=True)
    assert results.correlation.sel(structure="others").isnull().all()
    digits.draw(results).savefig(tmp_path / "r.png")


def test_without_mnist_the_small_digits_are_run_and_that_is_said(monkeypatch):
    def unreachable(per_class=3, seed=0, images="8x8"):
        raise InputError("no mirror could be reached")

    monkeypatch.setattr(tasks, "digits", unreachable)
    with pytest.warns(NeurounivWarning, match="MNIST is left out.*no mirror could be reached"):
        training, note = digits._images(quick=False)
    assert list(training) == ["8x8"]
    assert note == "8x8 digits only, since MNIST could not be had"


def test_with_mnist_both_are_run(monkeypatch):
    monkeypatch.setattr(tasks, "digits", lambda *a, **s: None)
    training, note = digits._images(quick=False)
    assert list(training) == ["8x8", "mnist"]
    assert note == ""
