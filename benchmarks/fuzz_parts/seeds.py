"""Small valid files of every format that is read, and the call that reads the whole of each."""

from __future__ import annotations

import gzip
import os
import struct
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

LABELS = np.array(list("abcabcabc"))
ACTIVITY = np.random.default_rng(0).normal(size=(9, 4))
ONSET = np.arange(0.5, 5, 0.5)
TABLE = "onset,trial_type\n" + "".join(f"{t},{c}\n" for t, c in zip(ONSET, LABELS, strict=True))
WINDOW = (0.0, 0.2)


Written = Iterator[tuple[str, str, str, Mapping[str, Any], Callable[[Path], Any]]]


@dataclass(frozen=True)
class Seed:
    """A file or folder, how it is read, and the settings of the call.

    read : "recording", "rdms", "load", "study" or "task". main : of a folder, or of files that belong together, the
    one that is given; "." is the folder itself.
    """

    name: str
    folder: Path
    main: str
    read: str = "recording"
    settings: Mapping[str, Any] = field(default_factory=dict)


def all_seeds(folder: Path) -> list[Seed]:
    """Every seed, each written into a folder of its own, by a child: zarr's threads would not live on in forks."""
    pid = os.fork()
    if not pid:
        warnings.simplefilter("ignore")
        for name, _, _, _, make in _described():
            (folder / name).mkdir(parents=True)
            make(folder / name)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError("not every seed could be written")
    return [Seed(name, folder / name, main, read, settings) for name, main, read, settings, _ in _described()]


def _described() -> Written:
    for write in WRITERS:
        yield from write()


def recording() -> xr.Dataset:
    """A recording as `read_recording` gives it."""
    return xr.Dataset({"activity": (("trial", "channel"), ACTIVITY)}, {"condition": ("trial", LABELS)})


def _arrays() -> Written:
    import h5py

    def hdf5(place: Path) -> None:
        table = np.zeros(9, [("rt", "f8"), ("hit", "i4"), ("name", "S3")])
        with h5py.File(place / "x.h5", "w") as file:
            file["day1/rates"], file["day1/shown"], file["day1/table"] = ACTIVITY, LABELS.astype("S"), table
            file["day1/rates"].attrs["units"] = "Hz"
            chunked = {"chunks": (3, 4), "compression": "gzip", "shuffle": True, "fletcher32": True}
            file.create_dataset("day2/rates", data=ACTIVITY, **chunked)
            file["day2/words"] = LABELS.astype(object)
            file["link"] = h5py.SoftLink("/day1/rates")

    def caiman(place: Path) -> None:
        (place / "trials.csv").write_text(TABLE)
        with h5py.File(place / "x.hdf5", "w") as file:
            file["estimates/C"], file["estimates/A"] = np.random.default_rng(1).normal(size=(3, 200)), np.eye(3)
            file["estimates/idx_components"], file["params/data/fr"] = np.array([0, 2]), 30.0

    def minian(place: Path) -> None:
        (place / "trials.csv").write_text(TABLE)
        coords = {"unit_id": np.arange(3), "frame": np.arange(200)}
        values = (("unit_id", "frame"), np.random.default_rng(1).normal(size=(3, 200)))
        xr.Dataset({"C": values, "S": values}, coords).to_netcdf(place / "x.nc")

    def rsatoolbox(place: Path) -> None:
        from rsatoolbox.data import Dataset

        data = Dataset(ACTIVITY, obs_descriptors={"condition": LABELS}, channel_descriptors={"name": list("wxyz")})
        data.save(str(place / "x.hdf5"), file_type="hdf5", overwrite=True)

    aligned = {"trials": "trials.csv", "onset": "onset", "condition": "trial_type", "window": WINDOW}
    by_name = {"activity": "day1.rates", "condition": "day1.shown"}
    packed = {"activity": {"zlib": True, "chunksizes": (3, 4)}}
    yield "hdf5", "x.h5", "recording", by_name, hdf5
    yield "hdf5_words", "x.h5", "recording", {"activity": "day2.rates", "condition": "day2.words"}, hdf5
    yield "caiman", "x.hdf5", "recording", aligned, caiman
    yield "minian", "x.nc", "recording", {**aligned, "rate": 30.0}, minian
    yield "rsatoolbox", "x.hdf5", "recording", {}, rsatoolbox
    yield "netcdf4", "x.nc", "recording", {}, lambda p: recording().to_netcdf(p / "x.nc", encoding=packed)
    yield "netcdf3", "x.nc", "recording", {}, lambda p: recording().to_netcdf(p / "x.nc", format="NETCDF3_64BIT")
    yield "zarr2", "x.zarr", "recording", {}, lambda p: recording().to_zarr(p / "x.zarr", zarr_format=2)
    yield "zarr3", "x.zarr", "recording", {}, lambda p: recording().to_zarr(p / "x.zarr", zarr_format=3)


