"""What the verdict says of real recordings: two of learning, and one within trials, which is exploratory.

    python benchmarks/verdict_recordings.py FOLDER     # the folder that NEUROUNIV_DATA would name

Each law, universal and pairwise, is on trial against the rivals on held-out conditions; what stimuli and targets are
comes from the conditions' names (`neurouniv.tasks.inferred_task.recorded_task`).
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.tasks.inferred_task import recorded_task

RIVALS = ("static", "exponential", "step", "gain", "target")
LAWS = {"pairwise": nu.PairwiseModel, "universal": nu.UniversalModel}


def monkey(folder: Path) -> xr.Dataset:
    """Eight reaches with a perturbed brain-computer interface, six windows of a hundred trials, one animal."""
    fields = {"activity": "Bs[1].latents", "condition": "Bs[1].target", "trial": "Bs[1].trial_index"}
    path = folder / "bci_hennig2021" / "20160728.mat"
    rec = nu.learning_axis(nu.read_recording(path, keep=("Bs[1].time", 7, None), **fields), windows=6, runs=4)
    before = {name: field.replace("Bs[1]", "Bs[0]") for name, field in fields.items()}
    intuitive = nu.read_recording(path, keep=("Bs[0].time", 7, None), **before)
    return nu.trajectory(rec, recorded_task(rec, intuitive, targets="angles"), metric="crossnobis")


def people(folder: Path) -> xr.Dataset:
    """Twelve finger sequences, six of them trained, three scans of 26 people; only RDMs are known."""
    traj = nu.datasets.load("motorseq_berlot2020")
    names = xr.Dataset(coords={"condition": ("trial", traj["condition"].values)})
    return nu.datasets.load("motorseq_berlot2020", task=recorded_task(names))


def objects(folder: Path) -> xr.Dataset:
    """Seven objects at three places, 132 inferior temporal neurons, from stimulus onset to .5 s within the trial."""
    rec = nu.read_recording(folder / "zhang_desimone_7objects" / "zd.mat")
    task = recorded_task(rec)
    made = nu.trajectory(rec, task, metric="crossnobis")
    return made.isel(time=np.flatnonzero((made.time >= 0) & (made.time <= 0.5)))


RECORDINGS = {"monkey": monkey, "people": people, "objects": objects}


def judged(law: str, traj: xr.Dataset) -> str:
    laws = [LAWS[law](), *(nu.RIVALS[name]() for name in RIVALS)]
    result = nu.compare(laws, traj, resamples=1000, reference=law)
    rest = [dim for dim in result["dynamics"].dims if dim != "law"]
    r2 = ", ".join(f"{name} {float(result.dynamics.sel(law=name).mean(rest)):.2f}" for name in result["law"].values)
    return f"{nu.verdict(result, exploratory=True).attrs['text']}\n  R2: {r2}"


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    for name, read in RECORDINGS.items():
        traj = read(folder)
        print(f"{name}: {read.__doc__}\n  mean distance: {np.round(traj.h.mean('pair').values, 4).tolist()[:12]}")
        for law in LAWS:
            print(judged(law, traj), flush=True)


if __name__ == "__main__":
    main()
