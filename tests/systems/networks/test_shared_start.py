"""Networks of one start up to a layer: all below is kept, all above is drawn anew, whatever the architecture."""

import numpy as np
import pytest
import torch
from torch import nn

from neurouniv import tasks
from neurouniv.schema import InputError
from neurouniv.systems import networks
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.networks import ARCHITECTURES
from neurouniv.systems.training.train import train

OF_MODULES = {"lr": 0.05, "epochs": 20, "record": 3, "device": "cpu", "progress": False}
SETTINGS = OF_MODULES | {"nonlinearity": "tanh"}
SMALL = {"hidden_layers": 2, "width": 6, "channels": 3, "kernel": 3}


def close(one, other):
    np.testing.assert_allclose(one, other, atol=1e-5 * float(abs(other).max()))


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_layer_starts_the_same_and_what_is_above_does_not(architecture, layer):
    settings = SMALL | SETTINGS | {"seeds": [4, 2], "layers": layer}
    own = train(tasks.digits(1), architecture, **settings)
    drawn = train(tasks.digits(1), architecture, above=layer, draws=[0, 3, 5], **settings)
    assert drawn.hidden.dims[:2] == ("draw", "seed")
    for name in ("hidden", "output"):
        close(drawn[name].sel(draw=0, drop=True), own[name])  # draw 0 is the member itself
    start, end = (drawn.hidden.isel(time=time) for time in (0, -1))
    for draw in (3, 5):
        close(start.sel(draw=draw), start.sel(draw=0))
    assert (abs(end.sel(draw=3) - end.sel(draw=5)).max(["condition", "unit"]) > 0).all()
    outputs = drawn.output.isel(time=0)
    assert (outputs.std("draw").max(["condition", "output"]) > 1e-3).all()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_learns_the_same_from_the_same_draw_and_something_else_from_another(rule):
    settings = SETTINGS | {"width": 6, "rule": rule, "seeds": [4, 2]}
    own = train(tasks.digits(1), **settings)
    drawn = train(tasks.digits(1), above=0, draws=[0, 1], **settings)
    close(drawn.hidden.sel(draw=0, drop=True), own.hidden)
    assert float(abs(drawn.hidden.sel(draw=1) - own.hidden).max()) > 0


def pair_of(kind, **size):
    """Networks of one shape that share no number."""
    made = {"gain": 1.0, "nonlinearity": "tanh", **size}
    return (kind(generators=networks.seeded([seed]), **made) for seed in (1, 2))


def test_of_recurrent_steps_the_readout_alone_lies_above_and_of_the_first_the_lateral_weights_too():
    for step, above in {0: ("lateral", "readout"), 1: ("readout",), 2: ("readout",)}.items():
        size = {"features": 3, "outputs": 2, "hidden_layers": 3, "width": 5}
        network, first = pair_of(networks.Recurrent, **size)
        networks.keep_below(network, first, step, step, torch.ones(4, 3))
        kept = {name: torch.equal(getattr(network, name), getattr(first, name)) for name in ("input", "lateral")}
        kept["readout"] = torch.equal(network.readout[0], first.readout[0])
        assert {name for name, same in kept.items() if not same} == set(above)


class Branched(nn.Module):
    """Two branches that meet in the readout."""

    def __init__(self):
        super().__init__()
        self.left, self.right, self.out = nn.Linear(64, 5), nn.Linear(64, 5), nn.Linear(10, 10)
        self.blind = nn.Identity()

    def forward(self, x):
        left = torch.tanh(self.left(x))
        self.blind(left.detach())
        return self.out(torch.cat([left, self.right(x)], -1))


def test_in_a_module_of_the_users_what_a_layer_depends_on_is_kept_and_a_branch_beside_it_is_drawn_anew():
    layers = ["left", "right"]
    drawn = train(tasks.digits(1), Branched, layers=layers, above="left", draws=range(3), **OF_MODULES)
    start = drawn.hidden.isel(time=0)
    assert float(start.sel(layer="left").std("draw").max()) < 1e-6
    assert float(start.sel(layer="right").std("draw").max()) > 0.01
    for layer, words in {"out": "Nothing lies above", "blind": "cannot be found"}.items():
        with pytest.raises(InputError, match=words):
            train(tasks.digits(1), Branched, layers=layer, above=layer, draws=[1], **OF_MODULES)


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"above": 0}, "go together"), ({"draws": [1]}, "go together"), ({"above": 3, "draws": [1]}, "0 to 0"),
     ({"above": 0, "draws": [1, 1]}, "twice"), ({"above": 0, "draws": [-1]}, "from 0")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(asked, words):
    with pytest.raises(InputError, match=words):
        train(tasks.xor(), **asked)
