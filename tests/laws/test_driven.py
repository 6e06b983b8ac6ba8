"""Laws of an area that is driven: from patterns exact for linear networks, joined by names, and without a leak."""

import functools

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.laws import LAWS, OF_INPUT
from neurouniv.universality.held_out.predictions import expected_of, fitted_quietly, training
from neurouniv.universality.held_out.splits import partition

CONDITIONS, OUTPUTS = 12, 3
BY_NAME = pytest.mark.parametrize("name", [law.name for law in OF_INPUT])


@functools.cache
def network(depth=2, width=40, nonlinearity="linear", lr=0.05, seeds=1, epochs=800, record=14):
    """A deep network that learns a random task."""
    rng = np.random.default_rng(0)
    stimuli, targets = 0.6 * rng.normal(size=(CONDITIONS, 6)), rng.normal(size=(CONDITIONS, OUTPUTS))
    task = nu.tasks.from_arrays(stimuli - stimuli.mean(0), targets - targets.mean(0))
    return nu.train(
        task, hidden_layers=depth, layers=list(range(depth)), width=width, gain=0.7, nonlinearity=nonlinearity, lr=lr,
        epochs=epochs, seeds=range(seeds), record=record, dtype="float64", progress=False,
    )  # fmt: skip


def area_of(runs, layer=1, with_patterns=False, see=("h", "y", "w", "output")):
    """The trajectory of a layer with its input, and that of the input."""
    movie = nu.trajectory(runs)
    movie = movie.drop_vars([name for name in ("y", "w", "output") if name not in see])
    movie = movie.isel(seed=0) if movie.sizes["seed"] == 1 else movie
    below = movie.sel(layer=layer - 1)
    patterns = runs.hidden.sel(layer=layer - 1) if with_patterns else None
    patterns = patterns.isel(seed=0) if with_patterns and "seed" not in movie.dims else patterns
    return nu.driven_by(movie.sel(layer=layer), below, patterns), below


def known(law, eta_h, eta_y, decoder0=0.0):
    """The law with its constants given, so that nothing is fitted."""
    constants = {"eta_h": eta_h, "eta_y": eta_y, "decoder0": decoder0}
    law.constants_ = xr.Dataset(constants | {f"{k}_interval": ("bound", [v, v]) for k, v in constants.items()})
    return law


@functools.cache
def narrow(depth):
    """One with fewer units than conditions, so that its start shows all of its weights."""
    return network(depth, width=5, lr=0.01, epochs=4000, record=60)


RATE = 0.01 / (CONDITIONS * OUTPUTS)
"""Of the narrow networks: their learning rate, per summed squared error."""
SOME = {"driven": (1e-3, 2e-3, 0.7), "inherited": (0.0, 0.0, 0.0)}


def some(name, **settings):
    """A law with constants that nothing was fitted for."""
    law = LAWS[name](**settings)
    if name == "scaled_input":
        law.constants_ = xr.Dataset({"gain": 2.0, "gain_interval": ("bound", [2.0, 2.0])})
        return law
    return known(law, *SOME[name])


@pytest.fixture(scope="module")
def joined():
    return area_of(network())


@pytest.mark.slow
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_last_hidden_layer_of_a_linear_network_is_exact_from_patterns_with_nothing_fitted(depth):
    area, _ = area_of(narrow(depth), depth - 1, with_patterns=True)
    scores = known(nu.DrivenModel(), RATE, RATE).score(area)
    assert float(scores.h) > 0.9999
    assert float(scores.y) > 0.9999
    from_rdms = known(nu.DrivenModel(), RATE, RATE).score(area.drop_vars("input_patterns"))
    assert float(from_rdms.h) < 0.999  # its modes are not aligned, and RDMs do not say how its input turned


def test_the_rates_of_a_linear_network_are_recovered():
    area, _ = area_of(narrow(3), 2, with_patterns=True)
    constants = nu.DrivenModel().fit(area.isel(time=slice(None, None, 4))).constants_
    for name in ("eta_h", "eta_y"):
        np.testing.assert_allclose(constants[name], RATE, rtol=0.02)


@pytest.mark.slow
def test_constants_of_a_movie_by_the_law_are_recovered_from_distances_alone(joined):
    area, _ = joined
    truth = dict(zip(("eta_h", "eta_y", "decoder0"), (2e-3, 1.5e-3, 0.7), strict=True))
    silent = area.drop_vars(["y", "w", "output"])
    movie = silent.assign(h=known(nu.DrivenModel(), **truth).predict(silent).h)
    fitted = nu.DrivenModel(weighting="none").fit(movie)
    assert float(fitted.score(movie).h) > 0.99999
    for name, value in truth.items():
        np.testing.assert_allclose(fitted.constants_[name], value, rtol=0.03)


@pytest.mark.slow
def test_an_input_that_stands_still_makes_it_the_universal_law(joined):
    area, below = joined
    still = below.assign(h=xr.zeros_like(below.h) + xr.DataArray(below.dx2.values, dims="pair"))
    driven = known(nu.DrivenModel(driven_by=still), 1e-3, 2e-3, 0.2)
    universal = known(nu.UniversalModel(), 1e-3, 2e-3, 0.2)
    for name in "hyw":
        ours, theirs = (law.predict(area)[name] for law in (driven, universal))
        np.testing.assert_allclose(ours, theirs, atol=1e-3 * float(abs(theirs).max()))
    ends = driven.final_structure(area), universal.final_structure(area)
    np.testing.assert_allclose(*ends, rtol=1e-2, atol=1e-3 * float(ends[1].max()))


