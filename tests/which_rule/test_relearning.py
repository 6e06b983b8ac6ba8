"""A second phase of learning follows from what the law of the first one says was learned, with nothing fitted."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv import InputError
from neurouniv.laws import LAWS

OTHER = True
SWITCHES = [
    ("backprop", "feedback_alignment", False),
    ("feedback_alignment", "backprop", False),
    ("backprop", "weight_decay", False),
    ("backprop", "backprop", OTHER),
    ("feedback_alignment", "feedback_alignment", OTHER),
    ("feedback_alignment", "backprop", OTHER),
    ("backprop", "feedback_alignment", OTHER),
    ("weight_decay", "kolen_pollack", OTHER),
    ("kolen_pollack", "predictive_coding", OTHER),
    ("predictive_coding", "feedback_alignment", OTHER),
]
BLIND = ("decoder", "feedback", "product", "pseudo", "y", "w", "output", "norm")


def named(rule):
    return {"backprop": "universal", "lazy": "tangent"}.get(rule, rule)


@pytest.mark.parametrize(
    ("first", "second", "new_targets"),
    [*SWITCHES[:4:3], *(pytest.param(*switch, marks=pytest.mark.slow) for switch in (*SWITCHES[1:3], *SWITCHES[4:]))],
)
def test_linear_networks_are_followed_over_the_switch_with_nothing_fitted(make_phases, first, second, new_targets):
    before, after, law, own = make_phases(first, second, new_targets)
    result = nu.relearning(before, after, law, rule=named(second), constants=own)
    assert float(result.r2.min()) > 0.9999
    assert float(result.moved.min()) > 0.995
    way = abs(result.h.isel(time=-1) - result.h.sel(time=result.at)).mean() / result.h.sel(time=result.at).mean()
    assert float(way) > 0.02
    assert float(result.r2_unlearned.max()) < float(result.r2.sel(phase="after").min()) - 0.01


@pytest.mark.slow
def test_a_lazy_second_phase_starts_from_the_network_that_was_learned(make_phases):
    before, after, law, _ = make_phases("backprop", "backprop", True)
    lazy = nu.relearning(before, after, law, rule="tangent")
    rich = nu.relearning(before, after, law)
    near = after.time.values[1]
    np.testing.assert_allclose(lazy.predicted.sel(time=near), rich.predicted.sel(time=near), rtol=0.02)
    assert float(lazy.r2.sel(phase="after").max()) < float(rich.r2.sel(phase="after").min())


@pytest.mark.slow
def test_the_same_rule_and_targets_are_one_phase(make_phases):
    """Going on as before changes nothing, whatever the time that is called the switch."""
    before, after, law, _ = make_phases("backprop", "backprop")
    whole = law.predict(before, after.time.values[1:])
    result = nu.relearning(before, after, law)
    np.testing.assert_allclose(result.predicted.sel(time=whole.time), whole.h, rtol=1e-4)


@pytest.mark.slow
def test_a_law_fitted_to_distances_alone_goes_on(make_phases):
    before, after, _, _ = make_phases("backprop", "backprop", True, epochs=1200)
    before, after = (phase.drop_vars(BLIND, errors="ignore").isel(seed=0, drop=True) for phase in (before, after))
    result = nu.relearning(before, after)
    assert float(result.r2.sel(phase="before")) > 0.98
    assert float(result.r2.sel(phase="after")) > 0.9
    assert float(result.moved.sel(phase="after")) > 0.9 > 0.5 > float(result.moved_unlearned)
    assert result.attrs["law"] == result.attrs["rule"] == "universal"


@pytest.mark.slow
def test_conditions_are_joined_by_name_and_members_by_label(make_phases):
    before, after, law, _ = make_phases("backprop", "backprop", True)
    order = np.random.default_rng(1).permutation(45)
    turned = after.isel(pair=order, condition=slice(None, None, -1), seed=[1, 0])
    turned = turned.assign_coords(first=turned.second, second=turned["first"])
    one, other = (nu.relearning(before, phase, law) for phase in (after, turned))
    np.testing.assert_allclose(other.predicted.sel(seed=one.seed), one.predicted, rtol=1e-6)
    np.testing.assert_allclose(other.r2.sel(seed=one.seed), one.r2, rtol=1e-6)


@pytest.mark.slow
def test_the_unit_of_time_does_not_matter(make_phases):
    before, after, law, own = make_phases("backprop", "weight_decay")
    minutes = [phase.assign_coords(time=60 * phase.time + 7) for phase in (before, after)]
    slow = LAWS["universal"]()
    rates = [name for name in law.constants_ if str(name).startswith("eta")]
    slow.constants_ = law.constants_.assign({name: law.constants_[name] / 60 for name in rates})
    result = nu.relearning(*minutes, slow, rule="weight_decay", constants={"decay": own["decay"] / 60})
    np.testing.assert_allclose(
        result.predicted, nu.relearning(before, after, law, rule="weight_decay", constants=own).predicted, rtol=1e-4
    )


def test_feedback_s_size_that_is_given_stands_for_what_is_not_seen(make_phases):
    """Wide networks: B B' is near a multiple of I, and products of B with what it was not used for are near 0."""
    before, after, law, _ = make_phases("backprop", "feedback_alignment", True, width=2000, epochs=100)
    size = 2 * 2000 / (2000 + 3)
    law.constants_ = law.constants_.drop_vars(["feedback0", "feedback0_interval"])
    blind = before.drop_vars(["feedback", "product", "pseudo"])
    result = nu.relearning(blind, after, law, rule="feedback_alignment", constants={"feedback0": size})
    assert float(result.r2.sel(phase="after").min()) > 0.99


