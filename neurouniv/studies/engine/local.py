"""Processes of dask on this machine: one a core, or one a GPU."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neurouniv.schema import InputError

CTRL_C = "neurouniv.studies.engine.ctrl_c"


@contextmanager
def local_client(workers: int | None = None, device: str = "cpu") -> Iterator[Any]:
    """A client whose workers are processes of this machine that end with the block.

    Parameters
    ----------
    workers : how many; default one a core, or with `device="cuda"` one a GPU. More of them than GPUs share these.
    device : "cpu" or "cuda"; with "cuda" every worker sees one GPU (CUDA_VISIBLE_DEVICES).

    Raises
    ------
    InputError : no GPU is visible.
    """
    from distributed import Client, Nanny, Scheduler, SpecCluster

    host = "127.0.0.1"
    # Dask pauses a worker near its share of the memory, and it would wait forever: a cell's memory goes when it ends.
    # What a worker logs is of dask's own ways, as that its head closed; what becomes of cells is in the folder.
    options = {"host": host, "nthreads": 1, "memory_limit": 0, "silence_logs": logging.CRITICAL, "preload": [CTRL_C]}
    specs = {n: {"cls": Nanny, "options": options | {"env": env}} for n, env in enumerate(_places(workers, device))}
    scheduler = {"cls": Scheduler, "options": {"host": host, "port": 0, "dashboard_address": ":0"}}
    with (
        SpecCluster(workers=specs, scheduler=scheduler, silence_logs=logging.ERROR) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _places(workers: int | None, device: str) -> list[dict[str, str]]:
    """The environment of every worker."""
    from joblib import cpu_count

    if device != "cuda":
        return [{}] * (workers or cpu_count())
    gpus = visible_gpus()
    if not gpus:
        raise InputError(
            "The study is for device cuda, and no GPU is visible to torch here. Run it where there is one, or set "
            "`device: cpu` in its file (CUDA_VISIBLE_DEVICES says which are visible)."
        )
    return [{"CUDA_VISIBLE_DEVICES": gpus[n % len(gpus)]} for n in range(workers or len(gpus))]


def visible_gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip() and name.strip() != "-1"]
    import torch

    return [str(n) for n in range(torch.cuda.device_count())]
