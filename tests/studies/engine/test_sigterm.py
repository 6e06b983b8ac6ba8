"""SIGTERM, as at walltime, to every kind of process of a study: the cell at work is given back."""

import os
import signal
import subprocess
import sys
import time

import pytest

from neurouniv.studies import cells_of, read_study
from neurouniv.studies.engine.task import GiveBack, bundle_worked
from neurouniv.studies.folder import Folder
from neurouniv.studies.yaml_lines import write_yaml

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def endless(tmp_path, spec):
    """A study whose cells take hours, its file and its folder."""
    spec["systems"]["networks"][0] |= {"epochs": 50_000_000, "record": 4}
    file, folder = tmp_path / "endless.yaml", Folder(tmp_path / "study")
    file.write_text(write_yaml(spec))
    folder.make()
    folder.list_cells("endless", cells_of(read_study(file)), "")
    return file, folder


@pytest.fixture
def client():
    """A client of a scheduler in this process, without workers."""
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=0, dashboard_address=":0") as cluster, Client(cluster) as client:
        yield client


def waited(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def claims(folder):
    return sorted((folder.path / "claims").iterdir())


def all_are_released(folder):
    return bool(claims(folder)) and all(path.read_text().startswith("released") for path in claims(folder))


@pytest.fixture
def process():
    """A function that starts a process, which ends with the test."""
    started = []

    def start(*arguments):
        started.append(subprocess.Popen([sys.executable, "-m", *map(str, arguments)], start_new_session=True))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_gives_its_cells_back(endless, process, workers):
    file, folder = endless
    run = process("neurouniv", "study", "run", file, "--out", folder.path, "--workers", workers, "--quiet")
    waited(lambda: len(claims(folder)) == max(workers, 1))
    run.terminate()
    assert run.wait(60) == 143
    assert all_are_released(folder)


def test_a_helper_gives_its_cell_back(endless, process):
    _, folder = endless
    worker = process("neurouniv", "study", "work", folder.path, "--quiet", "--grace", "1")
    waited(lambda: claims(folder))
    begin = time.monotonic()
    worker.terminate()
    assert worker.wait(60) == 143
    assert time.monotonic() - begin > 1
    assert all_are_released(folder)


@pytest.mark.parametrize("whom", ["nanny", "worker"])
def test_a_worker_of_a_cluster_gives_its_cell_back(endless, process, client, whom):
    _, folder = endless
    nanny = process("distributed.cli.dask_worker", client.scheduler.address, "--nthreads", "1", "--no-dashboard")
    client.wait_for_workers(1, timeout=120)
    client.register_plugin(GiveBack())
    (pid,) = client.run(os.getpid).values()
    told = folder.listed()["cells"][:1]
    future = client.submit(bundle_worked, str(folder.path), told, {}, {}, pure=False)
    waited(lambda: claims(folder))
    os.kill(nanny.pid if whom == "nanny" else pid, signal.SIGTERM)
    waited(lambda: all_are_released(folder), 30)
    future.cancel()