def test_what_cannot_be_followed_is_told_in_one_message(make_phases):
    before, after, law, own = make_phases("backprop", "weight_decay")
    blind = before.drop_vars(BLIND, errors="ignore")
    law.constants_ = law.constants_.drop_vars(["feedback0", "feedback0_interval"])
    alignment = LAWS["feedback_alignment"]()
    alignment.constants_ = law.constants_
    two = [phase.isel(pair=[0], condition=[0, 1]) for phase in (before, after)]
    for message, given in {
        "has the constant decay, which universal does not determine.*constants=": {"rule": "weight_decay"},
        "feedback0.*2 width": {"first": blind, "rule": "feedback_alignment"},
        "needs decoder0": {"first": blind, "law": alignment, "constants": {"feedback0": 1.0}, "rule": "universal"},
        "by one of universal": {"rule": "backprop"},
        "one of.*got.*TangentModel": {"law": LAWS["tangent"]()},
        r"goes on in the time of the first.*assign_coords": {"second": after.assign_coords(time=after.time - 300)},
        "constants of universal after a switch are eta_h": {"constants": {"decay": 1.0}},
        "three conditions or more": {"first": two[0], "second": two[1]},
        "targets of the same conditions and outputs": {"second": after.isel(output=slice(2))},
        "do not say how the new targets relate": {
            "second": after.drop_vars(["targets", "output"]).assign_coords(dy2=2 * after.dy2),
        },
        "the second phase lacks": {"second": after.isel(pair=slice(9, None))},
        "same members.*first phase alone": {"second": after.isel(seed=[0])},
    }.items():
        arguments = {"first": before, "second": after, "law": law} | given
        with pytest.raises(InputError, match=message):
            nu.relearning(arguments.pop("first"), arguments.pop("second"), arguments.pop("law"), **arguments)
    assert own == {"decay": pytest.approx(2e-5)}


def test_a_result_is_kept_in_a_file(make_phases, tmp_path):
    before, after, law, own = make_phases("backprop", "weight_decay", seeds=1)
    result = nu.relearning(before, after, law, rule="weight_decay", constants=own)
    nu.save(result, tmp_path / "result.nc")
    np.testing.assert_array_equal(nu.load(tmp_path / "result.nc").predicted, result.predicted)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize(
    "law", [nu.UniversalModel(), LAWS["feedback_alignment"](floor=True), nu.UniversalModel(kernel="arc_cosine")]
)
@pytest.mark.parametrize(
    "variance",
    [pytest.param(True, id="known noise"), pytest.param(False, id="unknown noise", marks=pytest.mark.slow)],
)
def test_until_the_switch_it_is_the_first_law_whatever_noise_and_settings_it_has(
    make_phases, pair_noise, law, variance
):
    before, after, _, _ = make_phases("backprop", "backprop", True, seeds=1)
    before, after = (phase.drop_vars(BLIND, errors="ignore").isel(seed=0, drop=True) for phase in (before, after))
    sd = 0.05 * float(before.h.mean())
    noisy = before.h + sd * pair_noise(np.random.default_rng(0), before.sizes["time"], 10)
    noisy = noisy.assign_attrs(metric="crossnobis")  # which may be below 0
    before = before.assign(h=noisy, h_var=0 * noisy + sd**2) if variance else before.assign(h=noisy)
    fitted = law.clone()
    fitted.weighting = "noise"
    fitted.fit(before)
    result = nu.relearning(before, after, fitted)
    alone = fitted.predict(before).h
    np.testing.assert_allclose(result.predicted.sel(time=alone.time), alone, rtol=1e-3, atol=1e-3 * float(alone.max()))
