"""Constants with their intervals, hollow where a fit did not converge."""

from __future__ import annotations

import numpy as np
import pytest

from neurouniv import figures
from neurouniv.schema import InputError


@pytest.mark.slow
def test_constants_show_value_interval_and_convergence(fitted, texts):
    good, bad = fitted([1e-3, 2e-3], True), fitted([1e-9], False)
    figure = figures.constants({"mlp": good, "gain 1.3": bad})
    ax = figure.axes[0]
    assert ax.get_xscale() == "log"
    assert "eta_h" in ax.get_xlabel()
    hollow = [line for line in ax.get_lines() if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [line.get_xdata().tolist() for line in hollow] == [[1e-9]]
    ends = np.concatenate([segment[:, 0] for group in ax.collections for segment in group.get_segments()])
    np.testing.assert_allclose(np.sort(ends), np.sort([0.5e-9, 2e-9, 0.5e-3, 2e-3, 1e-3, 4e-3]))
    assert "not converged" in texts(figure)
    assert "not converged" not in texts(figures.constants({"mlp": good}))
    with pytest.raises(InputError, match="eta_y"):
        figures.constants({"mlp": good.drop_vars("eta_y")})
