"""Paired differences: nothing where laws agree, a verdict where they do not, and labels that survive."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import RIVALS, InputError, NeurounivWarning, PairwiseModel, compare

SCORES = ("geometry", "dynamics")


def people(make_world, count=6, noise=0.02, n=12, **settings):
    clean = make_world(n=n, see=("h",), times=6, **settings)
    rng = np.random.default_rng(1)
    seen = [clean.h + noise * rng.normal(size=clean.h.shape) for _ in range(count)]
    return clean, clean.assign(h=xr.concat(seen, xr.DataArray(range(count), dims="subject", name="subject")))


def off(clean, size, seed=0):
    return clean.assign(h=clean.h + size * np.random.default_rng(seed).normal(size=clean.h.shape))


@pytest.mark.slow
@pytest.mark.parametrize("errors", ["jackknife", "dual"])
def test_a_worse_law_is_found_out_and_the_same_law_is_not(make_world, errors, law_of_truth):
    clean, seen = people(make_world)
    laws = {"universal": law_of_truth(clean), "twin": law_of_truth(clean), "worse": law_of_truth(off(clean, 0.1))}
    found = compare(laws, seen, partitions=1, resamples=200, errors=errors)
    for name in SCORES:
        np.testing.assert_allclose(found[f"{name}_difference"].sel(law=["universal", "twin"]), 0, atol=1e-12)
        np.testing.assert_array_equal(found[f"{name}_p"].sel(law=["universal", "twin"]), 1)
        worse = found.sel(law="worse")
        assert (worse[f"{name}_difference"] < 0).all()
        np.testing.assert_allclose(
            worse[f"{name}_difference"],
            (found[name] - found[name].sel(law="universal")).mean("subject").sel(law="worse"),
        )
        ends = worse[f"{name}_difference_interval"]
        assert (
            (ends.sel(bound="lower") < worse[f"{name}_difference"])
            & (worse[f"{name}_difference"] < ends.sel(bound="upper"))
        ).all()
        np.testing.assert_array_equal(worse[f"{name}_p"] < 0.05, ends.sel(bound="upper") < 0)
        assert (worse[f"{name}_p_corrected"] >= worse[f"{name}_p"]).all()
    assert float(found.dynamics_p_corrected.sel(law="worse")) < 0.05
    assert float(found.error_ratio_p_corrected.sel(law="worse")) < 0.05
    np.testing.assert_allclose(found.error_ratio.sel(law="twin"), 1, rtol=1e-12)
    expected = np.exp(np.log(found.dynamics_error.sel(law="worse") / found.dynamics_error.sel(law="twin")).mean())
    np.testing.assert_allclose(found.error_ratio.sel(law="worse"), expected, rtol=1e-10)
    ends = found.error_ratio_interval.sel(law="worse")
    assert 1 < ends.sel(bound="lower") < found.error_ratio.sel(law="worse") < ends.sel(bound="upper")
    assert found.attrs["reference"] == "universal"
    assert (found.attrs["n_conditions"], found.attrs["n_subjects"]) == (12, 6)


@pytest.mark.slow
def test_intervals_of_r2_end_below_one_and_hold_it(make_world):
    world = make_world(n=20, times=8, see=("h",), noise=0.05)
    found = compare([PairwiseModel(), RIVALS["static"]()], world, partitions=1, resamples=100)
    low, high = found.dynamics_interval.sel(bound="lower"), found.dynamics_interval.sel(bound="upper")
    assert ((low < found.dynamics) & (found.dynamics < high) & (high < 1)).all()


@pytest.mark.slow
def test_dimensions_are_those_of_the_data_but_for_the_subjects(make_world, law_of_truth):
    clean, seen = people(make_world)
    layers = xr.DataArray(["V1", "IT"], dims="layer", name="layer")
    seen = seen.assign(h=xr.concat([seen.h, 2 * seen.h], layers))
    laws = {"a": law_of_truth(clean), "b": law_of_truth(off(clean, 0.1))}
    found = compare(laws, seen, None, resamples=50)
    assert found.geometry_difference.dims == found.geometry_p.dims == ("law", "layer", "time")
    assert found.dynamics_difference_interval.dims == ("law", "layer", "bound")
    assert found.attrs["reference"] == "a"
    alone = compare(laws, seen.sel(layer="IT", drop=True), None, resamples=50)
    for name in ("geometry_p_corrected", "dynamics_difference_interval"):
        np.testing.assert_allclose(found[name].sel(layer="IT"), alone[name], rtol=1e-12)


@pytest.mark.slow
def test_one_system_is_tested_over_conditions_alone_and_several_stand_side_by_side(make_world, tmp_path, law_of_truth):
    clean, seen = people(make_world, n=20)
    laws = {"universal": law_of_truth(clean), "worse": law_of_truth(off(clean, 0.1))}
    one = compare(laws, seen.isel(subject=0, drop=True), "times", resamples=100)
    assert one.attrs["n_subjects"] == 1
    assert float(one.dynamics_p.sel(law="worse")) < 0.05
    side = compare(laws, {"people": seen, "one": seen.isel(subject=0, drop=True)}, "times", resamples=100)
    assert side.geometry_difference.dims == ("law", "system", "member", "time")
    np.testing.assert_allclose(side.dynamics_p.sel(system="one").isel(member=0), one.dynamics_p, rtol=1e-12)
    of_people = side.dynamics_p.sel(system="people", law="worse")
    assert np.isfinite(of_people).values.tolist() == [True] + [False] * 5  # one test of all, told once
    side.to_netcdf(tmp_path / "result.nc")


@pytest.mark.slow
def test_held_out_systems_are_compared_too(make_world, law_of_truth):
    clean, seen = people(make_world)
    laws = {"universal": law_of_truth(clean), "worse": law_of_truth(off(clean, 0.1))}
    found = compare(laws, seen, "systems", resamples=100)
    assert found.dynamics.dims == ("law", "subject")
    assert float(found.dynamics_p.sel(law="worse")) < 0.05


@pytest.mark.slow
def test_clusters_of_times_are_an_option(make_world, law_of_truth):
    clean, seen = people(make_world, count=7)
    laws = {"universal": law_of_truth(clean), "worse": law_of_truth(off(clean, 0.1)), "twin": law_of_truth(clean)}
    found = compare(laws, seen, partitions=1, resamples=100, correction="cluster")
    assert float(found.geometry_p_corrected.sel(law="worse").min()) == pytest.approx(1 / 64)  # of 2^6 flips
    np.testing.assert_array_equal(found.geometry_p_corrected.sel(law="twin"), 1)


@pytest.mark.slow
def test_the_seed_decides_and_units_do_not(make_world, law_of_truth):
    clean, seen = people(make_world)

    def tested(scale=1.0, seed=0):
        laws = [clean, off(clean, 0.1)]
        told = {str(i): law_of_truth(law.assign(h=scale * law.h)) for i, law in enumerate(laws)}
        return compare(told, seen.assign(h=scale * seen.h), None, resamples=50, seed=seed)

    one = tested()
    xr.testing.assert_allclose(one.geometry_p_corrected, tested(scale=7.0).geometry_p_corrected)
    xr.testing.assert_identical(one.geometry_p_corrected, tested().geometry_p_corrected)


@pytest.mark.slow
def test_few_subjects_or_conditions_warn_and_wrong_words_are_refused(make_world, law_of_truth):
    clean, seen = people(make_world, count=2, n=8)
    laws = {"a": law_of_truth(clean), "b": law_of_truth(off(clean, 0.1))}
    with pytest.warns(NeurounivWarning, match="8 conditions.* too large.* 2 subjects.* too small"):
        compare(laws, seen, None, resamples=20)
    _, seen = people(make_world)
    laws = {"a": law_of_truth(seen.isel(subject=0, drop=True)), "b": law_of_truth(seen.isel(subject=1, drop=True))}
    for settings, message in (
        ({"reference": "c"}, "got 'c'"),
        ({"correction": "fdr"}, "got 'fdr'"),
        ({"errors": "normal"}, "got 'normal'"),
        ({"subjects": "rat"}, "got 'rat'"),
    ):
        with pytest.raises(InputError, match=message):
            compare(laws, seen, None, resamples=20, **settings)

    class Nameless(law_of_truth):
        def predict(self, traj, time):
            return traj[["h"]].sel(time=time)

    with pytest.raises(InputError, match="first and second"):
        compare({"a": Nameless(clean)}, seen.drop_vars("first"), None, resamples=20)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resamples": -5}, "such as 1000"),
        ({"resamples": 1}, "such as 1000"),
        ({"resamples": 50, "reference": "Universal"}, "one of \\['static'\\]; got 'Universal'"),
        ({"resamples": 50, "correction": "none"}, "correction is one of"),
        ({"resamples": 50, "unit": "pairs"}, "unit is one of .*; got 'pairs'"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_fitted(make_world, monkeypatch, settings, message):
    monkeypatch.setattr(RIVALS["static"], "fit", lambda *_: pytest.fail("fitted"))
    with pytest.raises(InputError, match=message):
        compare(RIVALS["static"](), make_world(n=8, times=5, see=("h",)), partitions=1, **settings)


def test_trajectories_given_as_laws_are_told_so(make_world):
    with pytest.raises(InputError, match="Laws come before trajectories; got a Dataset"):
        compare(make_world(n=8, times=5), PairwiseModel())
