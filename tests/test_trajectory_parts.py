"""A damaged trajectory is turned away at one door, in the same words by every call that takes one."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.laws.curves import StaticModel
from neurouniv.schema import check_trajectory


def with_part(name, change):
    """Damage to one part, its values changed."""

    def damaged(traj):
        return traj.assign({name: (traj[name].dims, change(traj[name].values), traj[name].attrs)})

    def damaged_label(traj):
        return traj.assign_coords({name: (traj[name].dims, change(traj[name].values), traj[name].attrs)})

    return damaged if name in ("h", "y", "stimuli") else damaged_label


def last(value):
    """Values the last of which is another."""

    def change(values):
        changed = values.astype(float)
        changed.flat[-1] = value
        return changed

    return change


DAMAGE = {
    "text times": (with_part("time", lambda v: v.astype(str)), "times as real numbers; got text"),
    "complex times": (with_part("time", lambda v: v + 1j), "times as real numbers; got complex numbers"),
    "truth as times": (with_part("time", lambda v: v > 1), "times as real numbers; got truth values"),
    "objects as times": (with_part("time", lambda v: v.astype(object)), "times as real numbers; got Python objects"),
    "infinite time": (with_part("time", last(np.inf)), "a finite time for every frame; 1 of 4"),
    "unsorted times": (lambda t: t.isel(time=[1, 0, 2, 3]), "strictly increasing times"),
    "a time twice": (lambda t: t.isel(time=[0, 0, 1, 2]), "strictly increasing times"),
    "no times": (lambda t: t.drop_vars("time"), "needs the times of its 4 frames"),
    "a system twice": (lambda t: t.assign(h=t.h.expand_dims(seed=[7, 7])), "labels of seed that differ; got 7 more"),
    "two labels at a place": (lambda t: t.assign(h=t.h.expand_dims(seed=[7], layer=[1]).stack(run=("seed", "layer"))),
                              "one label at every place of run; got a MultiIndex of seed, layer"),
    "no frame": (lambda t: t.isel(time=slice(0)), "at least one time"),
    "no pair": (lambda t: t.isel(pair=slice(0)), "at least one pair"),
    "infinite h": (with_part("h", last(np.inf)), "that are finite; 1 of 24 is infinite, the first inf at time 60.0"),
    "text as h": (with_part("h", lambda v: v.astype(str)), r"distances \(h\) as real numbers; got text"),
    "objects as h": (with_part("h", lambda v: v.astype(object)), "as real numbers; got Python objects"),
    "complex h": (with_part("h", lambda v: v + 0j), "as real numbers; got complex numbers"),
    "negative h": (lambda t: with_part("h", last(-1.0))(t.assign(h=t.h.assign_attrs(metric="sqeuclidean"))),
                   "A trajectory of sqeuclidean needs .* that are 0 or more; 1 of 24 is negative"),
    "unknown dx2": (with_part("dx2", last(np.nan)), r"\(dx2\) that are known; 1 of 6 is NaN, the first at the pair"),
    "infinite dy2": (with_part("dy2", last(np.inf)), r"targets \(dy2\) that are finite"),
    "negative dx2": (with_part("dx2", last(-2.0)), r"\(dx2\) that are 0 or more; 1 of 6 is negative, the first -2"),
    "dx2 elsewhere": (lambda t: t.assign_coords(dx2=("other", np.ones(6))), r"over \('pair',\)"),
    "text as y": (with_part("y", lambda v: v.astype(str)), r"\(y\) as real numbers"),
    "infinite stimuli": (with_part("stimuli", last(np.inf)), "stimuli that are finite"),
    "a pair of one": (lambda t: t.assign_coords(second=t["first"]), "two different conditions; 6 join one with itself"),
    "a pair twice": (lambda t: t.isel(pair=[0, 0, 1, 2]), "every pair once; the pair 'c0' and 'c1' is there more"),
    "a nameless end": (with_part("first", lambda v: np.array([None, *v[1:]], dtype=object)), "a name for first of"),
    "one end": (lambda t: t.drop_vars("second"), "second is amiss, for it is absent"),
    "a condition twice": (lambda t: t.assign_coords(condition=["c0", "c0", "c2", "c3"]), "c0 stands for more than one"),
    "a condition less": (lambda t: t.isel(condition=[0, 1, 2]), "c3 is absent from `condition`"),
}  # fmt: skip


@pytest.fixture
def traj(make_world):
    return make_world(n=4, times=4)


@pytest.mark.parametrize("name", DAMAGE)
def test_every_call_says_the_same_of_a_damaged_trajectory(traj, name):
    damage, told = DAMAGE[name]
    damaged = damage(traj)
    calls = {
        "the door": check_trajectory,
        "fit": lambda t: StaticModel().fit(t),
        "compare": lambda t: nu.compare(StaticModel(), t, split=None, progress=False),
        "universality": lambda t: nu.universality_test({"a": t}, resamples=2, progress=False),
        "rules": lambda t: nu.rules(t, progress=False),
        "mixture": lambda t: nu.MixtureModel().fit(t),
        "picture": nu.figures.rdm,
        "courses": nu.figures.time_courses,
    }
    for call in calls.values():
        with pytest.raises(nu.InputError, match=told):
            call(damaged)


@pytest.mark.parametrize("name", ["infinite h", "negative dx2", "a pair twice", "complex h", "text times"])
def test_rsa_says_it_with_the_name_of_the_data(traj, name):
    damage, told = DAMAGE[name]
    with pytest.raises(nu.InputError, match=told.replace("A trajectory", ".*")):
        nu.rsa(damage(traj), {"stimuli": traj.dx2}, resamples=2, progress=False)


@pytest.mark.parametrize("name", ["infinite h", "unknown dx2", "text times"])
def test_the_command_line_says_it_and_blames_the_input(traj, name, tmp_path, capsys):
    damage, told = DAMAGE[name]
    nu.save(damage(traj), tmp_path / "traj.nc")
    assert run_command(["fit", str(tmp_path / "traj.nc"), "--law", "static"]) == 2
    with pytest.raises(nu.InputError, match=told):
        raise nu.InputError(capsys.readouterr().err)


def test_what_is_sound_passes_as_it_is(traj):
    missing = traj.assign(h=traj.h.where(traj.h < traj.h.max()))
    scattered = traj.assign(h=traj.h - 1.0, h_var=xr.ones_like(traj.h))
    crossvalidated = traj.assign(h=(traj.h - 1.0).assign_attrs(metric="crossnobis"))
    for sound in (traj, missing, scattered, crossvalidated, traj.astype("float32"), traj.isel(pair=[0]), traj.chunk()):
        assert check_trajectory(sound) is sound
    assert nu.UniversalModel().fit(traj.isel(pair=[0])).constants_.loss >= 0  # one pair has a law of two conditions
