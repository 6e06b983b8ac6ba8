"""A trajectory as scikit-learn's matrix, and back."""

import numpy as np
import pytest
import xarray as xr
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neurouniv.rdm.exchange.features import from_features, to_features
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError


@pytest.fixture
def traj(make_networks):
    return trajectory(make_networks(seeds=3))


@pytest.mark.parametrize("features", ["pair", ("time", "pair"), ("layer", "pair"), ("seed", "layer", "time", "pair")])
def test_there_and_back(traj, features):
    matrix = to_features(traj, features)
    assert matrix.dims == ("sample", "feature")
    xr.testing.assert_identical(from_features(matrix, traj, features), traj)
    xr.testing.assert_identical(from_features(matrix.values, traj.h, features), traj.h)


def test_every_sample_and_feature_has_its_labels(traj):
    matrix = to_features(traj)
    for row in range(0, matrix.sizes["sample"], 5):
        at = matrix[row]
        rdm = traj.h.sel(seed=at.seed, layer=at.layer, time=at.time)
        np.testing.assert_array_equal(at, rdm)
    assert matrix["first"].values.tolist() == traj["first"].values.tolist()
    assert matrix["first"].dims == ("feature",)


def test_the_matrix_can_be_saved_with_its_labels(traj, tmp_path):
    matrix = to_features(traj, ("time", "pair")).rename("h")
    matrix.to_netcdf(tmp_path / "matrix.nc")
    with xr.open_dataarray(tmp_path / "matrix.nc") as saved:
        assert saved["seed"].values.tolist() == matrix["seed"].values.tolist()
        assert saved["first"].dims == ("feature",)


def test_pipelines_take_it_as_it_is(traj):
    matrix = to_features(traj)
    pipe = make_pipeline(StandardScaler(), PCA(3), LinearRegression())
    scores = cross_val_score(pipe, matrix, matrix.time, cv=LeaveOneGroupOut(), groups=matrix.seed)
    values = cross_val_score(pipe, matrix.values, matrix.time.values, cv=LeaveOneGroupOut(), groups=matrix.seed.values)
    np.testing.assert_array_equal(scores, values)


def test_what_a_reduction_kept_goes_back_to_the_movie(traj):
    matrix = to_features(traj)
    pca = PCA(matrix.shape[1]).fit(matrix)
    kept = from_features(pca.inverse_transform(pca.transform(matrix)), like=traj)
    xr.testing.assert_allclose(kept.h, traj.h)


def test_what_does_not_fit_is_told(traj):
    with pytest.raises(InputError, match=r"with the dimensions \('subject', 'pair'\); found \('seed', 'layer'"):
        to_features(traj, ("subject", "pair"))
    with pytest.raises(InputError, match="found float"):
        to_features(3.0)
    with pytest.raises(InputError, match=r"\(3 seed, 1 layer, 4 time, 10 pair\); got shape \(12, 2\)"):
        from_features(np.zeros((12, 2)), traj)
