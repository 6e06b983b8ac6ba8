"""Processes of dask on this machine: one a GPU, and as many as there should be, whatever dies."""

import os
import time

import psutil
import pytest

import neurouniv as nu
from neurouniv.studies.engine.crew import Crew
from neurouniv.studies.engine.local import local_client

pytestmark = pytest.mark.filterwarnings("ignore")


def visible():
    return os.environ.get("CUDA_VISIBLE_DEVICES")


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "expected"), [(None, ["2", "5"]), (3, ["2", "2", "5"])])
def test_every_worker_sees_one_gpu(monkeypatch, workers, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 5")
    with local_client(workers, "cuda") as client:
        assert sorted(client.run(visible).values()) == expected


def test_without_a_gpu_that_is_said(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    with pytest.raises(nu.InputError, match="no GPU is visible"), local_client(None, "cuda"):
        pass


@pytest.mark.slow
def test_a_worker_that_dies_while_it_starts_is_started_again():
    def starting():
        """Processes of workers that dask does not know yet."""
        known = set(client.run(os.getpid).values()) if client.nthreads() else set()
        workers = [p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline())]
        return [p for p in workers if p.pid not in known]

    with local_client(1) as client:
        crew = Crew(client.cluster)
        (pid,) = client.run(os.getpid).values()
        os.kill(pid, 9)
        end, killed = time.monotonic() + 120, False
        while not (killed and client.nthreads()):
            assert time.monotonic() < end, "no worker came back"
            for process in [] if killed or client.nthreads() else starting():
                if process.pid != pid:
                    process.kill()
                    killed = True
            crew.replenish()
            time.sleep(0.1)
        assert list(client.run(os.getpid).values()) != [pid]
