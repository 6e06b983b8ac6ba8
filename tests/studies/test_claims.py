"""Claims: one worker at a time, and the dead are known without any clock that can be set."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from neurouniv.studies.claims import WIDTH, Claim, Watch, was_released


@pytest.fixture
def room(tmp_path):
    (tmp_path / "claims").mkdir()
    return tmp_path


def elsewhere(claim):
    """The claim as a worker of another machine would have made it."""
    count = claim.path.read_text()[:WIDTH]
    claim.path.write_text(f"{count}\n{json.dumps({'host': 'other', 'pid': 1, 'place': 'other', 'started': '1'})}\n")


def test_of_many_at_once_one_gets_it(room):
    barrier = threading.Barrier(16)

    def take(_):
        barrier.wait()
        return Claim.taken(room, "a", 1)

    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(take, range(16)))
    assert sum(claim is not None for claim in claims) == 1


def test_a_claim_is_alive_while_its_counter_goes_up_and_dead_when_it_has_stood_still(room, monkeypatch):
    now = [0.0]
    watch = Watch(expires=60, clock=lambda: now[0])
    claim = Claim.taken(room, "a", 1)
    elsewhere(claim)

    def set_back():
        raise AssertionError("a clock that can be set was read")

    monkeypatch.setattr(time, "time", set_back)
    for count in range(1, 10):
        os.utime(claim.path, (0, 0))  # the file server's clock was set back, too
        with claim.path.open("r+") as file:
            file.write(f"{count:0{WIDTH}d}")
        now[0] += 59
        assert not watch.is_dead(claim.path)
    now[0] += 59
    assert not watch.is_dead(claim.path)
    now[0] += 2
    assert watch.is_dead(claim.path)


def test_the_heartbeat_moves_the_counter(room):
    with Claim.taken(room, "a", 1, beats=0.01) as claim:
        before, end = claim.path.read_text(), time.monotonic() + 20
        while claim.path.read_text() == before and time.monotonic() < end:
            time.sleep(0.01)
        assert claim.path.read_text()[:WIDTH] > before[:WIDTH]
        assert claim.path.read_text()[WIDTH:] == before[WIDTH:]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are told apart by /proc")
def test_a_process_of_this_machine_that_has_ended_is_dead_at_once(room):
    code = "import sys; from pathlib import Path; from neurouniv.studies.claims import Claim\n"
    code += "Claim.taken(Path(sys.argv[1]), 'a', 1)"
    subprocess.run([sys.executable, "-c", code, room], check=True)
    assert Watch().is_dead(room / "claims" / "a.1")
    own = Claim.taken(room, "a", 2)
    assert not Watch().is_dead(own.path)


def test_who_wakes_up_after_the_next_try_was_claimed_has_lost_the_cell(room):
    first = Claim.taken(room, "a", 1)
    assert first.is_own()
    second = Claim.taken(room, "a", 2)
    assert not first.is_own()
    assert second.is_own()


def test_a_released_claim_is_free_at_once_and_is_no_death(room):
    claim = Claim.taken(room, "a", 1)
    assert not was_released(claim.path)
    claim.release()
    assert Watch().is_dead(claim.path)
    assert was_released(claim.path)
