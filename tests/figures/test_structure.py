"""The square form of an RDM."""

from __future__ import annotations

import pytest

from neurouniv.figures.structure import square
from neurouniv.rdm.classes import condition_names


def test_square_is_symmetric_and_named(classes_of_three):
    traj, _ = classes_of_three()
    names = condition_names(traj)[::-1]
    made = square(traj.dx2.values, traj, names)
    expected = ((traj.stimuli.sel(condition=names[2]) - traj.stimuli.sel(condition=names[7])) ** 2).sum()
    assert made[2, 7] == made[7, 2] == pytest.approx(float(expected))
