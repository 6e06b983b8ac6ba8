"""A trajectory completed to all pairs of its conditions, which laws that couple pairs need."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, check_trajectory, pair_indices, with_pair_labels


def with_all_pairs(traj: xr.Dataset) -> tuple[xr.Dataset, np.ndarray]:
    """`traj` with all pairs of its conditions in `pdist` order, and the places of its own pairs among them.

    Pairs that it lacks are not observed (NaN); their dx2 and dy2 come from the task that it carries.

    Raises
    ------
    InputError : pairs are missing whose dx2 and dy2 cannot be known; the message says which conditions to leave out.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> traj = trajectory(train(tasks.xor(), width=5, lr=0.01, epochs=9, record=4)).isel(pair=[5, 0, 1, 2])
    >>> whole, places = with_all_pairs(traj)
    >>> whole.h.isnull().all("time").values.ravel().tolist(), places.tolist()
    ([False, False, False, True, True, False], [5, 0, 1, 2])
    """
    check_trajectory(traj, ("h",))
    pairs = Pairs.of(traj)
    places = pairs.pdist
    if len(np.unique(places)) < len(places):
        raise InputError(
            f"The universal law takes each pair of conditions once; got {len(places)} pairs, "
            f"{len(np.unique(places))} different ones. Leave out or average the others."
        )
    if pairs.is_complete:
        return traj.isel(pair=np.argsort(places)), places
    return _filled(traj, pairs), places


def _filled(traj: xr.Dataset, pairs: Pairs) -> xr.Dataset:
    """`traj` with its missing pairs added as pairs that are never observed."""
    places, names = pairs.pdist, pairs.names
    n = len(names)
    source = np.full(n * (n - 1) // 2, -1)
    source[places] = np.arange(len(places))
    if "condition" in traj.dims:
        traj = traj.isel(condition=np.isin(traj["condition"].values.astype(str), names))
    task = _distances(traj, places, source < 0, names)
    whole = traj.drop_vars([c for c in traj.coords if "pair" in traj[c].dims]).isel(pair=source)
    mask = xr.DataArray(source >= 0, dims="pair")
    whole = whole.assign({name: whole[name].where(mask) for name in whole if "pair" in whole[name].dims})
    indices = zip(pairs.labels, pair_indices(n), strict=True)
    ends = [np.where(source >= 0, labels[source], names[i]) for labels, i in indices]
    whole = whole.assign_coords(task).assign_coords(first=("pair", ends[0]), second=("pair", ends[1]))
    if "pair" not in traj.coords:
        return whole
    whole = with_pair_labels(whole)
    return whole.assign_coords(pair=np.where(source >= 0, traj["pair"].values[source], whole["pair"].values))


def _distances(traj: xr.Dataset, places: np.ndarray, gone: np.ndarray, names: np.ndarray) -> dict[str, xr.DataArray]:
    """dx2 and dy2 of all pairs, from the task that the trajectory carries; they have to agree with its own pairs."""
    distances = {}
    for name, patterns in (("dx2", "stimuli"), ("dy2", "targets")):
        if patterns not in traj or name not in traj.coords:
            raise _incomplete(gone, names, f"the trajectory has no {patterns}")
        first, second = pair_indices(len(names))
        between = traj[patterns].isel(condition=first) - traj[patterns].isel(condition=second).values
        dims = [dim for dim in traj[patterns].dims if dim != "condition"][-1:]
        distances[name] = (between**2).sum(dims).rename(condition="pair").drop_vars("condition", errors="ignore")
        smallest = 1e-9 * float(traj[name].max())
        if not np.allclose(distances[name].isel(pair=places), traj[name], rtol=1e-6, atol=smallest):
            raise _incomplete(gone, names, f"its {name} does not agree with its {patterns}")
    return distances


def _incomplete(gone: np.ndarray, names: np.ndarray, why: str) -> InputError:
    """The error that names about the fewest conditions to leave out, so that the others have all pairs."""
    first, second = (ends[gone] for ends in pair_indices(len(names)))
    worst_first: list[int] = []
    while len(first):
        worst = int(np.bincount(np.concatenate([first, second])).argmax())
        worst_first.append(worst)
        remaining = (first != worst) & (second != worst)
        first, second = first[remaining], second[remaining]
    left_out = ", ".join(names[sorted(worst_first)])
    return InputError(
        f"{gone.sum()} of {len(gone)} pairs of conditions are missing, and the distances of their stimuli and targets "
        f"are not known: {why}. Leave out {left_out}, whose pairs are missing, or make the trajectory with its task."
    )
