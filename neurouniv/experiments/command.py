"""The command `neurouniv reproduce`. Its signature and docstring are the command line's help."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from neurouniv.schema import InputError, some


def reproduce(
    experiment: Literal[
        "two-points", "alternatives", "depth", "structure", "xor", "digits", "contexts", "rules", "all"
    ],
    *,
    seeds: int = 5,
    device: str = "auto",
    out: Path = Path("reproduced"),
    quick: bool = False,
    quiet: bool = False,
    overwrite: bool = False,
) -> None:
    """Run an experiment of the paper again and say in one line whether its claim held.

    Example: neurouniv reproduce two-points --seeds 5 --out reproduced

    Parameters
    ----------
    experiment
        two-points: three curves under the law, 19 settings; alternatives: altered equations; depth: constants at
        every layer; structure: final distances on a 5x5 grid; xor, digits, contexts: geometry; rules: networks of eight
        learning rules, each judged by the laws of all; all: each in turn.
    seeds
        How many networks of every setting, with seeds 0, 1, ...
    device
        Where networks are trained: "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".
    out
        Folder for the results, EXPERIMENT.nc, and the figure, EXPERIMENT.png.
    quick
        Few epochs and small networks: a first look, no evidence.
    overwrite
        Replace results of the same experiment that are in the folder already.
    """
    from neurouniv.experiments.experiment import ALL, EXPERIMENTS
    from neurouniv.experiments.experiment import reproduce as run

    if not overwrite:
        _need_new(list(EXPERIMENTS) if experiment == ALL else [experiment], out)
    results = run(experiment, seeds, device, out, False if quiet else None, quick)
    if experiment != ALL:
        _say(experiment, results.attrs["claim"])
        return
    for name in results["experiment"].values:
        _say(name, results["claim"].sel(experiment=name).item())
    failed = results["experiment"].values[results["failed"].values].tolist()
    if failed:
        raise RuntimeError(f"{len(failed)} of {results.sizes['experiment']} experiments failed: {', '.join(failed)}")


def _need_new(names: list[str], folder: Path) -> None:
    """Raise `InputError`, before any work, where results of one of the experiments are in the folder already."""
    there = [path for name in names for path in (folder / f"{name}.nc", folder / f"{name}.png") if path.exists()]
    if there:
        raise InputError(
            f"{some(there)} {'is' if len(there) == 1 else 'are'} in the folder already. Give another folder as "
            "--out, or replace results with --overwrite."
        )


def _say(name: str, claim: str) -> None:
    sys.stdout.write(f"{name} {claim}\n")
