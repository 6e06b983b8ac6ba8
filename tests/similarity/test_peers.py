"""RSA's numbers are those of rsatoolbox and mne-rsa to 1e-8, on random RDMs and on those of 92 images."""

from typing import NamedTuple

import numpy as np
import pytest
import rsatoolbox
import xarray as xr
from rsatoolbox.data import Dataset
from rsatoolbox.inference import boot_noise_ceiling, eval_fixed
from rsatoolbox.model import ModelFixed, ModelInterpolate, ModelSelect, ModelWeighted
from rsatoolbox.model.fitter import fit_interpolate, fit_regress_nn, fit_select
from rsatoolbox.rdm import RDMs, calc_rdm
from rsatoolbox.util.inference_util import pool_rdm
from scipy.optimize import nnls
from scipy.stats import rankdata

import neurouniv as nu
from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.schema import pair_indices

SAME = {"rtol": 1e-8, "atol": 1e-8}
OF_VECTORS = ("corr", "cosine", "corr_cov", "cosine_cov")


class Study(NamedTuple):
    """RDMs of subjects (subject, pair) and of models (model, pair), each with its conditions in an order of its own."""

    data: xr.Dataset
    models: xr.Dataset

    @property
    def arrays(self):
        """Both as plain arrays, pairs in the order of the data."""
        names = nu.to_square(self.data["h"])["condition"].values
        return self.data["h"].values, in_order(self.models, names)["h"].values

    @property
    def named(self):
        return {str(name): self.models.sel(model=name, drop=True) for name in self.models["model"].values}


def rdms(values, names, **dims):
    """RDMs (..., pair) with names of conditions; dims are labels of what comes before pairs."""
    i, j = pair_indices(len(names))
    ends = {"first": ("pair", names[i]), "second": ("pair", names[j])}
    return xr.Dataset({"h": ((*dims, "pair"), values)}, {**dims, **ends})


def in_order(one, names):
    """The same RDMs with their conditions in this order."""
    square, (i, j) = nu.to_square(one["h"]), pair_indices(len(names))
    values = square.sel(condition=names, condition_=names).values[..., i, j]
    return rdms(values, names, **{dim: one[dim].values for dim in one["h"].dims if dim != "pair"})


def shuffled(one, seed=3):
    """The same RDMs with their conditions in another order."""
    return in_order(one, np.random.default_rng(seed).permutation(nu.to_square(one["h"])["condition"].values))


