"""Where arrays are computed: names of devices, the memory that is free there, and products at full precision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neurouniv.schema import InputError

NAME = re.compile(r"auto|cuda(:\d+)?")
LOOKS_ON_GPU = 16
"""After so many steps a GPU is asked whether there is nothing left to do, for which it has to come to rest."""


def device_of(device: Any) -> str:
    """The device that `device` names: "cpu", "cuda" or "cuda:1"; "auto" is a GPU where torch sees one.

    Raises
    ------
    InputError : another name, or a GPU that torch does not see.

    Examples
    --------
    >>> device_of("cpu")
    'cpu'
    """
    name = str(device)
    if name == "cpu":  # needs no torch
        return name
    if not NAME.fullmatch(name):
        raise InputError(f"device is 'cpu', 'cuda', 'cuda:1' (the second GPU) or 'auto'; got {device!r}.")
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return "cuda" if count else "cpu"
    if int(name.partition(":")[2] or 0) >= count:
        seen = f"{count} GPU{'s' if count > 1 else ''}" if count else "none"
        raise InputError(f"device={name!r} needs a GPU that torch can use; torch sees {seen}. Use device='cpu'.")
    return name


def is_gpu(device: Any) -> bool:
    """Whether a device, or its name, is a GPU.

    Examples
    --------
    >>> is_gpu("cuda:1"), is_gpu("cpu")
    (True, False)
    """
    return str(device).startswith("cuda")


def free_memory(device: str) -> int:
    """Bytes of a GPU that a computation can take: what nobody holds, and what torch keeps for later."""
    import torch

    cache = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + cache


@contextmanager
def full_precision(device: str) -> Iterator[None]:
    """Products of float32 numbers in float32, summed in the same order every time, while the block runs on `device`.

    On a GPU torch rounds what convolutions multiply to TF32 (11 bits) unless told otherwise. Settings are put back.
    """
    if not is_gpu(device):
        yield
        return
    import torch

    precision = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(precision)
