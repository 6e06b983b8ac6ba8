"""Maps on surfaces: GIFTI and CIFTI-2, as nibabel writes them."""

import nibabel
import numpy as np
import pytest
from nibabel.cifti2 import BrainModelAxis, Cifti2Image, ScalarAxis, SeriesAxis

import neurouniv as nu
from neurouniv.schema import InputError

from .fmri_files import AFFINE, events

MAPS = np.random.default_rng(0).normal(size=(12, 9)).astype(np.float32)


def gifti(path, names=None, apart=True):
    """Maps of nine vertices of the left hemisphere, an array each or together."""
    code = "NIFTI_INTENT_TIME_SERIES" if names is None else "NIFTI_INTENT_SHAPE"
    metas = [{} if names is None else {"Name": name} for name in (names or [""] * len(MAPS))]
    arrays = list(MAPS) if apart else [MAPS.T]
    darrays = [nibabel.gifti.GiftiDataArray(a, code, meta=m) for a, m in zip(arrays, metas, strict=False)]
    image = nibabel.gifti.GiftiImage(darrays=darrays)
    image.meta["AnatomicalStructurePrimary"] = "CortexLeft"
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("apart", [True, False])
def test_gifti_maps_and_a_table_are_a_recording(tmp_path, apart):
    path = gifti(tmp_path / "sub-01_hemi-L_bold.func.gii", apart=apart)
    events(tmp_path / "events.tsv")
    rec = nu.read_recording(path, events=tmp_path / "events.tsv")
    np.testing.assert_array_equal(rec.activity.values, MAPS)
    assert set(rec.hemisphere.values.tolist()) == {"L"}
    with pytest.raises(InputError, match="12 maps, and nothing says the condition"):
        nu.read_recording(path)


def test_names_of_gifti_maps_are_conditions(tmp_path):
    path = gifti(tmp_path / "betas.shape.gii", list("abcdefghijkl"))
    assert nu.read_recording(path).condition.values.tolist() == list("abcdefghijkl")


def brain():
    """Four vertices of the cortex and five voxels of the thalamus."""
    cortex = BrainModelAxis.from_surface(np.array([0, 2, 4, 6]), 8, name="CortexLeft")
    mask = np.zeros((3, 3, 3), bool)
    mask[1, 1, :] = mask[0, 0, :2] = True
    return cortex + BrainModelAxis.from_mask(mask, name="thalamus_left", affine=AFFINE)


def test_cifti_scalars_are_named_and_series_are_not(tmp_path):
    path = tmp_path / "betas.dscalar.nii"
    nibabel.save(Cifti2Image(MAPS, (ScalarAxis(list("abcdefghijkl")), brain())), path)
    rec = nu.read_recording(path)
    np.testing.assert_array_equal(rec.activity.values, MAPS)
    assert rec.condition.values.tolist() == list("abcdefghijkl")
    assert rec.structure.values.tolist() == ["CORTEX_LEFT"] * 4 + ["THALAMUS_LEFT"] * 5
    assert nu.trajectory(rec, regions="structure").h.shape == (2, 1, 66)
    series = tmp_path / "run.dtseries.nii"
    nibabel.save(Cifti2Image(MAPS, (SeriesAxis(0, 2, 12), brain())), series)
    with pytest.raises(InputError, match=r"12 maps, and nothing says the condition.*betas"):
        nu.read_recording(series)
    rec = nu.read_recording(series, conditions=list("abcd") * 3)
    np.testing.assert_array_equal(rec.activity.values, MAPS)


def test_what_is_no_map_is_told(tmp_path):
    points = nibabel.gifti.GiftiDataArray(np.zeros((4, 3), np.float32), "NIFTI_INTENT_POINTSET")
    path = tmp_path / "lh.surf.gii"
    nibabel.save(nibabel.gifti.GiftiImage(darrays=[points]), path)
    with pytest.raises(InputError, match="holds a surface"):
        nu.read_recording(path)
