"""Laws of learning rules as laws: their ends, their members, what is missing, what they refuse, how they are kept."""

import numpy as np
import pytest
import torch
import xarray as xr

import neurouniv as nu
from neurouniv import InputError
from neurouniv.laws import LAWS, RULES
from neurouniv.theory.rules import weight_decay

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # wrong laws may say that they are


def made_by(name, **constants):
    """The law with these constants, as if fitted."""
    law = LAWS[name]()
    law.constants_ = xr.Dataset(constants | {f"{key}_interval": ("bound", [v, v]) for key, v in constants.items()})
    return law


def test_every_rule_is_a_law_by_its_name_and_no_law_s_other_form():
    assert {law.name for law in RULES} <= set(LAWS)
    families = {law.name: law.family for law in RULES}
    assert families.pop("hebbian") == families.pop("node_perturbation") == "perturbation"
    assert all(family == name for name, family in families.items())
    assert set(families.values()) & {"universal"} == set()


@pytest.mark.slow
def test_members_do_not_touch_each_other(make_traj):
    two = make_traj("feedback_alignment", seeds=2)
    law = LAWS["feedback_alignment"]().fit(two)
    alone = LAWS["feedback_alignment"]().fit(two.isel(seed=1))
    np.testing.assert_allclose(law.constants_.eta_h.isel(seed=1), alone.constants_.eta_h, rtol=1e-3)
    assert law.predict(two).h.dims == ("seed", "time", "pair")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["feedback_alignment", "weight_decay"])
def test_outputs_that_are_seen_are_fitted_too(make_traj, name):
    traj = make_traj(name, see=("h", "y", "w", "output"))
    law = LAWS[name]().fit(traj)
    assert law.constants_.r2.sizes["variable"] == 3
    assert float(law.constants_.r2.min()) > 0.98


@pytest.mark.slow
def test_pairs_that_are_missing_are_left_out(make_traj):
    traj = make_traj("feedback_alignment")
    some = traj.isel(pair=[0, 2, 3, 5, 8, 9, 11, 14, 15, 17, 20, 21, 25, 27])
    whole, part = (LAWS["feedback_alignment"]().fit(one) for one in (traj, some))
    np.testing.assert_allclose(part.constants_.eta_y, whole.constants_.eta_y, rtol=0.1)
    assert part.predict(some).sizes["pair"] == 14


def two_conditions(dx2, dy2, h0, end):
    time = np.linspace(0, end, 10)
    coords = {"time": time, "first": ("pair", ["a"]), "second": ("pair", ["b"])}
    coords |= {"dx2": ("pair", [dx2]), "dy2": ("pair", [dy2])}
    return xr.Dataset({"h": (("time", "pair"), np.full((10, 1), h0))}, coords)


@pytest.mark.parametrize(("dx2", "dy2", "h0"), [(1.0, 0.5, 1e-3), (0.4, 2.0, 0.3), (2.0, 1.0, 4.0)])
def test_two_conditions_end_where_feedback_alignment_s_cubic_does(dx2, dy2, h0):
    """h = h0 + z^2 with z^3/2 + h0 z = eta_h dx2 dy* / eta_y."""
    eta_h, eta_y = 0.3, 0.2
    [z] = [root.real for root in np.roots([0.5, 0, h0, -eta_h * dx2 * dy2**0.5 / eta_y]) if abs(root.imag) < 1e-9]
    end = made_by("feedback_alignment", eta_h=eta_h, eta_y=eta_y).final_structure(two_conditions(dx2, dy2, h0, 9.0))
    np.testing.assert_allclose(end.values, [h0 + z**2], rtol=1e-4)


@pytest.mark.parametrize("name", ["weight_decay", "kolen_pollack"])
@pytest.mark.parametrize("means", [False, True])
def test_weights_that_decay_end_where_the_penalty_s_least_is(make_traj, name, means):
    traj = make_traj("backprop")
    constants = {"eta_h": 2e-3, "eta_y": 1e-3, "decay": 1e-3}
    constants |= {"feedback0": 0.5} if name == "kolen_pollack" else {"decoder0": 0.5}
    law = made_by(name, **constants)
    law.means = means
    late = law.predict(traj, [0.0, 60_000.0]).h.isel(time=-1)
    np.testing.assert_allclose(law.final_structure(traj), late, atol=2e-3 * float(late.max()))


@pytest.mark.parametrize("xp", [np.asarray, torch.as_tensor], ids=["numpy", "torch"])
def test_the_penalty_s_least_is_soft_thresholding_where_stimuli_are_white(xp):
    targets, one = xp(np.diag([3.0, 1.0, 0.4])), xp(np.ones(1))
    gram = weight_decay.final(xp(np.eye(3))[None], targets[None], one, one, 0.5 * one)
    np.testing.assert_allclose(gram[0], np.diag([2.5, 0.5, 0.0]), atol=1e-8)


def test_the_lazy_learner_s_end_is_what_its_curve_tends_to(make_traj):
    law, traj = made_by("tangent", eta_h=1e-3, eta_y=1e-3, decoder0=0.3), make_traj("backprop")
    late = law.predict(traj, [0.0, 1e8]).h.isel(time=-1)
    np.testing.assert_allclose(law.final_structure(traj), late, rtol=1e-6)


