"""The command that runs experiments of the paper again."""

from __future__ import annotations

from pathlib import Path

from neurouniv.commands import choices
from neurouniv.commands.options import Device, Flag, Overwrite
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.commands.stopped import unless_empty
from neurouniv.errors import InputError, some


def reproduce(
    experiment: choices.Experiment,
    *,
    seeds: int = 5,
    device: Device = "auto",
    out: Path = Path("reproduced"),
    quick: Flag = False,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Run an experiment of the paper again and judge its claim.

    Example: neurouniv reproduce two-points --quick

    Example: neurouniv reproduce two-points --seeds 5 --out reproduced

    JSON: results (a row each: experiment, claim, failed), files

    Parameters
    ----------
    experiment
        An experiment. two-points: three curves under the law, 19 settings; alternatives: altered equations; depth:
        constants at every layer; structure: final distances on a 5x5 grid; xor, digits, contexts: geometry; rules:
        networks of eight learning rules, each judged by the laws of all; all: each in turn.
    seeds
        How many networks, with seeds 0, 1, ... Of every setting.
    out
        Where the result goes: a folder for the results, EXPERIMENT.nc, and the figure, EXPERIMENT.png.
    quick
        A first look, no evidence. Few epochs and small networks.
    """
    from neurouniv.experiments.experiment import ALL, EXPERIMENTS
    from neurouniv.experiments.experiment import reproduce as run

    names: list[str] = list(EXPERIMENTS) if experiment == ALL else [experiment]
    if not overwrite:
        _need_new(names, out)
    with unless_empty(out):
        results = run(experiment, seeds, device, out, speech.progress, quick)
    if experiment != ALL:
        rows = [{"experiment": experiment, "claim": results.attrs["claim"], "failed": False}]
    else:
        outcomes = zip(names, results["claim"].values.tolist(), results["failed"].values.tolist(), strict=True)
        rows = [{"experiment": name, "claim": claim, "failed": failed} for name, claim, failed in outcomes]
    for row in rows:
        speech.say(f"{row['experiment']} {row['claim']}")
    failed = [str(row["experiment"]) for row in rows if row["failed"]]
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(rows)} experiments failed: {', '.join(failed)}")
    return {"results": rows, "files": [path for name in names for path in _files(name, out) if path.exists()]}


def _files(name: str, folder: Path) -> tuple[Path, Path]:
    return folder / f"{name}.nc", folder / f"{name}.png"


def _need_new(names: list[str], folder: Path) -> None:
    """Raise `InputError`, before any work, where results of one of the experiments are in the folder already."""
    there = [path for name in names for path in _files(name, folder) if path.exists()]
    if there:
        raise InputError(
            f"{some(there)} {'is' if len(there) == 1 else 'are'} in the folder already. Give another folder as "
            "--out, or replace results with --overwrite."
        )
