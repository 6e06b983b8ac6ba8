"""The command `neurouniv reproduce`. Its signature and docstring are the command line's help."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal


def reproduce(
    experiment: Literal["two-points", "alternatives", "depth", "structure", "xor", "digits", "contexts", "all"],
    *,
    seeds: int = 5,
    device: str = "auto",
    out: Path = Path("reproduced"),
    quick: bool = False,
    quiet: bool = False,
) -> None:
    """Run an experiment of the paper again and say in one line whether its claim held.

    Example: neurouniv reproduce two-points --seeds 5 --out reproduced

    Parameters
    ----------
    experiment
        two-points: three curves under the law, 19 settings; alternatives: altered equations; depth: constants at
        every layer; structure: final distances on a 5x5 grid; xor, digits, contexts: geometry; all: each in turn.
    seeds
        How many networks of every setting, with seeds 0, 1, ...
    device
        Where networks are trained: "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".
    out
        Folder for the results, EXPERIMENT.nc, and the figure, EXPERIMENT.png.
    quick
        Few epochs and small networks: a first look, no evidence.
    """
    from neurouniv.experiments.experiment import ALL
    from neurouniv.experiments.experiment import reproduce as run

    results = run(experiment, seeds, device, out, False if quiet else None, quick)
    if experiment != ALL:
        _say(experiment, results.attrs["claim"])
        return
    for name in results["experiment"].values:
        _say(name, results["claim"].sel(experiment=name).item())
    failed = results["experiment"].values[results["failed"].values].tolist()
    if failed:
        raise RuntimeError(f"{len(failed)} of {results.sizes['experiment']} experiments failed: {', '.join(failed)}")


def _say(name: str, claim: str) -> None:
    sys.stdout.write(f"{name} {claim}\n")
