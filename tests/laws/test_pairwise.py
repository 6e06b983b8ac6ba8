"""Laws recover what made the data, say when they cannot, and treat batches as dimensions."""

import json

import numpy as np
import pytest
import xarray as xr

from neurouniv import RIVALS, InputError, NeurounivWarning, PairwiseModel, UniversalModel
from neurouniv.theory import two_point


@pytest.mark.parametrize(("eta_h", "eta_y"), [(0.2, 0.1), (0.02, 1.0), (2.0, 0.03)])
def test_known_constants_come_back(make_world, eta_h, eta_y):
    law = PairwiseModel().fit(make_world(eta_h=eta_h, eta_y=eta_y))
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], [eta_h, eta_y], rtol=1e-4)
    assert law.constants_.converged.item()
    assert float(law.constants_.r2.min()) > 0.99999


def test_known_constants_come_back_from_distances_alone(make_world):
    law = PairwiseModel().fit(make_world(n=8, see=("h",)))
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], [0.2, 0.1], rtol=0.1)
    assert float(law.constants_.y0_per_h0) > 0
    assert float(law.score(make_world(n=8, see=("h",))).h) > 0.999


def test_a_declared_start_is_used_instead_of_fitted(make_world):
    law = PairwiseModel(start={"y0": 1e-4, "w0": -1e-3}).fit(make_world(see=("h",)))
    assert "y0_per_h0" not in law.constants_
    first = law.predict(make_world(see=("h",))).isel(time=0)
    np.testing.assert_allclose(first.y, 1e-4, rtol=1e-6)
    np.testing.assert_allclose(first.w, -1e-3, rtol=1e-6)


@pytest.mark.slow
def test_units_of_the_recording_are_absorbed_and_nothing_else_changes(make_world):
    traj = make_world(see=("h",), n=5)
    law, scaled = PairwiseModel().fit(traj), PairwiseModel().fit(traj.assign(h=1000 * traj.h))
    np.testing.assert_allclose(scaled.constants_.eta_h, 1000 * law.constants_.eta_h, rtol=1e-6)
    np.testing.assert_allclose(scaled.constants_.eta_y, law.constants_.eta_y / 1000, rtol=1e-6)
    np.testing.assert_allclose(scaled.constants_.r2, law.constants_.r2, atol=1e-8)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # the loser may say that it does not fit
@pytest.mark.parametrize("world", ["pairwise", "exponential"])
def test_each_world_is_fitted_best_by_the_law_that_made_it(make_world, world):
    traj = make_world(law=world, see=("h",))
    laws = [PairwiseModel(), RIVALS["exponential"]()]
    score = {law.name: float(law.fit(traj).score(traj).h) for law in laws}
    assert score.pop(world) > 0.9999
    assert max(score.values()) < 0.99


def test_the_exponential_rival_recovers_its_constants(make_world):
    found = RIVALS["exponential"]().fit(make_world(law="exponential", see=("h",))).constants_
    np.testing.assert_allclose([found.stimulus, found.target, found.rate], [0.3, 0.5, 0.05], rtol=1e-4)


def test_static_never_moves(make_world):
    traj = make_world()
    with pytest.warns(NeurounivWarning, match="static law does not describe"):
        law = RIVALS["static"]().fit(traj)
    predicted = law.predict(traj)
    np.testing.assert_allclose(predicted.h, traj.h.isel(time=[0] * traj.sizes["time"]), rtol=1e-12)


def test_batch_dimensions_are_kept_and_members_do_not_touch_each_other(make_world):
    members = [make_world(eta_h=eta) for eta in (0.1, 0.2, 0.3)]
    seeds = xr.DataArray([7, 8, 9], dims="seed", name="seed")
    batch = members[0].assign({name: xr.concat([m[name] for m in members], seeds) for name in "hyw"})
    law = PairwiseModel().fit(batch)
    assert law.constants_.eta_h.dims == ("seed",)
    np.testing.assert_allclose(law.constants_.eta_h, [0.1, 0.2, 0.3], rtol=1e-3)
    assert law.predict(batch).h.dims == ("seed", "time", "pair")
    assert law.score(batch).h.dims == ("seed",)
    alone = PairwiseModel().fit(batch.sel(seed=8))
    np.testing.assert_allclose(alone.constants_.eta_h, law.constants_.eta_h.sel(seed=8), rtol=1e-5)


