"""Noise that is not known is found, in the first frame too; what has none keeps its fit."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

import neurouniv as nu
from neurouniv import RIVALS, PairwiseModel, UniversalModel

EQUIDISTANT = nu.tasks.from_arrays(np.eye(8), np.repeat(np.diag([0.4, 0.8, 1.2, 1.6]), 2, axis=0))


def brain(seed, metric="sqeuclidean", **settings):
    """A brain in which the pairwise law is true, and its constants in units of what was recorded."""
    rec = nu.simulate_brain(EQUIDISTANT, world="pairwise", sessions=8, neurons=60, snr=0.5, seed=seed)
    gain = rec.attrs["rate_gain"] ** 2
    truth = {"eta_h": rec.attrs["law_eta_h"] * gain, "eta_y": rec.attrs["law_eta_y"] / gain}
    return nu.trajectory(rec, EQUIDISTANT, metric=metric, **settings), truth


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # with so few data some constants stay open
def test_intervals_hold_the_truth_where_noise_is_not_known():
    """Of 24, with as few as one run of ten thousand would have."""
    held = {"eta_h": 0, "eta_y": 0}
    for seed in range(24):
        traj, truth = brain(seed)
        found = PairwiseModel().fit(traj).constants_
        for name, value in truth.items():
            low, high = found[f"{name}_interval"].values
            held[name] += low <= value <= high
    assert min(held.values()) >= binom.ppf(1e-4, 24, 0.95)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("law", [PairwiseModel, RIVALS["exponential"]])
def test_the_noise_that_is_found_is_the_noise_that_is_known(law):
    known, _ = brain(0, variance=True)
    found = law().fit(known.drop_vars("h_var"))
    told = found.constants_.noise
    assert told.sel(line="level") > 0
    variance = told.sel(line="level") + told.sel(line="slope") * (known.h - told.sel(line="floor")).clip(min=0)
    assert float(variance.mean()) == pytest.approx(float(known.h_var.mean()), rel=0.35)


def test_a_noisy_first_frame_is_drawn_towards_the_stimuli_in_predictions_too():
    traj, _ = brain(1, "crossnobis", variance=False)
    law = PairwiseModel().fit(traj)
    first = law.predict(traj).h.isel(time=0)
    assert float(first.std()) < 0.2 * float(traj.h.isel(time=0).std())  # stimuli are equally far apart


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("law", [PairwiseModel, UniversalModel])
def test_networks_have_no_noise(law):
    network = nu.trajectory(nu.train(nu.tasks.xor(), width=30, gain=0.5, lr=0.05, epochs=300, record=8, progress=False))
    network = network[["h"]].isel(seed=0, layer=0).assign_attrs(network.attrs)
    found, plain = (law(weighting=weighting, floor=floor) for weighting, floor in ((None, None), ("none", False)))
    xr.testing.assert_identical(found.fit(network).constants_.drop_attrs(), plain.fit(network).constants_.drop_attrs())


def test_exact_distances_have_no_noise(make_world):
    found = PairwiseModel().fit(make_world(see=("h",))).constants_
    assert "noise" not in found
    assert found.attrs["interval_method"].startswith("sandwich")


@pytest.mark.slow
def test_misfit_is_no_noise(make_world):
    """Of a law that is false in distances without noise."""
    traj = make_world(see=("h",), law="exponential", times=40)
    with pytest.warns(nu.NeurounivWarning):
        assert "noise" not in PairwiseModel().fit(traj).constants_


@pytest.fixture
def batch(make_world):
    """Three systems: one whose noise is found, one that the law does not describe, one without noise."""
    noisy = make_world(see=("h",), noise=0.02).drop_vars("h_var")
    systems = [noisy, make_world(see=("h",), law="exponential"), make_world(see=("h",))]
    return xr.concat(systems, "animal", combine_attrs="override").assign_coords(animal=["noisy", "false", "exact"])


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("floor", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_system_of_a_batch_is_fitted_as_if_it_were_alone(batch, floor):
    law = PairwiseModel(floor=floor).fit(batch)
    constants, predicted = law.constants_, law.predict(batch).h
    assert constants.noise.notnull().all("line").values.tolist() == [True, False, False]
    assert "(1 of 3), or sandwich" in constants.attrs["interval_method"]
    for animal, own in batch.groupby("animal", squeeze=False):
        alone = PairwiseModel(floor=floor).fit(own)
        first = {"restart": [0]}  # systems without noise have more of them
        part, expected = constants.sel(animal=[animal]).isel(first), alone.constants_.isel(first)
        for name in expected:
            np.testing.assert_array_equal(part[name], expected[name], err_msg=str(name))
        np.testing.assert_allclose(predicted.sel(animal=[animal]), alone.predict(own).h.transpose(*predicted.dims))
        assert alone.constants_.attrs["interval_method"].split(",")[0] in constants.attrs["interval_method"]
    turned = PairwiseModel(floor=floor).fit(batch.isel(animal=[2, 0, 1])).constants_
    xr.testing.assert_allclose(turned.sel(animal=constants.animal).drop_attrs(), constants.drop_attrs())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("diagnostic", [nu.profile, nu.truncation, nu.bootstrap])
def test_diagnostics_of_a_batch_are_those_of_every_system(batch, diagnostic):
    whole = diagnostic(PairwiseModel(), batch)
    for animal, own in batch.groupby("animal", squeeze=False):
        alone = diagnostic(PairwiseModel(), own)
        part = whole.sel(animal=[animal], **{dim: alone[dim] for dim in ("constant",) if dim in alone.dims})
        for name, expected in alone.items():
            np.testing.assert_allclose(part[name], expected, rtol=1e-6, err_msg=str(name))


def test_variances_of_some_systems_only_are_refused(make_world):
    both = xr.concat([make_world(see=("h",), noise=0.02), make_world(see=("h",))], "animal", combine_attrs="override")
    with pytest.raises(nu.InputError, match=r"1 of 2 have distances and no variance.*drop_vars\('h_var'\)"):
        PairwiseModel().fit(both)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # static is false in these data
@pytest.mark.parametrize(
    ("metric", "settings", "expected"), [("sqeuclidean", {}, True), ("sqeuclidean", {"variance": True}, True),
                                         ("crossnobis", {}, False)],
)  # fmt: skip
def test_distances_that_noise_makes_too_large_have_a_floor(metric, settings, expected):
    assert ("floor" in RIVALS["static"]().fit(brain(0, metric, **settings)[0]).constants_) == expected
    assert "floor" not in RIVALS["static"](floor=False).fit(brain(0, metric, **settings)[0]).constants_


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_a_law_fitted_again_forgets_the_floor_and_the_noise(make_world):
    law = PairwiseModel().fit(brain(0)[0])
    assert {"floor", "noise"} <= set(law.constants_)
    again = law.fit(make_world(see=("h",), noise=0.01)).constants_
    assert not {"floor", "noise"} & set(again)


def test_the_start_that_is_told_is_the_one_that_is_used(make_world):
    """Distances that grow a hundredfold from a start that noise hardly touches: static keeps its own start."""
    traj = make_world(n=6, see=("h",), noise=1e-5)
    scatter = 1 + 0.5 * np.sin(np.arange(traj.sizes["pair"]))
    traj = traj.assign(h=traj.h.where(traj.time > 0, traj.h * scatter))
    with pytest.warns(nu.NeurounivWarning):
        law = RIVALS["static"]().fit(traj)
    first, dx2 = law.predict(traj).h.isel(time=0), traj.dx2
    used = float((first * dx2).sum() / (dx2**2).sum())
    assert float(law.constants_.h0_per_dx2) == pytest.approx(used, rel=0.05)
    np.testing.assert_allclose(first, traj.h.isel(time=0), rtol=0.05)
