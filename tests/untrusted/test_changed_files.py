"""Valid files changed at random, by a fixed seed: each is read or refused by one error of ours, whatever it holds.

`benchmarks/fuzz.py` does so with thousands, of every format, in children with an end to their time and memory.
"""

import gzip
import warnings
import zlib

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from neurouniv.schema import InputError
from neurouniv.studies import read_study
from neurouniv.systems.recordings.read import read_recording
from neurouniv.tasks.task_files import read_task

LABELS = np.array(list("abcabc"))
ACTIVITY = np.random.default_rng(0).normal(size=(6, 2))
FIELDS = {"activity": ACTIVITY, "condition": LABELS}
NUMBERS = (b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\x0e\0\0\0", b"\0\0\0\x80")
TABLE = "trial,unit,rate,stimulus\n" + "".join(f"{n},{u},{n}.5,{LABELS[n]}\n" for n in range(6) for u in "xy")
TASK = "condition,stimulus_x,target\na,1,0\nb,2,1\nc,3,0\n"
STUDY = "name: x\ntask: xor\nseeds: 2\nsystems:\n  networks:\n    - {name: mlp, width: 9, rule: [backprop]}\n"


def write_hdf5(path):
    with h5py.File(path, "w") as file:
        file["activity"], file["condition"] = ACTIVITY, LABELS.astype(object)
        file["activity"].attrs["units"] = "Hz"


WRITERS = {
    "x.npz": lambda path: np.savez(path, **FIELDS),
    "x.mat": lambda path: savemat(path, FIELDS),
    "x.h5": write_hdf5,
    "x.csv": lambda path: path.write_text(TABLE),
    "x.csv.gz": lambda path: path.write_bytes(gzip.compress(TABLE.encode())),
    "task.csv": lambda path: path.write_text(TASK),
    "x.yaml": lambda path: path.write_text(STUDY),
}


def changed(content, rng):
    """Bytes with a bit, a number, a part or the end of them changed."""
    held, at = bytearray(content), int(rng.integers(len(content)))
    match int(rng.integers(5)):
        case 0:
            held[at] ^= 1 << int(rng.integers(8))
        case 1:
            held[at - at % 4 : at - at % 4 + 4] = NUMBERS[rng.integers(len(NUMBERS))]
        case 2:
            del held[at : at + int(rng.integers(1, 30))]
        case 3:
            held[at:at] = held[: int(rng.integers(1, 30))]
        case _:
            del held[at:]
    return bytes(held)


def read(path):
    if path.suffix == ".yaml":
        read_study(path)
    elif path.name == "task.csv":
        read_task(path)
    else:
        read_recording(path)


def outcome(path):
    """1 where the file is read, 0 where it is refused; anything else is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(path)
        except InputError:
            return 0
    return 1


@pytest.mark.parametrize("name", WRITERS)
def test_changed_files_are_read_or_refused(tmp_path, name):
    rng, path = np.random.default_rng(len(name)), tmp_path / name
    WRITERS[name](path)
    content = path.read_bytes()
    assert outcome(path) == 1
    outcomes = []
    for number in range(25):
        path = tmp_path / f"{number}{name}" if name != "task.csv" else path
        path.write_bytes(changed(content, rng))
        outcomes.append(outcome(path))
    assert 0 in outcomes


def test_packed_elements_of_matlab_are_changed_within(tmp_path):
    """The sums of the packing are right again, so that only our look at the tags stands before scipy."""
    rng, path = np.random.default_rng(1), tmp_path / "x.mat"
    savemat(path, {"activity": ACTIVITY, "condition": LABELS.astype(object)})
    content = path.read_bytes()
    outcomes = []
    for _ in range(60):
        body = changed(content[128:], rng)
        packed = zlib.compress(body)
        path.write_bytes(content[:128] + b"\x0f\0\0\0" + len(packed).to_bytes(4, "little") + packed)
        outcomes.append(outcome(path))
    assert 0 in outcomes