def _numpy() -> Written:
    def pynapple(place: Path) -> None:
        (place / "trials.csv").write_text(TABLE)
        times = np.sort(np.random.default_rng(2).uniform(0, 6, 90))
        arrays = {"t": times, "index": np.arange(90) % 3, "keys": np.arange(3), "type": np.array(["TsGroup"])}
        np.savez(place / "x.npz", start=np.array([0.0]), end=np.array([6.0]), **arrays)

    arrays = {"rates": ACTIVITY, "shown": LABELS}
    mapping = {"activity": "rates", "condition": "shown"}
    aligned = {"trials": "trials.csv", "onset": "onset", "condition": "trial_type", "window": WINDOW}
    yield "npz", "x.npz", "recording", mapping, lambda p: np.savez(p / "x.npz", **arrays)
    yield "npz_packed", "x.npz", "recording", mapping, lambda p: np.savez_compressed(p / "x.npz", **arrays)
    yield "npy", "x.npy", "recording", {"condition": LABELS}, lambda p: np.save(p / "x.npy", ACTIVITY)
    yield "pynapple", "x.npz", "recording", aligned, pynapple


def _matlab() -> Written:
    from scipy import sparse
    from scipy.io import savemat

    cells = np.empty(9, dtype=object)
    cells[:] = [np.full((2, 5), float(n)) for n in range(9)]
    nested = {"rates": ACTIVITY, "shown": LABELS.astype(object), "about": {"name": "x", "day": 3.0}}
    loose = {**nested, "S": sparse.csc_matrix(np.eye(9)), "C": np.ones((9, 2)) * 1j, "flag": np.ones(9, bool)}
    mapping = {"activity": "rates", "condition": "shown"}

    def v5(packed: bool, **variables: Any) -> Callable[[Path], None]:
        return lambda place: savemat(place / "x.mat", variables, do_compression=packed)

    def v73(place: Path) -> None:
        import h5py

        numbers = {"rates": ACTIVITY, "shown": np.arange(9.0) % 3}
        with h5py.File(place / "x.mat", "w", userblock_size=512) as file:
            for name, values in numbers.items():
                file.create_dataset(name, data=np.atleast_2d(values).T).attrs["MATLAB_class"] = np.bytes_("double")
        with (place / "x.mat").open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")

    def classes(version: str) -> Callable[[Path], None]:
        def make(place: Path) -> None:
            import matio

            variables = {"rates": ACTIVITY, "shown": LABELS[None].astype(np.dtypes.StringDType())}
            matio.save_to_mat(str(place / "x.mat"), variables, version=version)

        return make

    fieldtrip = {"label": np.array(list("wxyz"), dtype=object), "time": np.arange(5) / 10, "dimord": "rpt_chan_time"}
    fieldtrip |= {"trial": np.random.default_rng(3).normal(size=(9, 4, 5)), "trialinfo": np.arange(9.0)[:, None] % 3}
    yield "mat5", "x.mat", "recording", mapping, v5(False, **loose)
    yield "mat5_packed", "x.mat", "recording", mapping, v5(True, **loose)
    by_cell = {"activity": "trials", "condition": "shown", "latency": "times"}
    yield "mat5_cells", "x.mat", "recording", by_cell, v5(True, trials=cells, times=np.arange(5) / 10, **nested)
    yield "mat73", "x.mat", "recording", mapping, v73
    yield "mat_classes5", "x.mat", "recording", mapping, classes("v7")
    yield "mat_classes73", "x.mat", "recording", mapping, classes("v7.3")
    yield "fieldtrip", "x.mat", "recording", {"condition": "data.trialinfo"}, v5(True, data=fieldtrip)
    rdms = np.ones((3, 4, 4)) - np.eye(4)
    several = {"squared": True, "dims": "subject"}
    yield "rdms_mat", "x.mat", "rdms", several, v5(True, RDMs=rdms)
    yield "rdms_npz", "x.npz", "rdms", several, lambda p: np.savez(p / "x.npz", rdms=rdms)
    yield "rdms_npy", "x.npy", "rdms", several, lambda p: np.save(p / "x.npy", rdms)


