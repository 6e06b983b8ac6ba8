"""A GPU for the tests: a real one where there is one, and always one that is simulated.

What the simulated one computes is right, for it computes on the CPU. It refuses what a GPU refuses: tensors of two
devices in one operation, a generator of the CPU, and NumPy.
"""

from contextlib import contextmanager

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from neurouniv.systems.training.cuda_graphs import WARM

GPU = torch.device("cuda", 0)
MOVES = {"to", "cpu", "copy_"}
INDEXES = {"__getitem__", "__setitem__"}


class OnGPU(torch.Tensor):
    """A tensor that says it is on a GPU."""

    device = property(lambda self: GPU)
    is_cuda = property(lambda self: True)
    is_cpu = property(lambda self: False)

    def numpy(self, **_):
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")

    def __array__(self, *_, **__):
        self.numpy()


class SimulatedGPU(TorchFunctionMode):
    """Sees every operation of torch while it is entered."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs, name = dict(kwargs or {}), getattr(function, "__name__", "")
        asked = [device for device in tree_leaves((args[1:] if name == "to" else (), kwargs)) if is_device(device)]
        tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor)]
        if name not in MOVES:
            self.refuse_mixtures(name, args, tensors)
        if kwargs.get("generator") is not None and asked and torch.device(asked[0]).type == "cuda":
            raise RuntimeError("Expected a 'cuda' device type for generator but found 'cpu'")
        kwargs.pop("pin_memory", None)
        args, kwargs = tree_map(lambda one: "cpu" if is_device(one) else one, (args, kwargs))
        with torch._C.DisableTorchFunctionSubclass():
            found = function(*args, **kwargs)
            if not self.lands_there(name, asked, tensors):
                return tree_map(lambda one: one.as_subclass(torch.Tensor) if isinstance(one, OnGPU) else one, found)
            return tree_map(lambda one: landed(one) if type(one) is torch.Tensor else one, found)

    def refuse_mixtures(self, name, args, tensors):
        """A GPU takes single numbers of the CPU, and indices, but no other tensor."""
        if name in INDEXES and isinstance(args[0], OnGPU):
            tensors = [args[0], *(one for one in tree_leaves(args[2:]) if isinstance(one, torch.Tensor))]
        large = [one for one in tensors if one.ndim > 0]
        if any(isinstance(one, OnGPU) for one in tensors) and not all(isinstance(one, OnGPU) for one in large):
            raise RuntimeError(f"{name}: Expected all tensors to be on the same device, found cuda:0 and cpu")

    def lands_there(self, name, asked, tensors):
        """Whether what comes out is on the GPU."""
        if name == "cpu":
            return False
        if asked:
            return torch.device(asked[0]).type == "cuda"
        if name == "to" and len(tensors) > 1:
            return isinstance(tensors[1], OnGPU)
        if name in MOVES:
            return isinstance(tensors[0], OnGPU)
        return any(isinstance(one, OnGPU) for one in tensors)


def landed(tensor):
    """The tensor as one on the GPU; a leaf of a computation stays a leaf."""
    if tensor.grad_fn is not None:
        return tensor.as_subclass(OnGPU)
    return torch.Tensor._make_subclass(OnGPU, tensor, tensor.requires_grad)


def is_device(one):
    return isinstance(one, torch.device) or (isinstance(one, str) and one.split(":")[0] in ("cpu", "cuda"))


class Replayed:
    """A replay as a CUDA graph does it: after a few times tensors change, and what Python keeps does not."""

    def __init__(self, work):
        self.work, self.done = work, 0

    def __call__(self):
        self.done += 1
        kept = dict(vars(self.work.__self__))
        returned = self.work()
        if self.done > WARM + 1:
            vars(self.work.__self__).update(kept)
        return returned


@contextmanager
def simulated(monkeypatch, free=2**34):
    """A machine with one GPU that has so many bytes free."""
    for name, value in {
        "is_available": lambda: True, "device_count": lambda: 1, "mem_get_info": lambda *_: (free, free),
        "memory_reserved": lambda *_: 0, "memory_allocated": lambda *_: 0, "empty_cache": lambda: None,
    }.items():  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr("neurouniv.systems.training.descent.Replay", Replayed)
    with SimulatedGPU():
        yield "cuda"


@pytest.fixture
def simulate(monkeypatch):
    """Makes a simulated GPU with so many bytes free."""
    return lambda free: simulated(monkeypatch, free)


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.cuda)])
def gpu(request, monkeypatch):
    """The name of a GPU, a simulated or a real one."""
    if request.param == "real":
        yield "cuda"
        return
    with simulated(monkeypatch) as name:
        yield name
