"""RSA from zero: the lies lie, what puts them right does, and the exercise knows its answer."""

import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("default")  # a reader sees warnings; they do not end a tutorial


@pytest.mark.slow
def test_lies_and_truths(run):
    made = run("01")
    assert made["first"].best.item() == "kind"
    kind = made["first"].similarity.sel(model="kind").item()
    alone = made["alone"].isel(time=0).similarity
    assert alone.sel(model="kind") > 0.7
    assert abs(alone.sel(model="alive")) < 0.25 < made["first"].similarity.sel(model="alive")
    assert made["by_euclid"].best.item() == "brightness"
    assert made["by_correlation"].best.item() == "kind"
    assert made["beyond"].similarity_interval.sel(model="kind", bound="lower") > 0
    assert abs(made["of_same"].mean() - 160) < 16
    assert abs(made["crossnobis"].mean()) < 16
    assert 0.3 < (made["crossnobis"] < 0).mean() < 0.7
    assert made["biased"].similarity > 0.8
    assert made["unbiased"].similarity_p > 0.2
    assert made["by_place"] < 0.3
    np.testing.assert_allclose(made["by_name"], kind, rtol=1e-12)
    assert made["reached"][4] > 0.8 > 0.4 > made["reached"][16]
    assert 1 / 24 - 1e-12 <= made["p"] <= made["corrected"]
    assert made["corrected"] > 0.2
    assert any("24 orders" in doubt for doubt in made["tries"][4].attrs["doubts"])
    made["check"](7)
    for wrong in (6, 8):
        with pytest.raises(AssertionError):
            made["check"](wrong)
