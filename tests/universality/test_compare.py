"""Laws whose score is known beforehand: an oracle, one that never moves, and one that remembers what it saw."""

import json
from itertools import product

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.rdm import compare as rsatoolbox_compare

from neurouniv import RIVALS, InputError, PairwiseModel, compare
from neurouniv.laws import COMPARED
from neurouniv.rdm.comparators import COMPARATORS


class Fake:
    """A law with the interface of one and nothing to fit."""

    name = "fake"

    def clone(self):
        return self

    def fit(self, traj):
        template = traj["h"].isel(time=0, pair=0, drop=True)
        good, words = np.ones(template.shape, bool), np.full(template.shape, "converged")
        self.constants_ = xr.Dataset({"converged": (template.dims, good), "message": (template.dims, words)})
        return self

    def predict(self, traj, time=None):
        time = traj["time"] if time is None else time
        return xr.Dataset({"h": traj["h"].isel(time=0, drop=True).expand_dims(time=time)})


class Static(Fake):
    name = "never moves"


class Oracle(Fake):
    """Knows the truth by the names of conditions and the time."""

    name = "oracle"

    def __init__(self, truth, change=lambda h: h):
        self.truth, self.change = truth, change

    def predict(self, traj, time=None):
        time = traj["time"] if time is None else time
        places = {pair: i for i, pair in enumerate(zip(self.truth["first"].values, self.truth["second"].values))}  # noqa: B905
        pairs = [places[pair] for pair in zip(traj["first"].values, traj["second"].values)]  # noqa: B905
        return xr.Dataset({"h": self.change(self.truth["h"]).isel(pair=pairs).sel(time=time)})


class Witness(Fake):
    """Writes down which conditions and times it was shown, fit by fit."""

    name = "witness"

    def __init__(self):
        self.fitted, self.asked = [], []

    def fit(self, traj):
        self.fitted.append((_names(traj), list(traj["time"].values)))
        return super().fit(traj)

    def predict(self, traj, time=None):
        self.asked.append((_names(traj), list(traj["time"].values), list(time.values)))
        return super().predict(traj, time)


def _names(traj):
    return set(traj["first"].values) | set(traj["second"].values)


SPLITS = ["conditions", "times", None]
QUICK = {("conditions", "pairwise")}


@pytest.mark.parametrize("split", SPLITS)
def test_the_oracle_is_perfect(make_world, split):
    traj = make_world(n=8)
    found = compare(Oracle(traj), traj, split)
    assert found.geometry.dims == ("law", "time")
    np.testing.assert_allclose(found.geometry, 1, rtol=1e-12)
    np.testing.assert_allclose(found.dynamics, 1, rtol=1e-12)
    np.testing.assert_allclose(found.dynamics_error, 0, atol=1e-12)


@pytest.mark.slow
def test_shuffled_conditions_explain_nothing(make_world):
    traj = make_world(n=30, seed=3)
    shuffle = np.random.default_rng(0).permutation(traj.sizes["pair"])
    found = compare(Oracle(traj, lambda h: h.copy(data=h.values[:, shuffle])), traj)
    assert abs(float(found.geometry.mean())) < 0.1
    assert found.dynamics.item() < 0.5


@pytest.mark.slow
def test_a_known_error_is_reported_in_units_of_h(make_world):
    found = compare(Oracle(make_world(), lambda h: h + 0.25), make_world())
    assert found.dynamics_error.item() == pytest.approx(0.25)
    np.testing.assert_allclose(found.geometry, 1, rtol=1e-12)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_static_is_rsatoolbox_with_the_first_frame(make_world, comparator):
    traj = make_world(n=7, times=6)
    found = compare(Static(), traj, None, comparator=comparator)
    h = traj.h.values
    expected = [rsatoolbox_compare(h[:1], frame[None], method=comparator).item() for frame in h]
    np.testing.assert_allclose(found.geometry[0], expected, rtol=1e-12)


@pytest.mark.slow
def test_dynamics_is_one_r2_over_all_held_out_pairs_after_the_start(make_world):
    traj = make_world(n=8)
    found = compare([Static(), RIVALS["static"]()], traj, partitions=1)
    inside = [np.isin(traj["first"], g) & np.isin(traj["second"], g) for g in _folds(traj)]
    h = np.concatenate([traj.h.values[1:, pairs] for pairs in inside], axis=1)
    first = np.concatenate([traj.h.values[0, pairs] for pairs in inside])
    expected = 1 - ((h - first) ** 2).sum() / ((h - h.mean()) ** 2).sum()
    np.testing.assert_allclose(found.dynamics, expected, rtol=1e-9)


def _folds(traj):
    witness = Witness()
    compare(witness, traj, partitions=1)
    return [sorted(asked) for asked, *_ in witness.asked]


