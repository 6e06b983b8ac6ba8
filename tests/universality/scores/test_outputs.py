"""Outputs on trial: y is scored as h is, and turns down a law that is right of h alone."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import RIVALS, PairwiseModel, compare, verdict

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
ADDED = ["outputs", "outputs_ceiling", "outputs_freedom", "outputs_interval", "outputs_log_error"]


def members(world, count=3, noise=0.01, dim="seed"):
    """`world` seen several times: one start, and after it noise in h and y, other noise every time."""
    rng = np.random.default_rng(0)
    labels = xr.DataArray(range(count), dims=dim, name=dim)
    late = (world.time > world.time[0]).values[:, None]

    def several(array):
        size = noise * float(array.std()) * late
        return xr.concat([array + size * rng.normal(size=array.shape) for _ in range(count)], labels)

    return world.assign({name: several(world[name]).transpose(dim, "time", "pair") for name in ("h", "y")})


def networks(world, count=3):
    """Members as `neurouniv.train` trains them, of which it is known that they have no noise."""
    return members(world, count).assign_attrs(history='[{"step": "train"}]')


def off(world, size, name="y", seed=1):
    noise = size * float(world[name].std()) * np.random.default_rng(seed).normal(size=world[name].shape)
    return world.assign({name: world[name] + noise})


def judged(laws, traj, **settings):
    return compare(laws, traj, **{"partitions": 1, "resamples": 60, **settings})


@pytest.mark.parametrize("split", ["conditions", "times", None])
def test_the_truth_of_y_is_perfect_and_an_error_counts_over_held_out_pairs_after_the_start(
    make_world, split, law_of_truth
):
    world = make_world(n=8, times=9)
    wrong = off(world, 0.3)
    found = compare(
        {"truth": law_of_truth(world, ["h", "y"]), "wrong": law_of_truth(wrong, ["h", "y"])}, world, split, partitions=1
    )
    assert found.outputs.dims == ("law",)
    np.testing.assert_allclose(found.outputs.sel(law="truth"), 1, rtol=1e-12)
    if split == "conditions":
        return
    late = slice(1, None) if split is None else slice(4, None)
    y, error = world.y.values[late], (wrong.y - world.y).values[late]
    expected = 1 - (error**2).sum() / ((y - y.mean()) ** 2).sum()
    np.testing.assert_allclose(found.outputs.sel(law="wrong"), expected, rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("split", ["conditions", "times", "systems"])
def test_where_y_is_h_everything_said_of_outputs_is_what_is_said_of_dynamics(make_world, split, law_of_truth):
    seen = members(make_world(n=8, times=8))
    world = make_world(n=8, times=8)
    seen, wrong = seen.assign(y=seen.h), off(world, 0.3, "h")
    laws = {
        "truth": law_of_truth(world.assign(y=world.h), ["h", "y"]),
        "wrong": law_of_truth(wrong.assign(y=wrong.h), ["h", "y"]),
    }
    found = judged(laws, seen, split=split)
    for name in ADDED:
        xr.testing.assert_equal(found[name], found[name.replace("outputs", "dynamics")])


@pytest.mark.slow
def test_without_y_nothing_is_said_of_it_and_with_y_nothing_else_changes(make_world, law_of_truth):
    world = make_world(n=8, times=8)
    seen, laws = (
        members(world),
        {"truth": law_of_truth(world, ["h"]), "wrong": law_of_truth(off(world, 0.3, "h"), ["h"])},
    )
    without, found = judged(laws, seen.drop_vars(["y", "w"])), judged(laws, seen)
    assert not any("outputs" in name for name in without)
    assert sorted(set(found) - set(without)) == ADDED
    xr.testing.assert_equal(found.drop_vars(ADDED), without)
    assert found.outputs.isnull().all()
    assert found.outputs_interval.isnull().all()
    told = judged({**laws, "tells": law_of_truth(world, ["h", "y"])}, seen)
    assert told.outputs.notnull().all("seed").values.tolist() == [False, False, True]
    assert told.outputs_interval.notnull().all("bound").values.tolist() == [False, False, True]


@pytest.mark.slow
def test_mean_choices_are_left_out_of_fits_and_scores():
    task = nu.tasks.from_arrays(np.random.default_rng(0).normal(size=(8, 4)), np.repeat(np.eye(2), 4, axis=0))
    rec = nu.simulate_brain(task, world="universal", sessions=5, neurons=40, snr=1.0, behaviour=True, seed=1)
    traj = nu.trajectory(rec, task, metric="crossnobis")
    settings = {"partitions": 1, "resamples": 0}
    found = compare(PairwiseModel(), traj, **settings)
    assert "outputs" not in found
    xr.testing.assert_equal(found, compare(PairwiseModel(), traj.drop_vars(["choices", "choices_w"]), **settings))


@pytest.mark.slow
def test_the_interval_holds_the_score_and_shrinks_with_conditions(make_world, law_of_truth):
    def width(n):
        world = make_world(n=n, times=6)
        found = judged({"law": law_of_truth(off(world, 0.3), ["h", "y"])}, members(world)).sel(law="law")
        lower, upper = found.outputs_interval.values
        assert lower < float(found.outputs.mean()) < upper < 1
        return upper - lower

    assert width(24) < width(8)


@pytest.mark.slow
def test_y_of_networks_has_no_noise_and_known_noise_of_h_is_none_of_y(make_world, law_of_truth):
    world = make_world(n=8, times=6)
    assert (compare(law_of_truth(world, ["h", "y"]), networks(world), None).outputs_ceiling == 1).all()
    for unknown in (world, members(world), world.assign(h_var=0 * world.h + 0.01)):
        assert compare(law_of_truth(world, ["h", "y"]), unknown, None).outputs_ceiling.isnull().all()


def test_outputs_are_scored_where_representations_are(make_world, law_of_truth):
    world, layers = make_world(n=8, times=8), xr.DataArray(["V1", "IT"], dims="layer", name="layer")
    lost = world.y.where(world.time != world.time[5], world.y + 9)  # wild, at a frame that h lacks in one layer
    h = xr.concat([world.h, world.h.where(world.time != world.time[5])], layers)
    found = compare(law_of_truth(world, ["h", "y"]), world.assign(h=h, y=lost), None).isel(law=0)
    assert found.outputs.dims == ("layer",)
    assert float(found.outputs.sel(layer="IT")) == pytest.approx(1)
    assert float(found.outputs.sel(layer="V1")) < 0.5


def test_constants_of_one_member_are_scored_on_outputs_of_the_others(make_world, law_of_truth):
    world = make_world(n=6, times=6)
    seen = members(world, 3, noise=0.0)
    wild = seen.assign(y=seen.y.where(seen.seed != 0, 5 * seen.y))
    found = compare(law_of_truth(world, ["h", "y"]), wild, "systems", constants_from=0)
    assert found.outputs.isel(law=0).notnull().values.tolist() == [False, True, True]
    np.testing.assert_allclose(found.outputs.isel(law=0, seed=slice(1, None)), 1)


@pytest.mark.slow
def test_systems_stand_side_by_side_each_with_its_own_outputs_or_none(make_world, tmp_path, law_of_truth):
    world = make_world(n=8, times=5)
    seen, laws = members(world), {"universal": law_of_truth(off(world, 0.2), ["h", "y"]), "static": RIVALS["static"]()}
    one = seen.isel(seed=0, drop=True)
    systems = {"silent": seen.drop_vars(["y", "w"]), "networks": seen, "one": one}
    found = judged(laws, systems)
    alone = judged(laws, seen)
    np.testing.assert_allclose(found.outputs.sel(system="networks"), alone.outputs)
    np.testing.assert_allclose(found.outputs_ceiling.sel(system="networks"), alone.outputs_ceiling)
    np.testing.assert_allclose(found.outputs_interval.sel(system="networks", member=0), alone.outputs_interval)
    assert found.outputs.sel(system="silent").isnull().all()
    made = verdict(found)
    assert made.outputs_r2.notnull().values.tolist() == [False, True, True]
    for name, traj in systems.items():
        own = verdict(judged(laws, traj))
        assert made.decision.sel(system=name).item() == own.decision.item()
        for part in ("r2", "ceiling", "outputs_r2", "outputs_ceiling"):
            if part in own:
                np.testing.assert_allclose(made[part].sel(system=name), own[part], err_msg=f"{name} {part}")
    found.to_netcdf(tmp_path / "result.nc")


@pytest.mark.slow
@pytest.mark.parametrize("variables", [None, ("h",)])
def test_the_law_passes_with_its_own_y(make_world, variables):
    laws = {"universal": PairwiseModel(variables=variables, restarts=1), "static": RIVALS["static"]()}
    made = verdict(judged(laws, networks(make_world(n=12, times=7))))
    assert made.overall.item() == "described"
    assert float(made.outputs_r2) > 0.99 * float(made.outputs_ceiling)
    assert "100 % of the noise ceiling of the outputs" in made.text


@pytest.mark.slow
@pytest.mark.parametrize("course", ["faster", "of other pairs"])
def test_representations_that_obey_do_not_save_outputs_that_do_not(make_world, course):
    """h is the law's own; outputs start where the law's do, and learn at twice the pace or as those of other pairs."""
    world = make_world(n=20, times=8)
    y, time = world.y.values, world.time.values
    if course == "faster":
        other = np.stack([np.interp(2 * time, time, one) for one in y.T], axis=1)
    else:
        other = y[0] + (y - y[0])[:, np.random.default_rng(0).permutation(y.shape[1])]
    seen = networks(world.assign(y=world.y.copy(data=other)), 2)
    laws = {"universal": PairwiseModel(variables=("h",), restarts=1), "static": RIVALS["static"]()}
    found, without = judged(laws, seen), judged(laws, seen.drop_vars(["y", "w"]))
    made = verdict(found)
    assert verdict(without).overall.item() == "described"
    assert made.overall.item() == "not described"
    assert made.beaten_by.item() == ""
    assert float(made.explained) > 0.95
    upper = float(found.outputs_interval.sel(law="universal", bound="upper"))
    assert upper < 0.9 * float(made.outputs_ceiling)


@pytest.mark.slow
def test_outputs_of_a_lazy_learner_are_told_from_those_of_backprop():
    rng = np.random.default_rng(0)
    stimuli = rng.normal(size=(10, 3))
    task = nu.tasks.from_arrays(stimuli, stimuli[:, :1], [f"c{i}" for i in range(10)])
    laws, outputs = [PairwiseModel(restarts=1), RIVALS["static"]()], {}
    for rule in ("backprop", "lazy"):
        settings = {"hidden_layers": 2, "width": 30, "gain": 0.35, "nonlinearity": "tanh", "lr": 0.25, "rule": rule}
        runs = nu.train(task, "mlp", epochs=200, seeds=range(4), record=10, progress=False, **settings)
        made = verdict(judged(laws, nu.trajectory(runs).isel(layer=0, drop=True)))
        outputs[rule] = float(made.outputs_r2 / made.outputs_ceiling)
    assert outputs["backprop"] > 0.95
    assert outputs["lazy"] < 0.85
