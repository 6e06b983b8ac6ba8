"""Activity becomes an RDM movie, the movie a trajectory; square form and rsatoolbox are views of it."""

from neurouniv.rdm.align import align
from neurouniv.rdm.features import from_features, to_features
from neurouniv.rdm.read_rdms import read_rdms
from neurouniv.rdm.rsatoolbox import from_rsatoolbox, to_rsatoolbox
from neurouniv.rdm.square import to_square
from neurouniv.rdm.trajectory import trajectory
from neurouniv.rdm.windows import sliding_windows

__all__ = [
    "align",
    "from_features",
    "from_rsatoolbox",
    "read_rdms",
    "sliding_windows",
    "to_features",
    "to_rsatoolbox",
    "to_square",
    "trajectory",
]
