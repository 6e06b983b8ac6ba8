"""What a GPU computes is what the CPU computes: networks, distances, bootstraps and laws."""

import numpy as np
import pytest
import torch
from array_api_compat import to_device

from neurouniv import tasks
from neurouniv.laws import RIVALS
from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.movie.movie import Part, Recipe, movie
from neurouniv.rdm.movie.repeats import variance_from_repeats
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, pair_indices
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.networks import ARCHITECTURES
from neurouniv.systems.training.train import train
from neurouniv.theory import all_conditions, closed_form
from neurouniv.theory.two_point import Start
from neurouniv.universality.compare import compare
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, deal, draw
from neurouniv.universality.scores.start_ceiling import start_ceiling

NETWORK = {
    "hidden_layers": 2, "width": 6, "channels": 3, "kernel": 3, "lr": 0.02, "epochs": 20, "record": 3, "seeds": [0, 1],
    "layers": [0, 1], "nonlinearity": "tanh", "progress": False,
}  # fmt: skip
DIFFERENT = {
    **{name: {"architecture": name} for name in ARCHITECTURES},
    **{name: {"rule": name} for name in RULES},
    "minibatches": {"batch_size": 3}, "stop": {"stop": 0.9}, "dropout": {"dropout": 0.2}, "one by one": {"seeds": [3]},
    "adam": {"optimizer": "adam"}, "momentum": {"optimizer": "momentum"}, "cross-entropy": {"loss": "cross_entropy"},
    "many": {"gain": [0.5, 1.0], "lr": [0.01, 0.02]}, "long": {"epochs": 80},
    "predictive_coding": {"rule": "predictive_coding", "epochs": 3},
}  # fmt: skip
QUICK = {"mlp", "recurrent", "backprop", "hebbian", "minibatches", "adam", "many"}


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float64", 1e-8), pytest.param("float32", 1e-3, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n not in QUICK)) for n in DIFFERENT])
def test_networks_learn_the_same(gpu, name, dtype, tolerance):
    settings = NETWORK | DIFFERENT[name] | {"dtype": dtype}
    architecture = settings.pop("architecture", "mlp")
    there, here = (train(tasks.digits(1), architecture, device=device, **settings) for device in (gpu, "cpu"))
    for variable in ("hidden", "output", "loss"):
        size = float(abs(here[variable]).max())
        np.testing.assert_allclose(there[variable], here[variable], rtol=tolerance, atol=tolerance * size)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_variance_given_the_start_is_the_same(gpu, architecture):
    settings = {name: value for name, value in NETWORK.items() if name != "layers"} | {"record": 5, "dtype": "float64"}
    ways = (settings | {"device": device} for device in (gpu, "cpu"))
    there, here = (start_ceiling(tasks.digits(1), architecture, layer=[0, 1], **way).start_var for way in ways)
    np.testing.assert_allclose(there, here, rtol=1e-8, atol=1e-8 * float(here.max()))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("weighting", ["runs", "training"])
