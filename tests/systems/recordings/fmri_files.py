"""Images as fMRI software writes them, of random numbers."""

import nibabel
import numpy as np
import pandas as pd
from scipy.io import savemat

AFFINE = np.array([[-3.0, 0.0, 0.0, 78.0], [0.0, 2.99, 0.17, -112.0], [0.0, -0.17, 2.99, -50.0], [0.0, 0.0, 0.0, 1.0]])
SHAPE = (6, 7, 5)


def values(count=12, seed=0):
    """(x, y, z, volume), with single precision's numbers."""
    return np.random.default_rng(seed).normal(size=(*SHAPE, count)).astype(np.float32)


def write(path, array, affine=AFFINE, descrip=""):
    """An image in a file."""
    image = nibabel.Nifti1Image(array, affine)
    image.header["descrip"] = descrip
    nibabel.save(image, path)
    return path


def ball():
    """A mask (x, y, z) of voxels about the middle."""
    x, y, z = np.indices(SHAPE)
    return (x - 3) ** 2 + (y - 3) ** 2 + (z - 2) ** 2 <= 6


def events(path, count=12, kinds="abcd", runs=3):
    """BIDS events, a row for each volume in turn."""
    condition = np.resize(list(kinds), count)
    table = {"onset": np.arange(count) * 4.0, "duration": 1.0, "trial_type": condition}
    frame = pd.DataFrame(table | {"run": np.repeat(np.arange(1, runs + 1), count // runs)})
    frame.to_csv(path, sep="\t", index=False)
    return frame


def spm_folder(folder, conditions=("faces", "houses", "a tool"), runs=2, design=True, seed=0):
    """Betas of SPM: conditions with a derivative and a modulator, six of movement, and a constant, for each run."""
    folder.mkdir(exist_ok=True)
    names = []
    for run in range(1, runs + 1):
        for condition in conditions:
            names += [f"Sn({run}) {condition}{end}" for end in ("*bf(1)", "*bf(2)", "xrt^1*bf(1)")]
        names += [f"Sn({run}) R{k}" for k in range(1, 7)]
    names += [f"Sn({run}) constant" for run in range(1, runs + 1)]
    held = values(len(names), seed).astype(float)
    held[~ball()] = np.nan
    for n, name in enumerate(names):
        write(folder / f"beta_{n + 1:04d}.nii", held[..., n], descrip=f"spm_spm:beta ({n + 1:04d}) - {name}"[:79])
    write(folder / "mask.nii", ball().astype(np.uint8))
    write(folder / "ResMS.nii", held[..., 0])
    write(folder / "con_0001.nii", held[..., 1], descrip="Contrast 1: faces > houses")
    for n in range(30):
        write(folder / f"Res_{n + 1:04d}.nii", values(1, seed=100 + n)[..., 0])
    if design:
        savemat(folder / "SPM.mat", {"SPM": {"xX": {"name": np.array(names, dtype=object), "erdf": 20.0}}})
    return held, names
