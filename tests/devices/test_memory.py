"""What a GPU does not hold at once is done in parts, or refused in words."""

import gc
import weakref

import numpy as np
import pytest
import torch

from neurouniv import tasks
from neurouniv.devices import device_of
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.training import descent
from neurouniv.systems.training.grouping import members_at_once
from neurouniv.systems.training.train import train

SETTINGS = {"hidden_layers": 2, "width": 20, "lr": 0.02, "epochs": 5, "record": 3, "progress": False}


def test_networks_that_do_not_fit_together_learn_in_groups(simulate):
    alone = train(tasks.xor(), seeds=range(7), device="cpu", **SETTINGS)
    with simulate(free=40_000) as gpu, pytest.warns(NeurounivWarning, match="7 networks do not fit .* in 3 groups"):
        grouped = train(tasks.xor(), seeds=range(7), device=gpu, **SETTINGS)
    np.testing.assert_allclose(grouped.hidden, alone.hidden, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rule", ["backprop", "feedback_alignment", "lazy"])
def test_memory_is_free_as_soon_as_a_group_has_learned(monkeypatch, rule):
    groups = []

    class Group(descent.Group):
        def __init__(self, *arguments, **settings):
            super().__init__(*arguments, **settings)
            groups.append(weakref.ref(self))

    monkeypatch.setattr(descent, "Group", Group)
    gc.disable()
    try:
        train(tasks.xor(), seeds=range(2), rule=rule, device="cpu", **SETTINGS)
    finally:
        gc.enable()
    assert groups
    assert all(group() is None for group in groups)


def test_one_network_that_does_not_fit_is_refused_in_words(simulate):
    with simulate(free=1000) as gpu, pytest.raises(InputError, match=r"needs about .* kB .* are free\. Give fewer"):
        train(tasks.xor(), seeds=range(3), device=gpu, **SETTINGS)


@pytest.mark.parametrize("step", ["__init__", "descend"])
def test_memory_that_runs_out_at_one_network_is_told_in_words(simulate, monkeypatch, step):
    def full(*_, **__):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(descent.Group, step, full)
    with simulate(free=2**30) as gpu, pytest.raises(InputError, match=r"more than is free on cuda; .* free\. Give"):
        train(tasks.xor(), device=gpu, **SETTINGS)


@pytest.mark.parametrize(("most", "groups"), [(4, "in 3 groups of at most 3"), (1, "in 7 groups of at most 1")])
def test_where_memory_runs_out_all_the_same_half_as_many_are_tried(simulate, monkeypatch, most, groups):
    class Group(descent.Group):
        def descend(self, *arguments):
            if self.count > most:
                raise torch.cuda.OutOfMemoryError
            super().descend(*arguments)

    alone = train(tasks.xor(), seeds=range(7), device="cpu", **SETTINGS)
    monkeypatch.setattr(descent, "Group", Group)
    with simulate(free=2**30) as gpu, pytest.warns(NeurounivWarning, match=groups):
        grouped = train(tasks.xor(), seeds=range(7), device=gpu, **SETTINGS)
    np.testing.assert_allclose(grouped.output, alone.output, rtol=1e-5, atol=1e-6)
    most = 0
    with simulate(free=2**30) as gpu, pytest.raises(InputError, match="A network that learns here needs"):
        train(tasks.xor(), seeds=range(7), device=gpu, **SETTINGS)


def test_more_copies_of_the_weights_leave_room_for_fewer(simulate):
    with simulate(free=10**9) as gpu:
        sizes = [members_at_once(10**6, 10**4, optimizer, gpu) for optimizer in ("sgd", "momentum", "adam")]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == int(0.9 * 10**9 // (3 * 10**6 + 6 * 10**4))


def test_devices_have_one_set_of_names(simulate):
    with simulate(free=1):
        assert [device_of(name) for name in ("cpu", "auto", "cuda", "cuda:0")] == ["cpu", "cuda", "cuda", "cuda:0"]
        with pytest.raises(InputError, match=r"device='cuda:1' needs a GPU.*torch sees 1 GPU\."):
            train(tasks.xor(), device="cuda:1")
    assert device_of(torch.device("cpu")) == "cpu"
    for name in ("gpu", "cuda:", "cuda:-1", None, 3):
        with pytest.raises(InputError, match="device is 'cpu', 'cuda'"):
            device_of(name)
