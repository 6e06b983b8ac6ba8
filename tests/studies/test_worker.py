"""Theorems about the folder: no cell is lost, doubled or half there, whoever dies, and whatever the disk does."""

import os
import random
import subprocess
import time
from dataclasses import replace

import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.studies import study_status
from neurouniv.studies.worker import MOST_DEATHS, Worker, failed_tries


def value(cell):
    return float(int(cell.id, 16) % 1000)


def quick(cell):
    return xr.Dataset({"h": ("time", [value(cell)])})


def results_are_right(folder, cells):
    found = folder.look()
    assert found.results == {cell.id for cell in cells}
    assert all(nu.load(folder.result(cell.id)).h.item() == value(cell) for cell in cells)
    assert not list((folder.path / "scratch").iterdir())
    assert not list((folder.path / "claims").iterdir())


def ended(worker, seconds=600):
    """The exit code of a worker; None where it has not ended by then."""
    worker.join(seconds)
    return worker.exitcode


def waited(condition, seconds=240):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def test_workers_at_once_compute_every_cell_once(listed, start):
    folder, cells = listed(seeds=12)
    assert [ended(worker) for worker in [start.worker(folder) for _ in range(3)]] == [0, 0, 0]
    assert sorted(start.lines("begin")) == sorted(cell.id for cell in cells)
    results_are_right(folder, cells)


def test_killed_workers_lose_nothing_and_double_nothing(listed, start):
    folder, cells = listed(seeds=10)
    rng = random.Random(0)
    kills = 0
    while kills < 6 and len(folder.look().results) < len(cells) - 2:
        ready = len(start.lines("ready"))
        worker = start.worker(folder, 0.05)
        waited(lambda ready=ready: len(start.lines("ready")) > ready)
        time.sleep(rng.uniform(0.0, 0.5))
        worker.kill()
        worker.join()
        kills += 1
    assert ended(start.worker(folder)) == 0
    assert kills >= 2
    results_are_right(folder, cells)
    assert len(start.lines("begin")) <= len(cells) + kills


def test_sigterm_gives_the_cell_back(listed, start):
    folder, cells = listed(seeds=1)
    worker = start.worker(folder, 600)
    waited(lambda: start.lines("begin"))
    worker.terminate()
    assert ended(worker, 60) == 1
    assert not folder.look().results
    assert all(path.read_text().startswith("released") for path in (folder.path / "claims").iterdir())
    Worker(folder, compute=quick).work(cells)
    results_are_right(folder, cells)


def test_sigterm_lets_a_short_cell_finish_and_begins_no_other(listed, start):
    folder, _ = listed(seeds=2)
    worker = start.worker(folder, 2, grace=120)
    waited(lambda: start.lines("begin"))
    worker.terminate()
    assert ended(worker, 60) == 1
    assert start.lines("begin") == start.lines("end") == list(folder.look().results)
    assert not folder.look().claims


def test_sigterm_gives_a_cell_back_that_does_not_finish_in_time(listed, start):
    folder, _ = listed(seeds=1)
    worker = start.worker(folder, 600, grace=0.5)
    waited(lambda: start.lines("begin"))
    worker.terminate()
    assert ended(worker, 60) == 1
    assert not folder.look().results
    assert all(path.read_text().startswith("released") for path in (folder.path / "claims").iterdir())


def test_a_cell_that_was_given_back_is_kept_if_nobody_else_began_it(listed):
    folder, cells = listed(seeds=1)

    def is_given_back(cell):
        worker.give_back()
        return quick(cell)

    worker = Worker(folder, compute=is_given_back)
    assert worker.work_cell(cells[0]) == "done"
    assert not list((folder.path / "claims").iterdir())


def test_a_failure_is_a_value_and_is_tried_again_only_if_asked(listed):
    folder, cells = listed()
    began = []

    def fails_at_first(cell):
        began.append(cell.id)
        if cell.id == cells[1].id and began.count(cell.id) < 3:
            raise ValueError("it diverged")
        return quick(cell)

    Worker(folder, compute=fails_at_first).work(cells)
    Worker(folder, compute=fails_at_first).work(cells)
    assert began == [cell.id for cell in cells]
    told = folder.told_failure(cells[1].id)
    assert (told["type"], told["message"], told["tries"]) == ("ValueError", "it diverged", 1)
    assert "fails_at_first" in told["traceback"]
    status = study_status(folder.path)
    assert (status.count("done"), status.count("failed")) == (len(cells) - 1, 1)
    assert f"{cells[1].label}: ValueError: it diverged" in status.text
    Worker(folder, failed_tries(folder), compute=fails_at_first).work(cells)
    assert folder.told_failure(cells[1].id)["tries"] == 2
    Worker(folder, failed_tries(folder), compute=fails_at_first).work(cells)
    results_are_right(folder, cells)
    assert len(began) == len(cells) + 2


