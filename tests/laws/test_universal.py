"""The universal law recovers the learning rates of networks it is exact for, and says what it needs."""

import numpy as np
import pytest
import torch
import xarray as xr

import neurouniv as nu
from neurouniv import InputError, NeurounivWarning, UniversalModel
from neurouniv.laws import integrated, universal_scan
from neurouniv.systems.networks import MLP, seeded


def linear_network(seeds=range(1), conditions=8, lr=0.03, **settings):
    rng = np.random.default_rng(0)
    task = nu.tasks.from_arrays(rng.normal(size=(conditions, 5)) / 2, rng.normal(size=(conditions, 3)) / 2)
    runs = nu.train(
        task, "mlp", hidden_layers=1, width=60, nonlinearity="linear", gain=0.4, lr=lr, epochs=8000, seeds=seeds,
        record=40, progress=False, **settings,
    )  # fmt: skip
    return nu.trajectory(runs).squeeze("layer", drop=True)


@pytest.fixture(scope="module")
def network():
    return linear_network(seeds=range(2))


@pytest.mark.slow
def test_with_means_a_linear_networks_rates_are_its_learning_rate(network):
    """Half the mean squared error over N conditions and o outputs: rates per summed error are lr/(N o)."""
    law = UniversalModel(means=True).fit(network)
    expected = 0.03 / (8 * 3)
    np.testing.assert_allclose(law.constants_.eta_h, expected, rtol=0.01)
    np.testing.assert_allclose(law.constants_.eta_y, expected, rtol=0.01)
    assert float(law.constants_.r2.min()) > 0.999
    assert law.constants_.eta_h.dims == ("seed",)


@pytest.mark.slow
def test_with_the_networks_own_readout_its_rates_are_exact(network):
    """What is left of the error above is the shape of the unseen part of S(0)."""
    readouts = MLP([5, 60, 3], 0.4, "linear", seeded(range(2)), torch.float64).weights[1]
    decoder = (readouts @ readouts.mT).numpy()
    known = network.assign(decoder=(("seed", "output", "output_"), decoder))
    law = UniversalModel(means=True).fit(known)
    assert "decoder0" not in law.constants_
    np.testing.assert_allclose(law.constants_[["eta_h", "eta_y"]].to_array(), 0.03 / (8 * 3), rtol=1e-3)
    assert float(law.score(known).to_array().min()) > 0.99999


@pytest.mark.slow
def test_centred_and_from_distances_alone_the_movie_is_explained(network):
    alone = network.drop_vars(["y", "w", "output"])
    law = UniversalModel().fit(alone)
    assert float(law.constants_.r2.min()) > 0.99
    predicted = law.predict(alone)
    assert set("hyw") <= set(predicted)
    assert predicted.h.dims == ("seed", "time", "pair")
    np.testing.assert_allclose(law.final_structure(alone), alone.h.isel(time=-1), rtol=0.3, atol=0.1)


def test_long_movies_are_read_in_pieces(make_world, monkeypatch):
    traj, law, constants = make_world(n=6, times=7, see=("h",)), UniversalModel(), {"eta_h": 0.2, "eta_y": 0.1}
    constants |= {"decoder0": 0.1}
    law.constants_ = xr.Dataset(constants | {f"{name}_interval": ("bound", [0.0, 1.0]) for name in constants})
    whole = law.predict(traj)
    monkeypatch.setattr(integrated, "READ_AT_ONCE", 3 * 6**2)
    xr.testing.assert_allclose(law.predict(traj), whole)


@pytest.mark.slow
def test_members_do_not_touch_each_other(network):
    together = UniversalModel().fit(network).constants_
    alone = UniversalModel().fit(network.sel(seed=1)).constants_
    np.testing.assert_allclose(together.eta_h.sel(seed=1), alone.eta_h, rtol=1e-3)