def test_no_condition_and_no_later_time_leaks(make_world):
    witness, traj = Witness(), make_world(n=9)
    compare(witness, traj, folds=3, partitions=3)
    assert len(witness.fitted) == 9
    for (seen, _), (asked, *_) in zip(witness.fitted, witness.asked, strict=True):
        assert not seen & asked
    witness = Witness()
    compare(witness, traj, "times", train_fraction=0.4)
    [(_, fitted)], [(_, given, predicted)] = witness.fitted, witness.asked
    assert fitted == given
    assert max(fitted) < min(predicted)


@pytest.mark.slow
@pytest.mark.parametrize("split", SPLITS)
def test_units_of_h_and_the_order_of_pairs_change_nothing(make_world, split):
    traj = make_world(n=8, noise=0.02, see=("h",))
    scaled = traj.assign(h=7 * traj.h, h_var=49 * traj.h_var)
    shuffled = traj.isel(pair=np.random.default_rng(1).permutation(traj.sizes["pair"]))
    laws = [Static(), RIVALS["static"]()]
    found = [compare(laws, t, split, partitions=1, comparator="corr_cov") for t in (traj, scaled, shuffled)]
    for name in ("geometry", "dynamics", "geometry_ceiling", "dynamics_ceiling"):
        np.testing.assert_allclose(found[1][name], found[0][name], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found[2][name], found[0][name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found[1].dynamics_error, 7 * found[0].dynamics_error, rtol=1e-9)


def batch(make_world):
    seeds = xr.DataArray([7, 8, 9], dims="seed", name="seed")
    worlds = [make_world(n=6, see=("h",), seed=0, eta_h=eta) for eta in (0.1, 0.2, 0.3)]
    return worlds[0].assign(h=xr.concat([w.h for w in worlds], seeds))


@pytest.mark.slow
def test_batches_are_dimensions_and_members_do_not_touch_each_other(make_world):
    traj = batch(make_world)
    found = compare({"a": Static(), "b": Oracle(traj)}, traj)
    assert found.geometry.dims == ("law", "seed", "time")
    assert found.dynamics.dims == found.converged.dims == ("law", "seed")
    assert found.geometry_ceiling.dims == ("seed", "time", "bound")
    assert found.dynamics_ceiling.dims == ("seed", "bound")
    alone = compare(Static(), traj.sel(seed=8))
    np.testing.assert_allclose(alone.geometry.sel(law="never moves"), found.geometry.sel(law="a", seed=8), rtol=1e-12)
    assert float(found.dynamics.sel(law="b").min()) == pytest.approx(1)
    assert "of geometry from 3 members along seed" in found.attrs["ceiling"]
    assert found.others.dims == found.change_others.dims == ("seed",)
    np.testing.assert_array_equal(found.others.isnull(), np.isnan([0.0, 0.0, 0.0]))
    assert np.isnan(alone.others)


@pytest.mark.slow
def test_any_batch_and_further_coordinates_are_carried(make_world):
    """Dimensions with names that results use too, scalars, labels of times and of conditions, and chunks."""
    traj = batch(make_world).rename(seed="member")
    areas = xr.DataArray(["V1", "IT"], dims="system", name="system")
    traj = traj.assign(h=xr.concat([traj.h, traj.h], areas))
    traj = traj.assign_coords(layer=2, area=("system", ["a", "b"]), session=("time", np.arange(25)))
    traj = traj.assign_coords(label=("condition", np.arange(6))).chunk({"time": 5})
    laws = [Static(), RIVALS["static"]()]
    found = compare(laws, traj, partitions=1)
    assert found.dynamics.dims == ("law", "system", "member")
    assert int(found.layer) == 2
    assert list(found.area.values) == ["a", "b"]
    plain = compare(laws, batch(make_world), partitions=1)
    np.testing.assert_allclose(found.dynamics.sel(system="IT"), plain.dynamics, rtol=1e-9)
    side = compare(laws, {"this": traj, "that": make_world(n=6)}, partitions=1)
    names = [f"system {s}, member {m}" for s in ("V1", "IT") for m in (7, 8, 9)]
    assert list(side.member_name.sel(system="this").values) == names
    np.testing.assert_allclose(side.dynamics.sel(system="this"), found.dynamics.values.reshape(2, -1), rtol=1e-12)


def test_a_law_that_shuffles_pairs_is_refused(make_world):
    class Shuffled(Static):
        def predict(self, traj, time=None):
            return super().predict(traj, time).isel(pair=slice(None, None, -1))

    with pytest.raises(InputError, match="in their order"):
        compare(Shuffled(), make_world())


@pytest.mark.slow
def test_missing_distances_are_left_out_and_missing_predictions_are_not(make_world):
    traj = make_world(n=8)
    holes = np.random.default_rng(0).random(traj.h.shape) < 0.1
    holes[0] = False
    assert compare(Oracle(traj), traj.assign(h=traj.h.where(~holes))).dynamics.item() == pytest.approx(1)
    broken = compare(Oracle(traj, lambda h: h.where(h < 0.5)), traj)
    assert np.isnan(broken.dynamics).all()
    assert np.isnan(broken.geometry[0, -1])
    assert np.isfinite(broken.geometry[0, 0])


@pytest.mark.slow
def test_few_pairs_have_dynamics_but_no_geometry(make_world):
    found = compare(Static(), make_world(n=4))
    assert found.geometry.isnull().all()
    assert np.isfinite(found.dynamics).all()


WON = [
    pytest.param(split, world, marks=[pytest.mark.slow] * ((split, world) not in QUICK))
    for split, world in product(SPLITS, ["pairwise", "exponential"])
]


@pytest.mark.parametrize(("split", "world"), WON)
def test_the_law_that_made_the_data_wins(make_world, world, split):
    traj = make_world(n=10, see=("h",), law=world, noise=0.01)
    found = compare([PairwiseModel(), *(RIVALS[name]() for name in COMPARED)], traj, split, partitions=1)
    score = dict(zip(found.law.values, found.dynamics.values, strict=True))
    assert max(score, key=score.get) == world
    assert score[world] > found.dynamics_ceiling.sel(bound="lower") - 0.01
    shape = found.geometry.isel(time=slice(-5, None)).mean("time")
    assert float(shape.sel(law=world)) > float(shape.max("law")) - 0.005  # another path may end at the same RDM
    assert list(found.n_constants.values) == [5, 1, 4, 4, 3, 5]  # the noisy start is one
    assert float(found.converged.sel(law=world)) == 1
    assert str(found.message.sel(law=world).values) == "converged"
    if split != "times":
        told = str(found.message.sel(law="static").values)
        assert "does not describe" in told or "times the variance of the noise" in told


@pytest.mark.slow
def test_systems_stand_side_by_side_whatever_their_batches_and_times(make_world, tmp_path):
    brain = make_world(n=8, times=5, noise=0.02, see=("h",))
    brain["time"].attrs = {"units": "s", "axis": "within_trial"}
    nets = batch(make_world)
    laws = [Static(), RIVALS["static"]()]
    found = compare(laws, {"nets": nets, "brain": brain}, partitions=1)
    assert found.geometry.dims == ("law", "system", "member", "time")
    assert list(found.time_units.values) == ["epochs", "s"]
    assert list(found.time_axis.values) == ["learning", "within_trial"]
    assert list(found.member_name.sel(system="nets").values) == ["seed 7", "seed 8", "seed 9"]
    assert "of geometry from 3 members" in found.ceiling.values[0]
    one, other = compare(laws, nets, partitions=1), compare(laws, brain, partitions=1)
    for name in ("geometry", "geometry_ceiling"):
        of_nets = found[name].sel(system="nets", time=nets.time).rename(member="seed")
        np.testing.assert_allclose(of_nets, one[name].transpose(*of_nets.dims), rtol=1e-12)
        of_brain = found[name].sel(system="brain", time=brain.time)
        np.testing.assert_allclose(of_brain.isel(member=0), other[name], rtol=1e-12)
        assert of_brain.isel(member=slice(1, None)).isnull().all()
    np.testing.assert_allclose(found.dynamics.sel(system="nets"), one.dynamics, rtol=1e-12)
    assert int(found.dynamics.notnull().sum()) == 8
    found.to_netcdf(tmp_path / "result.nc")
    xr.testing.assert_allclose(xr.load_dataset(tmp_path / "result.nc").dynamics, found.dynamics)


@pytest.mark.slow
def test_a_result_says_how_it_was_made_and_round_trips(make_world, tmp_path):
    found = compare([Static()], make_world(n=4), partitions=9, seed=5)
    told = {name: found.attrs[name] for name in ("split", "folds", "partitions", "comparator", "seed")}
    assert told == {"split": "conditions", "folds": 2, "partitions": 3, "comparator": "corr", "seed": 5}
    assert json.loads(found.attrs["history"])[-1]["settings"]["laws"] == ["never moves"]
    assert found.time.attrs == {"units": "epochs", "axis": "learning"}
    found.to_netcdf(tmp_path / "result.nc")
    xr.testing.assert_identical(xr.load_dataset(tmp_path / "result.nc").dynamics, found.dynamics)


@pytest.mark.parametrize(
    ("laws", "trajectories", "message"),
    [
        ([Static(), Static()], None, "a name of its own"),
        ([], None, "at least one law"),
        ("universal", None, "got 'universal'"),
        (Static(), {}, "name -> trajectory, of at least one system"),
        (Static(), [1], "got a list of 1"),
        (Static(), {"a": 3}, "got an int|got a int"),
    ],
)
def test_what_is_no_law_and_no_trajectory_is_refused(make_world, laws, trajectories, message):
    with pytest.raises(InputError, match=message):
        compare(laws, make_world() if trajectories is None else trajectories)
