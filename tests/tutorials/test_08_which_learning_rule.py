"""Which learning rule: what is told and what is not, and the exercise knows its answer."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_backprop_is_told_and_feedback_alignment_is_not(run):
    made = run("08")
    found = made["found"]
    assert found["backprop, middle start"].probability.sel(rule="backprop") > 0.9
    middle, small = (
        found[f"feedback alignment, {start} start"].probability.sel(rule="feedback_alignment").item()
        for start in ("middle", "small")
    )
    assert middle < small < 0.9
    assert made["of_mine"].error_ratio.sel(rule="feedback_alignment") > 1.1
    best = [answer.error_ratio.idxmin("rule").item() for answer in found.values()]
    made["check"](*best)
    with pytest.raises(AssertionError, match="are right"):
        made["check"]("lazy", "lazy", "lazy")