@pytest.mark.slow
def test_scatter_that_never_ends_is_told(make_traj):
    """Hebbian noise scatters for ever, node perturbation while something is wrong that stimuli cannot tell."""
    traj = make_traj("backprop")
    constants = {"eta_h": 1e-3, "eta_y": 1e-3, "exploration": 1e-5, "decoder0": 0.3}
    assert np.isinf(made_by("hebbian", blur=0.05, **constants).final_structure(traj)).all()
    assert np.isinf(made_by("node_perturbation", **constants).final_structure(traj)).all()
    reachable = traj.isel(condition=range(5), pair=[0, 1, 2, 3, 7, 8, 9, 13, 14, 18])
    end = made_by("node_perturbation", **constants).final_structure(reachable)
    late = made_by("node_perturbation", **constants).predict(reachable, [0.0, 1e5]).h.isel(time=-1)
    np.testing.assert_allclose(end, late, rtol=1e-3)


@pytest.mark.slow
def test_the_identity_law_is_the_universal_law_with_that_kernel(make_traj):
    traj = make_traj("backprop")
    one, other = (law.fit(traj).constants_ for law in (LAWS["identity"](), nu.UniversalModel(kernel="identity")))
    np.testing.assert_array_equal(one.loss, other.loss)
    with pytest.raises(InputError, match="The identity law has kernel='identity'; got 'input'"):
        LAWS["identity"](kernel="input")


@pytest.mark.slow
def test_the_exposure_law_says_that_it_needs_numbers_of_trials(make_traj):
    traj = make_traj("backprop")
    with pytest.raises(InputError, match="`trials`"):
        LAWS["exposure"]().fit(traj)
    alike = traj.assign(trials=("condition", np.full(8, 5.0)))
    one, other = (law.fit(alike).constants_ for law in (LAWS["exposure"](), nu.UniversalModel()))
    np.testing.assert_allclose(one.eta_h, other.eta_h, rtol=1e-6)


def test_constants_are_kept_in_a_file(make_traj, tmp_path):
    law = LAWS["feedback_alignment"]().fit(make_traj("feedback_alignment"))
    nu.save(law.constants_, tmp_path / "constants.nc")
    kept = LAWS["feedback_alignment"]()
    kept.constants_ = nu.load(tmp_path / "constants.nc")
    traj = make_traj("feedback_alignment")
    np.testing.assert_array_equal(kept.predict(traj).h, law.predict(traj).h)


def test_the_command_fits_a_rule_by_its_name(make_traj, tmp_path, capsys):
    from neurouniv.cli import run_command

    nu.save(make_traj("feedback_alignment"), tmp_path / "traj.nc")
    run_command(["fit", str(tmp_path / "traj.nc"), "--law", "feedback_alignment"])
    assert "eta_y" in capsys.readouterr().out


@pytest.mark.slow
def test_noisy_distances_are_fitted_with_their_noise(make_traj, pair_noise):
    constants, traj = {"eta_h": 1.5e-3, "eta_y": 1.3e-3}, make_traj("backprop")
    movie = made_by("feedback_alignment", **constants).predict(traj).h
    sd = 0.03 * float(movie.max())
    noisy = movie + sd * pair_noise(np.random.default_rng(0), 30, 8)
    law = LAWS["feedback_alignment"]().fit(traj.assign(h=noisy, h_var=0 * noisy + sd**2))
    assert law.constants_.attrs["interval_method"] == "likelihood"
    for key, value in constants.items():
        low, high = law.constants_[f"{key}_interval"].values
        assert low / 1.2 < value < 1.2 * high
    assert float(((law.predict(traj).h - movie) ** 2).mean()) < sd**2


def test_lazy_constants_cannot_be_told_where_distances_start_as_the_stimuli_s(make_traj):
    """G0 = g K: the movie depends on eta_y g + eta_h s and eta_h^2 s alone, two numbers for three."""
    traj, g = make_traj("backprop"), 0.4
    traj = traj.assign(h=0 * traj.h + g * traj.dx2)
    movies = []
    for eta_h in (1e-3, 2e-3):
        size = 3e-7 / eta_h**2
        law = made_by("tangent", eta_h=eta_h, eta_y=(1e-3 - eta_h * size) / g, decoder0=size)
        movies.append(law.predict(traj).h)
    np.testing.assert_allclose(movies[0], movies[1], rtol=1e-9)
    assert float(movies[0].isel(time=-1).mean()) > 1.1 * float(movies[0].isel(time=0).mean())


@pytest.mark.slow
def test_with_means_and_biases_feedback_alignment_s_rates_are_found(make_traj):
    """Off the mean, with biases that learn; the first frame's lengths are seen."""
    traj = make_traj("backprop")
    shifted = traj.assign(stimuli=traj.stimuli + 0.5, targets=traj.targets + 0.3)
    law = made_by("feedback_alignment", eta_h=2e-3, eta_y=1.3e-3)
    law.means = True
    movie = law.predict(shifted).h
    again = LAWS["feedback_alignment"](means=True).fit(shifted.assign(h=movie))
    np.testing.assert_allclose([again.constants_.eta_h, again.constants_.eta_y], [2e-3, 1.3e-3], rtol=0.02)
    centred = LAWS["feedback_alignment"]().fit(shifted.assign(h=movie))
    assert float(centred.constants_.r2[0]) < float(again.constants_.r2[0])


@pytest.mark.slow
def test_held_out_conditions_tell_fixed_feedback_from_backprop(make_traj):
    laws = [LAWS["feedback_alignment"](), nu.UniversalModel()]
    found = nu.compare(laws, make_traj("feedback_alignment"), partitions=1)
    assert float(found.dynamics.sel(law="feedback_alignment")) > float(found.dynamics.sel(law="universal"))
    assert found.law_family.values.tolist() == ["feedback_alignment", "universal"]
