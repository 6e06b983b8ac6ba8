"""What rules predict differently follows from the laws of the rules, and is what networks that learn by them show."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv import InputError, tasks
from neurouniv.laws import LAWS, RULES
from neurouniv.which_rule.constants import with_constants

NUMBERS = ("half_loss", "half_euclidean", "half_correlation", "lead", "within_per_between", "growth_after",
           "like_start", "like_inputs", "like_targets")  # fmt: skip
BACKPROP, ALIGNMENT = "universal", "feedback_alignment"


def task_of(stimuli=1.0, targets=1.0, turn=None, order=slice(None)):
    """Six conditions in three classes, stimuli and targets scaled, stimuli turned."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(6, 5)), rng.normal(size=(3, 3))[np.repeat(range(3), 2)]
    x = x - x.mean(0)
    x = x if turn is None else x @ np.linalg.qr(np.random.default_rng(turn).normal(size=(5, 5)))[0]
    names = np.array(list("abcdef"))
    return tasks.from_arrays(stimuli * x[order], targets * (y - y.mean(0))[order], names[order])


def end_of(task, rule, gain):
    """The last mean distance between classes, from a start of 2 gain^2 dx2."""
    found = nu.rule_signatures(task, [rule], gain=gain)
    x, label = task.stimuli.values, np.unique(task.targets.values, axis=0, return_inverse=True)[1].ravel()
    first, second = np.triu_indices(6, 1)
    dx2 = ((x[first] - x[second]) ** 2).sum(1)[label[first] != label[second]].mean()
    return float(found.between.isel(time=-1).squeeze()) * 2 * gain**2 * dx2


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "by_stimuli", "by_targets"), [(BACKPROP, 1, 1), (ALIGNMENT, 4 / 3, 2 / 3)])
def test_small_starts_end_by_a_power_of_the_task_that_tells_the_rule(rule, by_stimuli, by_targets):
    """Distances end in proportion to dx dy* by backprop, to (dx2 dy*)^(2/3) by feedback alignment, whatever N."""
    plain = end_of(task_of(), rule, 1e-3)
    assert end_of(task_of(stimuli=2.0), rule, 1e-3) / plain == pytest.approx(2**by_stimuli, rel=0.01)
    assert end_of(task_of(targets=3.0), rule, 1e-3) / plain == pytest.approx(3**by_targets, rel=0.01)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The universal law could not be solved to its end")
def test_weight_decay_forgets_the_start_and_backprop_does_not():
    rules = [BACKPROP, "weight_decay"]
    small, large = (nu.rule_signatures(task_of(), rules, gain=gain) for gain in (0.1, 1.0))
    against = [float((found.decay / found.eta_y).sel(rule="weight_decay")) for found in (small, large)]
    same = {"weight_decay": {"decay": 0.1 * against[0] / against[1]}}
    large = nu.rule_signatures(task_of(), rules, gain=1.0, sizes=same)
    ends = [abs(small[name] - large[name]) for name in ("like_inputs", "like_targets")]
    assert all(float(end.sel(rule="weight_decay")) < 1e-4 for end in ends)
    assert all(float(end.sel(rule=BACKPROP)) > 1e-2 for end in ends)
    assert float(small.growth_after.sel(rule="weight_decay")) < float(small.growth_after.sel(rule=BACKPROP))


@pytest.mark.slow
def test_scattered_steps_go_on_when_behaviour_is_saturated():
    rules = [BACKPROP, "node_perturbation", "hebbian"]
    sizes = {"hebbian": {"blur": 0.005}}
    found = nu.rule_signatures(task_of(), rules, sizes=sizes)
    growth = found.growth_after.sel(rule=rules).values
    assert growth[2] > growth[0] + 0.1
    assert float(found.between.sel(rule="hebbian").diff("time")[-20:].min()) > 0
    assert "like_targets: distances never stop growing" in str(found.note.sel(rule="hebbian").values)
    assert np.isnan(found.like_targets.sel(rule="hebbian"))
    silent = {"node_perturbation": {"exploration": 0.0}, "hebbian": {"exploration": 0.0, "blur": 0.0}}
    still = nu.rule_signatures(task_of(), rules, sizes=silent)
    for name in NUMBERS:
        np.testing.assert_allclose(still[name], still[name].sel(rule=BACKPROP) + 0 * still[name], rtol=2e-3, atol=2e-3)


