"""Every figure: it stays within its edges, has readable ticks and units, and changes nothing global."""

from __future__ import annotations

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from neurouniv import figures


@pytest.mark.slow
def test_is_drawn_within_its_edges_and_leaves_no_trace(draw):
    backend, before = mpl.get_backend(), mpl.rcParams.copy()
    figure = draw()
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=72)
    assert isinstance(figure, Figure)
    assert png.tell() > 5000
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= -0.02
    assert plt.get_fignums() == []
    assert mpl.rcParams == before
    assert mpl.get_backend() == backend


@pytest.mark.slow
def test_sessions_have_whole_numbers(compared, recorded, shown_ticks, drawn):
    traj = recorded("V^2", 1.0)
    one = traj.isel(pair=[0])
    result = compared().isel(time=slice(5)).assign_coords(time=traj.time)
    for figure in (figures.time_courses(traj), figures.curves(one, one), figures.comparison(result)):
        assert shown_ticks(drawn(figure).axes[0].xaxis) == list("12345")
    long = traj.isel(time=[0] * 30).assign_coords(time=("time", np.arange(30.0)))
    assert all("." not in text for text in shown_ticks(drawn(figures.time_courses(long)).axes[0].xaxis))


@pytest.mark.slow
def test_labels_carry_the_unit_and_no_offset_floats(recorded, texts, lines, shown_ticks, drawn):
    traj = recorded("V^2", 3e-11)
    one = traj.isel(pair=[0])
    courses, geometry = figures.time_courses(traj), figures.geometry(traj, traj[["h"]])
    for figure in (courses, figures.curves(one, one), geometry):
        assert "(µV²)" in texts(drawn(figure))
        offsets = [axis.get_offset_text().get_text() for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
        assert not any(offsets)
    ticks = [float(text.replace("−", "-")) for text in shown_ticks(courses.axes[0].yaxis)]
    assert 20 <= max(ticks) <= 40
    np.testing.assert_array_equal(lines(courses)["within class (7 pairs)"].get_ydata().max(), traj.h.min("pair").max())
