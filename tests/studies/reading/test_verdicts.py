"""Verdicts of a study: those of `neurouniv.verdict` on every cell's own comparison, and what is known of worlds."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.studies.cell.parts import part
from neurouniv.studies.reading.similarity import correlations

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


def test_every_group_has_the_verdict_of_its_own_comparison(whole, study):
    groups = nu.verdicts(study)
    assert groups.attrs["law"] == "gain"
    for id in dict.fromkeys(groups.cell.values.tolist()):
        rows = groups.isel(group=groups.cell.values == id)
        result = part(nu.load(whole / "cells" / f"{id}.nc"), "compare")
        for i in range(rows.sizes["group"]):
            row = rows.isel(group=i)
            one = result.sel(layer=[row.layer.item()]) if "layer" in result.dims else result
            own = nu.verdict(one)
            assert row.decision.item() == own.decision.item()
            assert row.reason.item() == ""
            for name in ("r2", "change_r2", "nearest_ratio", "ceiling"):
                assert np.allclose(row[name], own[name], equal_nan=True, rtol=1e-12, atol=0)
            assert np.array_equal(row.p.values, own.p.values.ravel())
            members = [dim for dim in ("seed", "layer") if dim in one.dynamics.dims]
            assert np.allclose(row.dynamics.sel(law=one.law), one.dynamics.mean(members), rtol=1e-12, atol=0)


def test_groups_are_the_seeds_of_a_cell_at_a_layer(study):
    groups = nu.verdicts(study)
    systems = study["systems"].to_dataset()
    done = systems.isel(system=systems.state.values == "done")
    assert groups.group.values.tolist() == list(dict.fromkeys(done.group.values.tolist()))
    brains = groups.isel(group=groups.kind.values == "brains")
    assert dict(zip(brains.world.values, brains.law_is.values, strict=True)) == {"gain": "true", "exponential": "false"}
    assert set(groups.law_is.values[groups.kind.values != "brains"]) == {""}


@pytest.fixture
def small(tmp_path):
    """A function that runs a study of one small network with further keys, and opens it."""

    def run(**keys):
        network = {"name": "a", "width": 10, "epochs": 40, "record": 5}
        spec = {
            "task": {"name": "digits", "per_class": 1},
            "laws": ["gain", "static"],
            "systems": {"networks": [network]},
        }
        nu.run_study(spec | keys, tmp_path / "study", workers=0)
        return nu.open_study(tmp_path / "study")

    return run


@pytest.mark.slow
def test_without_errors_there_is_no_verdict_and_the_reason_is_told(small):
    groups = nu.verdicts(small(compare={"partitions": 1}))
    assert groups.decision.values.tolist() == [""]
    assert "resamples" in groups.reason.item()
    assert np.isfinite(groups.r2).all()


@pytest.mark.slow
def test_a_network_that_diverges_has_no_verdict(small):
    network = {"name": "wild", "width": 10, "lr": 1e6, "epochs": 30, "record": 5}
    groups = nu.verdicts(small(compare={"partitions": 1, "resamples": 20}, systems={"networks": [network]}))
    assert groups.decision.values.tolist() == [""]
    assert "not numbers" in groups.reason.item()


def test_a_study_without_comparison_has_no_verdicts(small):
    with pytest.raises(nu.InputError, match="compare"):
        nu.verdicts(small())


def test_similarity_is_the_correlation_of_last_rdms_of_shared_conditions(study):
    found = nu.similarity_of_systems(study)
    values = found.similarity
    assert np.allclose(values, values.T, equal_nan=True, rtol=1e-10, atol=1e-12)
    assert np.allclose(np.diag(values), 1.0, rtol=1e-10)
    mouse = found.kind.values == "recordings"
    assert mouse.sum() == 2
    assert np.isnan(values.values[np.ix_(mouse, ~mouse)]).all()  # no condition in common
    assert np.isfinite(values.values[np.ix_(mouse, mouse)]).all()
    movies = study["trajectories/mlp"].to_dataset()
    names = ["mlp, rule backprop, seeds 0 1, layer 0", "mlp, rule hebbian, seeds 2 3, layer 1"]
    a, b = (movies.h.isel(system=movies.group.values == name, time=-1).mean("system").values for name in names)
    own = values.sel(group=names[0], group_=names[1])
    assert np.isclose(own, np.corrcoef(a, b)[0, 1], rtol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_correlations_over_shared_pairs_are_those_of_numpy(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(6, 40)) * 10.0 ** rng.integers(-6, 6, (6, 1)) + 1.0
    rows[rng.random(rows.shape) < 0.3] = np.nan
    found, shared = correlations(rows)
    for i in range(6):
        for j in range(6):
            both = np.isfinite(rows[i]) & np.isfinite(rows[j])
            assert shared[i, j] == both.sum()
            assert np.isclose(found[i, j], np.corrcoef(rows[i][both], rows[j][both])[0, 1], rtol=1e-6)


def test_judged_alone_p_values_are_not_corrected_for_the_number_of_systems(whole, study):
    id = study["compare/mlp"].id.values[0]
    result = part(nu.load(whole / "cells" / f"{id}.nc"), "compare")
    rival = result.law == "exponential"
    beaten = result.assign(
        error_ratio=xr.where(rival, 0.9, result.error_ratio), error_ratio_p=xr.where(rival, 0.01, result.error_ratio_p)
    )
    many = beaten.isel(layer=[0] * 60).assign_coords(layer=np.arange(60))
    assert set(nu.verdict(many, alone=True).beaten_by.values.tolist()) == {"exponential"}
    assert set(nu.verdict(many).beaten_by.values.tolist()) == {""}  # .01 is no small p among 60
