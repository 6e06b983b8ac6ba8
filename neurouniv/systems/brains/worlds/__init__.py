"""Worlds whose law is known, true or false: prescribed paths of the distances in a population.

| name | what happens to h, the squared distances | what the animal says |
|---|---|---|
| universal | the universal law: all conditions share one encoder and one decoder | learns |
| pairwise | the two-point law for every pair, where a population can follow it | learns |
| target | the same without the stimuli's geometry | learns |
| exponential | relax at one rate to a mix of stimuli and targets | relaxes |
| step | jump there at once | jumps |
| gain | grow by one factor | learns |
| lazy | stay | a readout learns |
| static | stay | chance |
| drift | wander without regard for the task | chance |
"""

from __future__ import annotations

from neurouniv.got import did_you_mean
from neurouniv.schema import InputError
from neurouniv.systems.brains.worlds.laws import Pairwise, Target, Universal
from neurouniv.systems.brains.worlds.mixtures import Drift, Exponential, Gain, Lazy, Static, Step
from neurouniv.systems.brains.worlds.world import Course, World

WORLDS: dict[str, type[World]] = {
    kind.name: kind for kind in (Universal, Pairwise, Target, Exponential, Step, Gain, Lazy, Static, Drift)
}


def world_of(world: str | World) -> World:
    """The world of that name, or the one given.

    Examples
    --------
    >>> world_of("step").at
    0.5
    """
    if isinstance(world, World):
        return world
    if not isinstance(world, str) or world not in WORLDS:
        raise InputError(
            f"`world` is one of {list(WORLDS)}, a World, or None for a brain that learns; got {world!r}."
            f"{did_you_mean(world, WORLDS)}"
        )
    return WORLDS[world]()


__all__ = [
    "WORLDS", "Course", "Drift", "Exponential", "Gain", "Lazy", "Pairwise", "Static", "Step", "Target", "Universal",
    "World", "world_of",
]  # fmt: skip
