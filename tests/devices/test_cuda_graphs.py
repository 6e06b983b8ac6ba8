"""Work that is replayed by a GPU."""

import gc
import weakref
from contextlib import contextmanager

import pytest
import torch

from neurouniv.systems.training.cuda_graphs import WARM, Replay


class Garbage:
    """Something that only Python's collector frees, as networks are that were trained before."""

    def __init__(self, held):
        self.itself, self.held = self, held


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.cuda)])
def device(request, monkeypatch):
    """Where work is captured: a GPU, or a stand-in for one that takes nothing away."""
    if request.param == "real":
        return "cuda"

    class Graph:
        def replay(self):
            return None

    @contextmanager
    def capture(graph):
        yield

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    return "cpu"


def captured(device, work):
    """What a replay gives that has just been captured."""
    replay = Replay(work)
    return [replay() for _ in range(WARM + 1)][-1], replay


def test_an_earlier_graph_is_not_freed_while_another_is_captured(device):
    numbers, calls, freed = torch.ones(3, device=device), [], []
    earlier = [captured(device, lambda: numbers.add_(1))[1]]

    def work():
        numbers.add_(1)
        calls.append(len(calls))
        if len(calls) > WARM:
            gc.collect(0)  # what comes now is young, and looked at first
            weakref.finalize(Garbage(earlier.pop()), freed.append, "freed")
        return [[] for _ in range(10 * gc.get_threshold()[0])], list(freed)

    assert captured(device, work)[0][1] == []
    gc.collect()
    assert freed == ["freed"]
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off(device):
    gc.disable()
    try:
        captured(device, lambda: torch.ones(3, device=device).mul_(2))
        assert not gc.isenabled()
    finally:
        gc.enable()