@pytest.mark.filterwarnings("ignore:The universal law could not be solved to its end")  # no number of the end is used
def test_large_starts_are_lazy_by_backprop():
    found = nu.rule_signatures(task_of(), [BACKPROP, "tangent"], gain=3.0, until=8.0)
    np.testing.assert_allclose(found.half_loss, 1.0, rtol=2e-3)
    np.testing.assert_allclose(found.half_euclidean[0], found.half_euclidean[1], rtol=2e-3)
    np.testing.assert_allclose(found.loss[0], found.loss[1], atol=1e-3)
    rich = nu.rule_signatures(task_of(), [BACKPROP, "tangent"], gain=0.1, until=8.0)
    assert abs(float(rich.half_euclidean[0] / rich.half_euclidean[1]) - 1) > 0.1


@pytest.mark.slow
def test_every_rule_halves_the_loss_at_time_one_and_its_own_constant_is_told():
    found = nu.rule_signatures(task_of(), until=4.0)
    np.testing.assert_allclose(found.half_loss, 1.0, rtol=2e-3)
    assert found.rule.values.tolist()[:2] == [BACKPROP, ALIGNMENT]
    assert set(found.rule.values.tolist()) == {law.name for law in RULES} - {"exposure"} | {BACKPROP}
    for rule, own in (("weight_decay", "decay"), ("weight_mirror", "mirror"), ("hebbian", "blur")):
        assert np.isfinite(found[own].sel(rule=rule))
        assert np.isnan(found[own].sel(rule=BACKPROP))
    assert all(found[name].attrs["long_name"] for name in NUMBERS)


@pytest.mark.slow
def test_neither_order_nor_axes_of_stimuli_matter():
    plain = nu.rule_signatures(task_of(), [BACKPROP, ALIGNMENT], until=5.0)
    for other in (task_of(turn=3), task_of(order=[4, 1, 5, 0, 3, 2])):
        found = nu.rule_signatures(other, [BACKPROP, ALIGNMENT], until=5.0)
        for name in NUMBERS:
            np.testing.assert_allclose(found[name], plain[name], rtol=1e-4, atol=1e-6)


def test_stimuli_that_are_all_alike_apart_are_things_of_their_own():
    """Where K is a multiple of I, the identity law is backprop's, constants and all."""
    task = tasks.from_arrays(3 * np.eye(6), task_of().targets.values)
    found = nu.rule_signatures(task, [BACKPROP, "identity"], until=5.0)
    np.testing.assert_allclose(found.loss[0], found.loss[1], atol=1e-5)
    np.testing.assert_allclose(found.half_euclidean[0], found.half_euclidean[1], rtol=1e-4)


def movie_of(rule, constants):
    """A trajectory that follows a law exactly, outputs and all."""
    traj = nu.trajectory(nu.train(task_of(), width=20, epochs=20, record=3, progress=False)).isel(seed=0, layer=0)
    movie = with_constants(LAWS[rule](), constants).predict(
        traj.drop_vars(["y", "w", "output"]), np.linspace(0, 900, 13)
    )
    movie["time"].attrs = dict(traj.time.attrs)
    return movie