def _eeg() -> Written:
    import mne

    rng = np.random.default_rng(4)
    info = mne.create_info(["Fz", "Cz"], 100.0, "eeg")
    volts = rng.integers(-500, 500, (2, 600)) * 1e-6
    places = np.array([[0.05, 0.06, 0.03], [0.0, 0.0, 0.09]])
    quiet = {"overwrite": True, "verbose": "error"}
    cut = {"window": (-0.05, 0.05)}

    def raw() -> Any:
        made = mne.io.RawArray(volts, info.copy(), verbose="error")
        return made.set_annotations(mne.Annotations(ONSET, [0.0] * 9, LABELS.tolist()))

    def epochs() -> Any:
        ids = {"a": 1, "b": 2, "c": 3}
        events = np.c_[np.arange(9), np.zeros(9, int), np.arange(9) % 3 + 1]
        return mne.EpochsArray(rng.normal(size=(9, 2, 11)) * 1e-6, info.copy(), events, -0.05, ids, verbose="error")

    def averages(place: Path) -> None:
        made = epochs()
        mne.write_evokeds(place / "x-ave.fif", [made[name].average() for name in "abc"], **quiet)

    def set_epochs(fmt: str) -> Callable[[Path], None]:
        def make(place: Path) -> None:
            import eeglabio

            events = np.c_[np.arange(9) * 100, np.zeros(9, int), np.arange(9) % 3 + 1]
            args = (volts[:, :99].reshape(2, 9, 11).swapaxes(0, 1), 100.0, events, -0.05, 0.05, ["Fz", "Cz"])
            eeglabio.epochs.export_set(str(place / "x.set"), *args, {"a": 1, "b": 2, "c": 3}, places, fmt=fmt)

        return make

    def set_raw(place: Path) -> None:
        import eeglabio

        marks = [LABELS.tolist(), ONSET, np.zeros(9)]
        eeglabio.raw.export_set(str(place / "x.set"), volts, 100.0, ["Fz", "Cz"], places, marks, fmt="v5")

    def brainvision(place: Path) -> None:
        import pybv

        events = np.c_[(ONSET * 100).astype(int), np.arange(9) % 3 + 1]
        names = {"ch_names": ["Fz", "Cz"], "fname_base": "x", "folder_out": place}
        pybv.write_brainvision(data=volts, sfreq=100, events=events, overwrite=True, **names)

    yield "epo_fif", "x-epo.fif", "recording", {}, lambda p: epochs().save(p / "x-epo.fif", **quiet)
    yield "epo_fif_gz", "x-epo.fif.gz", "recording", {}, lambda p: epochs().save(p / "x-epo.fif.gz", **quiet)
    yield "raw_fif", "x_raw.fif", "recording", cut, lambda p: raw().save(p / "x_raw.fif", **quiet)
    yield "ave_fif", "x-ave.fif", "recording", {}, averages
    yield "set5_epochs", "x.set", "recording", {}, set_epochs("v5")
    yield "set73_epochs", "x.set", "recording", {}, set_epochs("v7.3")
    yield "set5_raw", "x.set", "recording", cut, set_raw
    yield "brainvision", "x.vhdr", "recording", cut, brainvision
    for ending, bdf in (("edf", False), ("bdf", True)):
        settings = {"events": "events.tsv", **cut}
        yield ending, f"x.{ending}", "recording", settings, lambda p, e=ending, b=bdf: _edf(p, f"x.{e}", volts, b)


