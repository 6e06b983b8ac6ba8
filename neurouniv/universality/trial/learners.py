"""The systems of a test of universality: one learner each, with what it is, how it is split and whether it counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.fitting.observed import need_times
from neurouniv.rdm.classes import condition_names
from neurouniv.schema import WITHIN_TRIAL, InputError, batch_dims, check_trajectory, history
from neurouniv.tasks.origin import need_task, refuse_empty_guess
from neurouniv.universality.held_out.side_by_side import named_systems
from neurouniv.universality.scores.noise_ceiling import MEMBERS
from neurouniv.universality.scores.outputs import without_choices

POOLED, CONTROL, EXPLORATORY = "pooled", "control", "exploratory"
NETWORK, SIMULATED, RECORDING, OTHER = "network", "simulated brain", "recording", "system"
BRAINS = (SIMULATED, RECORDING)
MOST = 40


class Learner(NamedTuple):
    """A learner: its trajectory, whose only further dimensions are members, and what is known of it."""

    traj: xr.Dataset
    kind: str
    role: str
    split: str

    @property
    def members(self) -> int:
        return int(np.prod([self.traj.sizes[dim] for dim in batch_dims(self.traj["h"])], initial=1))

    @property
    def what(self) -> str:
        """In words: "network, 4 seeds; 30 conditions x 25 epochs"."""
        dims = batch_dims(self.traj["h"])
        whose = f", {self.members} {f'{dims[0]}s' if len(dims) == 1 else 'members'}" if self.members > 1 else ""
        unit = str(self.traj["time"].attrs.get("units", "times"))
        frames = unit if unit in ("sessions", "windows") else "times"
        return f"{self.kind}{whose}; {len(condition_names(self.traj))} conditions x {self.traj.sizes['time']} {frames}"


def learners_of(systems: Any, controls: Iterable[str], folds: int) -> dict[str, Learner]:
    """The systems by name; what is no member (layer, latency, region) becomes systems of their own, "net, layer 2".

    Raises
    ------
    InputError : no trajectory, one without dx2, dy2 or names of conditions, too little to hold anything out, more
        systems than can be shown, or controls that are no systems.
    """
    trajectories = {"system": systems} if isinstance(systems, xr.Dataset) else named_systems(systems)
    controls = [controls] if isinstance(controls, str) else list(controls)
    unknown = sorted(set(controls) - set(trajectories))
    if unknown:
        raise InputError(f"controls are names of systems, {list(trajectories)}; got {unknown}.")
    learners: dict[str, Learner] = {}
    for name, traj in trajectories.items():
        _need_task(name, traj)
        for label, system in _apart(name, without_choices(traj.compute())):
            learners[label] = Learner(
                system, kind_of(system), _role(system, name in controls), _split(label, system, folds)
            )
    if len(learners) > MOST:
        raise InputError(
            f"A test of universality shows up to {MOST} systems; got {len(learners)}, counting every layer, latency "
            "and region. Select some: `traj.sel(layer=1)`, or average: `traj.mean('latency')`."
        )
    return learners


def _need_task(name: str, traj: Any) -> None:
    try:
        check_trajectory(traj, ("h", "first", "second"))
        need_times(traj.sizes["time"])
    except InputError as error:
        raise InputError(f"{name!r}: {error}") from error
    need_task(traj, name)
    refuse_empty_guess(traj, name)


def kind_of(traj: xr.Dataset) -> str:
    """The kind of system that a trajectory is of, by its history.

    Examples
    --------
    >>> kind_of(xr.Dataset(attrs={"history": '[{"step": "train"}, {"step": "trajectory"}]'}))
    'network'
    """
    steps = {str(line.get("step")) for line in history(traj)}
    if "train" in steps:
        return NETWORK
    if "simulate_brain" in steps or "simulated_studies" in steps or traj.attrs.get("simulated") == "yes":
        return SIMULATED
    if steps & {"read_recording", "read_rdms", "with_runs", "learning_axis", "recorded_task"} or "h_var" in traj:
        return RECORDING
    return OTHER


def _apart(name: str, traj: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    """Every system that a trajectory holds, with its members as the only dimension beside time and pair."""
    dims = batch_dims(traj["h"])
    traj = traj.squeeze([dim for dim in dims if traj.sizes[dim] == 1], drop=True)
    dims = batch_dims(traj["h"])
    others = [dim for dim in dims if dim not in MEMBERS]
    members = [dim for dim in dims if dim in MEMBERS]
    if len(members) > 1:
        traj = traj.stack(_member=members, create_index=False).rename(_member="member")
        traj = traj.drop_vars(members, errors="ignore").transpose("member", ...)
    for place in product(*(range(traj.sizes[dim]) for dim in others)):
        system = traj.isel(dict(zip(others, place, strict=True)))
        labels = [f"{d} {system[d].item() if d in system.coords else i}" for d, i in zip(others, place, strict=True)]
        yield ", ".join([name, *labels]), system.drop_vars(others, errors="ignore")


def _role(traj: xr.Dataset, control: bool) -> str:
    if traj["time"].attrs.get("axis") == WITHIN_TRIAL:
        return EXPLORATORY
    return CONTROL if control else POOLED


def _split(name: str, traj: xr.Dataset, folds: int) -> str:
    """The split of a system: conditions, where there are two for every fold, else later times."""
    conditions = len(condition_names(traj))
    if conditions >= 2 * folds:
        return "conditions"
    if traj.sizes["time"] >= 4:
        return "times"
    raise InputError(
        f"{name!r} has {conditions} conditions and {traj.sizes['time']} times; holding data out needs {2 * folds} "
        "conditions or 4 times. Record more of either, or leave it out."
    )


def pooled(systems: Mapping[str, Learner]) -> list[str]:
    """The names of the systems that the answer is about."""
    return [name for name, learner in systems.items() if learner.role == POOLED]