def random_study(subjects=8, conditions=10, models=4, seed=0):
    rng = np.random.default_rng(seed)
    names = np.array([f"c{k}" for k in range(conditions)])
    truth = rng.gamma(2.0, size=(models, conditions * (conditions - 1) // 2))
    observed = truth[0] + 0.5 * truth[1] + rng.gamma(2.0, size=(subjects, truth.shape[1]))
    data = rdms(observed, names, subject=np.arange(subjects))
    return Study(data, shuffled(rdms(truth, names, model=[f"m{k}" for k in range(models)])))


def images_study(folder):
    """16 people's judgements of 92 images, and eight models of how alike these are (Mur et al. 2013)."""
    names = np.array([f"image {k}" for k in range(92)])
    files = folder / "kriegeskorte92"
    data = nu.read_rdms(files / "92_behavRDMs.mat", dims="subject", subject=range(16), condition=names, squared=True)
    models = nu.read_rdms(files / "92_modelRDMs.mat", dims="model", model="Models.name", condition=names, squared=True)
    return Study(data, shuffled(models))


def weights_of(study, kind, comparator, first=None):
    """The weights that the door gives a mixture of the models, or of the `first` ones."""
    names = list(study.named)[:first]
    asked = {kind: names, "comparator": comparator, "resamples": 0, "correction": "none"}
    found = nu.rsa(study.data, study.named, **asked)
    return found.weight.isel(time=0).sel(mixture=kind, term=names).values


@pytest.fixture(scope="module", params=["random", pytest.param("92 images", marks=pytest.mark.slow)])
def study(request):
    return random_study() if request.param == "random" else images_study(request.getfixturevalue("real_data"))


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_similarities_are_those_of_compare(study, comparator):
    data, models = study.arrays
    found = nu.rsa(study.data, study.named, comparator=comparator, resamples=0, correction="none")
    expected = rsatoolbox.rdm.compare(models, data, method=comparator)
    np.testing.assert_allclose(found.similarity_each.isel(time=0).transpose("model", "subject"), expected, **SAME)
    np.testing.assert_allclose(found.similarity.isel(time=0), expected.mean(1), **SAME)


@pytest.mark.filterwarnings("ignore:Noise ceiling for tau")  # theirs: its mean of ranks is not the best for tau
@pytest.mark.parametrize("comparator", ["corr", "cosine", "spearman", "rho-a", "tau-a", "corr_cov", "cosine_cov"])
def test_ceilings_are_those_of_boot_noise_ceiling(study, comparator):
    found = nu.rsa(study.data, study.named, comparator=comparator, resamples=0, correction="none")
    expected = boot_noise_ceiling(RDMs(study.data["h"].values), method=comparator)
    np.testing.assert_allclose(found.ceiling.isel(time=0), expected, **SAME)


@pytest.mark.parametrize("comparator", ["corr", "cosine"])
def test_tests_over_subjects_are_those_of_eval_fixed(study, comparator):
    """Theirs against 0 are one-sided, and of p below 1e-15 they keep nothing: 1 - cdf."""
    data, models = study.arrays
    theirs = eval_fixed(
        [ModelFixed(str(k), RDMs(model[None])) for k, model in enumerate(models)], RDMs(data), method=comparator
    )
    found = nu.rsa(study.data, study.named, comparator=comparator, test="subjects", correction="none")
    one_sided = theirs.test_zero()
    two_sided = 2 * np.minimum(one_sided, 1 - one_sided)
    np.testing.assert_allclose(found.similarity_p.isel(time=0), two_sided, **SAME)
    apart = ~np.eye(len(models), dtype=bool)
    np.testing.assert_allclose(found.difference_p.isel(time=0).values[apart], theirs.test_pairwise()[apart], **SAME)


@pytest.mark.parametrize("comparator", OF_VECTORS)
def test_weights_are_those_of_their_fitter(comparator):
    study = random_study()
    data, models = study.arrays
    found = weights_of(study, "weighted", comparator)
    expected = fit_regress_nn(ModelWeighted("w", RDMs(models)), RDMs(data), method=comparator)
    np.testing.assert_allclose(found, expected, **SAME)


@pytest.mark.parametrize("comparator", ["corr", "cosine"])
def test_weights_are_those_of_non_negative_least_squares(study, comparator):
    """To the RDM that they pool; their own solver does not always come to an end with the models of the 92 images."""
    data, models = study.arrays
    y = pool_rdm(RDMs(data), method=comparator).dissimilarities[0]
    if comparator == "corr":
        models, y = models - models.mean(1, keepdims=True), y - y.mean()
    expected = nnls(models.T, y)[0]
    found = weights_of(study, "weighted", comparator)
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), **SAME)


@pytest.mark.parametrize("comparator", OF_VECTORS)
def test_the_selected_model_is_theirs(study, comparator):
    data, models = study.arrays
    expected = fit_select(ModelSelect("s", RDMs(models)), RDMs(data), method=comparator)
    assert int(weights_of(study, "selected", comparator).argmax()) == expected


def test_interpolated_models_are_theirs_and_never_worse(study):
    data, models = study.arrays
    weights = weights_of(study, "interpolated", "corr", 3)
    theirs = fit_interpolate(ModelInterpolate("i", RDMs(models[:3])), RDMs(data), method="corr")
    np.testing.assert_allclose(weights, theirs, atol=1e-4)  # where their search stops
    ours, other = (
        rsatoolbox.rdm.compare((w @ models[:3])[None], data, method="corr").mean() for w in (weights, theirs)
    )
    assert ours >= other - 1e-12


def partial_correlation(data, models):
    """As mne-rsa's "partial": of data with each model, all others held fixed (Whittaker 1990, from the precision)."""
    stacked = np.vstack([data, models])
    inverse = np.linalg.pinv(np.cov(stacked))
    return -inverse[0, 1:] / np.sqrt(inverse[0, 0] * np.diag(inverse)[1:])


def squares_explained(data, models):
    """R2 of a regression with an intercept, as mne-rsa's "regression" has one."""
    x, y = models - models.mean(1, keepdims=True), data - data.mean()
    weights = np.linalg.lstsq(x.T, y, rcond=None)[0]
    return 1 - ((y - weights @ x) ** 2).sum() / (y**2).sum()


@pytest.mark.parametrize("comparator", ["corr", "spearman"])
def test_similarity_beyond_all_other_models_is_the_partial_correlation_of_mne_rsa(study, comparator):
    data, models = study.arrays
    if comparator == "spearman":
        data, models = rankdata(data, axis=-1), rankdata(models, axis=-1)
    found = nu.rsa(study.data, study.named, control="others", comparator=comparator, resamples=0, correction="none")
    expected = np.array([partial_correlation(one, models) for one in data])
    np.testing.assert_allclose(found.similarity_each.isel(time=0).transpose("subject", "model"), expected, **SAME)