def _edf(place: Path, name: str, volts: np.ndarray, bdf: bool) -> None:
    """EDF, or BDF of 24 bits, of records of a second, by its specification."""
    low, high = (-8388608, 8388607) if bdf else (-32768, 32767)

    def column(*texts: Any, width: int) -> bytes:
        return "".join(str(text).ljust(width)[:width] for text in texts).encode()

    head = (b"\xffBIOSEMI" if bdf else b"0       ") + column("X", "X", width=80)
    head += column("01.01.24", "10.00.00", 768, width=8) + column("24BIT" if bdf else "", width=44)
    head += column(6, 1, width=8) + column(2, width=4) + column("Fz", "Cz", width=16) + column("", "", width=80)
    for words in (("uV", "uV"), (low,) * 2, (high,) * 2, (low,) * 2, (high,) * 2):
        head += column(*words, width=8)
    head += column("", "", width=80) + column(100, 100, width=8) + column("", "", width=32)
    numbers = np.ascontiguousarray((volts * 1e6).astype("<i4").reshape(2, 6, 100).swapaxes(0, 1)).ravel()
    data = numbers.view("u1").reshape(-1, 4)[:, :3].tobytes() if bdf else numbers.astype("<i2").tobytes()
    (place / name).write_bytes(head + data)
    (place / "events.tsv").write_text(TABLE.replace(",", "\t"))


def _images() -> Written:
    import nibabel

    values = np.random.default_rng(5).normal(size=(4, 4, 3, 9)).astype(np.float32)
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    table = {"events": "events.tsv"}

    def nifti(name: str) -> Callable[[Path], None]:
        def make(place: Path) -> None:
            nibabel.save(nibabel.Nifti1Image(values, affine), place / name)
            (place / "events.tsv").write_text(TABLE.replace(",", "\t"))

        return make

    def gifti(place: Path) -> None:
        arrays = [nibabel.gifti.GiftiDataArray(row, "NIFTI_INTENT_SHAPE", meta={"Name": f"m{n}"})
                  for n, row in enumerate(values[0, 0].T)]  # fmt: skip
        nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays), place / "x.shape.gii")

    def cifti(place: Path) -> None:
        from nibabel.cifti2 import BrainModelAxis, Cifti2Image, ScalarAxis

        cortex = BrainModelAxis.from_surface(np.arange(4), 8, name="CortexLeft")
        image = Cifti2Image(ACTIVITY, (ScalarAxis([f"m{n}" for n in range(9)]), cortex))
        image.to_filename(place / "x.dscalar.nii")

    def glmsingle(place: Path) -> None:
        import h5py

        with h5py.File(place / "x.hdf5", "w") as file:
            file["betasmd"], file["R2"], file["meanvol"] = values, values[..., 0], values[..., 0]

    yield "nifti", "x.nii", "recording", table, nifti("x.nii")
    yield "nifti_gz", "x.nii.gz", "recording", table, nifti("x.nii.gz")
    yield "gifti", "x.shape.gii", "recording", {}, gifti
    yield "cifti", "x.dscalar.nii", "recording", {}, cifti
    yield "glmsingle", "x.hdf5", "recording", {"condition": LABELS}, glmsingle


