"""Laws on trial: held-out data, representational similarity, time courses, the noise ceiling, and the verdict."""

from neurouniv.universality.between import rsa_between
from neurouniv.universality.ceiling import noise_ceiling
from neurouniv.universality.compare import compare
from neurouniv.universality.levels import levels
from neurouniv.universality.master_curve import collapse_test
from neurouniv.universality.plan import plan
from neurouniv.universality.proportional import proportionality
from neurouniv.universality.recover import recover
from neurouniv.universality.studies import simulated_studies
from neurouniv.universality.trial import universality_test
from neurouniv.universality.verdict import verdict

__all__ = [
    "collapse_test",
    "compare",
    "levels",
    "noise_ceiling",
    "plan",
    "proportionality",
    "recover",
    "rsa_between",
    "simulated_studies",
    "universality_test",
    "verdict",
]
