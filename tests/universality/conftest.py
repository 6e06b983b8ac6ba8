"""A law that knows the truth, shared by the tests of scores and of their inference."""

import numpy as np
import pytest
import xarray as xr


class LawOfTruth:
    """A law that predicts `names` of `truth`, found by the names of conditions and the time."""

    def __init__(self, truth, names=("h",)):
        self.truth, self.names = truth, list(names)

    def fit(self, traj):
        template = traj["h"].isel(time=0, pair=0, drop=True)
        good, words = np.ones(template.shape, bool), np.full(template.shape, "converged")
        self.constants_ = xr.Dataset({"converged": (template.dims, good), "message": (template.dims, words)})
        return self

    def predict(self, traj, time):
        places = {pair: i for i, pair in enumerate(zip(self.truth["first"].values, self.truth["second"].values))}  # noqa: B905
        pairs = [places[pair] for pair in zip(traj["first"].values, traj["second"].values)]  # noqa: B905
        return self.truth[self.names].isel(pair=pairs).sel(time=time)


@pytest.fixture
def law_of_truth():
    return LawOfTruth
