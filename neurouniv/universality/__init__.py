"""Laws on trial: held-out data, representational similarity, time courses, and the noise ceiling beside them."""

from neurouniv.universality.ceiling import noise_ceiling
from neurouniv.universality.compare import compare

__all__ = ["compare", "noise_ceiling"]
