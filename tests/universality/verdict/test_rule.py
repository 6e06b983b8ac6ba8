"""The verdict's rule, case by case on results made by hand, and on worlds whose truth is known."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from neurouniv import InputError, compare, tasks, train, trajectory
from neurouniv.laws import RIVALS, PairwiseModel, UniversalModel
from neurouniv.universality.verdict import error_rates
from neurouniv.universality.verdict.rule import verdict

LAWS = ["universal", "pairwise", "gain", "static"]


def made(ratio, p, r2=0.94, upper=0.96, ceiling=0.95, less=0.05, laws=LAWS, outputs=None, **dims) -> xr.Dataset:
    """A result of compare: `ratio` and `p` of every law beside the universal, and the law's own R2.

    A repetition would reach `less` less than the ceiling.

    `outputs`, where given, is the law's R2 of outputs, the upper end of its interval, and their ceiling.
    """
    shape, names = tuple(dims.values()), tuple(dims)

    def whole(values):
        return np.broadcast_to(np.reshape(values, (-1, *[1] * len(shape))), (len(laws), *shape))

    def error(reached, most):
        return np.log((1 - reached) / (1 - most)) / stats.t.isf(0.025, 19)

    bounds = np.stack([whole([r2] * len(laws)) - 0.1, whole([upper] * len(laws))], -1)
    data = {
        "error_ratio": (("law", *names), whole(ratio)),
        "error_ratio_p": (("law", *names), whole(p)),
        "dynamics": (("law", *names), whole([r2] * len(laws))),
        "dynamics_interval": (("law", *names, "bound"), bounds),
        "dynamics_log_error": (("law", *names), whole([error(r2, upper)] * len(laws))),
        "dynamics_freedom": (("law", *names), whole([19.0] * len(laws))),
        "dynamics_ceiling": ((*names, "bound"), np.broadcast_to([ceiling - less, ceiling], (*shape, 2))),
    }
    data |= {name.replace("dynamics", "change"): one for name, one in data.items() if name.startswith("dynamics")}
    if outputs is not None:
        reached, most, highest = outputs
        data["outputs"] = ("law", *names), whole([reached, np.nan, np.nan, np.nan])
        data["outputs_interval"] = ("law", *names, "bound"), np.stack([whole([-9] * 4), whole([most] * 4)], -1)
        data["outputs_log_error"] = ("law", *names), whole([error(reached, most)] * 4)
        data["outputs_freedom"] = ("law", *names), whole([19.0] * 4)
        data["outputs_ceiling"] = (*names, "bound"), np.broadcast_to([highest - 0.05, highest], (*shape, 2))
    attrs = {"reference": "universal", "n_conditions": 20}
    return xr.Dataset(data, {"law": laws, "bound": ["lower", "upper"]}, attrs)


@pytest.mark.parametrize(
    ("ratio", "p", "more", "decision"),
    [
        ([1, 0.5, 2.0, 3.0], [1, 1e-6, 0.01, 0.01], {}, "described"),  # its kin does better, and is no rival
        ([1, 1, 2.0, 3.0], [1, 1, 0.04, 0.001], {}, "described"),  # told from both, each below .05
        ([1, 1, 2.0, 3.0], [1, 1, 0.06, 0.001], {}, "cannot tell"),
        ([1, 1, 0.8, 3.0], [1, 1, 0.01, 0.001], {}, "not described"),
        ([1, 1, 0.8, 3.0], [1, 1, 0.03, 0.001], {}, "cannot tell"),  # .03 of two rivals is not below .05
        ([1, 1, 0.8, 3.0], [1, 1, 0.01, 0.001], {"ceiling": np.nan}, "not described"),  # which needs no ceiling
        ([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001], {"r2": 0.9}, "cannot tell"),  # explains too little, may be chance
        ([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001], {"r2": 0.7, "upper": 0.84}, "not described"),
        ([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001], {"ceiling": np.nan}, "cannot tell"),
        ([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001], {"ceiling": -0.5, "r2": -0.5, "upper": 0.1}, "cannot tell"),
        ([1, 1, 0.8, 3.0], [1, 1, 0.01, 0.001], {"ceiling": 0.03, "less": 0.08}, "cannot tell"),  # nothing repeats
        ([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001], {"ceiling": 0.4, "less": 0.5, "r2": -1, "upper": 0.1}, "cannot tell"),
        ([1, 1, np.nan, 3.0], [1, 1, np.nan, 0.001], {}, "cannot tell"),  # a rival of which nothing is known
    ],
)
def test_the_rule_in_one_system(ratio, p, more, decision):
    found = verdict(made(ratio, p, **more))
    assert found.decision.item() == found.overall.item() == decision
    assert found.text.startswith(decision)


def test_the_two_statements_stand_apart():
    found = verdict(made([1, 1, 2.0, 3.0], [1, 1, 0.06, 0.001]))
    assert found.describes.item() == "yes"
    assert found.told.to_series().to_dict() == {"gain": False, "static": True}
    assert "better than static, but not than gain" in found.text
    assert "law" not in found.coords
    poor = verdict(made([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001], r2=0.7, upper=0.84))
    assert poor.describes.item() == "no"
    assert poor.told.all()


BETTER = ([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001])


@pytest.mark.parametrize(("change", "upper", "decision"), [(0.5, 0.6, "not described"), (0.5, 0.9, "described")])
def test_changes_can_speak_against_a_law_for_certain(change, upper, decision):
    found, other = made(*BETTER), made(*BETTER, r2=change, upper=upper)
    of_change = {name: other[name] for name in other if str(name).startswith("change") and "ceiling" not in str(name)}
    assert verdict(found.assign(of_change)).decision.item() == decision


def test_misses_are_corrected_for_the_number_of_systems():
    poor, good = made(*BETTER, r2=0.9, upper=0.915), made(*BETTER)  # p .01 that it reaches .97 of .95
    assert verdict(poor).decision.item() == "not described"
    many = verdict(xr.concat([poor, *[good] * 9], "seed", data_vars="all"))
    assert many.decision.values[0] == "cannot tell"


@pytest.mark.parametrize(
    ("outputs", "decision"),
    [
        ((0.96, 0.99, 0.98), "described"),
        ((0.8, 0.96, 0.98), "cannot tell"),  # too little, but it may be chance
        ((0.8, 0.88, 0.98), "not described"),
        ((0.95, 0.99, np.nan), "cannot tell"),  # what could be reached is not known
        ((-3.0, -1.0, np.nan), "cannot tell"),
        ((-0.5, -0.4, -0.1), "cannot tell"),  # outputs that noise drowns
        ((np.nan, np.nan, 0.98), "described"),  # a law that does not tell outputs is not asked for them
        ((np.nan, np.nan, np.nan), "described"),
    ],
)
def test_the_rule_where_outputs_are_known(outputs, decision):
    found = verdict(made(*BETTER, outputs=outputs))
    assert found.decision.item() == found.overall.item() == decision
    told = np.isfinite(outputs[0])
    assert ("outputs_r2" in found) == ("the outputs" in found.text) == told
    if told:
        assert (float(found.outputs_r2), float(found.outputs_ceiling)) == pytest.approx(outputs[::2], nan_ok=True)


def test_outputs_alone_do_not_make_a_law_universal():
    good = {"outputs": (0.97, 0.99, 0.98)}
    assert verdict(made(*BETTER, r2=0.7, upper=0.84, **good)).decision.item() == "not described"
    assert verdict(made(*BETTER, r2=0.9, **good)).decision.item() == "cannot tell"
    assert verdict(made([1, 1, 2.0, 3.0], [1, 1, 0.2, 0.001], **good)).decision.item() == "cannot tell"


def test_systems_without_outputs_are_judged_by_h_and_the_others_by_their_mean_outputs():
    def over(*outputs) -> xr.Dataset:
        return verdict(xr.concat([made(*BETTER, outputs=one) for one in outputs], "seed", data_vars="all"))

    none, good, poor = (np.nan, np.nan, 0.98), (0.97, 0.99, 0.98), (0.85, 0.95, 0.98)
    found = over(none, good, poor)
    assert found.decision.values.tolist() == ["described", "described", "cannot tell"]
    assert found.overall.item() == "universal"  # .91 of .98
    assert over(none, poor, poor).overall.item() == "cannot tell"
    assert over(none, good, (0.5, 0.6, 0.98)).overall.item() == "not universal"


def test_what_is_known_of_outputs_is_needed_whole():
    with pytest.raises(InputError, match="outputs_interval"):
        verdict(made(*BETTER, outputs=(0.95, 0.99, 0.98)).drop_vars("outputs_interval"))


def test_who_beats_the_law_and_who_is_nearest():
    found = verdict(made([1, 1, 0.8, 3.0], [1, 1, 0.01, 0.001]))
    assert found.beaten_by.item() == found.nearest.item() == "gain"
    assert float(found.nearest_p) == pytest.approx(0.01)
    assert verdict(made([1, 1, 1.2, 3.0], [1, 1, 0.01, 0.001])).beaten_by.item() == ""


def test_systems_make_up_for_each_other_and_their_number_for_nothing():
    weak, sure = made([1, 1, 1.3, 1.5], [1, 1, 0.15, 0.15]), made(*BETTER)
    assert verdict(xr.concat([weak] * 20, "seed", data_vars="all")).overall.item() == "cannot tell"
    found = verdict(xr.concat([weak, sure, sure], "seed", data_vars="all"))
    assert found.decision.values.tolist() == ["cannot tell", "described", "described"]
    assert found.overall.item() == "universal"


def test_one_system_is_enough_to_turn_the_law_down_but_p_counts_all_systems():
    def with_p(p: float) -> str:
        good, bad = (made([1, 1, ratio, 3.0], [1, 1, p, 1e-6]) for ratio in (2.0, 0.8))
        return verdict(xr.concat([bad, *[good] * 9], "seed", data_vars="all")).overall.item()

    assert with_p(0.001) == "not universal"
    assert with_p(0.01) != "not universal"  # below .05 for two rivals, not for ten systems too


@pytest.mark.slow
def test_what_it_needs_is_told(make_world):
    with pytest.raises(InputError, match="resamples=1000"):
        verdict(compare([PairwiseModel(), RIVALS["static"]()], make_world(n=6, see=("h",)), partitions=1))
    with pytest.raises(InputError, match="rivals beside it"):
        verdict(made([1, 1], [1, 1], laws=LAWS[:2]))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize(
    ("world", "noise", "decision"), [("pairwise", 0.02, "described"), ("exponential", 0.02, "not described")]
)
def test_worlds_whose_truth_is_known(make_world, world, noise, decision):
    traj = make_world(n=14, times=10, law=world, see=("h",), noise=noise)
    laws = [PairwiseModel(), *(RIVALS[name]() for name in ("static", "exponential", "gain"))]
    found = verdict(compare(laws, traj, resamples=200))
    assert found.decision.item() == decision


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_of_noise_alone_no_law_is_judged(make_world):
    traj = make_world(n=14, times=10, see=("h",), noise=3.0)
    laws = [PairwiseModel(), *(RIVALS[name]() for name in ("static", "exponential", "gain"))]
    found = verdict(compare(laws, traj, resamples=200))
    assert found.decision.item() == found.overall.item() == "nothing is learned"
    assert "by no more than noise" in found.text


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_a_system_without_scores_is_judged_too(make_world):
    still = make_world(see=("h",), times=6, noise=0.02)
    still = still.assign(h=xr.ones_like(still.h))
    laws = [RIVALS["gain"](), RIVALS["static"]()]
    for systems in ({"still": still}, {"still": still, "moving": make_world(see=("h",), times=6, noise=0.02)}):
        judged = verdict(compare(laws, systems, resamples=5, progress=False))
        assert judged["system"].values.tolist() == list(systems)
        assert judged.decision.sel(system="still") == "nothing is learned"


def test_systems_of_a_dict_are_judged_each_and_subjects_together(make_world):
    worlds = [make_world(n=8, times=8, see=("h",), noise=0.02, seed=0) for _ in range(3)]
    rng = np.random.default_rng(0)
    subjects = [w.assign(h=w.h + 0.02 * rng.normal(size=w.h.shape)) for w in worlds]
    many = xr.concat(subjects, "subject", data_vars=["h", "h_var"])
    laws = [PairwiseModel(), RIVALS["static"]()]
    with pytest.warns(UserWarning, match="conditions"):
        found = verdict(compare(laws, {"brains": many, "net": worlds[0]}, resamples=50))
    with pytest.warns(UserWarning, match="conditions"):
        alone = verdict(compare(laws, worlds[0], resamples=50))
    assert found.system.values.tolist() == ["brains", "net"]
    for name in ("r2", "ceiling", "explained"):  # of this system, not of the mean over systems
        np.testing.assert_allclose(found[name].sel(system="net"), alone[name], rtol=1e-12)


@pytest.mark.slow
def test_error_rates_are_those_of_simulations_like_the_data(monkeypatch):
    table = (
        error_rates.Rate("universal", "universal", True, 20, 8, 0.9, 200, 190, 0, 10),
        error_rates.Rate("universal", "gain", False, 20, 8, 0.9, 200, 4, 100, 96),
        error_rates.Rate("universal", "gain", False, 20, 8, 0.95, 200, 1, 100, 99),
        error_rates.Rate("universal", "gain", False, 20, 8, 0.4, 200, 100, 0, 100),
    )
    monkeypatch.setattr(error_rates, "measured", lambda: table)
    laws = ["universal", "pairwise", "static", "exponential", "step", "gain", "target"]
    used = {"split": "conditions", "folds": 2, "partitions": 2}
    result = made([1, 1, *[2.0] * 5], [1, 1, *[0.001] * 5], laws=laws, time=8).assign_attrs(used)
    told = "Where the law is true, it said described in 190 of 200 studies."
    assert told in verdict(result).text
    assert "described in 4 of 200, and in 4 of 200 in the worst world (gain)" in verdict(result).text
    saved = result.drop_attrs(deep=False).assign_attrs({**result.attrs, "repeats": result.attrs["partitions"]})
    del saved.attrs["partitions"]
    assert verdict(saved).text == verdict(result).text  # of a file from before partitions had their name
    others = [
        result.assign_attrs({name: value}) for name, value in (("n_conditions", 16), ("partitions", 3), ("folds", 3))
    ]
    others += [result.isel(time=slice(7)), result.sel(law=laws[:-1])]
    told = [verdict(other).text for other in others] + [
        verdict(result, alpha=0.01).text,
        verdict(result, share=0.8).text,
    ]
    assert all("was not measured" in text for text in told)


def test_error_rates_say_where_simulations_lacked_what_the_data_have():
    laws = ["universal", "static", "exponential", "step", "gain", "target"]
    rate = error_rates.measured()[0]
    used = {"split": "conditions", "folds": 2, "partitions": 2, "n_conditions": rate.conditions}
    result = made([1, *[2.0] * 5], [1, *[0.001] * 5], ceiling=rate.ceiling, laws=laws, time=rate.frames)
    result = result.assign_attrs(reference="universal", **used)
    found = verdict(result)
    assert found.text.endswith(".")
    assert "no outputs" not in found.text
    text = error_rates.in_words(found.assign(outputs_r2=0.9), result, laws[1:])
    assert text.endswith("These simulations had no outputs.")


def test_free_mixtures_and_other_members_stand_beside_the_law():
    mixtures = {"flexible_ratio": [1.3, 0.5], "flexible_ratio_p": [0.02, 0.4], "flexible_numbers": [84, 12]}
    mixtures |= {"flexible_dynamics": [0.8, 0.8]}
    more = {name: ("account", values) for name, values in mixtures.items()} | {"others": 0.5}
    accounts = {"account": ["mixture", "mixture, non-negative"]}
    found = verdict(made(*BETTER).assign(more).assign_coords(accounts))
    assert "A free mixture of simple RDMs (12 weights, none below 0)" in found.text
    assert "it does not predict significantly better" in found.text
    assert "The mean of the other members predicts R2 0.50; this is no ceiling of a law." in found.text
    assert "The law does as well." in found.text
    short = verdict(made([1, 1, 2.0, 3.0], [1, 1, 0.001, 0.001], r2=0.9).assign(more).assign_coords(accounts))
    assert "does as well" not in short.text  # of a law that is not known to describe the data


def test_a_law_that_fails_at_all_times_holds_at_none():
    least = ("law", "time"), np.tile([np.nan, 0.2, 0.3], (len(LAWS), 1))
    result = made(*BETTER).assign(missed_least=least, progress=("time", [0.0, 0.5, 1.0]))
    found = verdict(result.assign_coords(time=[1.0, 2.0, 3.0]))
    assert np.isnan(found.until)
    assert (found.until_share.item(), found.until_end.item()) == (0, 0)
    assert "The law holds at no time." in found.text


def test_rates_that_are_kept_add_up():
    for rate in error_rates.measured():
        assert rate.described + rate.not_described + rate.cannot_tell == rate.studies > 0


@pytest.mark.parametrize("settings", [{"alpha": 5}, {"share": 90}, {"share": 0.0}])
def test_percentages_are_refused(settings):
    with pytest.raises(InputError, match=r"90 % is \.9"):
        verdict(made(*BETTER), **settings)


def test_systems_are_corrected_for_one_another_unless_each_is_asked_about_alone():
    ratio, p = [1, 1, 0.8, 3.0], [1, 1, 0.015, 0.001]
    assert verdict(made(ratio, p)).decision.item() == "not described"
    both = made(ratio, p, system=2)
    assert verdict(both).decision.values.tolist() == ["cannot tell"] * 2
    assert verdict(both, alone=True).decision.values.tolist() == ["not described"] * 2


def test_a_law_without_rivals_is_told_where_they_are():
    alone = made([1, 1], [1, 1], laws=LAWS[:2])
    with pytest.raises(InputError, match=r"got only universal, pairwise.*--laws"):
        verdict(alone)


def within_a_trial(traj):
    return traj.assign_coords(time=traj.time.assign_attrs(units="s", axis="within_trial"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_time_within_a_trial_is_judged_only_on_request(make_world):
    traj = within_a_trial(make_world(n=10, times=8, see=("h",), noise=0.02))
    law = PairwiseModel().fit(traj)
    assert str(law.constants_.message.values).startswith("Exploratory: time is within a trial")
    found = compare([PairwiseModel(), RIVALS["static"]()], traj, resamples=60)
    with pytest.raises(InputError, match=r"about learning, and here time is within a trial.*exploratory=True"):
        verdict(found)
    assert verdict(found, exploratory=True).text.startswith("Exploratory: time is within a trial, not learning.\n")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_times_of_two_kinds_are_not_pooled(make_world):
    traj = make_world(n=10, times=8, see=("h",), noise=0.02)
    laws = [PairwiseModel(), RIVALS["static"]()]
    found = compare(laws, {"days": traj, "trial": within_a_trial(traj)}, resamples=60)
    with pytest.raises(InputError, match="times of one kind; here time is within a trial in trial, and learning"):
        verdict(found, exploratory=True)
    assert verdict(found.sel(system=["days"])).overall.item() == "described"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_a_law_is_what_its_class_is_whatever_its_name(make_world):
    traj = make_world(n=10, times=8, see=("h",), noise=0.02)
    laws = {"mine": PairwiseModel(), "free": RIVALS["static"](), "pairwise": PairwiseModel()}
    found = verdict(compare(laws, traj, resamples=60, reference="mine"))
    assert found.nearest.item() == "free"  # a static law by that name
    assert "against free." in found.text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_one_network_has_no_noise():
    settings = {"width": 200, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.1}
    runs = train(tasks.digits(per_class=1), epochs=600, record=8, **settings)
    traj = trajectory(runs).squeeze("layer")[["h"]]
    laws = [UniversalModel(), RIVALS["static"]()]
    found = verdict(compare(laws, traj.isel(seed=0), resamples=60))
    assert found.ceiling.item() == 1
    assert found.decision.item() == "described"
    result = compare(laws, traj, partitions=1)
    assert (result.dynamics_ceiling == 1).all()
    assert result.attrs["ceiling"].startswith("1: a network has no noise")


def test_what_is_not_known_is_said_without_nan():
    found = verdict(made([1, 1, 2.0, 3.0], [1, 1, np.nan, np.nan], ceiling=np.nan))
    assert "nan" not in found.text
    assert "ceiling is not known" in found.text
