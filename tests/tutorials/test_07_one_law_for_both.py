"""Does one law describe both: the verdicts that the text explains, and the control that must fail."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_verdicts_are_as_the_text_says(run):
    made = run("07")
    decision = made["result"].decision.to_series()
    assert decision.to_dict() == {"network": "described", "mouse": "cannot tell", "control": "not described"}
    ratio = made["result"].nearest_ratio.to_series()
    assert ratio["network"] > 2 > ratio["mouse"] > 1 > 0.5 > ratio["control"]
    late = made["rsa"].iloc[-1]
    assert late["rsa_final"] > late["rsa_untrained"] + 0.05
    power = made["planned"].power.squeeze(drop=True)
    assert power.isel(conditions=1) > power.isel(conditions=0)
    made["check"]("exponential", "step")
    with pytest.raises(AssertionError, match="1 of 2"):
        made["check"]("exponential", "gain")
