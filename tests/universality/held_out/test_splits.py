"""No test pair shares a condition with a training pair, and what cannot be split is refused with a remedy."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv import InputError
from neurouniv.universality.held_out.splits import partition
from neurouniv.universality.settings import Split


def split(traj, how="conditions", folds=2, partitions=4, train_fraction=0.5, seed=0):
    return partition(traj, how, folds, partitions, train_fraction, seed)


def conditions(traj):
    return set(traj["first"].values) | set(traj["second"].values)


@pytest.mark.parametrize(("n", "folds"), [(4, 2), (7, 2), (9, 3), (10, 5)])
def test_train_and_test_share_no_condition_and_every_condition_is_tested(make_world, n, folds):
    parts = split(make_world(n=n), folds=folds, partitions=2)
    for repeat in (parts[:folds], parts[folds:]):
        tested = [conditions(part.test) for part in repeat]
        assert sum(map(len, tested)) == n
        assert set.union(*tested) == conditions(make_world(n=n))
    for part in parts:
        assert not conditions(part.train) & conditions(part.test)
        assert part.test.sizes["pair"] == len(conditions(part.test)) * (len(conditions(part.test)) - 1) // 2


def test_the_task_is_cut_with_the_pairs_and_pdist_order_is_kept(make_world):
    for part in split(make_world(n=9)):
        for traj in (part.train, part.test):
            assert set(traj["condition"].values) == conditions(traj)
            np.testing.assert_allclose(pdist(traj.stimuli) ** 2, traj.dx2, rtol=1e-12)
            np.testing.assert_allclose(pdist(traj.targets) ** 2, traj.dy2, rtol=1e-12)


def renamed(traj, names):
    """`traj` with the condition c0 called names[0] and so on."""
    called = dict(zip(traj["condition"].values, names, strict=True))
    ends = {end: ("pair", [called[name] for name in traj[end].values]) for end in ("first", "second")}
    return traj.assign_coords(condition=names, **ends)


@pytest.mark.slow
@pytest.mark.parametrize("known", [("dx2", "dy2"), ("dy2",), ()])
@pytest.mark.parametrize("seed", range(5))
def test_partitions_follow_what_conditions_are_not_their_names_their_order_or_units(make_world, seed, known):
    """Where stimuli and targets leave conditions alike, distances decide."""
    rng, traj = np.random.default_rng(seed), make_world(n=8, seed=seed, see=("h",))
    traj = traj.assign_coords({name: 0 * traj[name] + 1 for name in {"dx2", "dy2"} - set(known)})
    names = np.array([f"x{i}" for i in rng.permutation(8)])
    back = dict(zip(names, traj["condition"].values, strict=True))
    other = renamed(traj, names)
    turned = {"first": other["second"], "second": other["first"]}
    other = other.assign_coords(turned).isel(pair=rng.permutation(28), condition=rng.permutation(8))
    other = other.assign(h=1e6 * other.h / 3).assign_coords(dx2=other.dx2 / 7, dy2=300 * other.dy2)
    found = [[sorted(conditions(part.test)) for part in split(one, seed=seed)] for one in (traj, traj)]
    assert found[0] == found[1] == [sorted(back[n] for n in conditions(part.test)) for part in split(other, seed=seed)]
    assert found[0] != [sorted(conditions(part.test)) for part in split(traj, seed=seed + 1)]


def test_partitions_are_different_and_no_more_than_there_are(make_world):
    assert len(split(make_world(n=8), partitions=6)) == 12
    assert len({frozenset(conditions(part.test)) for part in split(make_world(n=8), partitions=6)}) == 12
    assert len(split(make_world(n=4), partitions=6)) == 6  # four conditions have three partitions in two


def test_partitions_that_no_law_could_be_fitted_to_are_not_used(make_world):
    """Two conditions of each class: the partition by class has no different targets in a fold."""
    traj = make_world(n=4)
    traj = traj.assign_coords(dy2=("pair", np.array([0.0, 1, 1, 1, 1, 0])))
    assert all((part.test.dy2 > 0).any() for part in split(traj, partitions=5))
    assert len(split(traj, partitions=5)) == 4
    with pytest.raises(InputError, match="different targets"):
        split(traj.assign_coords(dy2=0 * traj.dy2))


def test_later_times_are_predicted_from_earlier_ones(make_world):
    [part] = split(make_world(times=10), "times", train_fraction=0.6)
    assert part.train.sizes["time"] == part.given.sizes["time"] == 6
    np.testing.assert_array_equal(part.test.time, make_world(times=10).time[6:])
    [part] = split(make_world(times=4), "times")
    assert (part.train.sizes["time"], part.test.sizes["time"]) == (3, 1)


def test_constants_of_one_member_are_tried_on_the_others(make_world):
    traj = make_world()
    layers = xr.DataArray([3, 5, 9], dims="layer", name="layer")
    traj = traj.assign(h=xr.concat([traj.h, 2 * traj.h, 3 * traj.h], layers))
    parts = partition(traj, "systems", 2, 4, 0.5, 0)
    assert len(parts) == 3
    for place, part in enumerate(parts):
        assert "layer" not in part.train.coords
        np.testing.assert_array_equal(part.train.h, traj.h.isel(layer=place))
        assert part.test.h.isel(layer=place).isnull().all()
        kept = np.delete(np.arange(3), place)
        np.testing.assert_array_equal(part.test.h.isel(layer=kept), traj.h.isel(layer=kept))
    [part] = partition(traj, "systems", 2, 4, 0.5, 0, across="layer", constants_from=5)
    np.testing.assert_array_equal(part.train.h, traj.h.sel(layer=5))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs across=.*seed.*layer"),
        ({"across": "subject"}, "got across='subject'"),
        ({"across": "layer", "constants_from": 4}, "labels of 'layer', \\[3, 5\\]; got 4"),
    ],
)
def test_what_has_no_members_is_refused(make_world, settings, message):
    traj = make_world()
    with pytest.raises(InputError, match="the trajectory has none"):
        partition(traj, "systems", 2, 4, 0.5, 0)
    layers = xr.DataArray([3, 5], dims="layer", name="layer")
    both = xr.concat([xr.concat([traj.h, traj.h], layers)] * 2, "seed")
    with pytest.raises(InputError, match=message):
        partition(traj.assign(h=both), "systems", 2, 4, 0.5, 0, **settings)


def test_a_member_without_distances_is_named_and_needed_only_where_it_is_fitted_to(make_world):
    traj = make_world()
    layers = xr.DataArray([3, 5], dims="layer", name="layer")
    traj = traj.assign(h=xr.concat([traj.h, traj.h * np.nan], layers))
    with pytest.raises(InputError, match="layer 5 has none"):
        partition(traj, "systems", 2, 4, 0.5, 0)
    assert len(partition(traj, "systems", 2, 4, 0.5, 0, constants_from=3)) == 1


def test_without_a_split_train_is_test(make_world):
    [part] = split(make_world(), None)
    assert part.train.identical(part.test)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: split(w(n=2)), "at least 4 conditions.*got 2.*split='times' or split=None"),
        (lambda w: split(w(n=5), folds=3), "at least 6 conditions"),
        (lambda w: split(w(), folds=1), "folds >= 2"),
        (lambda w: split(w(times=3), "times"), "got 3"),
        (lambda w: split(w(), "times", train_fraction=1.0), "between 0 and 1"),
        (lambda w: split(w(), "pairs"), "got 'pairs'"),
        (lambda w: split(w().drop_vars("first")), "first and second"),
        (lambda w: split(w().drop_vars("condition")), "'condition' is absent"),
        (lambda w: split(w().assign(h=np.nan * w().h)), "observed distances"),
    ],
)
def test_what_cannot_be_split_is_refused_with_a_remedy(make_world, call, message):
    with pytest.raises(InputError, match=message):
        call(make_world)


def test_a_held_out_pair_that_comes_late_is_not_shown_to_the_law(make_world):
    """Its first frame would be fitted and then scored."""
    traj = make_world(n=8, times=6, see=("h",))
    late = (traj["first"] == traj["first"][0]) & (traj["time"] < traj["time"][2])
    traj = traj.assign(h=traj.h.where(~late))
    for part in partition(
        traj, "conditions", folds=2, partitions=1, train_fraction=0.5, seed=0, across=None, constants_from=None
    ):
        tested = np.isin(part.hidden["first"], part.test["first"]) & np.isin(part.hidden["second"], part.test["second"])
        assert not part.hidden.h.isel(pair=tested).isel(time=slice(1, None)).notnull().any()
        assert part.hidden.h.isel(time=0).notnull().any()


@pytest.mark.parametrize(("split", "expected"), [("conditions", (2, 3)), ("times", (1, 1)), (None, (1, 1))])
def test_a_split_is_recorded_with_the_folds_and_partitions_that_it_has(make_world, split, expected):
    chosen = Split(split=split, folds=2, partitions=3)
    record = chosen.attributes(chosen.parts(make_world(n=8, times=6)))
    assert (record["folds"], record["partitions"]) == expected
