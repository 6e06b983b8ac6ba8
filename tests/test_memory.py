"""Memory that is short is told with what was needed, what there is and what to do; and nothing half-written is left."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from neurouniv import memory
from neurouniv.cli import run_command

resource = pytest.importorskip("resource")
GB = 2**30


@pytest.fixture
def limited():
    """Lets this process take so many bytes of addresses more."""
    before = resource.getrlimit(resource.RLIMIT_AS)

    def limit(more):
        held = next(one.held for one in memory.limits() if one.set_by == "ulimit -v") if finite() else addresses()
        resource.setrlimit(resource.RLIMIT_AS, (int(held + more), before[1]))

    def finite():
        return math.isfinite(memory.address_space())

    def addresses():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()

    yield limit
    resource.setrlimit(resource.RLIMIT_AS, before)


def groups(folder, line, limits):
    """Files of Linux's groups of processes."""
    for place, text in limits.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text)
    (folder / "cgroup").write_text(line)
    return memory.group_limit(folder / "cgroup", folder)


def test_the_smallest_limit_of_a_job_and_of_what_holds_it_counts(tmp_path):
    second = {"memory.max": "max\n", "slurm/memory.max": "3000\n", "slurm/job_7/memory.max": "max\n"}
    assert groups(tmp_path / "2", "0::/slurm/job_7\n", second) == 3000
    first = {f"memory/{place}memory.limit_in_bytes": text for place, text in {"": "9000", "a/": "2000"}.items()}
    assert groups(tmp_path / "1", "5:cpu,cpuacct:/b\n4:memory:/a/b\n0::/\n", first) == 2000
    assert memory.group_limit(tmp_path / "absent") == math.inf


def test_the_group_of_this_process_is_below_what_a_result_may_take(monkeypatch):
    monkeypatch.setattr(memory, "group_limit", lambda: 1e9)
    assert memory.available_memory() <= 0.8e9


def test_free_memory_is_what_the_system_leaves():
    assert 2**20 < memory.free_memory() < 2**50


def test_addresses_that_are_taken_cannot_be_taken_again(limited):
    limited(GB)
    assert 0.5 * GB < memory.available_memory() <= GB


@pytest.mark.parametrize(("make", "size"), [(np.ones, 2**39), (torch.ones, 2**38)])
def test_what_libraries_say_of_too_large_arrays_is_understood(limited, make, size):
    limited(GB)
    with pytest.raises((MemoryError, RuntimeError)) as told:
        make(2**36)
    assert memory.is_short(told.value)
    assert memory.asked(told.value) == size


def test_a_command_says_what_was_needed_and_leaves_nothing(rdm_folder, monkeypatch, limited, capsys):
    monkeypatch.setattr("neurouniv.storage._write", lambda *_: np.ones(2**36))
    limited(2 * GB)
    assert run_command(["rdms", "rdm.nc", "out.nc", "--squared", "--json"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("neurouniv: Memory is short. 550 GB more were needed. This process holds ")
    assert told.endswith(
        "Nothing was written. Ask for less: fewer times, conditions or systems. Or allow more memory.\n"
    )
    assert [path.name for path in rdm_folder.iterdir()] == ["rdm.nc"]


def test_training_counts_what_it_records_before_it_begins(rdm_folder, limited, capsys):
    limited(2 * GB)
    words = "train xor runs.nc --width 100000 --epochs 2000 --record 2000 --seeds 2"
    assert run_command(words.split()) == 2
    assert "The activity to record takes 6.4 GB and 2." in capsys.readouterr().err
    assert [path.name for path in rdm_folder.iterdir()] == ["rdm.nc"]


def test_too_few_addresses_for_the_libraries_are_told_before_they_are_loaded(rdm_folder):
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (900_000_000, resource.RLIM_INFINITY))\n"
        "from neurouniv.cli import run_command\n"
        "sys.exit(run_command('rdms rdm.nc out.nc'.split()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    told = "The libraries take 2 GB of addresses, and this process may take 900 MB (ulimit -v)."
    assert (done.returncode, done.stderr) == (2, f"neurouniv: {told} Allow 4 GB or more: `ulimit -v 4000000`.\n")