def test_layers_share_the_outputs_of_their_network(make_world):
    traj = make_world()
    layered = traj.assign(h=xr.concat([traj.h, 4 * traj.h], xr.DataArray([0, 1], dims="layer", name="layer")))
    law = PairwiseModel(weighting="range").fit(layered)
    assert law.constants_.eta_h.dims == ("layer",)
    np.testing.assert_allclose(law.constants_.eta_h, [0.2, 0.8], rtol=1e-4)
    assert law.score(layered).y.dims == ("layer",)
    assert law.constants_.eta_h.attrs["units"] == "per epochs"


def test_a_prediction_starts_where_the_data_start_and_reaches_other_times(make_world):
    traj = make_world()
    law = PairwiseModel().fit(traj)
    np.testing.assert_allclose(law.predict(traj).h.isel(time=0), traj.h.isel(time=0), rtol=1e-6)
    half = PairwiseModel().fit(traj.isel(time=slice(0, 15)))
    forecast = half.predict(traj.isel(time=slice(0, 15)), time=traj.time[15:])
    np.testing.assert_allclose(forecast.h, traj.h[15:], rtol=1e-2)
    assert forecast.time.attrs["units"] == "epochs"
    with pytest.raises(InputError, match="Ask for later times"):
        law.predict(traj, time=[-3.0])


def test_final_structure_is_where_the_prediction_goes(make_world):
    traj = make_world()
    law = PairwiseModel().fit(traj)
    late = law.predict(traj, time=[5000.0])
    np.testing.assert_allclose(law.final_structure(traj), late.h.isel(time=0), rtol=1e-6)


def test_the_order_of_pairs_does_not_matter(make_world):
    traj = make_world()
    shuffled = traj.isel(pair=np.random.default_rng(0).permutation(traj.sizes["pair"]))
    a, b = (PairwiseModel().fit(t).constants_ for t in (traj, shuffled))
    np.testing.assert_allclose(a.eta_h, b.eta_h, rtol=1e-5)


def test_missing_observations_are_left_out(make_world):
    traj = make_world()
    holes = np.random.default_rng(0).random(traj.h.shape) < 0.2
    holes[0] = False
    law = PairwiseModel().fit(traj.assign(h=traj.h.where(~holes)))
    np.testing.assert_allclose(law.constants_.eta_h, 0.2, rtol=1e-4)


def test_what_the_law_cannot_do_is_said_out_loud(make_world):
    traj = make_world(see=("h",))
    falling = traj.assign(h=traj.h[::-1].assign_coords(time=traj.time) * np.linspace(1, 0.1, 25)[:, None])
    with pytest.warns(NeurounivWarning, match="does not describe"):
        law = PairwiseModel(start={"y0": 1e-4, "w0": -1e-3}).fit(falling)
    assert not law.constants_.converged.item()
    assert float(law.constants_.eta_h) > 0
    assert "pairwise law does not describe" in law.constants_.message.item()


def test_a_missing_start_of_the_outputs_is_no_success(make_world):
    traj = make_world()
    with pytest.warns(NeurounivWarning, match="start is missing"):
        law = PairwiseModel().fit(traj.assign(y=traj.y.where(traj.time > 0)))
    assert not law.constants_.converged.item()


def test_noise_in_the_start_is_shrunk_not_amplified(make_world):
    """With known noise the law still describes the clean curves; distances never start at or below zero."""
    noisy, clean = make_world(n=10, see=("h",), noise=0.05), make_world(n=10, see=("h",))
    law = PairwiseModel().fit(noisy)
    predicted = law.predict(noisy)
    assert float(predicted.h.min()) > 0
    error = float(((predicted.h - clean.h) ** 2).mean() / clean.h.var())
    assert error < 0.05


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.drop_vars("dx2"), "To give the task"),
        (lambda t: t.isel(time=slice(0, 2)), "at least 3 times"),
        (lambda t: t.isel(time=[0]).drop_vars(["dx2", "dy2"]), "got 1. One time shows no learning"),
        (lambda t: t.isel(time=slice(None, None, -1)), "strictly increasing"),
        (lambda t: t.rename(pair="p"), "absent"),
        (lambda t: t.drop_vars("h"), "'h'"),
        (lambda t: t.assign_coords(dy2=0 * t.dy2), "different targets"),
        (lambda t: t.assign(h=np.nan * t.h), "every h of this trajectory is NaN"),
    ],
)
def test_bad_trajectories_are_refused_with_a_remedy(make_world, spoil, message):
    with pytest.raises(InputError, match=message):
        PairwiseModel().fit(spoil(make_world()))


