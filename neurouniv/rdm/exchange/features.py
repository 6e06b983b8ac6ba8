"""A trajectory as scikit-learn takes data: a matrix of samples and features; and back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.got import got
from neurouniv.names import public
from neurouniv.schema import InputError, need_dims

SAMPLE, FEATURE = "sample", "feature"


@public
def to_features(h: xr.DataArray | xr.Dataset, features: str | Sequence[str] = ("pair",)) -> xr.DataArray:
    """The distances as a matrix (sample, feature): every RDM a sample, every pair a feature.

    Features are in the order of the pairs: `neurouniv.align` puts two trajectories in one order. It goes into
    scikit-learn as it is; the coordinates (`subject`, `time`, `first`, ...) lie along `sample` and
    `feature`, so that labels are at hand: `pipeline.fit(X, X.time)`.

    Parameters
    ----------
    h : a trajectory, or one variable of it (..., pair).
    features : the dimensions that make up the features; ("time", "pair") gives one sample per subject, its movie.

    Returns
    -------
    DataArray (sample, feature), samples in the order of the other dimensions. What is missing stays NaN.

    Raises
    ------
    InputError : a dimension in `features` is absent, or no array over `pair` came.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> h = xr.DataArray(np.arange(12.0).reshape(2, 2, 3), dims=("subject", "time", "pair"),
    ...     coords={"subject": ["a", "b"], "time": [1, 2]})
    >>> X = to_features(h)
    >>> X.shape, X.subject.values.tolist(), X.time.values.tolist()
    ((4, 3), ['a', 'a', 'b', 'b'], [1, 2, 1, 2])
    >>> make_pipeline(StandardScaler(), PCA(1)).fit_transform(X).shape
    (4, 1)
    """
    h = h["h"] if isinstance(h, xr.Dataset) and "h" in h else h
    features = (features,) if isinstance(features, str) else tuple(features)
    if not isinstance(h, xr.DataArray) or not set(features) <= set(h.dims):
        dims = h.dims if isinstance(h, xr.DataArray) else type(h).__name__
        raise InputError(f"Features need a trajectory, or its `h`, with the dimensions {features}; found {dims}.")
    samples = _samples(h, features)
    if not samples:  # one RDM is one sample
        h, samples = h.expand_dims(SAMPLE), (SAMPLE,)
    flat = h if samples == (SAMPLE,) else h.stack({SAMPLE: samples}, create_index=False)
    if features != (FEATURE,):
        flat = flat.stack({FEATURE: features}, create_index=False)
    return flat.transpose(SAMPLE, FEATURE)


@public
def from_features(matrix: Any, like: xr.DataArray | xr.Dataset, features: str | Sequence[str] = ("pair",)) -> Any:
    """A matrix (sample, feature) as distances with the dimensions and coordinates of `like`, which it came from.

    Raises
    ------
    InputError : its shape is not that of `to_features(like, features)`.

    Examples
    --------
    >>> h = xr.DataArray(np.arange(6.0).reshape(2, 3), dims=("time", "pair"), coords={"time": [1, 2]})
    >>> from_features(to_features(h) * 2, like=h).identical(h * 2)
    True
    """
    h = like["h"] if isinstance(like, xr.Dataset) and "h" in like else like
    if not isinstance(h, xr.DataArray):
        raise InputError(
            f"`like` is the trajectory, or its h, that the matrix came from; got {got(like)}. What "
            "`neurouniv.to_features(traj)` took is what `like` needs."
        )
    features = (features,) if isinstance(features, str) else tuple(features)
    need_dims(h, features, "`like`", "Name the dimensions of its features: features=...")
    dims = (*_samples(h, features), *features)
    shape = tuple(h.sizes[dim] for dim in dims)
    values = np.asarray(matrix)
    rows = int(np.prod(shape[: len(dims) - len(features)]))
    if values.shape != (rows, int(np.prod(shape)) // max(rows, 1)):
        sizes = ", ".join(f"{n} {dim}" for dim, n in zip(dims, shape, strict=True))
        raise InputError(
            f"The matrix needs one row per sample of `like` and one column per feature ({sizes}); got shape "
            f"{values.shape}. What a step of a pipeline has reduced is put back by its `inverse_transform` first."
        )
    distances = h.transpose(*dims).copy(data=values.reshape(shape)).transpose(*h.dims)
    return like.assign(h=distances) if isinstance(like, xr.Dataset) else distances


def _samples(h: xr.DataArray, features: tuple[str, ...]) -> tuple[Hashable, ...]:
    return tuple(dim for dim in h.dims if dim not in features)
