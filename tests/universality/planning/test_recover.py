"""Recovery of constants and laws: certain where data are good, none where they are hopeless."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

import neurouniv as nu
from neurouniv import InputError
from neurouniv.figures.simulated_studies import confusion
from neurouniv.schema import history
from neurouniv.universality.planning import recovery_report
from neurouniv.universality.planning.recover import recover
from neurouniv.universality.planning.simulated_studies import simulated_studies

LAWS = ("gain", "exponential")


@pytest.fixture(scope="module")
def grown():
    """Ten conditions whose distances all grow by one factor, with little noise."""
    return simulated_studies(nu.tasks.digits(per_class=1), "gain", 1, sessions=5, snr=4.0).isel(study=0)


@pytest.fixture(scope="module")
def clear(grown):
    return recover([nu.RIVALS[name]() for name in LAWS], grown, studies=6, resamples=20, seed=1)


@pytest.fixture
def like(make_world):
    """Ten conditions that follow the two-point law."""

    def make(noise, **settings):
        return make_world(n=10, times=6, end=60.0, see=("h",), noise=noise, **settings)

    return make


@pytest.mark.slow
def test_good_data_tell_every_law(clear):
    for name in LAWS:
        assert float(clear["best"].sel(truth=name, law=name)) >= 0.8
    assert float(clear["decision"].sel(truth="gain", verdict="described")) >= 0.8
    assert float(clear["decision"].sel(truth="exponential", verdict="described")) == 0
    assert float(clear["decision"].sel(truth="exponential", verdict="not described")) >= 0.8
    assert float(clear["false_described"]) == float(clear["false_described_worst"]) == 0
    np.testing.assert_allclose(clear["decision"].sum("verdict"), 1)
    np.testing.assert_allclose(clear["best"].sum("law"), 1)


@pytest.mark.slow
def test_good_data_tell_the_law_of_learning(like):
    found = recover([nu.PairwiseModel(), *(nu.RIVALS[name]() for name in LAWS)], like(0.02), studies=8)
    assert found["best"].values == pytest.approx(np.eye(3), abs=0.13)
    assert float(found["decision"].sel(truth="pairwise", verdict="described")) >= 0.85
    assert (found["decision"].sel(truth=list(LAWS), verdict="described") == 0).all()


@pytest.mark.slow
def test_constants_come_back(clear):
    known = clear.sel(constant=["gain factor", "gain rate", "exponential rate"])
    assert (abs(known["bias"]) < 0.1).all()
    assert (known["spread"] < 0.2).all()
    assert (known["coverage"] >= 0.7).all()
    errors = known["estimate"] / known["true_value"] - 1
    np.testing.assert_allclose(known["bias"], errors.median("study"), atol=1e-12)


@pytest.mark.slow
def test_what_was_found_is_told_kept_and_drawn(clear, tmp_path):
    text = clear.attrs["text"]
    assert "6 simulated studies of each truth, like these data (10 conditions, 5 frames, noise ceiling" in text
    assert "gain factor" in text
    assert "Too few studies (6) for error rates" in text
    assert "Verdict on the gain law" in text
    nu.save(clear, tmp_path / "found.nc")
    xr.testing.assert_identical(nu.load(tmp_path / "found.nc"), clear)
    shown = [text.get_text() for ax in confusion(clear).axes for text in ax.texts]
    assert sum("%" in word for word in shown) == int((clear["best"] > 0).sum() + (clear["decision"] > 0).sum())


@pytest.mark.slow
def test_hopeless_data_tell_no_law(grown):
    laws = [nu.RIVALS[name]() for name in LAWS]
    found = recover(laws, grown, studies=3, resamples=20, noise_sd=100 * float(grown.h.max()))
    assert (found["decision"].sel(verdict="cannot tell") == 1).all()
    assert float(found["false_described"]) == 0


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say(like):
    """Of 200 studies 95 % within four standard errors, for both rates."""
    found = recover(nu.PairwiseModel(), like(0.02), studies=200)
    held = found["coverage"].isel(constant=np.flatnonzero(found["constant_name"].isin(["eta_h", "eta_y"])))
    low, high = binom.ppf([3e-5, 1 - 3e-5], 200, 0.95) / 200
    assert ((low <= held) & (held <= high)).all()


def test_one_law_alone_has_constants_but_no_rivals(like):
    found = recover(nu.RIVALS["gain"](), like(0.02), studies=3)
    assert found["constant_name"].values.tolist()[:2] == ["factor", "rate"]
    assert not {"best", "decision", "false_described"} & set(found)
    assert "Give rivals" in found.attrs["text"]
    assert history(found)[-1]["settings"].items() >= {"studies": 3, "resamples": 300, "seed": 0}.items()


def test_the_report_says_what_is_known_of_each_constant_and_what_is_not():
    told = ("constant", [0.1, np.nan]), ("constant", [0.2, 20.0]), ("constant", [0.9, np.nan])
    table = dict(zip(("bias", "spread", "coverage"), told, strict=True))
    table |= {"true_value": (("constant", "subject"), [[1.0, 2.0, 9.0], [3.0, 3.0, 3.0]])}
    table |= {"fitted": ("truth", [True]), "ceiling": ("truth", [0.8])}
    made = xr.Dataset(table, {"constant": ["gain factor", "gain rate"], "truth": ["gain"]})
    made = made.assign_attrs(studies=40, law="gain", n_conditions=10)
    known = "truth 2, bias +10 %, spread 20 %, 95 % interval holds the truth in 90 % of studies"
    unknown = "truth 3, bias not known, spread above 1000 %, 95 % interval holds the truth in no known share"
    text = recovery_report.text(made)
    assert "like these data (10 conditions, noise ceiling 0.80)." in text
    assert all(words in text for words in (known, unknown))
    assert "Constants of the true law:\n  none\n" in recovery_report.text(made.isel(constant=[]))


@pytest.mark.slow
def test_subjects_are_one_study(grown):
    several = xr.concat([grown] * 3, xr.Variable("subject", ["a", "b", "c"]), data_vars=["h", "h_var"])
    laws = [nu.RIVALS[name]() for name in ("gain", "static")]
    found = recover(laws, several, studies=2, truths=["gain"], resamples=20)
    assert dict(found["estimate"].sizes) == {"constant": 3, "study": 2, "subject": 3}
    assert found["decision"].dims == ("truth", "verdict")
    assert found["truth"].values.tolist() == ["gain"]
    assert "3 subjects" in found.attrs["text"]


def test_only_distances_are_simulated(make_world):
    found = recover(nu.PairwiseModel(), make_world(n=6, times=5), studies=2, noise_sd=0.01)
    assert "alignment0" in found["constant_name"].values


def test_mistakes_are_told(grown):
    gain = nu.RIVALS["gain"]()
    with pytest.raises(InputError, match="crossnobis"):
        recover(gain, grown.drop_vars("h_var"), studies=2)
    with pytest.raises(InputError, match="studies is a whole number of at least 1; got 0"):
        recover(gain, grown, studies=0)
    with pytest.raises(InputError, match="seed is a whole number from 0"):
        recover(gain, grown, studies=1, seed=None)
    with pytest.raises(InputError, match="alpha lies between 0 and 1"):
        recover(gain, grown, studies=1, alpha="x")
    with pytest.raises(InputError, match="positive standard deviation"):
        recover(gain, grown, studies=1, noise_sd="x")
    with pytest.raises(InputError, match="lazy"):
        recover(gain, grown, studies=1, truths="lazy")
