"""A law is what its class is, whatever a user calls it, in results that were saved, selected and joined."""

import json

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import LAWS, RIVALS, PairwiseModel, UniversalModel
from neurouniv.laws import Law, MixtureModel, TemplateModel
from neurouniv.universality.rivals import Identity, identities, identities_in, reference_of, rivals_among, rivals_of
from neurouniv.universality.verdict import error_rates

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


def named(result, names):
    """`result` with other names of its laws, as if a user had called them so."""
    called = dict(zip(result["law"].values.tolist(), names, strict=True))
    return result.assign_coords(law=list(names)).assign_attrs(reference=called[result.attrs["reference"]])


@pytest.fixture(scope="module")
def world():
    task = nu.tasks.from_arrays(np.random.default_rng(0).normal(size=(10, 5)), np.repeat(np.eye(5), 2, axis=0))
    return nu.simulated_studies(task, "gain", studies=2, snr=1.0)


@pytest.fixture(scope="module")
def result(world):
    laws = {"mine": PairwiseModel(), "universal": RIVALS["static"](), "other": MixtureModel(), "g": RIVALS["gain"]()}
    return nu.compare(laws, world.isel(study=0), partitions=1, resamples=40, reference="mine")


def test_every_law_has_a_family_of_one_word_for_one_law():
    own = {name: law for name, law in LAWS.items() if law.family == UniversalModel.family}
    assert set(own) == {"universal", "pairwise", "free"}
    noisy = {name for name, law in LAWS.items() if law.family == "perturbation"}  # their expected update is one
    assert noisy == {"node_perturbation", "hebbian"}
    others = set(LAWS) - set(own) - noisy
    assert {name: LAWS[name].family for name in others} == {name: name for name in others}
    assert (MixtureModel.family, TemplateModel.family) == ("mixture", "template")

    class Mine(RIVALS["gain"]):
        name = "mine"

    class Kin(PairwiseModel):
        name, family = "kin", UniversalModel.family

    assert (Mine.family, Kin.family) == ("mine", "universal")
    assert issubclass(Mine, Law)


def test_a_law_of_no_class_of_the_toolkit_has_rivals_whatever_it_is_called():
    class Own:
        pass

    known = identities({"universal": Own(), "free": Own(), "law": UniversalModel()})
    assert known["universal"] == Identity("Own", "Own: universal")
    assert rivals_among(known, "law") == ["universal", "free"]
    assert rivals_among(known, "free") == ["universal", "law"]


@pytest.mark.slow
def test_names_that_laws_are_called_by_change_nothing(result):
    assert rivals_of(result, "mine") == ["universal", "g"]
    assert rivals_of(result, "g") == ["mine", "universal"]
    plain = named(result, ["pairwise", "static", "mixture", "gain"])
    told, other = (nu.verdict(one) for one in (result, plain))
    for name in ("decision", "told", "ratio", "nearest_ratio", "overall"):
        np.testing.assert_array_equal(told[name], other[name])
    assert told.nearest.item() in ("universal", "g")


@pytest.mark.slow
def test_the_reference_by_default_is_the_universal_law_by_its_class(world):
    laws = {"static": RIVALS["static"](), "two-point law": UniversalModel(restarts=1)}
    found = nu.compare(laws, world.isel(study=0), partitions=1, resamples=20)
    assert found.attrs["reference"] == reference_of(found.drop_attrs()) == "two-point law"


@pytest.mark.slow
def test_what_laws_are_survives_files_selections_and_joins(result, tmp_path):
    known = identities_in(result)
    for end in ("nc", "zarr"):
        kept = nu.load(nu.save(result, tmp_path / f"result.{end}"))
        assert identities_in(kept) == known
        assert nu.verdict(kept).decision.item() == nu.verdict(result).decision.item()
    assert identities_in(result.drop_attrs()) == known
    assert identities_in(result.sel(law=["g", "mine"])) == {name: known[name] for name in ("g", "mine")}
    how = {"data_vars": "all", "coords": "minimal", "compat": "override", "join": "exact"}
    assert identities_in(xr.concat([result.sel(law=[name]) for name in known], "law", **how)) == known
    several = xr.concat([result, result], xr.DataArray(["a", "b"], dims="brain", name="brain"), **how)
    assert identities_in(several) == known
    assert rivals_of(several, "mine") == rivals_of(result, "mine")


@pytest.mark.slow
def test_what_laws_are_is_known_of_several_systems(world):
    laws = {"mine": PairwiseModel(), "pairwise": RIVALS["static"]()}
    found = nu.compare(laws, {"a": world.isel(study=0), "b": world.isel(study=1)}, partitions=1, resamples=20)
    assert rivals_of(found, "mine") == ["pairwise"]
    assert "against pairwise." in nu.verdict(found).text


def older(result):
    """`result` as files of earlier versions have it: `kinds` instead of coordinates."""
    kinds = {key: one.name for key, one in identities_in(result).items()}
    return result.drop_vars(["law_name", "law_family"]).assign_attrs(kinds=json.dumps(kinds))


@pytest.mark.slow
def test_older_files_are_judged_as_they_were(result, tmp_path):
    kept = nu.load(nu.save(older(result), tmp_path / "older.nc"))
    assert identities_in(kept) == identities_in(result)
    xr.testing.assert_equal(nu.verdict(kept), nu.verdict(result))
    plain = named(result, ["pairwise", "static", "mixture", "gain"]).drop_vars(["law_name", "law_family"])
    kept = nu.load(nu.save(plain, tmp_path / "oldest.nc"))  # laws by their names alone
    assert rivals_of(kept, "pairwise") == ["static", "gain"]
    assert nu.verdict(kept).decision.item() == nu.verdict(result).decision.item()


@pytest.mark.slow
def test_error_rates_are_those_of_the_law_whatever_it_is_called(result, monkeypatch):
    table = (
        error_rates.Rate("pairwise", "pairwise", True, 10, result.sizes["time"], 0.9, 200, 190, 0, 10),
        error_rates.Rate("pairwise", "gain", False, 10, result.sizes["time"], 0.9, 200, 4, 100, 96),
    )
    monkeypatch.setattr(error_rates, "measured", lambda: table)
    monkeypatch.setattr(error_rates, "RIVALS", {"static", "gain"})
    monkeypatch.setattr(error_rates, "NEAR", 1.0)
    like = result.assign_attrs(partitions=2)
    assert "it said described in 190 of 200 studies" in nu.verdict(like).text
    false = like.assign_coords(law_name=("law", ["gain", "static", "mixture", "pairwise"]))
    assert "was not measured" in nu.verdict(false).text


@pytest.mark.slow
def test_recover_counts_a_law_of_the_same_family_as_true(world):
    like = world.isel(study=0)
    plain = {"pairwise": PairwiseModel(), "kin": PairwiseModel(per="system"), "static": RIVALS["static"]()}
    found = nu.recover(plain, like, studies=2, resamples=20, partitions=1)
    np.testing.assert_array_equal(found["false_described"], found["decision"].sel(truth="static", verdict="described"))


def test_plan_sets_laws_against_others_than_their_family():
    task = nu.tasks.digits(per_class=1)
    with pytest.raises(nu.InputError, match="needs a rival that differs from the universal law"):
        nu.plan(task, law="universal", rivals=["pairwise", "free"])
