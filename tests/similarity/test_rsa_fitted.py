"""Laws and mixtures among the models: fitted to some conditions, scored on others, with every model beside them."""

import numpy as np
import pandas as pd
import pytest

import neurouniv as nu


@pytest.mark.slow
def test_a_law_has_the_geometry_that_compare_gives_it(make_world):
    traj = make_world(n=12, times=6, noise=0.05, see=("h",))
    law = nu.RIVALS["exponential"]()
    found = nu.rsa(traj, {"law": law, "pixels": traj.dx2}, folds=2, partitions=2, resamples=50, seed=3)
    expected = nu.compare(law, traj, folds=2, partitions=2, seed=3).geometry.sel(law="exponential")
    np.testing.assert_allclose(found.similarity.sel(model="law")[1:], expected[1:], atol=1e-10)
    assert found.similarity.sel(model="law")[0].isnull()  # the first frame is given to the law
    assert found.similarity.sel(model="pixels").notnull().all()
    assert found.attrs["held_out"]
    assert "held out of all fits" in found.text


@pytest.mark.slow
def test_the_right_law_beats_a_static_one(make_world):
    traj = make_world(n=16, times=6, law="exponential", noise=0.02, see=("h",))
    laws = {"right": nu.RIVALS["exponential"](), "static": nu.RIVALS["static"]()}
    found = nu.rsa(traj, laws, resamples=100)
    assert (found.similarity.sel(model="right")[2:] > found.similarity.sel(model="static")[2:]).all()


def test_a_mixture_finds_the_two_parts_and_is_not_flattered(world):
    found = nu.rsa(world.traj, world.models, weighted=["a", "b", "c"], selected={"best": ["a", "c"]}, resamples=100)
    late = found.isel(time=3)
    assert late.similarity.sel(model="weighted").item() > late.similarity.sel(model=["a", "b"]).max().item() + 0.05
    weight = late.weight.sel(mixture="weighted")
    assert weight.sel(term="c").item() < 0.2 * min(weight.sel(term="a").item(), weight.sel(term="b").item())
    assert late.similarity.sel(model="best").item() == pytest.approx(late.similarity.sel(model="a").item(), abs=1e-12)
    assert found.models_from["weighted"] == "weighted mixture of a, b, c"


@pytest.mark.slow
def test_a_mixture_of_what_says_nothing_has_no_similarity():
    rng = np.random.default_rng(0)
    values = []
    for _ in range(20):
        table = {name: dict(zip([f"c{k}" for k in range(16)], rng.normal(size=16), strict=True)) for name in "abcd"}
        found = nu.rsa(_noise(rng), table, weighted={"mix": list("abcd")}, resamples=0, correction="none", partitions=4)
        values.append(found.similarity.sel(model="mix").item())
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values)) + 0.03


def _noise(rng):
    names = [f"c{k}" for k in range(16)]
    distances = rng.gamma(5.0, size=(16, 16))
    return pd.DataFrame((distances + distances.T) * (1 - np.eye(16)), names, names)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weighted": ["a", "b"], "test": "permutation"}, "need models without a fit"),
        ({"weighted": ["a", "b"], "control": "a"}, "models without a fit"),
        ({"weighted": {"a": ["b", "c"]}}, "'a' is already the name of a model"),
        ({"weighted": ["a", "b"], "folds": 8}, "at least 3 in each of 8 folds"),
    ],
)
def test_what_does_not_go_with_fits_is_told(world, settings, message):
    with pytest.raises(nu.InputError, match=message):
        nu.rsa(world.traj, world.models, **settings)
