"""Bundles: every cell once, about as long as they should be, and what may kill workers by itself."""

import pytest

from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.engine.bundles import AHEAD, MOST, Bundles
from neurouniv.studies.estimates import Cost, Estimates


@pytest.fixture
def cells():
    return [Cell("mlp", "networks", {}, [n], {"inputs": {}}, "1") for n in range(3000)]


@pytest.fixture
def known(cells):
    """Estimates that say 10 ms."""
    estimates = Estimates()
    estimates.add(cells[0], Cost(0.01))
    return estimates


def dealt(bundles, workers):
    while bundles:
        yield bundles.taken(workers)


def test_every_cell_is_in_one_bundle(cells, known):
    bundles = list(dealt(Bundles(cells, {}, known, seconds=1.0), workers=4))
    assert [cell.id for bundle in bundles for cell in bundle] == [cell.id for cell in cells]
    assert len(bundles[0]) == pytest.approx(100, abs=1)
    assert len(bundles[-1]) == 1
    assert len(bundles) < 70


def test_a_bundle_is_no_larger_than_a_message_and_than_its_share(cells, known):
    assert len(Bundles(cells, {}, known, seconds=1e6).taken(workers=1)) == MOST
    assert len(Bundles(cells[:40], {}, known, seconds=1e6).taken(workers=4)) == 40 / (AHEAD * 4)


@pytest.mark.slow
def test_cells_of_unknown_length_and_those_that_were_tried_stand_alone(cells, known):
    assert len(Bundles(cells, {}, Estimates(), seconds=60).taken(workers=1)) == 1
    tried = {cells[0].id: 1, cells[6].id: 3}
    sizes = [len(bundle) for bundle in dealt(Bundles(cells[:9], tried, known, seconds=60), workers=0.1)]
    assert sizes == [1, 5, 1, 2]


def test_a_long_cell_is_not_joined_by_others(cells):
    estimates = Estimates()
    estimates.add(cells[0], Cost(100.0))
    assert len(Bundles(cells, {}, estimates, seconds=5).taken(workers=1)) == 1
