"""Activity becomes an RDM movie, the movie a trajectory; square form and rsatoolbox are views of it."""

from neurouniv.rdm.rsatoolbox import from_rsatoolbox, to_rsatoolbox
from neurouniv.rdm.square import to_square
from neurouniv.rdm.trajectory import trajectory

__all__ = ["from_rsatoolbox", "to_rsatoolbox", "to_square", "trajectory"]
