"""An ensemble that the GPU's memory does not hold learns in groups, or is refused in words."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

import neurouniv as nu
from gpu_parts.machine import Machine
from neurouniv.schema import InputError, NeurounivWarning

FREE = 500e6
"""Bytes that are left free: the rest of the memory is taken first."""
LARGE = {"hidden_layers": 3, "width": 2000, "seeds": range(12), "lr": 1e-3, "epochs": 30, "record": 2}
TOO_LARGE = LARGE | {"width": 8000, "seeds": range(1)}


def rows(machine: Machine) -> Iterator[dict[str, Any]]:
    if not machine.gpu or machine.left() < 30:
        yield {"what": "memory", "left out": "no time" if machine.gpu else "no GPU"}
        return
    alone = trained(machine, LARGE)
    torch.cuda.empty_cache()
    free = torch.cuda.mem_get_info(machine.device)[0]
    taken = torch.empty(int(free - FREE), dtype=torch.uint8, device=machine.device)
    try:
        yield in_groups(machine, alone)
        yield refused(machine)
    finally:
        del taken
        torch.cuda.empty_cache()


def trained(machine: Machine, settings: dict[str, Any]) -> Any:
    return nu.train(nu.tasks.two_points(), device=machine.device, progress=False, **settings)


def in_groups(machine: Machine, alone: Any) -> dict[str, Any]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", NeurounivWarning)
        grouped = trained(machine, LARGE)
    text = " ".join(str(one.message) for one in said if issubclass(one.category, NeurounivWarning))
    apart = float(abs(grouped.output - alone.output).max() / abs(alone.output).max())
    right = "groups of at most" in text and np.isfinite(apart) and apart < 1e-3
    return {"what": "12 networks of 3 x 2000 in 500 MB", "difference": apart, "said": text, "ok": bool(right)}


def refused(machine: Machine) -> dict[str, Any]:
    said, right = "", False
    try:
        trained(machine, TOO_LARGE)
    except InputError as error:
        said, right = str(error), True
    except RuntimeError as error:
        said = repr(error)[:200]
    return {"what": "a network of 3 x 8000 in 500 MB", "said": said, "ok": right}