def _nwb() -> Written:
    import datetime

    def spikes(place: Path) -> None:
        from neurouniv.systems.recordings.formats.nwb.writer import write_nwb

        spikes = np.random.default_rng(6).poisson(3.0, (9, 4)) * 1.0
        counts = recording().assign(activity=(("trial", "channel"), spikes))
        write_nwb(counts, place / "x.nwb", window=1.0)

    def series(place: Path) -> None:
        from pynwb import NWBHDF5IO, NWBFile, TimeSeries

        nwb = NWBFile("x", "x", datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
        data = np.random.default_rng(7).normal(size=(600, 3))
        nwb.add_acquisition(TimeSeries(name="lfp", data=data, unit="volts", rate=100.0))
        nwb.add_trial_column("condition", "what was shown")
        for onset, label in zip(ONSET, LABELS, strict=True):
            nwb.add_trial(start_time=onset, stop_time=onset + 0.3, condition=label)
        with NWBHDF5IO(str(place / "x.nwb"), "w") as file:
            file.write(nwb)

    yield "nwb_spikes", "x.nwb", "recording", {}, spikes
    yield "nwb_series", "x.nwb", "recording", {"series": "lfp"}, series


def _folders() -> Written:
    settings = {"trials": "trials.csv", "onset": "onset", "condition": "trial_type", "window": WINDOW}
    rng = np.random.default_rng(8)

    def phy(place: Path) -> None:
        (place / "trials.csv").write_text(TABLE)
        np.save(place / "spike_times.npy", np.sort(rng.integers(0, 180_000, 200)))
        np.save(place / "spike_clusters.npy", rng.integers(0, 3, 200))
        (place / "params.py").write_text("sample_rate = 30000.0\n")
        (place / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n1\tgood\n2\tmua\n")

    def suite2p(place: Path) -> None:
        (place / "trials.csv").write_text(TABLE)
        for name in ("F", "Fneu", "spks"):
            np.save(place / f"{name}.npy", rng.normal(size=(3, 200)).astype(np.float32))
        np.save(place / "iscell.npy", np.array([[1.0, 0.9], [0.0, 0.1], [1.0, 0.8]]))

    def nev(place: Path) -> None:
        wave = struct.pack("<8sHBBHHhhBBH8s", b"NEUEVWAV", 1, 1, 1, 1000, 0, 0, 0, 2, 2, 48, b"")
        about = (b"NEURALEV", 2, 3, 1, 368, 104, 30000, 30000, 2024, 1, 0, 1, 1, 1, 1, 1, b"test", b"", 1)
        packets = [(round(t * 30000), 1, 1 + n % 2) for n, t in enumerate(np.sort(rng.uniform(0, 6, 60)))]
        packets += [(round(t * 30000), 0, 3 + n % 3) for n, t in enumerate(ONSET)]
        body = b""
        for time, electrode, value in sorted(packets):
            what = struct.pack("<BB", value, 0) if electrode else struct.pack("<BBH", 1, 0, value)
            body += struct.pack("<IH", time, electrode) + what.ljust(98, b"\0")
        (place / "x.nev").write_bytes(struct.pack("<8sBBHIIII8H32s256sI", *about) + wave + body)

    yield "phy", ".", "recording", settings, phy
    yield "suite2p", ".", "recording", {**settings, "rate": 30.0}, suite2p
    yield "blackrock", "x.nev", "recording", {"window": WINDOW}, nev


def _tables() -> Written:
    import pandas as pd

    long = pd.DataFrame({
        "trial": np.repeat(np.arange(9), 4), "unit": np.tile(np.arange(4), 9), "rate": ACTIVITY.ravel(),
        "stimulus": np.repeat(LABELS, 4),
    })  # fmt: skip
    text = long.to_csv(index=False)
    yield "csv", "x.csv", "recording", {}, lambda p: (p / "x.csv").write_text(text)
    yield "csv_gz", "x.csv.gz", "recording", {}, lambda p: (p / "x.csv.gz").write_bytes(gzip.compress(text.encode()))
    yield "parquet", "x.parquet", "recording", {}, lambda p: long.to_parquet(p / "x.parquet")
    task = "condition,stimulus_x,target\n" + "".join(f"c{n},{n},{n % 2}\n" for n in range(5))
    yield "task", "x.csv", "task", {}, lambda p: (p / "x.csv").write_text(task)


def _own() -> Written:
    import neurouniv as nu

    rng = np.random.default_rng(9)
    h = np.abs(rng.normal(size=(8, 3))).cumsum(0)
    pairs = {"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])}
    traj = xr.Dataset({"h": (("time", "pair"), h)}, {"time": np.arange(8.0), **pairs})
    traj = traj.assign_coords(dx2=("pair", [1.0, 1.0, 1.0]), dy2=("pair", [1.0, 1.0, 0.0]))
    traj.time.attrs["axis"] = "learning"
    study = {
        "name": "x", "task": "xor", "seeds": 2, "laws": ["universal", "static"],
        "systems": {"networks": [{"name": "mlp", "width": 10, "epochs": 20, "record": 4, "rule": ["backprop"]}]},
    }  # fmt: skip
    from neurouniv.studies.yaml_lines import write_yaml

    text = write_yaml(study) + "trajectory: {metric: sqeuclidean}\n"
    yield "own_nc", "x.nc", "load", {}, lambda p: nu.save(traj.assign_attrs(about=[1, {"a": None}]), p / "x.nc")
    yield "own_zarr", "x.zarr", "load", {}, lambda p: nu.save(traj, p / "x.zarr")
    yield "rdms_nc", "x.nc", "rdms", {"squared": True}, lambda p: nu.save(traj, p / "x.nc")
    yield "study", "x.yaml", "study", {}, lambda p: (p / "x.yaml").write_text(text)


WRITERS = (_arrays, _numpy, _matlab, _eeg, _images, _nwb, _folders, _tables, _own)
