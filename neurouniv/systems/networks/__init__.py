"""Architectures: many networks of one shape side by side, one per member."""

from neurouniv.systems.networks.batched import Batched
from neurouniv.systems.networks.convolution import Convolutional
from neurouniv.systems.networks.gated import Attention, Gated
from neurouniv.systems.networks.mlp import MLP, Pass
from neurouniv.systems.networks.module import Modules
from neurouniv.systems.networks.nonlinearities import LEAK, NONLINEARITIES, Nonlinearity
from neurouniv.systems.networks.recurrent import Recurrent
from neurouniv.systems.networks.residual import Residual
from neurouniv.systems.networks.shared_start import keep_below
from neurouniv.systems.networks.start import derived, redrawn, seeded, xavier_normal

BATCHED = {
    "residual": Residual, "cnn": Convolutional, "cnn2d": Convolutional, "recurrent": Recurrent, "gated": Gated,
    "attention": Attention,
}  # fmt: skip
ARCHITECTURES = ("mlp", *BATCHED)

__all__ = [
    "ARCHITECTURES", "BATCHED", "LEAK", "MLP", "NONLINEARITIES", "Attention", "Batched", "Convolutional", "Gated",
    "Modules", "Nonlinearity", "Pass", "Recurrent", "Residual", "derived", "keep_below", "redrawn", "seeded",
    "xavier_normal",
]  # fmt: skip
