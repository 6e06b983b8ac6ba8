"""The machine that is measured: its device, the time that is left, and stopwatches that wait for the device."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import torch

from neurouniv.devices import is_gpu


@dataclass(frozen=True)
class Machine:
    device: str
    deadline: float

    @property
    def gpu(self) -> bool:
        return is_gpu(self.device)

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - perf_counter()

    def described(self) -> dict[str, Any]:
        made = {"device": self.device, "torch": torch.__version__, "numpy": np.__version__}
        if self.gpu:
            name, memory = torch.cuda.get_device_name(self.device), torch.cuda.mem_get_info(self.device)[1]
            made |= {"gpu": name, "memory_gb": round(memory / 1e9, 1), "cuda": torch.version.cuda}
        return made

    def wait(self) -> None:
        if self.gpu:
            torch.cuda.synchronize(self.device)

    def seconds(self, work: Callable[[], Any], repeats: int = 5, warm: int = 1) -> float:
        """The median time that `work` takes."""
        for _ in range(warm):
            work()
        took = []
        for _ in range(repeats):
            self.wait()
            start = perf_counter()
            work()
            self.wait()
            took.append(perf_counter() - start)
        return float(np.median(took))

    def peak(self, work: Callable[[], Any]) -> float:
        """The most memory of the GPU that `work` holds at once, in MB."""
        if not self.gpu:
            work()
            return float("nan")
        self.wait()
        torch.cuda.reset_peak_memory_stats(self.device)
        work()
        return torch.cuda.max_memory_allocated(self.device) / 1e6

    def bandwidth(self) -> float:
        """Bytes a second that a copy on the device reads and writes."""
        array = torch.zeros(2**28 if self.gpu else 2**24, device=self.device)
        target = torch.empty_like(array)
        return 2 * array.nbytes / self.seconds(lambda: target.copy_(array), 10)

    def products(self) -> float:
        """Operations a second of large products in float32."""
        size = 8192 if self.gpu else 1024
        array = torch.randn(size, size, device=self.device)
        return 2 * size**3 / self.seconds(lambda: array @ array, 3)