def test_distances_are_the_same(gpu, name, several, weighting):
    rng = np.random.default_rng(0)
    averages, measure = np.abs(rng.normal(size=(2, 3, 4, 5, 7))), MEASURES[name]
    averages[0, 0, 1] = np.nan if measure.crossvalidated and weighting == "training" else averages[0, 0, 1]
    channels = np.array([[0, 1, 2], [2, 3, 4]]) if several else np.arange(5)[None]
    root = rng.normal(size=(len(channels), channels.shape[1], 8))
    precision = root @ np.swapaxes(root, 1, 2) if measure.whitens else None
    parts = [Part(np.arange(2), np.arange(len(channels)), channels, precision)]
    counts = rng.integers(1, 4, size=(2, 3, 4))
    variance = variance_from_repeats if name in ("sqeuclidean", "mahalanobis") else None
    made = [
        movie(averages, parts, Recipe(measure, variance, counts, weighting, device), regions=len(channels))
        for device in (gpu, "cpu")
    ]
    np.testing.assert_allclose(*made, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("metric", ["sqeuclidean", "correlation", "mahalanobis"])
def test_movies_of_networks_are_the_same_in_any_number_of_pieces(gpu, metric, monkeypatch):
    runs = train(tasks.digits(1), **NETWORK, device="cpu")
    noise = np.eye(6) + 0.1 if metric == "mahalanobis" else None
    here = trajectory(runs, metric=metric, noise_precision=noise)
    for values in (2**26, 1):
        monkeypatch.setattr("neurouniv.rdm.movie.movie.ON_GPU", values)
        there = trajectory(runs, metric=metric, noise_precision=noise, device=gpu)
        np.testing.assert_allclose(there.h, here.h, rtol=1e-9, atol=1e-12)


def study(conditions=9, gaps=False):
    """Observed and predicted movies (law, subject, time, pair)."""
    rng, ends = np.random.default_rng(0), np.stack(pair_indices(conditions))
    h = rng.gamma(2.0, size=(3, 4, ends.shape[1]))
    if gaps:
        h[1, :2, :3] = np.nan
    laws = np.stack([np.nan_to_num(h, nan=1.0) + rng.gamma(0.5, size=h.shape), rng.gamma(2.0, size=h.shape)])
    return Fold(h, laws, ends)


@pytest.mark.parametrize("comparator", ["corr", "cosine", "corr_cov", "cosine_cov"])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("dealt", [False, True])
def test_bootstraps_are_the_same(gpu, comparator, gaps, dealt):
    drawn = draw(9, 3, 20)
    assigned = deal(drawn.conditions, 2, 1) if dealt else None
    there, here = (
        bootstrap_scores([study(gaps=gaps)], drawn, comparator, 0, assigned, device) for device in (gpu, "cpu")
    )
    for one, other in zip(there, here, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_comparison_is_the_same_and_ranks_are_refused_before_any_fit(gpu, make_world, monkeypatch):
    pytest.importorskip("rsatoolbox")
    traj, laws = make_world(n=8, times=6), [RIVALS["static"](), RIVALS["exponential"]()]
    settings = {"partitions": 1, "resamples": 20, "comparator": "corr_cov"}
    with pytest.warns(UserWarning, match="conditions"):
        here = compare(laws, traj, **settings)
    with pytest.warns(UserWarning, match="conditions"):
        there = compare(laws, traj, **settings, device=gpu)
    for name in ("geometry_difference", "geometry_p", "dynamics_interval"):
        np.testing.assert_allclose(there[name], here[name], rtol=1e-8, atol=1e-10)
    monkeypatch.setattr(RIVALS["static"], "fit", lambda *_: pytest.fail("a law was fitted"))
    for device, comparator in ((gpu, "spearman"), ("cuda:99", "corr"), ("gpu", "corr")):
        with pytest.raises(InputError, match="device"):
            compare(laws, traj, **settings | {"comparator": comparator}, device=device)


@pytest.mark.parametrize("dy2", [0.0, 0.7])
@pytest.mark.parametrize("y", [0.3, 0.25])  # the last with encoder and decoder in balance
def test_the_law_of_two_points_is_the_same(gpu, dy2, y):
    one, time = np.ones(3), np.linspace(0, 20, 5)
    system = Start(0.5 * one, y * one, y * one), one, one, one, dy2 * one
    here = closed_form.solve(*system, time)
    there = closed_form.solve(*moved(system, gpu), moved(time, gpu))
    for law, expected in zip(there, here, strict=True):
        np.testing.assert_allclose(to_device(law, "cpu"), expected, rtol=1e-10, atol=1e-13)
        assert np.isfinite(expected).all()


@pytest.mark.parametrize("means", [pytest.param(False, marks=pytest.mark.slow), True])
@pytest.mark.parametrize("features", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_the_law_of_all_conditions_is_the_same(gpu, means, features):
    rng = np.random.default_rng(0)
    stimuli, targets = rng.normal(size=(2, 6, features)), rng.normal(size=(2, 3, 6))
    hidden, decoder = 0.3 * rng.normal(size=(2, 5, 6)), 0.3 * rng.normal(size=(2, 3, 5))
    grams = np.swapaxes(hidden, 1, 2) @ hidden, decoder @ hidden, decoder @ np.swapaxes(decoder, 1, 2)
    begin = all_conditions.Start(*grams, np.zeros((2, 3)))
    given = begin, np.array([0.1, 0.2]), np.array([0.2, 0.1]), targets, np.array([2.0, 3.0])
    products, moments = stimuli @ np.swapaxes(stimuli, 1, 2), np.linspace(0, 2, 4) * np.ones((2, 1))
    here = flow_of(*given, products, means).at(moments)
    there = flow_of(*moved((*given, products), gpu), means).at(moved(moments, gpu))
    for law, expected in zip(there, here, strict=True):
        np.testing.assert_allclose(to_device(law, "cpu"), expected, rtol=1e-6, atol=1e-7)


def flow_of(begin, eta_h, eta_y, targets, end, products, means):
    kernel = all_conditions.Kernel.of(products)
    return all_conditions.Flow(begin, eta_h, eta_y, kernel, targets, end, means=means)


def moved(given, device):
    """Arrays, also those in tuples, sent to a device."""
    if isinstance(given, np.ndarray):
        return torch.as_tensor(given, device=device)
    parts = [moved(part, device) for part in given]
    return type(given)(*parts) if hasattr(given, "_fields") else tuple(parts)