def test_one_model_held_fixed_is_the_partial_correlation_of_three(study):
    data, models = study.arrays
    names = list(study.named)
    found = nu.rsa(study.data, study.named, control=names[0], resamples=0, correction="none")
    for place, name in enumerate(names[1:], start=1):
        expected = [partial_correlation(one, models[[place, 0]])[0] for one in data]
        np.testing.assert_allclose(found.similarity_each.isel(time=0).sel(model=name), expected, **SAME)


def test_explained_variance_is_that_of_the_regression_of_mne_rsa(study):
    data, models = study.arrays
    found = nu.rsa(study.data, study.named, partition=True, resamples=0, correction="none")
    every = np.mean([squares_explained(one, models) for one in data])
    np.testing.assert_allclose(found.r2.item(), every, **SAME)
    for place, name in enumerate(study.named):
        without = np.mean([squares_explained(one, np.delete(models, place, axis=0)) for one in data])
        np.testing.assert_allclose(found.unique.isel(time=0).sel(model=name), every - without, **SAME)


def test_p_over_orders_of_conditions_is_the_share_of_all_orders():
    """Four conditions have 24 orders; rsatoolbox compares each."""
    from itertools import permutations

    study = random_study(subjects=2, conditions=4, models=3)
    data, models = study.arrays
    found = nu.rsa(study.data, study.named, test="permutation", correction="none")
    i, j = pair_indices(4)
    squares = rsatoolbox.rdm.RDMs(models).get_matrices()
    orders = [squares[:, list(order)][:, :, list(order)][:, i, j] for order in permutations(range(4))]
    every = np.array([rsatoolbox.rdm.compare(order, data, method="corr").mean(1) for order in orders])
    expected = (abs(every) >= abs(every[0]) - 1e-12).mean(0)
    np.testing.assert_allclose(found.similarity_p.isel(time=0), expected, **SAME)


def recording(seed=0, conditions=6, runs=4, repeats=2, channels=7):
    """Trials in a random order, and the same as their data set."""
    rng = np.random.default_rng(seed)
    condition, run, _ = (index.ravel() for index in np.indices((conditions, runs, repeats)))
    order = rng.permutation(len(condition))
    names, run = np.array([f"c{k}" for k in condition[order]]), run[order]
    activity = rng.gamma(2.0, size=(len(order), channels))
    rec = xr.Dataset(
        {"activity": (("trial", "channel"), activity)}, {"condition": ("trial", names), "run": ("trial", run)}
    )
    return rec, Dataset(activity, obs_descriptors={"condition": names, "run": run.astype(float)})


@pytest.mark.parametrize("metric", ["sqeuclidean", "correlation", "mahalanobis", "crossnobis", "poisson"])
def test_rdms_of_activity_are_those_of_calc_rdm(metric):
    """Theirs are divided by the number of channels, but for correlation."""
    rec, theirs = recording()
    settings, own = {"descriptor": "condition", "method": "euclidean" if metric == "sqeuclidean" else metric}, {}
    if metric in ("mahalanobis", "crossnobis"):
        precision = np.linalg.inv(np.cov(np.random.default_rng(1).normal(size=(7, 40))))
        settings["noise"], own["noise_precision"] = precision, precision
    if metric == "crossnobis":
        settings["cv_descriptor"] = "run"
    made = calc_rdm(theirs, **settings)
    names = np.array(made.pattern_descriptors["condition"])
    channels = 1 if metric == "correlation" else rec.sizes["channel"]
    expected = rdms(made.dissimilarities * channels, names, time=[0.0])
    ours, expected = nu.align(nu.trajectory(rec, metric=metric, **own), expected)
    np.testing.assert_allclose(ours["h"], expected["h"], **SAME)


def test_every_frame_with_every_frame_is_compare():
    rng = np.random.default_rng(5)
    names = np.array([f"c{k}" for k in range(8)])
    brain, network = (
        rdms(rng.gamma(2.0, size=(times, 28)), names, time=np.arange(times, dtype=float)) for times in (4, 6)
    )
    found = nu.rsa(brain, shuffled(network), model="each", resamples=0)
    expected = rsatoolbox.rdm.compare(network["h"].values, brain["h"].values, method="corr")
    np.testing.assert_allclose(found.similarity.transpose("time_model", "time"), expected, **SAME)
