"""A law shows its constants with intervals, and its doubts, in a terminal and in a notebook."""

import warnings

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.laws.fit_rows import fit_rows


def told(constants, law=None):
    law = nu.UniversalModel() if law is None else law
    law.constants_ = constants
    return repr(law), law._repr_html_()


def constants(seeds=1, **replaced):
    """Constants of good fits of one rate, over seeds."""
    seed = {"seed": list(range(seeds))}
    ends = np.tile([0.4, 0.6], (seeds, 1))
    data = {
        "eta_h": ("seed", np.full(seeds, 0.5), {"units": "per epochs"}), "eta_h_interval": (("seed", "bound"), ends),
        "r2": (("seed", "variable"), np.full((seeds, 1), 0.9)), "converged": ("seed", np.full(seeds, True)),
        "identified": ("seed", np.full(seeds, True)), "message": ("seed", np.full(seeds, "converged")),
    }  # fmt: skip
    coords = seed | {"bound": ["lower", "upper"], "variable": ["h"]}
    return xr.Dataset(data | replaced, coords, {"interval_method": "sandwich"})


def test_one_fit_has_its_units_intervals_and_state():
    text, html = told(constants().squeeze("seed", drop=True))
    assert text.splitlines() == [
        "UniversalModel(), fitted",
        "  eta_h (per epoch): 0.500 [0.400, 0.600]",
        "  R2 of h 0.900; converged",
        "  95 % intervals: sandwich.",
    ]
    assert "0.500 [0.400, 0.600]" in html
    assert "system" not in html


def test_of_many_fits_the_first_few_and_how_many_more():
    bad = np.arange(98) == 97
    found = constants(98, converged=("seed", ~bad), identified=("seed", np.arange(98) < 90))
    text, html = told(found)
    assert text.startswith("UniversalModel(), 98 fits\n  seed 0: eta_h (per epoch) 0.500")
    assert "  and 95 more\n" in text
    assert html.count("<tr>") == 9
    for shown in (text, html):
        assert "1 of 98 fits should not be used." in shown
        assert "7 of 98 fits leave constants open." in shown
    assert "and 90 more" in html


@pytest.mark.parametrize(
    ("ends", "words"), [([0.0, np.inf], "not determined"), ([np.nan, np.nan], "interval not found")]
)
def test_constants_without_an_interval_are_seen(ends, words):
    text, html = told(constants(eta_h_interval=(("seed", "bound"), [ends])))
    assert words in text
    assert words in html
    assert ("could not be found in 1 of 1" in text) == np.isnan(ends).all()


def test_a_fit_that_failed_says_so_first_of_all():
    failed = constants(
        converged=("seed", [False]), identified=("seed", [False]), message=("seed", ["it <b>blew</b> up"])
    )
    text, html = told(failed)
    assert "do not use" in text
    assert "it <b>blew</b> up" in text
    assert "it &lt;b&gt;blew&lt;/b&gt; up" in html
    assert "<b>" not in html


def test_labels_of_systems_are_escaped():
    html = told(constants(2).assign_coords(seed=["<script>", "b"]))[1]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_real_fits_show_themselves(make_world):
    traj = make_world()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        laws = [nu.PairwiseModel(per="pair").fit(traj), nu.RIVALS["free"]().fit(traj), nu.MixtureModel().fit(traj)]
        laws += [nu.RIVALS["static"]().fit(traj)]
    for law in laws:
        assert repr(law).startswith(f"{type(law).__name__}(")
        assert law._repr_html_().startswith("<div")
    assert "and 5 more" in repr(laws[1])
    assert fit_rows(laws[0].constants_, most=2).systems == traj.sizes["pair"]


def test_constants_that_were_not_fitted_are_no_fit():
    assert told(xr.Dataset({"eta_h": 1.0}))[0] == "UniversalModel()"