def test_of_two_that_try_failed_cells_again_one_does(listed):
    folder, cells = listed(seeds=1)

    def fails(cell):
        began.append(cell.id)
        raise ValueError

    began = []
    Worker(folder, compute=fails).work(cells)
    retry = failed_tries(folder)
    for _ in range(2):
        Worker(folder, retry, compute=fails).work(cells)
    assert len(began) == 2 * len(cells)


def test_a_cell_at_which_workers_die_counts_as_failed_in_the_end(listed):
    folder, cells = listed(seeds=1)
    cell = cells[0]
    for tries in range(1, MOST_DEATHS + 1):
        (folder.path / "claims" / f"{cell.id}.{tries}").write_text(f"{0:020d}\n{{}}\n")
    worker = Worker(folder, compute=quick)
    worker.watch.expires = 0.0
    worker.work(cells)
    assert f"{MOST_DEATHS} workers died" in folder.told_failure(cell.id)["message"]
    assert folder.look().results == {other.id for other in cells} - {cell.id}


def test_after_a_change_only_changed_cells_are_computed(listed, spec):
    folder, cells = listed(seeds=2)
    Worker(folder, compute=quick).work(cells)
    _, more = listed(seeds=3)
    began = []
    Worker(folder, compute=lambda cell: began.append(cell.id) or quick(cell)).work(more)
    assert sorted(began) == sorted({cell.id for cell in more} - {cell.id for cell in cells})
    listed(seeds=2)
    assert "2 more results in the folder are of other settings" in study_status(folder.path).text


def test_who_has_lost_the_cell_discards_its_result(listed):
    folder, cells = listed(seeds=1)
    cell = cells[0]

    def falls_asleep(cell):
        other = next((folder.path / "claims").glob(f"{cell.id}.*")).with_suffix(".2")
        other.write_text("0\n{}\n")
        return quick(cell)

    assert Worker(folder, compute=falls_asleep).work_cell(cell) == "elsewhere"
    assert not folder.look().results


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1.5 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.name != "posix"
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", place], check=False).returncode
    ):
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_stops_the_worker_with_a_message_and_keeps_what_is_done(listed, small_disk):
    folder, cells = listed(seeds=8, path=small_disk / "study")

    def large(cell):
        return quick(cell).assign(noise=("x", [value(cell)] * 40_000))

    with pytest.raises(nu.InputError, match="cannot be written: the disk is full"):
        Worker(folder, compute=large).work(cells)
    found = folder.look()
    assert 0 < len(found.results) < len(cells)
    assert not found.failures
    assert all(nu.load(folder.result(id)).noise.sizes["x"] == 40_000 for id in found.results)
    assert not list((folder.path / "scratch").iterdir())
    Worker(folder, compute=quick).work(cells)
    assert len(folder.look().results) == len(cells)


def test_a_folder_that_is_read_only_stops_the_worker_with_a_message(listed, small_disk):
    folder, cells = listed(seeds=1, path=small_disk / "study")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(nu.InputError, match="cannot be written: the disk is read-only"):
        Worker(folder, compute=quick).work(cells)
    assert study_status(folder.path).count("waiting") == len(cells)


def test_a_result_that_no_file_can_hold_is_a_failure_of_its_cell(listed):
    folder, cells = listed(seeds=1)
    Worker(folder, compute=lambda cell: xr.Dataset({"h": ((), object())})).work(cells)
    assert folder.look().failures == {cell.id for cell in cells}
    assert "cannot hold this Dataset" in folder.told_failure(cells[0].id)["message"]


def test_cells_of_other_code_are_not_computed(listed):
    from neurouniv.studies import work

    folder, cells = listed(seeds=1)
    folder.list_cells("old", [replace(cell, code="old") for cell in cells], "")
    with pytest.raises(nu.InputError, match="are of the code old"):
        work(folder.path)


@pytest.mark.slow
def test_the_state_of_5000_cells_is_read_in_2_seconds(tmp_path, listed):
    folder, cells = listed(seeds=1)
    many = [replace(cells[0], seeds=[n]) for n in range(5000)]
    folder.list_cells("many", many, "")
    for n, cell in enumerate(many[:4500]):
        (folder.failure(cell.id) if n % 50 == 0 else folder.result(cell.id)).write_text('{"type": "a", "message": "b"}')
    begin = time.perf_counter()
    status = study_status(folder.path)
    assert time.perf_counter() - begin < 2
    assert [status.count(state) for state in ("done", "failed", "waiting")] == [4410, 90, 500]
