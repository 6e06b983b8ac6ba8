"""A constant whose interval says nothing reads "not determined", wherever constants are shown."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import NeurounivWarning, PairwiseModel, figures
from neurouniv.commands.fit_text import constants_text
from neurouniv.figures.tables import table_of
from neurouniv.fitting.intervals import undetermined
from neurouniv.page.studies import constants_table
from neurouniv.universality.planning import recovery_report

OVERFLOWED = [(0.0, np.inf), (1e-3, 1e300), (1e-9, 1.0), (-np.inf, np.inf)]


def fit(low, high):
    """Constants of two systems, of which the data of the second leave eta_h open."""
    data = {name: ("seed", [0.5, 0.7]) for name in ("eta_h", "eta_y", "loss")}
    data |= {f"{name}_interval": (("seed", "bound"), [[0.4, 0.6], [0.5, 0.9]]) for name in ("eta_h", "eta_y")}
    data["eta_h_interval"] = ("seed", "bound"), [[0.4, 0.6], [low, high]]
    data |= {"converged": ("seed", [True, True]), "message": ("seed", ["converged"] * 2)}
    data["r2"] = ("seed", "variable"), [[0.9], [0.9]]
    return xr.Dataset(data, {"seed": [0, 1], "bound": ["lower", "upper"], "variable": ["h"]})


@pytest.mark.parametrize(("low", "high"), OVERFLOWED)
def test_tables_figures_and_the_terminal_say_so_alike(low, high):
    made = fit(low, high)
    rows = table_of(made[["eta_h", "eta_h_interval"]]).rows
    assert [row[1] for row in rows] == ["0.500 [0.400, 0.600]", "not determined"]
    text = constants_text(made)
    assert text.count("not determined") == 1
    ax = figures.constants({"net": made}, names=["eta_h"]).axes[0]
    hollow = [line.get_xdata().tolist() for line in ax.get_lines() if line.get_markerfacecolor() == "white"]
    assert hollow == [[0.7]]
    alone = figures.constants({"net": made.isel(seed=[1])}, names=["eta_h"]).axes[0]
    assert "not determined" in [found.get_text() for found in alone.texts]
    assert "not determined" not in [found.get_text() for found in ax.texts]


def test_a_fit_that_ends_at_a_bound_of_its_search_has_no_interval(make_world):
    """Targets have no part in distances that follow the stimuli alone."""
    traj = make_world(see=("h",), n=5)
    flat = traj.assign(h=traj.h.isel(time=0) * (1 + 1e-9 * traj.time))
    with pytest.warns(NeurounivWarning, match="bound"):
        found = PairwiseModel(weighting="none").fit(flat).constants_
    at = [name for name in ("eta_h", "eta_y") if f"{name} ended at" in str(found["message"].item())]
    assert at
    assert all(undetermined(*found[f"{name}_interval"].values) for name in at)


def test_a_truth_that_is_not_determined_has_no_coverage():
    true, fits = fit(0.0, np.inf).isel(seed=1, drop=True), fit(0.4, 0.9).rename(seed="study")
    fits["identified"] = "study", [True, True]
    made = recovery_report.joined_constants([recovery_report.constants("universal", true, fits)], studies=2)
    of_h, of_y = (made.sel(constant=f"universal {name}") for name in ("eta_h", "eta_y"))
    assert np.isnan(of_h.coverage)
    assert np.isnan(of_h.coverage_interval).all()
    assert float(of_y.coverage) == 0.5
    assert constants_table(made).rows[0][-1] == "not determined"
    assert "the truth is not determined" in recovery_report.share_covered(of_h.coverage)
    assert recovery_report.share_covered(of_y.coverage) == "50 % of studies"
