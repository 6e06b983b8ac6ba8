"""Cross-prediction: a template re-timed and re-scaled predicts a system that is its copy, and no other."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError, PairwiseModel, compare
from neurouniv.laws import TemplateModel

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


@pytest.fixture
def network(make_world):
    return make_world(n=6, times=200)


def copied(network: xr.Dataset, gain: float, pace: float, times: int = 9) -> xr.Dataset:
    """What a slower system in other units would show of the same movie at a few of its times."""
    seen = network[["h"]].isel(time=np.linspace(0, network.sizes["time"] - 1, times).round().astype(int))
    return seen.assign(h=gain * seen.h).assign_coords(time=seen.time / pace)


@pytest.mark.parametrize(("gain", "pace"), [(5.0, 0.1), (0.02, 30.0)])
def test_gain_and_pace_of_a_copy_are_found(network, gain, pace):
    found = TemplateModel(network).fit(copied(network, gain, pace))
    np.testing.assert_allclose(found.constants_.gain, gain, rtol=1e-3)
    np.testing.assert_allclose(found.constants_.pace, pace, rtol=1e-3)


def test_pairs_are_joined_by_their_names(network):
    copy = copied(network, 3.0, 0.5).isel(pair=[4, 0, 11])
    turned = copy.assign_coords(first=copy.second, second=copy.first)
    law = TemplateModel(network).fit(turned)
    np.testing.assert_allclose(law.predict(turned).h, turned.h, atol=1e-4)
    np.testing.assert_allclose(law.final_structure(turned), turned.h.isel(time=-1), rtol=1e-4)


@pytest.mark.slow
def test_it_predicts_held_out_conditions_of_a_copy_better_than_the_law_does_of_a_broken_one(network):
    copy = copied(network, 3.0, 0.5)
    laws = {"law": PairwiseModel(variables=("h",)), "template": TemplateModel(network)}
    assert float(compare(laws, copy).dynamics.sel(law="template")) > 0.999
    order = np.random.default_rng(0).permutation(copy.sizes["pair"])
    broken = TemplateModel(network.assign(h=network.h.copy(data=network.h.values[:, order])))
    assert float(compare({"broken": broken}, copy).dynamics.squeeze()) < 0.9


def test_after_its_last_frame_a_template_stays(network):
    copy = copied(network, 3.0, 0.5)
    later = TemplateModel(network).fit(copy).predict(copy, time=[1e4])
    np.testing.assert_allclose(later.h[0], 3 * network.h.isel(time=-1), rtol=1e-3)


def test_what_is_no_template_is_refused(network):
    with pytest.raises(InputError, match="mean"):
        TemplateModel(network.expand_dims(seed=2))
    with pytest.raises(InputError, match="every pair it is to predict"):
        TemplateModel(network.isel(pair=slice(3))).fit(network)
    with pytest.raises(InputError, match="per system"):
        TemplateModel(network, per="pair")


def test_many_pairs_are_more_than_a_first_look_takes(make_world):
    network = make_world(n=12, see=("h",))
    brain = network.assign(h=5 * network.h).assign_coords(time=3 * network.time)
    found = TemplateModel(network).fit(brain).constants_
    assert float(found.gain) == pytest.approx(5, rel=1e-3)
    assert float(found.pace) == pytest.approx(1 / 3, rel=1e-3)
