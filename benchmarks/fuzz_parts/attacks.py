"""Files made to fill the memory, to run for ever or to bring a reader down; each is to end with 2 and one message."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import resource
import socket
import struct
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fuzz_parts.seeds import ACTIVITY, LABELS, TABLE

TIB, BLOCK = 2**40, 2**26
MEMORY = 2**31
"""Bytes of memory that a command may take beside what it begins with, so that bombs need not be larger than this."""
BOMB = 2**33
SECONDS = 60
Attack = tuple[str, str, Callable[[Path], Any], list[str]]


def attacks(place: Path, only: Sequence[str]) -> None:
    """Print what the command line says to each with one of these words, after how long, with how much memory."""
    warnings.simplefilter("ignore")
    print(f"{'attack':34} {'bytes':>9} {'exit':>5} {'CPU s':>6} {'MB':>6}  message")
    for n, (name, file, make, words) in enumerate(all_attacks()):
        if not any(word in name for word in only):
            continue
        folder = place / str(n)
        folder.mkdir()
        path = folder / file
        make(path)
        size = path.stat().st_size if path.is_file() else 0
        words = [word.format(path=path, folder=folder) for word in words]
        code, seconds, grown, text = ran(words)
        text = text.replace(f"{folder}/", "").replace(str(folder), ".")
        print(f"{name:34} {size:9d} {code:5d} {seconds:6.1f} {grown / 1e6:6.0f}  {text.strip()[:230]!r}", flush=True)


def ran(words: list[str]) -> tuple[int, float, float, str]:
    """The exit code of a command in a child, its processor time, the memory it took, and what it told."""
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reads)
        _command(words, writes)
    os.close(writes)
    told = b""
    while part := os.read(reads, 65536):
        told += part
    os.close(reads)
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    seconds, grown, text = json.loads(told) if told else (usage.ru_utime + usage.ru_stime, 0.0, "")
    return code, seconds, grown, text


def _command(words: list[str], writes: int) -> None:
    from neurouniv.cli import run_command

    size, began = (int(text) * resource.getpagesize() for text in Path("/proc/self/statm").read_text().split()[:2])
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    out, at = io.StringIO(), time.process_time()
    with contextlib.redirect_stderr(out), contextlib.redirect_stdout(io.StringIO()):
        code = run_command(words)
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    os.write(writes, json.dumps([time.process_time() - at, max(0, peak - began), out.getvalue()]).encode())
    os._exit(code)


def all_attacks() -> Iterator[Attack]:
    """The name of each, its file, what makes it, and the words of the command."""
    for group in (_false_sizes, _bombs, _many, _deep, _no_files, _links, _studies, _odd_nwb):
        yield from group()


READ = ["read", "{path}"]
MAPPED = [*READ, "--map", "activity=rates", "condition=shown"]


def _false_sizes() -> Iterator[Attack]:
    import h5py

    shape = (TIB * 12 // 8 // 1024, 1024)

    def header() -> bytes:
        out = io.BytesIO()
        np.lib.format.write_array_header_1_0(out, {"descr": "<f8", "fortran_order": False, "shape": shape})
        return out.getvalue()

    def npz(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("rates.npy", header() + b"\0" * 6000)

    def hdf5(path: Path, name: str = "rates", userblock: int = 0, **more: Any) -> None:
        with h5py.File(path, "w", userblock_size=userblock) as file:
            made = file.create_dataset(name, shape, "f8", chunks=(1, 1024), compression="gzip")
            made[0] = 1.0
            file["shown"] = np.arange(9.0) % 3
            for key, value in more.items():
                file.attrs[key] = value

    def mat73(path: Path) -> None:
        hdf5(path, userblock=512)
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")

    def mat5(path: Path, packed: bool) -> None:
        flags, dims = struct.pack("<4I", 6, 8, 6, 0), struct.pack("<2I2i", 5, 8, 2**31 - 1, 2**10)
        name = struct.pack("<2I8s", 1, 5, b"rates")
        size = 2**32 - 9
        body = struct.pack("<2I", 14, size) + flags + dims + name + struct.pack("<2I", 9, size - 56) + b"\0" * 6000
        element = struct.pack("<2I", 15, len(zlib.compress(body))) + zlib.compress(body) if packed else body
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + element)

    def netcdf(path: Path) -> None:
        import netCDF4

        with netCDF4.Dataset(path, "w") as file:
            file.createDimension("trial", shape[0])
            file.createDimension("channel", shape[1])
            made = file.createVariable("activity", "f8", ("trial", "channel"), zlib=True, chunksizes=(1, 1024))
            made[0] = 1.0
            file.createVariable("condition", "i4", ("trial",), zlib=True)[:9] = np.arange(9)

    def zarr(path: Path) -> None:
        import zarr

        made = zarr.create_array(path, name="rates", shape=shape, chunks=(1, 1024), dtype="f8")
        made[0] = 1.0

    def nwb(path: Path) -> None:
        _nwb(path)
        with h5py.File(path, "r+") as file:
            del file["acquisition/lfp/data"]
            made = file["acquisition/lfp"].create_dataset("data", (TIB, 3), "f8", chunks=(1024, 3), compression="gzip")
            made[:600], made.attrs["unit"], made.attrs["conversion"] = 1.0, "volts", 1.0
            made.attrs["resolution"], made.attrs["offset"] = -1.0, 0.0

    def sparse(path: Path) -> None:
        from scipy import sparse as matrices
        from scipy.io import savemat

        eye = matrices.eye(2_000_000, format="csc")
        savemat(path, {"rates": eye, "shown": LABELS.astype(object)}, do_compression=True)

    def nifti(path: Path) -> None:
        import nibabel

        image = nibabel.Nifti1Image(np.zeros((4, 4, 3, 9), np.float32), np.eye(4))
        nibabel.save(image, path)
        content = bytearray(gzip.decompress(path.read_bytes()))
        struct.pack_into("<5h", content, 40, 4, 30_000, 30_000, 1_500, 3)
        path.write_bytes(gzip.compress(bytes(content)))

    yield "npz of 12 TiB", "x.npz", npz, MAPPED
    yield "npy of 12 TiB", "x.npy", lambda p: p.write_bytes(header() + b"\0" * 6000), READ
    rdms = ["rdms", "{path}", "{folder}/o.nc"]
    yield "RDMs, npy of 12 TiB", "x.npy", lambda p: p.write_bytes(header() + b"\0" * 6000), rdms
    yield "HDF5 of 12 TiB", "x.h5", hdf5, MAPPED
    yield "mat 7.3 of 12 TiB", "x.mat", mat73, MAPPED
    yield "mat 5 of 16 TiB", "x.mat", lambda p: mat5(p, False), MAPPED
    yield "mat 5 packed, of 4 GiB", "x.mat", lambda p: mat5(p, True), MAPPED
    yield "rsatoolbox of 12 TiB", "x.h5", lambda p: hdf5(p, "measurements", rsatoolbox_version="0.3.2"), READ
    yield "netCDF of 12 TiB", "x.nc", netcdf, READ
    yield "load netCDF of 12 TiB", "x.nc", netcdf, ["fit", "{path}"]
    yield "zarr of 12 TiB", "x.zarr", zarr, READ
    yield "NWB series of 24 TiB", "x.nwb", nwb, [*READ, "--map", "series=lfp"]
    yield "sparse mat of 29 TiB", "x.mat", sparse, MAPPED
    yield "nii.gz of 15 TiB", "x.nii.gz", nifti, READ


def _packed_zeros(before: bytes, size: int, wbits: int) -> bytes:
    """A stream of deflate of `before` and then so many zeros, made of one packed block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    head = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    plain = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = plain.compress(b"\0" * BLOCK) + plain.flush(zlib.Z_FULL_FLUSH)
    return head + block * (size // BLOCK) + b"\x03\x00"


def _bombs() -> Iterator[Attack]:
    import h5py

    def npz(path: Path) -> None:
        out = io.BytesIO()
        np.lib.format.write_array_header_1_0(out, {"descr": "<f8", "fortran_order": False, "shape": (BOMB // 8,)})
        packed, name = _packed_zeros(out.getvalue(), BOMB, -15), b"rates.npy"
        size = min(BOMB + len(out.getvalue()), 2**32 - 2)
        fields = (20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0)
        local = struct.pack("<4s5H3I2H", b"PK\x03\x04", *fields) + name
        central = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, *fields[:9], 0, 0, 0, 0, 0, 0) + name
        end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local) + len(packed), 0)
        path.write_bytes(local + packed + central + end)

    def mat5(path: Path) -> None:
        size = 2**31
        body = struct.pack("<2I", 14, size + 56) + struct.pack("<4I", 6, 8, 6, 0)
        body += struct.pack("<2I2i2I8s2I", 5, 8, size // 8, 1, 1, 5, b"rates", 9, size)
        packed = _packed_zeros(body, size, 15)
        element = struct.pack("<2I", 15, len(packed)) + packed
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + element * 2)

    def hdf5(path: Path) -> None:
        block = zlib.compress(b"\0" * BLOCK, 9)
        with h5py.File(path, "w") as file:
            made = file.create_dataset("rates", (BOMB // 8,), "f8", chunks=(BLOCK // 8,), compression="gzip")
            for at in range(0, BOMB, BLOCK):
                made.id.write_direct_chunk((at // 8,), block)
            file["shown"] = np.arange(9) % 3

    def words(path: Path) -> None:
        with h5py.File(path, "w") as file:
            made = file.create_dataset("rates", (9,), h5py.string_dtype())
            made[:] = "x" * 2**20
            many = file.create_dataset("words", (2**17,), h5py.string_dtype(), chunks=(2**17,), compression="gzip")
            many[0] = "x" * 2**20
            one = zlib.decompress(many.id.read_direct_chunk((0,))[1])[:16]
            many.id.write_direct_chunk((0,), zlib.compress(one * 2**17, 9))

    def table(path: Path) -> None:
        path.write_bytes(_packed_zeros(b"trial,unit,rate,stimulus\n1,1,1,a\n", BOMB, 31))

    def fif(path: Path) -> None:
        path.write_bytes(_packed_zeros(b"\x00\x00\x00\x64\x00\x00\x00\x1f\x00\x00\x00\x14" + b"\0" * 20, 2**29, 31))

    def gifti(path: Path) -> None:
        names = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        path.write_text(f'<?xml version="1.0"?><!DOCTYPE GIFTI [<!ENTITY l0 "lol">{names}]><GIFTI Version="1.0" '
                        'NumberOfDataArrays="1"><MetaData><MD><Name>&l11;</Name></MD></MetaData></GIFTI>')  # fmt: skip

    yield "npz bomb", "x.npz", npz, MAPPED
    yield "mat 5 bomb", "x.mat", mat5, MAPPED
    yield "HDF5 bomb of a filter", "x.h5", hdf5, MAPPED
    yield "HDF5 bomb of shared words", "x.h5", words, MAPPED
    yield "csv.gz bomb", "x.csv.gz", table, READ
    yield "fif.gz bomb", "x-epo.fif.gz", fif, READ
    yield "GIFTI, laughs", "x.shape.gii", gifti, READ


def _many() -> Iterator[Attack]:
    import h5py

    def hdf5(path: Path) -> None:
        with h5py.File(path, "w") as file:
            for n in range(30_000):
                file[f"g{n % 100}/x{n}"] = n

    def npz(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            out = io.BytesIO()
            np.save(out, np.array(1.0))
            for n in range(30_000):
                archive.writestr(f"x{n}.npy", out.getvalue())

    def mat5(path: Path) -> None:
        from scipy.io import savemat

        savemat(path, {f"x{n}": float(n) for n in range(30_000)})

    def netcdf(path: Path) -> None:
        import netCDF4

        with netCDF4.Dataset(path, "w") as file:
            for n in range(3_000):
                file.createVariable(f"x{n}", "f8")[...] = n

    yield "30 000 scalars in HDF5", "x.h5", hdf5, READ
    yield "30 000 scalars in npz", "x.npz", npz, READ
    yield "30 000 scalars in mat 5", "x.mat", mat5, READ
    yield "3 000 scalars in netCDF", "x.nc", netcdf, READ
    yield "a CSV of one line of 50 MB", "x.csv", lambda p: p.write_text("a,b\n" + "x" * 50_000_000 + ",1\n"), READ
    yield "a CSV of a million columns", "x.csv", lambda p: p.write_text(",".join(["a"] * 1_000_000) + "\n1\n"), READ


def _deep() -> Iterator[Attack]:
    import h5py

    def hdf5(path: Path, depth: int = 5_000) -> None:
        with h5py.File(path, "w") as file:
            group = file.create_group("g")
            for _ in range(depth):
                group = group.create_group("g")
            group["x"] = 1.0

    def cells(path: Path) -> None:
        body = b""
        for _ in range(20_000):
            inner = struct.pack("<4I", 6, 8, 1, 0) + struct.pack("<2I2i", 5, 8, 1, 1) + struct.pack("<2I", 1, 0) + body
            body = struct.pack("<2I", 14, len(inner)) + inner
        packed = zlib.compress(body)
        element = struct.pack("<2I", 15, len(packed)) + packed
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + element)

    yield "HDF5, 5 000 groups deep", "x.h5", hdf5, READ
    yield "netCDF, 5 000 groups deep", "x.nc", lambda p: (hdf5(p), _mark_netcdf(p)), READ
    yield "mat 5, 20 000 cells deep", "x.mat", cells, READ


def _mark_netcdf(path: Path) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        file.attrs["_NCProperties"] = np.bytes_("version=2,netcdf=4.9.2,hdf5=1.14.2")


def _no_files() -> Iterator[Attack]:
    def pipe_in_folder(path: Path) -> None:
        path.mkdir()
        os.mkfifo(path / "a.npz")
        np.savez(path / "b.npz", activity=ACTIVITY, condition=LABELS)

    def pipe_of_trials(path: Path) -> None:
        path.mkdir()
        np.save(path / "spike_times.npy", np.arange(90))
        os.mkfifo(path / "spike_clusters.npy")
        (path / "trials.csv").write_text(TABLE)

    def taken(path: Path) -> None:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as held:
            held.bind(str(path))

    def events(path: Path) -> None:
        np.savez(path, spike_times=np.arange(90.0), spike_clusters=np.arange(90) % 3)
        os.mkfifo(path.with_name("trials.csv"))

    by_trials = [*READ, "--map", "trials={folder}/trials.csv", "onset=onset", "window=0,0.1", "condition=trial_type"]
    yield "a pipe", "x.nwb", os.mkfifo, READ
    yield "a pipe as .nc", "x.nc", os.mkfifo, ["rdm", "{path}", "--out", "{folder}/o.nc"]
    yield "a pipe as RDMs", "x.npy", os.mkfifo, ["rdms", "{path}", "{folder}/o.nc"]
    yield "a pipe as trajectory", "x.nc", os.mkfifo, ["fit", "{path}"]
    yield "a pipe as a table of trials", "x.npz", events, by_trials
    yield "a pipe as a study", "x.yaml", os.mkfifo, ["study", "check", "{path}"]
    yield "a pipe in a folder", "x", pipe_in_folder, READ
    yield "a pipe in a folder of phy", "x", pipe_of_trials, READ
    yield "a socket", "x.mat", taken, READ
    yield "/dev/zero", "x.npz", lambda p: p.symlink_to("/dev/zero"), READ
    yield "/dev/zero as a study", "x.yaml", lambda p: p.symlink_to("/dev/zero"), ["study", "check", "{path}"]
    yield "a link to itself", "x.nwb", lambda p: p.symlink_to(p), READ
    yield "a folder with a link to itself", "x", lambda p: (p.mkdir(), (p / "y").symlink_to(p)), READ
    yield "a folder called .nwb", "x.nwb", lambda p: p.mkdir(), READ
    yield "a folder as a study", "x.yaml", lambda p: p.mkdir(), ["study", "check", "{path}"]


def _links() -> Iterator[Attack]:
    import h5py

    def doubled(path: Path) -> None:
        with h5py.File(path, "w") as file:
            group = file.create_group("a0")
            group["x"] = np.zeros(9)
            for n in range(1, 40):
                outer = file.create_group(f"a{n}")
                outer["left"], outer["right"] = group, group
                group = outer

    def circle(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file["g/rates"], file["g/shown"], file["g/back"] = ACTIVITY, np.arange(9) % 3, file["/"]

    def cells(path: Path) -> None:
        with h5py.File(path, "w", userblock_size=512) as file:
            made = file.create_dataset("c", (2, 1), h5py.ref_dtype)
            made[:] = file["c"].ref
            made.attrs["MATLAB_class"] = np.bytes_("cell")
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")

    def outside(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file["rates"], file["shown"] = h5py.ExternalLink("/dev/zero", "/"), np.arange(9) % 3

    yield "HDF5, links for 2^39 arrays", "x.h5", doubled, READ
    yield "netCDF, links for 2^39 arrays", "x.nc", lambda p: (doubled(p), _mark_netcdf(p)), READ
    yield "netCDF, a group within itself", "x.nc", lambda p: (circle(p), _mark_netcdf(p)), READ
    yield "mat 7.3, a cell within itself", "x.mat", cells, READ
    yield "HDF5, a link to /dev/zero", "x.h5", outside, MAPPED


def _studies() -> Iterator[Attack]:
    check = ["study", "check", "{path}"]
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    merges = "".join(f"m{n}: &m{n}\n  <<: [*m{n - 1}, *m{n - 1}]\n" for n in range(1, 30))

    def text(content: str) -> Callable[[Path], Any]:
        return lambda path: path.write_text(content)

    yield "YAML, a billion laughs", "x.yaml", text("l0: &l0 [lol]\n" + laughs), check
    yield "YAML, merges of merges", "x.yaml", text("m0: &m0 {a: 1}\n" + merges), check
    yield "YAML, lists 20 000 deep", "x.yaml", text("a: " + "[" * 20_000 + "]" * 20_000), check
    yield "YAML, mappings 3 000 deep", "x.yaml", text("".join(" " * n + "a:\n" for n in range(3_000))), check
    yield "YAML, a word of 20 MB", "x.yaml", text("name: " + "x" * 20_000_000), check
    yield "YAML, a million values", "x.yaml", text("a: [" + "1, " * 1_000_000 + "1]"), check
    yield "YAML, a number of 100 000 digits", "x.yaml", text("seeds: " + "9" * 100_000), check
    yield "YAML, a billion seeds", "x.yaml", text(
        "name: x\ntask: xor\nseeds: 1000000000\nsystems: {networks: [{name: m, width: 9}]}\n"), check  # fmt: skip
    yield "YAML that is not text", "x.yaml", lambda p: p.write_bytes(b"\xff\xfe\x00a"), check
    yield "YAML with Python in it", "x.yaml", text("a: !!python/object/apply:os.system [ls]"), check


def _nwb(path: Path, units: bool = False, trials: bool = True) -> None:
    import datetime

    from pynwb import NWBHDF5IO, NWBFile, TimeSeries

    nwb = NWBFile("x", "x", datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
    nwb.add_acquisition(TimeSeries(name="lfp", data=np.ones((600, 3)), unit="volts", rate=100.0))
    for n in range(3 * units):
        nwb.add_unit(spike_times=np.arange(0.1, 5, 0.1 + n / 10))
    if trials:
        nwb.add_trial_column("condition", "what was shown")
        for n, label in enumerate(LABELS):
            nwb.add_trial(start_time=n / 2, stop_time=n / 2 + 0.3, condition=label)
    with NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)


def _odd_nwb() -> Iterator[Attack]:
    import h5py

    def text_times(path: Path) -> None:
        _nwb(path, units=True)
        with h5py.File(path, "r+") as file:
            times = file["intervals/trials/start_time"]
            attrs = dict(times.attrs.items())
            del file["intervals/trials/start_time"]
            made = file["intervals/trials"].create_dataset("start_time", data=["10:00"] * 9, dtype=h5py.string_dtype())
            for name, value in attrs.items():
                made.attrs[name] = value

    yield "NWB without units", "x.nwb", _nwb, READ
    yield "NWB without trials", "x.nwb", lambda p: _nwb(p, units=True, trials=False), READ
    yield "NWB whose times are text", "x.nwb", text_times, READ