def test_a_law_shows_and_copies_its_settings(make_world):
    law = PairwiseModel(weighting="range").fit(make_world())
    assert repr(law.clone()) == "PairwiseModel(weighting='range')"
    assert repr(law).splitlines()[0] == "PairwiseModel(weighting='range'), fitted"
    assert not hasattr(law.clone(), "constants_")


def test_asking_before_fitting(make_world):
    with pytest.raises(InputError, match="not fitted yet"):
        PairwiseModel().predict(make_world())


RUNS = ["two_layer", "shallow", "default", "relu", "gain_1.1", "tanh"]


def reference(folder, name):
    run = np.load(folder / f"{name}.npz", allow_pickle=False)
    keep = slice(None, None, 20)
    coords = {"time": run["time"][keep].astype(float), "first": ("pair", ["a"]), "second": ("pair", ["b"])}
    coords |= {"dx2": ("pair", [float(run["dx2"])]), "dy2": ("pair", [float(run["dy2"])])}
    return xr.Dataset({v: (("time", "pair"), run[v][keep, None].astype(float)) for v in "hyw"}, coords)


@pytest.mark.parametrize("law", [PairwiseModel, UniversalModel])
@pytest.mark.parametrize("name", RUNS)
def test_the_published_runs_are_fitted_as_well_as_anyone_has(published_runs, name, law):
    best = json.loads((published_runs / "fits.json").read_text())[name]["best"]
    found = law().fit(reference(published_runs, name)).constants_
    np.testing.assert_allclose([found.eta_h, found.eta_y], [best["eta_h"], best["eta_y"]], rtol=5e-3)
    np.testing.assert_allclose(found.r2, best["r2"], atol=3e-3)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # some runs no law describes, and both say so
def test_two_conditions_of_the_universal_law_are_one_pair_of_the_pairwise_law(published_runs):
    for run in sorted(published_runs.glob("*.npz")):
        traj = reference(published_runs, run.stem)
        for see in ("hyw", "h"):
            some = traj[list(see)]
            one, other = (law().fit(some) for law in (UniversalModel, PairwiseModel))
            assert set(one.constants_) == set(other.constants_)
            numbers = [name for name in one.constants_ if one.constants_[name].dtype.kind == "f"]
            xr.testing.assert_allclose(one.constants_[numbers], other.constants_[numbers], rtol=1e-8)
            xr.testing.assert_allclose(one.predict(some), other.predict(some), rtol=1e-8)
            xr.testing.assert_allclose(one.final_structure(some), other.final_structure(some), rtol=1e-8)


def test_gain_1_4_is_not_described_and_its_constants_stay_positive(published_runs):
    with pytest.warns(NeurounivWarning, match="does not describe"):
        found = PairwiseModel().fit(reference(published_runs, "gain_1.4")).constants_
    assert float(found.eta_h) > 0
    assert float(found.eta_y) > 0


def test_the_velocity_is_the_slope_of_the_prediction(make_world):
    traj = make_world(times=200)
    law = PairwiseModel().fit(traj)
    made = law.predict(traj)
    state = np.stack([made[name].values for name in "hyw"])
    constants = float(law.constants_.eta_h), float(law.constants_.eta_y)
    slope = two_point.velocity(state, *constants, traj.dx2.values, traj.dy2.values)
    by_difference = np.gradient(state, traj.time.values, axis=1)
    np.testing.assert_allclose(by_difference[:, 5:-5], slope[:, 5:-5], atol=2e-3)