@pytest.mark.slow
def test_the_published_two_layer_run_has_half_its_learning_rate(published_runs):
    """The two-point law leaves R2 of w at .993 and constants off by 6 %; following means and biases is exact."""
    run = np.load(published_runs / "two_layer.npz", allow_pickle=False)
    time = np.arange(len(run["h"]), dtype=float)[::20]
    coords = {"time": time, "first": ("pair", ["a"]), "second": ("pair", ["b"]), "condition": ["a", "b"]}
    coords |= {"dx2": ("pair", [1.0]), "dy2": ("pair", [0.5])}
    frames = {name: (("time", "pair"), run[name][::20, None].astype(float)) for name in "hyw"}
    task = {"stimuli": (("condition", "feature"), [[-1.0], [0.0]])}
    task |= {"targets": (("condition", "output"), [[0.6], [0.6 + np.sqrt(0.5)]])}
    law = UniversalModel(means=True).fit(xr.Dataset(frames | task, coords))
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], float(run["lr"]) / 2, rtol=2e-3)
    assert float(law.constants_.r2.min()) > 0.999999
    assert "decoder0" in law.constants_


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # wrong for a linear network, and it may say so
@pytest.mark.parametrize("kernel", ["arc_cosine", "tangent", "start"])
def test_a_linear_networks_kernel_is_its_stimuli(network, kernel):
    one = network.isel(seed=0)
    own, other = (UniversalModel(kernel=k, depth=2).fit(one).constants_.r2.sel(variable="h") for k in ("input", kernel))
    assert 0.5 < float(other) < float(own)


@pytest.mark.slow
def test_the_unit_of_a_kernel_of_ones_own_is_absorbed_by_eta_h(network):
    stimuli = network.stimuli.values
    own = stimuli @ stimuli.T
    one, ten = (UniversalModel(kernel=factor * own).fit(network.isel(seed=0)).constants_ for factor in (1.0, 10.0))
    np.testing.assert_allclose(one.eta_h, 10 * ten.eta_h, rtol=1e-3)
    np.testing.assert_allclose(one.r2, ten.r2, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "spoil", "message"),
    [
        ({"kernel": "arc_cosine"}, lambda t: t.drop_vars("stimuli"), "needs the stimuli"),
        ({"kernel": "pixels"}, lambda t: t, "kernel is one of"),
        ({"kernel": np.eye(3)}, lambda t: t, "matrix of all conditions"),
        ({"per": "pair"}, lambda t: t, "couples all pairs"),
    ],
)
def test_what_it_cannot_use_is_told(network, settings, spoil, message):
    with pytest.raises(InputError, match=message):
        UniversalModel(**settings).fit(spoil(network.isel(seed=0)))


@pytest.mark.slow
def test_shuffled_pairs_are_put_in_order(network):
    one = network.isel(seed=0)
    mixed = one.isel(pair=np.random.default_rng(0).permutation(one.sizes["pair"]))
    law, other = UniversalModel().fit(one), UniversalModel().fit(mixed)
    np.testing.assert_allclose(other.constants_.eta_h, law.constants_.eta_h, rtol=1e-6)
    np.testing.assert_allclose(other.predict(mixed).h, law.predict(mixed).h, rtol=1e-6)


def test_noisy_distances_are_fitted_with_their_noise(network, pair_noise):
    clean = network.isel(seed=0, time=slice(None, None, 4)).drop_vars(["y", "w", "output", "norm"])
    sd = 0.03 * float(clean.h.max())
    noise = sd * pair_noise(np.random.default_rng(0), clean.sizes["time"], clean.sizes["condition"])
    noisy = clean.assign(h=clean.h + noise, h_var=0 * clean.h + sd**2)
    law = UniversalModel().fit(noisy)
    assert law.constants_.attrs["interval_method"] == "likelihood"
    clean_rates = UniversalModel().fit(clean).constants_
    low, high = law.constants_.eta_h_interval.values
    assert low / 1.2 < float(clean_rates.eta_h) < 1.2 * high


@pytest.mark.parametrize("settings", [{}, {"kernel": "arc_cosine", "depth": 2}, {"kernel": "start"}])
def test_two_conditions_are_the_two_point_law_in_closed_form(make_world, settings):
    two = make_world(n=2)
    law = UniversalModel(**settings).fit(two)
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], [0.2, 0.1], rtol=1e-4)
    assert "decoder0" not in law.constants_
    assert law.constants_.attrs["law"] == "universal"
    np.testing.assert_allclose(law.predict(two).h, two.h, rtol=1e-4)


def test_a_law_of_two_conditions_that_is_not_fitted_is_called_universal(make_world):
    with pytest.raises(InputError, match=r"The universal law has `constants_` after a fit only"):
        UniversalModel().predict(make_world())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # two of many do not learn alone, and it may say so
