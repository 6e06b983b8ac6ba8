"""Curves of all systems on one master curve."""

from __future__ import annotations

import numpy as np
import pytest

from neurouniv import figures
from neurouniv.schema import InputError


def test_a_collapse_shifts_every_pair_to_where_it_passes_half(scaled, texts):
    figure = figures.collapse({"a": scaled(seeds=3)})
    for line in figure.axes[0].get_lines()[:3]:
        np.testing.assert_allclose(np.interp(0.0, *line.get_data()), 0.5, atol=0.01)
    assert "a (3 of 3 pairs)" in texts(figure)
    with pytest.raises(InputError, match="at least one system"):
        figures.collapse({})
