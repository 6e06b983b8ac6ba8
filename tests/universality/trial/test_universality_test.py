"""The one question: ground truths, what counts and what does not, and what is told of it."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.universality.held_out.splits import among
from neurouniv.universality.trial import answer, evidence
from neurouniv.universality.trial.assumed_task import GIVEN, alternatives, sensitivity
from neurouniv.universality.trial.learners import learners_of, pooled
from neurouniv.universality.trial.next_steps import settle

pytestmark = pytest.mark.filterwarnings("ignore:Conditions were split only once")
QUICK = {
    "partitions": 1,
    "resamples": 60,
    "permutations": 20,
    "other_tasks": False,
    "rivals": ["static", "exponential"],
}


@pytest.fixture(scope="module")
def brains():
    """Two brains in which the law is true, seen with other noise, and one in which it is false."""
    task = nu.tasks.digits(per_class=2).isel(condition=slice(0, 10))
    design = {"sessions": 5, "repeats": 8, "snr": 1.0}
    made = {}
    for name, world, seed in (("one", "universal", 0), ("other", "universal", 1), ("false", "exponential", 3)):
        rec = nu.simulate_brain(task, world=world, seed=seed, **design)
        made[name] = nu.trajectory(rec, task, metric="crossnobis")
    return made


@pytest.fixture(scope="module")
def result(brains):
    return nu.universality_test(brains, controls=["false"], **QUICK)


def test_the_law_is_found_where_it_is_true_and_turned_down_where_it_is_false(result):
    assert result.decision.values.tolist() == ["described", "described", "not described"]
    assert str(result.overall.values) == "universal"
    assert result.attrs["answer"].startswith(
        "Yes: one law, with constants of each system's own, describes both systems"
    )
    assert "The law does not describe false, where it is false." in result.attrs["answer"]


def test_numbers_of_the_table(result):
    true, false = result.sel(system=["one", "other"]), result.sel(system="false")
    assert (true.change_r2 > 0.9 * true.change_most).all()
    assert float(false.change_r2) < 0.6 * float(false.change_most)
    assert true.told.all()
    assert true.until_text.values.tolist() == ["to the end (session 5)"] * 2
    assert true.until_share.values == pytest.approx(1.0, abs=0.05)
    assert (true.nearest_ratio_interval.sel(bound="lower") <= true.nearest_ratio).all()
    np.testing.assert_allclose(result.change_r2, result.change.sel(law="universal").mean("member"))
    assert result.what.values[0] == "simulated brain; 10 conditions x 5 sessions"


def test_between_systems(result):
    assert result.rsa_a.values.tolist() == ["one"]  # the control is compared with nobody
    assert float(result.last_similarity.sel(source="one", target="other")) > 0.8
    assert float(result.cross.sel(source="one", target="other")) > 0.8
    assert np.isnan(result.cross.sel(source="one", target="one"))
    assert float(result.collapse.sel(system="one")) > float(result.collapse.sel(system="false"))
    assert (result.constant.sel(constant_name="eta_h", system=["one", "other"]) > 0).all()


def test_without_errors_no_law_is_judged(brains, result):
    learners = learners_of(brains, ["false"], 2)
    unknown = evidence.rows(result.assign(dynamics_interval=np.nan * result.dynamics_interval), learners, 0.05, 0.97)
    assert unknown.decision.values.tolist() == ["cannot tell"] * 3
    assert unknown.overall.item() == "cannot tell"
    assert unknown.untold.values.tolist() == [", ".join(QUICK["rivals"])] * 3


@pytest.mark.slow
def test_it_survives_a_file_and_its_page_needs_nothing_else(result, tmp_path):
    nu.save(result, tmp_path / "result.nc")
    loaded = nu.load(tmp_path / "result.nc")
    xr.testing.assert_identical(loaded, result)
    page = nu.report(loaded, tmp_path / "page.html").read_text(encoding="utf-8")
    said = result.attrs["answer"].replace("'", "&#39;")
    assert page.index(said) < page.index("<nav") < page.index("<table") < page.index("<img")
    titles = ["The answer", "What the law explains", "Constants side by side", "The task that was assumed",
              "What would settle what is open", "How it was done"]  # fmt: skip
    places = [page.index(f'">{title}</h2>') for title in titles]
    assert places == sorted(places)


@pytest.mark.slow
def test_the_order_of_conditions_means_nothing(brains, result):
    order = np.random.default_rng(0).permutation(brains["one"].sizes["pair"])
    again = nu.universality_test({"one": brains["one"].isel(pair=order)}, **QUICK)
    for name in ("change_r2", "change_most", "until"):
        np.testing.assert_allclose(again[name].values[0], result[name].sel(system="one"), rtol=1e-3)
    assert again.attrs["answer"] == "The law describes one: it predicts held-out data better than every rival."
    assert str(again.overall.values) == ""


@pytest.mark.slow
def test_time_within_a_trial_does_not_count(brains, tmp_path):
    within = {"units": "s", "axis": "within_trial"}
    trial = brains["one"].assign_coords(time=("time", brains["one"].time.values, within))
    found = nu.universality_test(trial, **QUICK | {"rivals": ["static"]})
    assert found.role.values.tolist() == ["exploratory"]
    assert found.attrs["answer"].startswith("Nothing can be decided")
    assert "not counted: time there is within a trial" in found.attrs["answer"]
    assert "over learning" in str(found.settle.values[0])
    assert "exploratory: time within a trial is not learning" in nu.report(found, tmp_path / "page.html").read_text()


def test_layers_are_systems_and_seeds_are_members(make_world):
    layers = xr.concat([make_world(n=6, times=5, see=("h",), seed=s).h for s in range(2)], "layer")
    seeds = xr.concat([layers, layers, layers], "seed").to_dataset(name="h").assign_coords(layer=[1, 2])
    systems = learners_of({"net": make_world(n=6, times=5)[["h"]].assign(h=seeds.h)}, (), 2)
    assert list(systems) == ["net, layer 1", "net, layer 2"]
    assert [one.members for one in systems.values()] == [3, 3]
    world = make_world(n=6, times=5)
    assert list(learners_of(world, (), 2)) == ["system"]
    assert pooled(learners_of({"net": world, "false": world}, ["false"], 2)) == ["net"]


def test_members_that_a_system_lacks_take_no_errors_away():
    interval = np.full((2, 3, 2), 0.5)
    interval[:, 2] = np.nan
    result = xr.Dataset({"dynamics_interval": (("law", "member", "bound"), interval)})
    assert evidence._has_errors(result)
    assert not evidence._has_errors(np.nan * result)


def test_constants_of_a_system_alone_stand_beside_those_of_members():
    fitted = {"eta_h": [2.0, 4.0], "identified": [True, False], "converged": [True, True], "message": ["", "short"]}
    members = xr.Dataset({name: ("seed", values) for name, values in fitted.items()}, {"bound": ["lower", "upper"]})
    members["eta_h_interval"] = ("seed", "bound"), [[1.0, 3.0], [3.0, 5.0]]
    fits = {"net": SimpleNamespace(constants_=members), "mouse": SimpleNamespace(constants_=members.isel(seed=1))}
    table = evidence.constants(fits)
    assert table.constant.dims == ("constant_name", "system", "member")
    np.testing.assert_array_equal(table.constant.sel(constant_name="eta_h"), [[2, 4], [4, np.nan]])
    np.testing.assert_array_equal(table.constant_interval.sel(bound="upper")[0], [[3, 5], [5, np.nan]])
    assert table.fit_message.values.tolist() == [["", "short"], ["short", ""]]


def test_what_cannot_be_asked(make_world):
    world = make_world(n=6, times=5)
    with pytest.raises(nu.InputError, match=r"'net':.*dx2.*give the task"):
        nu.universality_test({"net": world.drop_vars("dx2")})
    with pytest.raises(nu.InputError, match=r"controls are names of systems, \['net'\]; got \['mouse'\]"):
        nu.universality_test({"net": world}, controls=["mouse"])
    with pytest.raises(nu.InputError, match="rivals are names"):
        nu.universality_test({"net": world}, rivals=["none"])
    with pytest.raises(nu.InputError, match="holding data out needs 4 conditions or 4 times"):
        nu.universality_test({"net": make_world(n=3, times=3)})
    with pytest.raises(nu.InputError, match="errors"):
        nu.universality_test({"net": world}, resamples=0)


@pytest.mark.slow
def test_other_tasks_move_the_answer_of_a_law_that_uses_its_task(brains):
    one = among(brains["one"], brains["one"].condition.values[:8])
    laws = {"universal": nu.UniversalModel(), "static": nu.RIVALS["static"]()}
    given = nu.compare(laws, one, partitions=1)
    moved = sensitivity(one, laws, "universal", given, partitions=1)
    assert moved.assumption.values[0] == GIVEN
    assert moved.sizes["assumption"] == 4
    assert (moved.assumed_change.sel(assumption=GIVEN) > moved.assumed_change.isel(assumption=slice(1, None))).all()


def test_alternatives_differ_from_what_is_given(make_world):
    made = alternatives(make_world(n=6, times=5, see=("h",)))
    assert GIVEN in made
    for name, one in made.items():
        if name != GIVEN:
            assert {"stimuli", "targets"} - set(one.data_vars), name
            assert float(one.dx2.mean()) == pytest.approx(float(made[GIVEN].dx2.mean()))


def test_what_would_settle_it_has_the_system_s_own_numbers(brains):
    one = learners_of({"mouse": brains["one"].assign_attrs(file="mouse.nc")}, (), 2)["mouse"]
    row = {"decision": "cannot tell", "r2_most": 0.9, "r2": 0.9, "untold": "gain", "nearest_p": 0.2}
    said = settle(row, one, 0.97)
    assert "neurouniv plan mouse.nc --sessions 5 10 --conditions 10 --repeats 8 16 --snr 1" in said
    assert said.endswith("--studies 30 --rough.")
    assert "does not predict significantly better than gain" in said
    assert settle(row | {"decision": "described"}, one, 0.97) == ""
    assert "The noise of its distances is not known" in settle(row | {"r2_most": np.nan}, one, 0.97)
    assert "With 10 conditions the errors of differences" in settle(row | {"nearest_p": np.nan}, one, 0.97)


@pytest.mark.parametrize(
    ("overall", "decisions", "said"),
    [
        ("not universal", ["described", "not described", "cannot tell"],
         "No: the law does not describe b. The law describes a. For c the data do not decide."),
        ("cannot tell", ["described", "cannot tell"],
         "Not decided yet. The law describes a. For b the data do not decide. No verdict here is against the law."),
        ("universal", ["described", "cannot tell"],
         "Yes for the 2 systems together: one law, with constants of each system's own, predicts their held-out data "
         "better than every rival. Alone, it describes 1 of 2: for b alone the data do not decide."),
    ],
)  # fmt: skip
def test_the_sentence(overall, decisions, said):
    names = list("abcd")[: len(decisions)]
    rows = {"decision": ("system", decisions), "role": ("system", ["pooled"] * len(names)), "overall": overall}
    rows |= {"change_r2": ("system", [0.9] * len(names)), "change_most": ("system", [1.0] * len(names))}
    assert answer.sentence(xr.Dataset(rows, {"system": names})) == said
    little = xr.Dataset(rows | {"change_r2": ("system", [0.4] * len(names))}, {"system": names})
    assert (
        answer.sentence(little) == f"{said} In a the law explains less than half of the change that can be explained."
    )
    missing = xr.Dataset(rows | {"misses": ("system", ["mixture", *[""] * (len(names) - 1)])}, {"system": names})
    missed = "In a the law misses something systematic: a free mixture predicts better."
    assert answer.sentence(missing) == f"{said} {missed}"
    controls = xr.Dataset(rows | {"role": ("system", ["control"] * len(names))}, {"system": names})
    assert answer.sentence(controls).startswith("Nothing can be decided: no system here counts. Do not trust")


def test_one_frame_says_nothing_of_learning(make_world):
    movie = make_world(n=8, times=6)
    with pytest.raises(nu.InputError, match=r"'still': A law is fitted to at least 3 times; got 1\. One time shows no"):
        nu.universality_test({"movie": movie, "still": movie.isel(time=[0])})
