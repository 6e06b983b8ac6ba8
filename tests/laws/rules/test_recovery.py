"""Constants come back from movies that a rule's own law made."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.laws import LAWS

MADE = {
    "feedback_alignment": {"eta_h": 2e-3, "eta_y": 1.3e-3},
    "kolen_pollack": {"eta_h": 3e-4, "eta_y": 1.5e-3, "decay": 3e-4, "feedback0": 20.0},
    "weight_mirror": {"eta_h": 1e-3, "eta_y": 1.3e-3, "mirror": 1e-3, "decoder0": 0.3, "feedback0": 5.0},
    "predictive_coding": {"eta_h": 1.5e-3, "eta_y": 1.2e-3, "strength": 1.0, "decoder0": 0.3},
    "weight_decay": {"eta_h": 1.3e-3, "eta_y": 1.5e-3, "decay": 3e-4, "decoder0": 0.3},
    "node_perturbation": {"eta_h": 1.3e-3, "eta_y": 1.5e-3, "exploration": 3e-5, "decoder0": 0.3},
    "hebbian": {"eta_h": 1.3e-3, "eta_y": 1.5e-3, "exploration": 3e-5, "blur": 0.03, "decoder0": 0.3},
    "tangent": {"eta_h": 1.3e-3, "eta_y": 1.5e-3, "decoder0": 0.3},
    "identity": {"eta_h": 2e-3, "eta_y": 1.5e-3, "decoder0": 0.3},
    "exposure": {"eta_h": 1.3e-3, "eta_y": 1.5e-3, "decoder0": 0.3},
}


def made_by(name, constants):
    """The law with these constants, as if fitted."""
    law = LAWS[name]()
    data = constants | {f"{key}_interval": ("bound", [value, value]) for key, value in constants.items()}
    law.constants_ = xr.Dataset(data)
    return law


QUICK = {"feedback_alignment", "hebbian"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in MADE])
def test_constants_come_back_from_the_law_s_own_movie(make_traj, name):
    traj = make_traj("backprop").assign(trials=("condition", np.arange(1.0, 9.0)))
    movie = traj.assign(h=made_by(name, MADE[name]).predict(traj).h)
    law = LAWS[name]().fit(movie)
    assert set(MADE[name]) == set(constant_names(law.constants_))
    assert float(law.constants_.r2.sel(variable="h")) > 0.9999
    for key, value in MADE[name].items():
        rel = 0.02 if key.startswith("eta") else 0.05
        assert float(law.constants_[key]) == pytest.approx(value, rel=rel), key
        low, high = law.constants_[f"{key}_interval"].values
        assert low < high
