"""What a comparison needs of a law is checked, and one message says what is missing."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import LAWS, InputError, compare
from neurouniv.laws import MixtureModel
from neurouniv.universality.held_out.predictor import check_law


class Bare:
    """A law with `fit` and `predict` and nothing else."""

    def fit(self, traj):
        return self

    def predict(self, traj, time):
        return traj[["h"]].sel(time=time)


class Silent(Bare):
    def fit(self, traj):
        self.constants_ = xr.Dataset({"converged": True})
        return self


class Forgetful(Bare):
    def fit(self, traj):
        self.constants_ = xr.Dataset({"converged": True, "message": ""})


class Timeless(Bare):
    def predict(self, traj):
        return traj


class Enough(Bare):
    def fit(self, traj):
        good = xr.ones_like(traj["h"].isel(time=0, pair=0, drop=True), dtype=bool)
        self.constants_ = xr.Dataset({"converged": good, "message": good.astype(str)})
        return self

    def predict(self, traj, time):
        return xr.Dataset({"h": traj["h"].isel(time=0, drop=True).expand_dims(time=time)})


@pytest.mark.parametrize(
    ("law", "lacks"),
    [
        (Bare(), r"`constants_` after a fit"),
        (Bare, r"`constants_` after a fit"),
        (Silent(), r"`message` in `constants_`"),
        (Forgetful(), r"what `fit` returns, the law itself"),
        (Timeless(), r"`time` among what `predict` takes"),
        (object(), r"`fit` and `predict`"),
    ],
)
def test_what_a_law_lacks_is_told(make_world, law, lacks):
    with pytest.raises(InputError, match=rf"A law needs `fit\(traj\)`.*which lacks {lacks}\. Use a law"):
        compare(law, make_world())


@pytest.mark.slow
def test_what_the_protocol_asks_for_is_enough(make_world):
    assert np.isfinite(compare({"mine": Enough()}, make_world()).dynamics).all()


@pytest.mark.parametrize("law", [*LAWS.values(), MixtureModel])
def test_every_law_is_one(law):
    check_law(law.name, law)