def test_constants_of_many_conditions_hold_for_two_of_them_and_not_the_other_way(network):
    one = network.isel(seed=0)
    two = one.sel(condition=one.condition[:2]).isel(pair=[0])
    law = UniversalModel().fit(one)
    assert law.predict(two).sizes["pair"] == 1
    assert np.isfinite(law.predict(two).h).all()
    law = UniversalModel().fit(two)
    with pytest.raises(InputError, match="`decoder0` is missing"):
        law.predict(one)


def test_where_outputs_start_is_declared_of_two_conditions_only(make_world):
    begin = {"y0": 1e-4, "w0": -1e-3}
    law = UniversalModel(start=begin).fit(make_world(n=2, see=("h",)))
    np.testing.assert_allclose(law.predict(make_world(n=2)).isel(time=0).y, 1e-4, rtol=1e-6)
    with pytest.raises(InputError, match="two centred conditions"):
        UniversalModel(start=begin).fit(make_world(n=4))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "gain", "kernel", "least"), [(1, 0.7, "arc_cosine", 0.94), (4, 0.7, "tangent", 0.94)]
)
def test_rectified_networks_on_digits_are_explained_past_nine_tenths(layers, gain, kernel, least):
    runs = nu.train(
        nu.tasks.digits(per_class=3), "mlp", hidden_layers=layers, width=200, nonlinearity="leaky_relu", gain=gain,
        lr=0.1, epochs=4000, seeds=range(2), record=60, layers=[layers - 1], progress=False,
    )  # fmt: skip
    law = UniversalModel(kernel=kernel, depth=layers, leak=0.01, variables=("h",)).fit(nu.trajectory(runs))
    assert float(law.constants_.r2.mean()) > least


@pytest.mark.slow
def test_a_law_that_cannot_follow_says_so(make_world):
    traj = make_world(n=5, see=("h",))
    falling = traj.assign(h=traj.h[::-1].assign_coords(time=traj.time) * np.linspace(1, 0.1, 25)[:, None])
    with pytest.warns(NeurounivWarning):
        law = UniversalModel().fit(falling)
    assert not law.constants_.identified.item()


def test_a_solution_that_runs_out_of_steps_is_a_fault(network, monkeypatch):
    monkeypatch.setattr("neurouniv.laws.universal.SOME_STEPS", 2)
    monkeypatch.setattr("neurouniv.laws.universal.MOST_STEPS", 2)
    with pytest.warns(NeurounivWarning, match="could not be solved to the end"):
        law = UniversalModel().fit(network.isel(seed=0))
    assert not law.constants_.converged.item()


def test_a_fit_starts_no_faster_than_frames_can_show(network, monkeypatch):
    monkeypatch.setattr("neurouniv.laws.universal_scan.FASTEST", 0.01)
    law = UniversalModel(variables=("h",), restarts=3)
    seen = law.observed(network)
    eta_h, eta_y = np.moveaxis(law.guesses(seen), -1, 0)[:2]
    learned = np.diff(seen.elapsed).min() * np.sqrt(eta_h * eta_y * (seen.dx2 * seen.dy2).mean(-1))
    assert (learned < 0.01 * (1 + 1e-9)).all()


@pytest.mark.slow
def test_a_fit_starts_elsewhere_where_the_two_point_laws_rates_cannot_be_solved(network, monkeypatch):
    usual = universal_scan._rates
    monkeypatch.setattr(universal_scan, "_rates", lambda seen: (1e12 * usual(seen)[0], usual(seen)[1]))
    law = UniversalModel(variables=("h",)).fit(network)
    assert law.constants_.converged.all()
    assert float(law.constants_.r2.min()) > 0.99


def presented(counts, lr=0.05):
    """A linear network that sees every condition as often as `counts` say; its trajectory has each condition once."""
    rng = np.random.default_rng(0)
    stimuli, targets = rng.normal(size=(len(counts), 4)), rng.normal(size=(len(counts), 2))
    stimuli, targets = (x - np.average(x, axis=0, weights=counts) for x in (stimuli, targets))
    names = np.array([f"c{i}" for i in range(len(counts))])
    often = np.repeat(np.arange(len(counts)), counts)
    labels = [f"{names[i]} {k}" for k, i in enumerate(often)]
    runs = nu.train(
        nu.tasks.from_arrays(stimuli[often], targets[often], labels), "mlp", hidden_layers=1, width=60, lr=lr,
        nonlinearity="linear", gain=0.4, epochs=800, seeds=[0], record=40, progress=False,
    )  # fmt: skip
    first = [labels[list(often).index(i)] for i in range(len(counts))]
    runs = runs.sel(condition=first).assign_coords(condition=names)
    return nu.trajectory(runs, nu.tasks.from_arrays(stimuli, targets, names)).squeeze(drop=True)


