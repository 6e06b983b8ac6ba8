"""The experiments: what the module of one holds, which there are, and how one is run, kept, drawn and judged."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import xarray as xr

from neurouniv.devices import device_of
from neurouniv.got import did_you_mean, got
from neurouniv.inputs import need_path
from neurouniv.names import public
from neurouniv.progress import progress_bar
from neurouniv.quantities import need_whole
from neurouniv.schema import InputError, NeurounivWarning, warn, with_history
from neurouniv.storage import save
from neurouniv.whole_files import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neurouniv.laws import Law

Item = TypeVar("Item")
EXPERIMENTS = {
    name: f"neurouniv.experiments.{name.replace('-', '_')}"
    for name in ("two-points", "alternatives", "depth", "structure", "xor", "digits", "contexts", "rules")
}
"""Every experiment's name and the module that holds it, imported when it is run."""
ALL = "all"
QUICK = "quick look with few epochs and small networks, no evidence"


class Experiment(Protocol):
    """What the module of an experiment holds."""

    def run(self, seeds: int, device: str, progress: bool | None, quick: bool) -> xr.Dataset:
        """All results and the curves its figure needs, of networks with seeds 0, 1, ..."""

    def draw(self, results: xr.Dataset) -> Figure:
        """The figure of its results."""

    def claim(self, results: xr.Dataset) -> str:
        """Whether what the paper claims held, in one line that begins as `claimed` makes it."""


@public
def reproduce(
    experiment: str,
    seeds: int = 5,
    device: str = "auto",
    out: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    quick: bool = False,
) -> xr.Dataset:
    """Run an experiment of van Rossem & Saxe (2024), or "rules", again, and say whether its claim held.

    Parameters
    ----------
    experiment : "two-points", "alternatives", "depth", "structure", "xor", "digits", "contexts", "rules", or
        "all".
    seeds : how many networks of every setting, with seeds 0, 1, ...
    device : "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".
    out : folder for EXPERIMENT.nc and EXPERIMENT.png; made where it is not there. "all" needs one.
    progress : show a progress bar; default at a terminal, where the work is long.
    quick : few epochs and small networks, for a first look; claim and attributes say so.

    Returns
    -------
    Dataset of the experiment's results, with the attributes `experiment`, `claim`, `seeds`, `quick` and `history`.
    For "all": `claim` (experiment), and `failed` (experiment), true where an experiment ended in an error, which is
    then its claim.

    Raises
    ------
    InputError : no such experiment or device, fewer than one seed, or "all" without a folder.

    Warns
    -----
    NeurounivWarning : one of "all" failed; the others go on.

    Source: van Rossem & Saxe (2024), When Representations Align, figures 2-7; "rules": `neurouniv.rules`.

    Examples
    --------
    >>> reproduce("two-pints")
    Traceback (most recent call last):
    neurouniv.errors.InputError: An experiment is one of two-points, alternatives, depth, structure, xor, digits, \
contexts, rules or all; got 'two-pints'. Did you mean 'two-points'?
    """
    _check(experiment, seeds, device, out)
    folder = None if out is None else need_path(out, "reproduce")
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InputError(f"reproduce writes into a folder; got the file '{folder}'. Give another place as `out`.")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    if experiment == ALL:
        return _all(seeds, device, cast(Path, folder), progress, quick)
    return _experiment(experiment, seeds, device, folder, progress, quick)


def module_of(name: str) -> Experiment:
    """The module of the experiment `name`."""
    return cast(Experiment, import_module(EXPERIMENTS[name]))


def finished(results: xr.Dataset, experiment: str, seeds: int, device: str, quick: bool, **settings: Any) -> xr.Dataset:
    """`results` with what made them: the attributes `experiment`, `seeds`, `quick` and a line of history."""
    results = results.assign_attrs(experiment=experiment, seeds=seeds, quick=quick)
    return with_history(
        results, "reproduce", experiment=experiment, seeds=seeds, device=device, quick=quick, **settings
    )


def claimed(results: xr.Dataset, holds: bool, in_part: bool, text: str) -> str:
    """The line that says whether a claim held: "holds: ...", "holds in part: ..." or "does not hold: ...".

    Examples
    --------
    >>> claimed(xr.Dataset(attrs={"quick": True}), False, True, "7 of 9")
    'holds in part: 7 of 9 (quick look with few epochs and small networks, no evidence)'
    """
    verdict = "holds" if holds else "holds in part" if in_part else "does not hold"
    return f"{verdict}: {text}" + (f" ({QUICK})" if results.attrs.get("quick") else "")


def count_of(number: int, what: str) -> str:
    """A count with its noun.

    Examples
    --------
    >>> count_of(1, "seed"), count_of(3, "seed")
    ('1 seed', '3 seeds')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def fitted(law: Law, traj: xr.Dataset) -> Law:
    """`law` fitted to `traj`, without warnings: results keep `converged` and `message` of every fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)
        return law.fit(traj)


def steps(items: Iterable[Item], what: str, progress: bool | None) -> Iterator[Item]:
    """`items` one by one, with a bar that names the one at work."""
    listed = list(items)
    with progress_bar(len(listed), what, progress) as bar:
        for item in listed:
            bar.set_postfix_str(str(item))
            yield item
            bar.update()


def _check(experiment: Any, seeds: Any, device: Any, out: Any) -> None:
    if not isinstance(experiment, str) or experiment not in (*EXPERIMENTS, ALL):
        shown = repr(experiment) if isinstance(experiment, str) else got(experiment)
        meant = did_you_mean(experiment, (*EXPERIMENTS, ALL))
        raise InputError(f"An experiment is one of {', '.join(EXPERIMENTS)} or {ALL}; got {shown}.{meant}")
    need_whole(seeds, "seeds, how many networks of every setting,")
    device_of(device)
    if experiment == ALL and out is None:
        raise InputError("All experiments together need a folder for their results; give `out`.")


def _experiment(
    name: str, seeds: int, device: str, folder: Path | None, progress: bool | None, quick: bool
) -> xr.Dataset:
    """Run one experiment; in `folder`, if given, results are kept before they are drawn."""
    module = module_of(name)
    results = module.run(seeds, device, progress, quick)
    results = results.assign_attrs(claim=module.claim(results))
    if folder is not None:
        save(results, folder / f"{name}.nc")
        with whole(folder / f"{name}.png") as written:
            module.draw(results).savefig(written, dpi=160)
    return results


def _all(seeds: int, device: str, folder: Path, progress: bool | None, quick: bool) -> xr.Dataset:
    """Every experiment, one after the other; an error ends its own experiment only."""
    claims, failed = [], []
    for name in EXPERIMENTS:
        try:
            claims.append(_experiment(name, seeds, device, folder, progress, quick).attrs["claim"])
            failed.append(False)
        except Exception as error:
            claims.append(f"failed: {type(error).__name__}: {error}")
            failed.append(True)
            warn(f"The experiment {name} {claims[-1]}. The others go on.")
    results = xr.Dataset({"claim": ("experiment", claims), "failed": ("experiment", failed)})
    return finished(results.assign_coords(experiment=list(EXPERIMENTS)), ALL, seeds, device, quick)