@pytest.mark.slow
def test_of_data_by_a_law_that_law_shows_what_is_observed():
    traj = movie_of(ALIGNMENT, {"eta_h": 3e-3, "eta_y": 3e-3})
    found = nu.rule_signatures(traj, [BACKPROP, ALIGNMENT])
    assert found.rule.values.tolist() == ["observed", BACKPROP, ALIGNMENT]
    for name in NUMBERS[:6]:
        np.testing.assert_allclose(
            found[name].sel(rule=ALIGNMENT), found[name].sel(rule="observed"), rtol=0.02, atol=0.01
        )
    assert float(found.r2.sel(rule=ALIGNMENT)) > 0.9999
    off = abs(found.half_euclidean / found.half_euclidean.sel(rule="observed") - 1)
    assert float(off.sel(rule=BACKPROP)) > float(off.sel(rule=ALIGNMENT)) + 0.02


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_time_has_a_unit_and_members_are_apart():
    traj = nu.trajectory(nu.train(task_of(), width=20, lr=0.1, gain=0.4, nonlinearity="linear", epochs=400, record=15,
                                  seeds=2, progress=False)).squeeze("layer")  # fmt: skip
    both = nu.rule_signatures(traj, BACKPROP)
    alone = nu.rule_signatures(traj.isel(seed=1).assign_coords(time=60 * traj.time + 5), BACKPROP)
    assert both.half_euclidean.dims == ("rule", "seed")
    np.testing.assert_allclose(alone.lead, both.lead.isel(seed=1), rtol=1e-3)
    np.testing.assert_allclose(alone.half_euclidean - 5, 60 * both.half_euclidean.isel(seed=1), rtol=1e-3)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_what_cannot_be_told_is_nan_with_a_reason():
    traj = movie_of(BACKPROP, {"eta_h": 3e-3, "eta_y": 3e-3, "decoder0": 0.2}).drop_vars(["y", "w"])
    found = nu.rule_signatures(traj, BACKPROP)
    note = str(found.note.sel(rule="observed").values)
    assert "the end is the last frame" in note
    assert "half_loss, growth_after: outputs were not recorded" in note
    assert np.isnan(found.growth_after.sel(rule="observed"))
    assert np.isfinite(found.growth_after.sel(rule=BACKPROP))
    gaps = nu.rule_signatures(traj.isel(pair=slice(1, None)), BACKPROP).sel(rule="observed")
    assert np.isnan(gaps.lead)
    assert "half_correlation" in str(gaps.note.values)
    single = task_of()
    single = single.assign(targets=single.targets + np.arange(6.0)[:, None] ** 2)
    alone = nu.rule_signatures(single, BACKPROP).squeeze("rule")
    assert "within_per_between: no two conditions are of one class" in str(alone.note.values)
    assert np.isnan(alone.within_per_between)


@pytest.mark.slow
def test_what_cannot_be_used_is_told():
    task, traj = task_of(), movie_of(BACKPROP, {"eta_h": 1e-3, "eta_y": 1e-3, "decoder0": 0.2})
    for message, data, given in [
        ("one of universal, .*got 'backprop'", task, {"rules": "backprop"}),
        ("three conditions or more", tasks.two_points(), {}),
        ("never halves it here.*as in XOR", tasks.xor(), {"rules": BACKPROP}),
        ("gain is above 0", task, {"gain": 0.0}),
        ("numbers of trials", task, {"rules": ["exposure"]}),
        (r"own constants \['decay'\]; got sizes of \['mirror'\]", task, {"sizes": {"weight_decay": {"mirror": 1.0}}}),
        ("`sizes` are of rules among universal", task, {"rules": BACKPROP, "sizes": {"hebbian": {}}}),
        ("a trajectory has its own constants and times", traj, {"gain": 0.5}),
    ]:
        with pytest.raises(InputError, match=message):
            nu.rule_signatures(data, **given)


def test_signatures_are_kept_in_a_file(tmp_path):
    found = nu.rule_signatures(task_of(), [BACKPROP, "weight_decay"])
    nu.save(found, tmp_path / "found.nc")
    np.testing.assert_array_equal(nu.load(tmp_path / "found.nc").lead, found.lead)
