"""One set of constants for several systems."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import RIVALS, InputError, PairwiseModel
from neurouniv.laws.shared_constants import fit_shared

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # a law may say that it does not fit


@pytest.fixture
def law():
    return RIVALS["exponential"](weighting="none")


def misfit(law, traj):
    return float(((law.predict(traj).h - traj.h) ** 2).sum())


def test_constants_that_systems_share_come_back(make_world, law):
    systems = [make_world(n=n, times=8, law="exponential", see=("h",), seed=seed) for seed, n in enumerate((4, 6))]
    found = fit_shared(law, systems).constants_
    np.testing.assert_allclose([found.stimulus, found.target, found.rate], [0.3, 0.5, 0.05], rtol=1e-4)
    assert found.converged
    assert found.message.item() == "converged"
    assert np.isnan(found.rate_interval).all()


def test_the_same_system_twice_has_the_constants_that_it_has_alone(make_world, law):
    traj = make_world(n=4, times=8, see=("h",), law="exponential", noise=0.02)
    alone, twice = law.clone().fit(traj).constants_, fit_shared(law, [traj, traj]).constants_
    for name in ("stimulus", "target", "rate"):
        np.testing.assert_allclose(twice[name], alone[name], rtol=1e-3)


@pytest.mark.slow
def test_no_other_constants_describe_systems_better_together(make_world, law):
    """Of systems that need others each, the shared ones leave least; their own, fitted to one, leave more of both."""
    systems = [make_world(n=4, times=8, see=("h",), eta_h=eta_h) for eta_h in (0.2, 0.5)]
    shared = fit_shared(law, systems)
    together = sum(misfit(shared, traj) for traj in systems)
    for traj in systems:
        own = law.clone().fit(traj)
        assert misfit(own, traj) <= misfit(shared, traj)
        assert together < sum(misfit(own, other) for other in systems)


def test_systems_that_cannot_share_are_told(make_world, law):
    seen, unseen = make_world(n=4, times=5), make_world(n=4, times=5, see=("h",))
    with pytest.raises(InputError, match="share constants that all of them have"):
        fit_shared(PairwiseModel(weighting="none"), [seen, unseen])
    with pytest.raises(InputError, match="Each trajectory is one system"):
        fit_shared(law, [unseen, unseen.assign(h=xr.concat([unseen.h, unseen.h], "seed"))])
