"""From distances alone, the law of the rule that a linear network learned by describes it best, with its constants."""

import pytest

from neurouniv.laws import LAWS, RULES

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # wrong laws may say that they are

LAW_OF = {
    "backprop": "universal",
    "feedback_alignment": "feedback_alignment",
    "kolen_pollack": "kolen_pollack",
    "weight_mirror": "weight_mirror",
    "weight_decay": "weight_decay",
    "predictive_coding": "predictive_coding",
    "node_perturbation": "node_perturbation",
    "lazy": "tangent",
}
CONTAINED = {
    "universal": {"weight_decay", "predictive_coding", "node_perturbation", "hebbian", "weight_mirror"},
    "feedback_alignment": {"kolen_pollack", "weight_mirror"},
    "node_perturbation": {"hebbian"},
}
"""The laws that have another one as a case, and can fit no worse."""
RATE = 0.05 / (8 * 3)
OWN = {
    "kolen_pollack": {"decay": 0.05 * 5e-3, "eta_y": RATE},
    "weight_decay": {"decay": 0.05 * 5e-3, "eta_h": RATE, "eta_y": RATE},
    "weight_mirror": {"eta_y": RATE},
    "predictive_coding": {"strength": 1.0, "eta_h": RATE, "eta_y": RATE},
    "lazy": {"eta_h": RATE, "eta_y": RATE},
    "backprop": {"eta_h": RATE, "eta_y": RATE},
    "feedback_alignment": {"eta_y": RATE},
}
SLOW = {"feedback_alignment", "kolen_pollack", "predictive_coding", "node_perturbation", "weight_mirror"}
SLOWLY = {"node_perturbation": {"lr": 0.01, "epochs": 6000}}


def misfits(traj, names):
    return {name: 1 - float(LAWS[name]().fit(traj).constants_.r2.sel(variable="h")) for name in names}


@pytest.mark.parametrize("rule", [pytest.param(r, marks=[pytest.mark.slow] if r in SLOW else []) for r in LAW_OF])
def test_the_rule_s_own_law_fits_better_than_backprop_s_and_fixed_feedback_s(make_traj, rule):
    """What the networks' own starts have and the laws do not see leaves constants off by up to a third."""
    own, traj = LAW_OF[rule], make_traj(rule, **SLOWLY.get(rule, {}))
    law = LAWS[own]().fit(traj)
    misfit = 1 - float(law.constants_.r2.sel(variable="h"))
    others = misfits(traj, {"universal", "feedback_alignment"} - {own})
    assert all(2 * misfit < other for other in others.values())
    for name, value in OWN.get(rule, {}).items():
        assert float(law.constants_[name]) == pytest.approx(value, rel=0.35), name


@pytest.mark.slow
@pytest.mark.parametrize("rule", LAW_OF)
def test_the_rule_s_own_law_fits_better_than_all_that_do_not_contain_it(make_traj, rule):
    own, traj = LAW_OF[rule], make_traj(rule, **SLOWLY.get(rule, {}))
    names = {law.name for law in RULES} - {"exposure"} | {"universal"}
    found = misfits(traj, names)
    rest = names - {own} - CONTAINED.get(own, set())
    assert all(found[own] < found[other] for other in rest)
