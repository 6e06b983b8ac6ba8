"""What cells take is told by like cells, and from a folder's results alone."""

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.estimates import KEPT, Cost, Estimates, measured
from neurouniv.studies.memory import peak_memory
from neurouniv.studies.plan import first_of_each, plan_in


def cell(system="mlp", seeds=(0,), **varied):
    return Cell(system, "networks", varied, list(seeds), {"inputs": {}, "varied": varied}, "1")


def test_cells_that_share_most_settings_tell_and_others_do_not():
    estimates = Estimates()
    estimates.add(cell(width=10, rule="a"), Cost(1.0, 100))
    estimates.add(cell(width=10, rule="b"), Cost(3.0, 300))
    estimates.add(cell(width=90, rule="a"), Cost(50.0, 900))
    assert estimates.of(cell(width=10, rule="c")) == Cost(2.0, 300)
    assert estimates.of(cell(width=90, rule="b", seeds=[7])) == Cost((3 + 50) / 2, 900)
    assert estimates.of(cell("other", width=10)) is None
    assert estimates.count == 3


def test_cells_with_another_number_of_seeds_count_less():
    estimates = Estimates()
    estimates.add(cell(seeds=range(8)), Cost(8.0))
    estimates.add(cell(seeds=[0]), Cost(1.0))
    assert estimates.of(cell(seeds=[5])).seconds == 1.0
    assert math.isnan(estimates.of(cell(seeds=[5])).peak_mb)


@pytest.mark.slow
def test_results_tell_and_what_of_them_is_read_is_limited(listed):
    folder, _ = listed(seeds=1)
    cells = [cell(seeds=[n]) for n in range(3 * KEPT)] + [cell("small", size=1)]
    folder.list_cells("many", cells, "")
    for n, one in enumerate(cells):
        result = xr.Dataset({"h": 1.0}, attrs={"study_seconds": 1.0 + n, "study_peak_mb": 10.0})
        folder.keep_result(one.id, 1, result)
    estimates = measured(folder, cells)
    assert estimates.count == KEPT + 1
    assert np.isclose(estimates.of(cell(seeds=[999])).seconds, 1 + (3 * KEPT - 1) / 2, rtol=0.02)
    folder.result(cells[0].id).unlink()
    plan = plan_in(folder.path)
    assert [one.id for one in plan.left] == [cells[0].id]
    assert plan.costs[0].peak_mb == 10


def test_first_cells_of_every_system_are_chosen_in_order():
    cells = [replace(cell(name), seeds=[n]) for name in "ab" for n in range(3)]
    assert first_of_each(cells, 2) == [*cells[:2], *cells[3:5]]


@pytest.mark.slow
def test_the_peak_is_of_the_block_and_not_of_what_was_before():
    large = np.ones(60_000_000 // 8)
    with peak_memory() as peak:
        more = np.ones(200_000_000 // 8)
    high = peak()
    del large, more
    with peak_memory() as peak:
        pass
    assert high - peak() > 150