@BY_NAME
def test_the_order_of_conditions_and_the_unit_of_the_input_do_not_matter(joined, name):
    area, below = joined
    turned = np.random.default_rng(1).permutation(below.sizes["pair"])
    other = below.isel(pair=turned, condition=slice(None, None, -1)).assign(h=7 * below.h.isel(pair=turned))
    other = other.assign_coords(first=other.second, second=other.first)
    law, again = some(name), some(name, driven_by=other)
    for constant in {"eta_h", "gain"} & set(again.constants_):
        again.constants_[constant] = again.constants_[constant] / 7
    np.testing.assert_allclose(again.predict(area).h, law.predict(area).h, atol=1e-3 * float(area.h.max()))


@BY_NAME
def test_members_are_predicted_as_each_alone_and_joined_by_label(name):
    area, below = area_of(network(seeds=2))
    both = some(name, driven_by=below.isel(seed=[1, 0])).predict(area).h
    alone = some(name).predict(area.isel(seed=1)).h
    np.testing.assert_allclose(both.isel(seed=1), alone, atol=1e-4 * float(area.h.max()))
    for_all = some(name, driven_by=below.isel(seed=0)).predict(area).h
    np.testing.assert_allclose(for_all.isel(seed=0), both.isel(seed=0), atol=1e-4 * float(area.h.max()))


@pytest.mark.slow
def test_an_area_that_copies_its_input_is_told_by_the_scaled_input(joined):
    _, below = joined
    area = nu.driven_by(below.assign(h=3 * below.h), below)
    found = nu.compare([nu.RIVALS["static"](), LAWS["scaled_input"]()], area, split=None)
    assert float(found.dynamics.sel(law="scaled_input")) > 1 - 1e-9 > float(found.dynamics.sel(law="static"))
    np.testing.assert_allclose(LAWS["scaled_input"]().fit(area).constants_.gain, 3)


@pytest.mark.slow
@pytest.mark.parametrize("split", ["conditions", "times"])
def test_an_area_that_learns_is_told_from_a_copy_and_from_inheritance(split):
    area, _ = area_of(network(nonlinearity="tanh", lr=0.2, epochs=300), see=("h",))
    found = nu.compare([nu.UniversalModel(), *(law() for law in OF_INPUT)], area, split, partitions=1)
    assert np.isfinite(found.dynamics).all()
    assert found.law.values[found.dynamics.argmax("law").item()] == "driven"


@pytest.mark.slow
@BY_NAME
def test_held_out_distances_do_not_leak_into_their_prediction(joined, name):
    area, below = joined
    area = area.drop_vars(["y", "w", "output"])
    [part, _] = partition(area, "conditions", 2, 1, 0.5, 0)
    law = LAWS[name](driven_by=below)
    later = xr.DataArray(np.arange(area.sizes["time"]) > 0, dims="time")
    secret = ~xr.DataArray(np.isin(area.pair.values, part.train.pair.values), dims="pair") & later
    [other, _] = partition(area.assign(h=area.h.where(~secret, 99.0)), "conditions", 2, 1, 0.5, 0)
    np.testing.assert_array_equal(other.test.pair, part.test.pair)
    assert float(abs(other.test.h - part.test.h).max()) > 1
    xr.testing.assert_equal(training(law, part).h, training(law, other).h)
    fitted = fitted_quietly(law, training(law, part))
    expected = [expected_of(fitted, one).h for one in (part, other)]
    np.testing.assert_array_equal(*expected)
    np.testing.assert_array_equal(expected[0].pair, part.test.pair)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_noise_of_crossvalidated_distances_is_cut_and_said(joined):
    area, below = joined
    area = area.drop_vars(["y", "w", "output"])
    noise = 0.1 * float(below.h.mean()) * np.random.default_rng(2).normal(size=below.h.shape)
    law = LAWS["inherited"](driven_by=below.assign(h=(below.h + noise).assign_attrs(metric="crossnobis"))).fit(area)
    assert "of the input's squared eigenvalues" in str(law.constants_.message.item())
    np.testing.assert_allclose(law.predict(area).h[0], area.h[0], atol=1e-6 * float(area.h.max()))
    assert "eigenvalues" not in str(LAWS["inherited"]().fit(area).constants_.message.item())


@BY_NAME
def test_a_law_without_its_input_says_what_to_call(joined, name):
    area, below = joined
    bare = area.drop_dims("input_time")
    with pytest.raises(nu.InputError, match=r"neurouniv.driven_by\(trajectory, below\)"):
        LAWS[name]().fit(bare)
    law = some(name, driven_by=below)
    with pytest.raises(nu.InputError, match="while its input is known, until 800"):
        law.predict(bare, time=[10000.0])
    assert np.isfinite(law.final_structure(bare)).all()
    with pytest.raises(nu.InputError, match="missing"):
        LAWS[name](driven_by=below.assign(h=below.h.where(below.time > 0))).fit(bare)


def test_settings_that_an_input_settles_are_refused(joined):
    area, _ = joined
    with pytest.raises(nu.InputError, match="UniversalModel"):
        nu.DrivenModel(kernel="arc_cosine")
    with pytest.raises(nu.InputError, match="Give both"):
        nu.DrivenModel(patterns=xr.DataArray(0.0))
    alike, plain = (some("driven", exposure=often).predict(area).h for often in (np.full(CONDITIONS, 3.0), None))
    np.testing.assert_allclose(alike, plain, atol=1e-3 * float(plain.max()))
