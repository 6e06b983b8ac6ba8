"""Members that have learned enough stop: their learning rate becomes 0, each at its own epoch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from neurouniv.devices import LOOKS_ON_GPU, is_gpu


class Stopping:
    """Who has stopped, and the learning rates that are left.

    Everything is changed in place, on the device.

    Parameters
    ----------
    share : of its first loss, to which a member's has to fall.
    losses : the first (member,).
    rate : the learning rate, of all or (member, 1, 1).

    Attributes
    ----------
    rate : (member, 1, 1), 0 for those that have stopped.

    Examples
    --------
    >>> stopping = Stopping(0.5, torch.tensor([1.0, 4.0]), 0.1)
    >>> stopping.look(torch.tensor([0.8, 1.9]))
    >>> stopping.epochs, stopping.rate.flatten()
    (array([nan,  0.], dtype=float32), tensor([0.1000, 0.0000]))
    """

    def __init__(self, share: float, losses: Tensor, rate: float | Tensor):
        self._enough, self._rate = share * losses, rate
        self._epochs = torch.full_like(losses, torch.nan)
        self._epoch = losses.new_zeros(())
        self._looks = 0
        self.rate = torch.zeros_like(losses)[:, None, None] + rate

    @property
    def epochs(self) -> np.ndarray:
        """The epoch at which each member stopped, NaN for those that go on."""
        return self._epochs.cpu().numpy()

    def look(self, losses: Tensor) -> None:
        """Stop who has fallen far enough before the next epoch, from `losses` (member,)."""
        going = self._epochs.isnan()
        self._epochs.copy_(torch.where(going & (losses <= self._enough), self._epoch, self._epochs))
        self.rate.copy_(torch.where(self._epochs.isnan()[:, None, None], self._rate, 0.0))
        self._epoch += 1

    def over(self) -> bool:
        """Whether all are known to have stopped; a GPU is asked now and then."""
        self._looks += 1
        if is_gpu(self._epochs.device) and self._looks % LOOKS_ON_GPU:
            return False
        return not bool(self._epochs.isnan().any())
