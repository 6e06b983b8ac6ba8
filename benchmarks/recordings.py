"""Real recordings, each read with one call, and the figures that their descriptions give.

python benchmarks/recordings.py FOLDER     # the folder that NEUROUNIV_DATA would name
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import neurouniv as nu

STIMULUS = slice(0.1, 0.45)


def monkey_learning(folder: Path) -> None:
    fields = {"activity": "Bs[1].latents", "condition": "Bs[1].target", "trial": "Bs[1].trial_index"}
    rec = nu.read_recording(folder / "20160728.mat", keep=("Bs[1].time", 7, None), **fields)
    traj = nu.trajectory(nu.learning_axis(rec, windows=6, runs=2), metric="crossnobis")
    print("monkey learning: distance over six windows", traj.h.mean("pair").values.round(1))


def people_learning(folder: Path) -> None:
    traj = nu.datasets.load("motorseq_berlot2020")
    trained = traj.condition.values[:6]
    first, second = (np.isin(traj[name], trained) for name in ("first", "second"))
    for words, pairs in (
        ("trained-untrained", first ^ second),
        ("trained", first & second),
        ("untrained", ~(first | second)),
    ):
        mean = traj.h.isel(pair=np.flatnonzero(pairs)).mean("pair")
        print(f"26 people, {words}: {mean.mean('subject').values.round(4)}")


def objects(folder: Path) -> None:
    rec = nu.read_recording(folder / "zd.mat")
    rec = rec.assign_coords(run=rec.run % 2)
    parts = np.char.partition(rec.condition.values, "_")
    n = rec.sizes["channel"]
    pooled = rec.assign_coords(condition=("trial", parts[:, 0]))
    movies = {"all": rec, "pooled": pooled}
    movies |= {place: rec.isel(trial=np.flatnonzero(parts[:, 2] == place)) for place in np.unique(parts[:, 2])}
    for name, part in movies.items():
        h = nu.trajectory(part, metric="crossnobis").h.mean("pair") / n
        print(
            f"IT, {name}: mean distance per neuron at 75, 225, 425 ms",
            h.sel(time=[0.075, 0.225, 0.425]).values.round(1),
        )
    traj = nu.trajectory(rec, metric="crossnobis")
    same = np.char.partition(traj.first.values, "_")[:, 0] == np.char.partition(traj.second.values, "_")[:, 0]
    across, within = (traj.h.isel(pair=np.flatnonzero(kept)).mean("pair") for kept in (~same, same))
    ratio = (across / within).sel(time=STIMULUS)
    print("IT: distance across objects over within (positions), while seen", ratio.values.round(2))
    halves = [nu.trajectory(rec.isel(trial=np.flatnonzero(rec.run == half))).h for half in (0, 1)]
    split = xr.corr(*halves, dim="pair").sel(time=STIMULUS)
    print("IT: correlation of split halves' RDMs, while seen", split.values.round(2))
    more = rec.assign_coords(run=nu.read_recording(folder / "zd.mat").run)
    ceiling = nu.noise_ceiling(nu.trajectory(more, metric="crossnobis")).geometry_ceiling.sel(time=STIMULUS)
    print("IT: noise ceiling of 18 repeats (lower)", ceiling.sel(bound="lower").values.round(2))


def sensors(folder: Path) -> None:
    rec = nu.read_recording(folder / "test-ave.fif.gz", channels="grad")
    before = rec.activity.sel(latency=slice(None, 0))
    rec = rec.assign(activity=rec.activity - before.mean("latency"))
    noise = rec.activity.sel(latency=slice(None, -1e-9)).std(("trial", "latency"))
    distance = np.sqrt(nu.trajectory(rec.assign(activity=rec.activity / noise)).h / rec.sizes["channel"]).mean("pair")
    early = float(distance.sel(time=slice(None, -1e-9)).mean())
    at = distance.sel(time=0.178, method="nearest")
    print(f"MEG averages: RMS distance over baseline s.d. {early:.2f} before onset, {float(at):.2f} at 178 ms")


def spikes(folder: Path) -> None:
    try:
        nu.read_recording(folder / "A8604-211122.nwb")
    except nu.InputError as error:
        print("NWB without trials:", error)


READ = {
    "bci_hennig2021": monkey_learning,
    "motorseq_berlot2020": people_learning,
    "zhang_desimone_7objects": objects,
    "mne_sample_evoked": sensors,
    "nwb_pynapple": spikes,
}


def main() -> None:
    warnings.simplefilter("ignore")
    for name, shown in READ.items():
        shown(Path(sys.argv[1]) / name)


if __name__ == "__main__":
    main()
