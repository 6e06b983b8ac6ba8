"""Representational similarity between two learners: every time of one against every time of the other.

A network's RDM at every training step is compared with a recording's at every session (or latency), over the
conditions that both have by name. Which step is most like a session, and is a trained network more like it than the
untrained one? Nothing is fitted.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.rdm.align import align, shared_conditions
from neurouniv.rdm.comparators import comparator_of
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.renamed import renamed
from neurouniv.schema import InputError, check_trajectory, need_free_names, with_history
from neurouniv.universality.inference.best_step import best_steps
from neurouniv.universality.scores import noise_ceiling
from neurouniv.universality.scores.geometry import similarity

LEAST_SHARED = 4
"""Conditions that both must have: fewer have less than six pairs."""


@renamed(bootstrap="resamples")
@public
def rsa_between(
    a: xr.Dataset,
    b: xr.Dataset,
    *,
    comparator: str = "corr",
    resamples: int = 500,
    members: str = "average",
    names: tuple[str, str] = ("a", "b"),
    seed: int = 0,
) -> xr.Dataset:
    """How similar the RDMs of `a` at every time are to those of `b` at every time, over the conditions both have.

    Conditions are joined by name (`neurouniv.align`, join="inner"), so their order means nothing. Where `a` is a
    network and `b` a recording, `time_a` is the training step and `time_b` the session (or latency).

    Parameters
    ----------
    a, b : trajectories with names of conditions. Other dimensions than members (layer, latency, region) are kept.
    comparator : see `neurouniv.compare`.
    resamples : how many resamples of conditions intervals rest on; 0: none.
    members : what becomes of seeds, subjects and other members of a side. "average": RDMs of `a` are averaged over its
        members, and similarities over those of `b`; "keep": both stay, as `seed_a`, `subject_b`, and there are no
        intervals.
    names : what errors and attributes call the two.
    seed : of resamples.

    Returns
    -------
    Dataset of `similarity` (..., time_a, time_b), as by `rsatoolbox.rdm.compare`; `ceiling_a` (..., time_a, bound) and
    `ceiling_b` (..., time_b, bound), see `neurouniv.noise_ceiling`, of each side's own noise, NaN where it is not known
    (attributes `noise_a`, `noise_b` say from what, or why not); and with `resamples`, for every time of b:
        `best_step` (..., time_b), the time of a at which similarity is highest, `best_step_interval` (..., bound), the
        middle 95 % of that in the resamples, and `best`, the similarity there;
        `final` and `untrained`, the similarity of a's last and first frame;
        `final_gain` = final - untrained with `final_gain_interval`; and `best_gain` with its interval, the same of the
        best step, which is chosen on one half of the conditions and read on the other: a step chosen and read on the
        same conditions is better than the untrained one by luck alone. It needs eight conditions, else it is NaN.
    Attributes: `conditions`, how many are shared; comparator; units and axes of both times.

    Raises
    ------
    InputError : fewer than four conditions are shared, or an argument is none of its choices.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> task = tasks.from_arrays(np.random.default_rng(0).normal(size=(8, 3)), np.repeat(np.eye(4), 2, axis=0))
    >>> net = trajectory(train(task, width=30, gain=0.3, lr=0.1, epochs=300, record=6, progress=False))
    >>> found = rsa_between(net, net, resamples=50)
    >>> bool((found.best_step == found.time_b).all())
    True

    Source: Kriegeskorte, Mur & Bandettini (2008); ceilings as Nili et al. (2014); bootstrap over conditions as
    rsatoolbox's.
    """
    comparator_of(comparator)  # an unknown one is refused here, before any work
    if members not in ("average", "keep") or resamples < 0 or resamples == 1:
        raise InputError(
            "members is 'average' or 'keep', resamples a number such as 500, or 0 for none; "
            f"got {members!r} and {resamples}."
        )
    a, b = _joined(a, b, names)
    ours, theirs = (_side(traj["h"], end) for traj, end in ((a, "a"), (b, "b")))
    if members == "average":
        ours = ours.mean([dim for dim in ours.dims if dim in _members("a")])
    similar = similarity(theirs, ours, comparator)
    arrays = {
        "similarity": similar,
        "ceiling_a": _ceiling(a, "a", comparator),
        "ceiling_b": _ceiling(b, "b", comparator),
    }
    if members == "average":
        arrays = {name: array.mean([d for d in array.dims if d in _members("ab")]) for name, array in arrays.items()}
    result = xr.Dataset(arrays).transpose(..., "time_a", "time_b", "bound")
    if resamples and members == "average":
        result = result.merge(best_steps(ours, theirs, comparator, resamples, seed))
    record = {"comparator": comparator, "conditions": len(np.union1d(a["first"], a["second"])), "names": list(names)}
    record |= {f"noise_{end}": noise_ceiling.describe_geometry(traj) for traj, end in ((a, "a"), (b, "b"))}
    result["similarity"].attrs = {"long_name": "similarity of RDMs", "comparator": comparator}
    settings = {"comparator": comparator, "resamples": resamples, "members": members, "seed": seed}
    return with_history(result.assign_attrs(record), "rsa_between", source=b, **settings)


def _joined(a: xr.Dataset, b: xr.Dataset, names: tuple[str, str]) -> tuple[xr.Dataset, xr.Dataset]:
    """Both with the pairs they share, of four conditions or more."""
    a, b = (check_trajectory(traj, ("h", "first", "second")).compute() for traj in (a, b))
    for one in (a, b):
        need_free_names(one["h"].dims, ("bound",), "RSA between systems")
    shared = shared_conditions(a, b)
    if len(shared) < LEAST_SHARED:
        alone = [listed(sorted(set(Pairs.of(one).names.tolist()) - set(shared))) for one in (a, b)]
        raise InputError(
            f"RDMs are compared over at least {LEAST_SHARED} conditions that both systems have by name; got "
            f"{len(shared)}. {names[0]} alone has {alone[0] or 'none'}, {names[1]} alone {alone[1] or 'none'}. "
            "Name conditions alike: `traj.assign_coords(first=..., second=...)`, or give both the same task."
        )
    return align(a, b, join="inner", names=names)


def _side(h: xr.DataArray, end: str) -> xr.DataArray:
    """h (..., pair) with all its other dimensions named after its side: `time_a`, `seed_a`."""
    names = {dim: f"{dim}_{end}" for dim in h.dims if dim != "pair"}
    kept = [name for name in h.coords if name in h.dims or name in ("first", "second")]
    return h.drop_vars([name for name in h.coords if name not in kept]).rename(names)


def _members(ends: str) -> list[str]:
    return [f"{dim}_{end}" for dim in noise_ceiling.MEMBERS for end in ends]


def _ceiling(traj: xr.Dataset, end: str, comparator: str) -> xr.DataArray:
    found = noise_ceiling.geometry_ceiling(traj, comparator)
    found = found.drop_vars([name for name in found.coords if name not in found.dims])
    return found.rename({dim: f"{dim}_{end}" for dim in found.dims if dim != "bound"})