COUNTS = np.array([6, 1, 2, 1, 3, 1])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # without exposure the law is wrong, and may say so
@pytest.mark.parametrize("means", [False, True])
def test_what_is_shown_more_often_is_learned_faster_at_the_same_constants(means):
    """Unequal presentations weight the loss; a two-layer linear network then still has eta = lr/(N o), exactly."""
    traj = presented(COUNTS)
    law = UniversalModel(exposure=COUNTS, means=means).fit(traj)
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], 0.05 / (6 * 2), rtol=0.02)
    assert float(law.constants_.r2.min()) > 0.9999
    without = UniversalModel(means=means).fit(traj)
    assert float(without.constants_.loss) > 1000 * float(law.constants_.loss)


@pytest.mark.slow
def test_equal_exposure_is_none_and_its_unit_does_not_matter(network):
    one = network.isel(seed=0)
    plain, equal = (UniversalModel(exposure=e).fit(one).constants_ for e in (None, np.full(8, 7.0)))
    np.testing.assert_allclose(equal.eta_h, plain.eta_h, rtol=1e-6)


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        ("counts", "'counts', where the trajectory has"),
        (np.ones(3), "8 numbers above 0"),
        (np.arange(8), "never shown"),
    ],
)
def test_an_exposure_that_cannot_be_used_is_told(network, exposure, message):
    with pytest.raises(InputError, match=message):
        UniversalModel(exposure=exposure).fit(network.isel(seed=0))


@pytest.mark.slow
def test_where_stimuli_do_not_matter_the_identity_is_the_kernel():
    """One-hot stimuli of equal length are a thing of their own each, whatever stimuli the trajectory says they had."""
    rng = np.random.default_rng(0)
    names, targets = [f"c{i}" for i in range(6)], rng.normal(size=(6, 2))
    runs = nu.train(
        nu.tasks.from_arrays(np.eye(6), targets, names), "mlp", hidden_layers=1, width=60, nonlinearity="linear",
        gain=0.4, lr=0.1, epochs=1500, seeds=[0], record=40, progress=False,
    )  # fmt: skip
    other = nu.tasks.from_arrays(100 * rng.normal(size=(6, 3)), targets, names)
    own, told = nu.trajectory(runs).squeeze(drop=True), nu.trajectory(runs, other).squeeze(drop=True)
    by_input = UniversalModel().fit(own).constants_
    for traj in (own, told):
        found = UniversalModel(kernel="identity").fit(traj).constants_
        np.testing.assert_allclose([found.eta_h, found.eta_y], [by_input.eta_h, by_input.eta_y], rtol=1e-2)
        assert float(found.r2.min()) > 0.995


@pytest.mark.slow
def test_the_end_of_many_conditions_is_reached_though_some_are_learned_slowly():
    task = nu.tasks.digits(per_class=3)
    runs = nu.train(task, width=40, gain=0.5, nonlinearity="tanh", lr=0.1, epochs=30, record=4, progress=False)
    traj = nu.trajectory(runs).isel(seed=0, layer=0)
    rates = {"eta_h": 3e-4, "eta_y": 3e-4, "decoder0": 1.0}
    law = UniversalModel()
    law.constants_ = xr.Dataset(rates | {f"{name}_interval": ("bound", [rate] * 2) for name, rate in rates.items()})
    late = law.predict(traj, time=[60_000.0]).h[0]
    np.testing.assert_allclose(law.final_structure(traj), late, rtol=0.05, atol=0.05)


def test_a_decoder_that_nothing_bounds_from_below_has_a_prior(make_world):
    law = UniversalModel()
    seen = make_world(see=("h",), times=4)
    noisy, with_outputs = make_world(see=("h",), times=4, noise=0.1), make_world(times=4)
    for traj, prior in ((seen, 3.0), (noisy, None), (with_outputs, None)):
        parameters = {one.name: one.prior_sd for one in law.parameters(law.observed(traj))}
        assert parameters.get("decoder0") == prior
    assert "decoder0" in {one.name for one in law.parameters(law.observed(noisy))}
