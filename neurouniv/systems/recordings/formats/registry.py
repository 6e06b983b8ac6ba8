"""The formats that can be read: how each is recognised by its content, what reads it, and its own settings.

A new format is a file with a reader, and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.storage import is_store
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.assembly.named_dims import names_told
from neurouniv.systems.recordings.formats import neo_files, rsatoolbox
from neurouniv.systems.recordings.formats.arrays import hdf5, netcdf, numpy_files
from neurouniv.systems.recordings.formats.images import glmsingle, image_files, nifti, surfaces
from neurouniv.systems.recordings.formats.matlab import mat_files
from neurouniv.systems.recordings.formats.mne import brainvision, eeglab, fif_files, raw_files
from neurouniv.systems.recordings.formats.nwb import nwb_files
from neurouniv.systems.recordings.formats.series import alf, caiman, loose, minian, phy, pynapple, suite2p
from neurouniv.systems.recordings.formats.tables import table_files

HDF5, FIF = b"\x89HDF\r\n\x1a\n", b"\x00\x00\x00\x64\x00\x00\x00\x1f\x00\x00\x00\x14"
MATLAB = tuple(dict.fromkeys((*loose.SETTINGS, *mat_files.SETTINGS)))


@dataclass(frozen=True)
class Format:
    """One format of files or objects.

    name : what code calls it. kind : what messages call one file of it. label : what lists of formats call it.
    recognises : whether (path, how the file begins), or (object,), is of it.
    read : (path or object, its name in messages, **own settings) -> Fields, or a Dataset.
    settings : its own, beside those of every recording. beside : endings of files of the same name that belong to it.
    parts : patterns of the files of a folder that are read.
    holds_rdms : whether `read_rdms` takes what `read` gives. is_table : whether a folder of recordings may hold a file
        of it that describes them (participants.tsv).
    """

    name: str
    kind: str
    label: str
    recognises: Callable[..., bool]
    read: Callable[..., Any]
    settings: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    holds_rdms: bool = False
    is_table: bool = False

    def files_in(self, folder: Path) -> list[Path]:
        """The files of a folder that are read."""
        return sorted({file for pattern in self.parts for file in folder.glob(pattern) if file.is_file()})


def _hdf5(path: Path, start: bytes) -> bool:
    return start.startswith(HDF5)


def _is_nwb(path: Path, start: bytes) -> bool:
    import h5py

    if not _hdf5(path, start):
        return False
    with h5py.File(path, "r") as file:
        return "nwb_version" in file.attrs or "nwb_version" in file


def _plain_hdf5(path: Path, start: bytes) -> bool:
    return _hdf5(path, start) and hdf5.is_plain(path)


def _begins(*signatures: bytes) -> Callable[[Path, bytes], bool]:
    return lambda path, start: start.startswith(signatures)


def _dataset(obj: xr.Dataset, source: str) -> xr.Dataset:
    return netcdf.without_multiindex(obj)


def _array(obj: xr.DataArray, source: str) -> xr.Dataset:
    return netcdf.without_multiindex(obj.to_dataset(name="activity"))


def _entries(obj: dict[str, Any], source: str) -> Fields:
    dims = {name: names_told(entry.dims) for name, entry in obj.items() if isinstance(entry, xr.DataArray)}
    return Fields(obj, source, "Its entries", given={}, dims=dims)


def _rsatoolbox(path: Path, start: bytes) -> bool:
    return _hdf5(path, start) and rsatoolbox.is_file(path)


def _eeglab(path: Path, start: bytes) -> bool:
    return mat_files.is_mat(start) and eeglab.is_eeglab(path)


FILES = (  # in this order: the first that recognises a file reads it
    Format("nifti", "an image (NIfTI)", "NIfTI", nifti.is_nifti, nifti.read_nifti, nifti.SETTINGS, (".img",)),
    Format("gifti", "a GIFTI file", "GIFTI", surfaces.is_gifti, surfaces.read_gifti, surfaces.SETTINGS),
    Format("glmsingle", "a GLMsingle file", "GLMsingle", glmsingle.is_file, glmsingle.read_betas, glmsingle.SETTINGS),
    Format("eeglab", "an EEGLAB file", "EEGLAB .set", _eeglab, eeglab.read_eeglab, eeglab.SETTINGS, (".fdt",)),
    Format("fall", "suite2p's Fall.mat", "suite2p", suite2p.is_fall, suite2p.read_fall, suite2p.SETTINGS),
    Format(
        "matlab73", "a MATLAB 7.3 file", "MATLAB .mat", lambda path, start: mat_files.is_v73(start),
        loose.or_aligned(mat_files.read_v73, mat_files.SETTINGS), MATLAB, (".dat",), holds_rdms=True,
    ),
    Format(
        "matlab5", "a MATLAB file", "MATLAB .mat", _begins(mat_files.VERSION_5),
        loose.or_aligned(mat_files.read_v5, mat_files.SETTINGS), MATLAB, (".dat",),
        holds_rdms=True,
    ),
    Format("nwb", "an NWB file", "NWB", _is_nwb, nwb_files.read_nwb, nwb_files.SETTINGS),
    Format("mne_raw", "continuous data", "EDF/BDF", raw_files.is_raw, raw_files.read_raw, raw_files.SETTINGS),
    Format(
        "neo", "a file of Neo", "Neo", neo_files.is_neo_file, neo_files.read_neo,
        neo_files.SETTINGS,
    ),
    Format("rsatoolbox", "an rsatoolbox file", "rsatoolbox", _rsatoolbox, rsatoolbox.read_file),
    Format("caiman", "CaImAn's results", "CaImAn", caiman.is_caiman, caiman.read_caiman, caiman.SETTINGS),
    Format("hdf5", "an HDF5 file", "HDF5", _plain_hdf5, loose.or_aligned(hdf5.read_hdf5), loose.SETTINGS),
    Format("minian", "Minian's results", "Minian", minian.is_minian_file, minian.read_minian_file, minian.SETTINGS),
    Format(
        "netcdf", "a netCDF file", "netCDF", _begins(HDF5, b"CDF"), netcdf.open_netcdf, netcdf.SETTINGS, holds_rdms=True
    ),
    Format(
        "brainvision", "a BrainVision file", "BrainVision .vhdr", _begins(*brainvision.SIGNATURES),
        brainvision.read_brainvision, brainvision.SETTINGS, (".vmrk", ".eeg", ".dat"),
    ),
    Format("fif", "a FIF file", "MNE .fif", _begins(FIF), fif_files.read_fif, fif_files.SETTINGS),
    Format(
        "pynapple", "a file of pynapple", "pynapple", pynapple.is_pynapple_file, pynapple.read_pynapple,
        pynapple.SETTINGS,
    ),
    Format(
        "npz", "a .npz file", ".npz", _begins(b"PK\x03\x04"), loose.or_aligned(numpy_files.read_npz), loose.SETTINGS,
        holds_rdms=True,
    ),
    Format("npy", "a .npy file", ".npy", _begins(b"\x93NUMPY"), loose.read_npy, loose.SETTINGS, is_table=True),
    Format(
        "parquet", "a Parquet table", "Parquet", _begins(table_files.PARQUET), table_files.read_parquet,
        table_files.SETTINGS, is_table=True,
    ),
    Format(
        "csv", "a CSV table", "CSV", table_files.is_text_table, table_files.read_csv, table_files.SETTINGS,
        is_table=True,
    ),
)  # fmt: skip
STORES = (
    Format(
        "minian_store", "Minian's results", "Minian", lambda path, start: is_store(path) and
        minian.is_minian_file(path, start), minian.read_minian_file, minian.SETTINGS,
    ),
    Format(
        "zarr", "a zarr store", "zarr", lambda path, start: is_store(path), netcdf.open_zarr, netcdf.SETTINGS,
        holds_rdms=True,
    ),
)  # fmt: skip
FOLDERS = (  # a folder of files that are one recording together
    Format(
        "suite2p", "a suite2p folder", "suite2p", suite2p.is_suite2p, suite2p.read_suite2p, suite2p.SETTINGS,
        parts=suite2p.PARTS,
    ),
    Format("phy", "a Kilosort/phy folder", "Kilosort/phy", phy.is_phy, phy.read_phy, phy.SETTINGS, parts=phy.PARTS),
    Format("alf", "an ALF folder (IBL)", "IBL ALF", alf.is_alf, alf.read_alf, alf.SETTINGS, parts=alf.PARTS),
    Format(
        "minian_folder", "a Minian folder", "Minian", minian.is_minian_folder, minian.read_minian_folder,
        minian.SETTINGS, parts=minian.PARTS,
    ),
    Format(
        "neo_folder", "a folder of Neo", "Neo", neo_files.is_neo_folder, neo_files.read_neo,
        neo_files.SETTINGS,
    ),
    Format(
        "mne_raw_folder", "continuous data", "CTF .ds", raw_files.is_raw_folder, raw_files.read_raw, raw_files.SETTINGS
    ),
)  # fmt: skip
OBJECTS = (
    Format(
        "epochs", "MNE epochs", "an mne.Epochs", fif_files.is_epochs, fif_files.from_epochs, fif_files.SETTINGS
    ),
    Format(
        "minian_dataset", "Minian's results", "an xarray.Dataset", minian.is_minian, minian.from_minian,
        minian.SETTINGS,
    ),
    Format("dataset", "a Dataset", "an xarray.Dataset", lambda obj: isinstance(obj, xr.Dataset), _dataset),
    Format(
        "dataframe", "a pandas DataFrame", "a pandas.DataFrame", table_files.is_frame, table_files.from_frame,
        table_files.SETTINGS,
    ),
    Format("dataarray", "a DataArray", "an xarray.DataArray", lambda obj: isinstance(obj, xr.DataArray), _array),
    Format(
        "rsatoolbox_dataset", "an rsatoolbox data set", "an rsatoolbox Dataset", rsatoolbox.is_dataset,
        rsatoolbox.from_dataset,
    ),
    Format("image", "an image of nibabel", "a nibabel image", nifti.is_image, nifti.from_image, nifti.SETTINGS),
    Format(
        "image_files", "images (NIfTI), a volume each", "a nibabel image", image_files.are_images,
        image_files.read_image_files, nifti.SETTINGS,
    ),
    Format(
        "pynapple_object", "a series of pynapple", "a pynapple TsGroup", pynapple.is_pynapple,
        pynapple.from_pynapple, pynapple.SETTINGS,
    ),
    Format("neo_object", "a block of Neo", "a neo.Block", neo_files.is_neo, neo_files.from_neo, neo_files.SETTINGS),
    Format(
        "dict", "a dict of arrays", "a dict of arrays", lambda obj: isinstance(obj, dict),
        loose.or_aligned(_entries), loose.SETTINGS,
    ),
)  # fmt: skip


def listed(formats: Iterable[Format], last: str = "and") -> str:
    """The formats as a message lists them.

    Examples
    --------
    >>> listed(OBJECTS[:4], "or")
    'an mne.Epochs, an xarray.Dataset or a pandas.DataFrame'
    """
    *labels, final = dict.fromkeys(format.label for format in formats)
    return f"{', '.join(labels)} {last} {final}" if labels else final


KNOWN = listed((*STORES, *FOLDERS, *FILES))
