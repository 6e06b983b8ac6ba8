"""Laws on trial: held-out data, representational similarity, time courses, and the noise ceiling beside them."""

from neurouniv.universality.ceiling import noise_ceiling
from neurouniv.universality.compare import compare
from neurouniv.universality.master_curve import collapse_test
from neurouniv.universality.proportional import proportionality

__all__ = ["collapse_test", "compare", "noise_ceiling", "proportionality"]
