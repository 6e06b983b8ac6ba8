"""Betas of fMRI in NIfTI images: the same numbers as ten lines of NumPy, and what cannot be used is told."""

import hashlib
import json
import re
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy.spatial.distance import pdist

import neurouniv as nu
from neurouniv.schema import InputError, NeurounivWarning

from .fmri_files import AFFINE, SHAPE, ball, events, values, write


@pytest.fixture
def betas(tmp_path):
    """Twelve volumes, NaN outside a ball, with a table of events of another name."""
    held = values()
    held[~ball()] = np.nan
    events(tmp_path / "table.tsv")
    write(tmp_path / "mask.nii.gz", ball().astype(np.uint8))
    return write(tmp_path / "sub-01_betas.nii.gz", held), held


def by_numpy(held, inside):
    """The squared distances of mean patterns of a, b, c and d."""
    patterns = held[inside].T.astype(float)
    return pdist(np.array([patterns[k::4].mean(axis=0) for k in range(4)])) ** 2


@pytest.mark.parametrize("mask", [False, True])
def test_volumes_and_a_table_are_a_recording(betas, mask):
    path, held = betas
    chosen = {"mask": path.with_name("mask.nii.gz")} if mask else {}
    rec = nu.read_recording(path, events=path.with_name("table.tsv"), **chosen)
    np.testing.assert_array_equal(rec.activity.values, held[ball()].T)
    assert rec.run.values.tolist() == [1] * 4 + [2] * 4 + [3] * 4
    assert f"{ball().sum()} of {ball().size}" in nu.describe(rec)
    np.testing.assert_allclose(nu.trajectory(rec).h.values, [by_numpy(held, ball())], rtol=1e-10)


def test_the_files_that_were_used_are_known_by_their_checksums(betas):
    path, _ = betas
    table, mask = path.with_name("table.tsv"), path.with_name("mask.nii.gz")
    rec = nu.read_recording(path, events=table, mask=str(mask))
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (mask, table)}
    assert json.loads(rec.attrs["sha256_used"]) == sums
    nu.save(rec, path.with_name("kept.nc"))
    kept = nu.load(path.with_name("kept.nc"))
    np.testing.assert_allclose(kept.attrs["affine"], AFFINE.ravel(), rtol=1e-6)
    image = nu.to_nifti(kept.activity[0], kept)
    np.testing.assert_array_equal(image.get_fdata()[ball()], rec.activity[0].values)


def test_voxels_know_their_places_in_mm(betas):
    path, _ = betas
    rec = nu.read_recording(path, events=path.with_name("table.tsv"))
    expected = nibabel.affines.apply_affine(AFFINE, np.argwhere(ball()))
    np.testing.assert_allclose(np.stack([rec.x, rec.y, rec.z], axis=1), expected, atol=1e-4)
    assert rec.channel.values[0] == "_".join(map(str, np.argwhere(ball())[0]))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".img"])
def test_values_are_scaled_as_the_header_says(tmp_path, dtype, ending):
    image = nibabel.Nifti1Image(np.random.default_rng(0).integers(0, 200, (*SHAPE, 4)).astype(dtype), AFFINE)
    image.header.set_slope_inter(0.5, -3.0)
    kind = nibabel.Nifti1Pair if ending == ".img" else nibabel.Nifti1Image
    path = tmp_path / f"betas{ending}"
    kind(np.asarray(image.dataobj), AFFINE, image.header).to_filename(path)
    raw = (
        bytearray((path.with_suffix(".hdr") if ending == ".img" else path).read_bytes())
        if ending != ".nii.gz"
        else None
    )
    if raw is not None:  # nibabel writes slopes of its own: set them in the file
        raw[112:120] = np.array([0.5, -3.0], "<f4").tobytes()
        (path.with_suffix(".hdr") if ending == ".img" else path).write_bytes(bytes(raw))
    rec = nu.read_recording(path, conditions=list("abab"))
    expected = nibabel.load(path).get_fdata()[np.ones(SHAPE, bool)].T
    kept = (expected != expected[:1]).any(axis=0)
    np.testing.assert_allclose(rec.activity.values, expected[:, kept], rtol=1e-12)


@pytest.mark.parametrize("kind", [">f4", ">f8", ">i2"])
def test_numbers_of_other_machines_are_made_this_ones(tmp_path, kind):
    held = (100 * values()).astype(kind)
    image = nibabel.Nifti1Image(held, AFFINE, nibabel.Nifti1Header(endianness=">"))
    image.set_data_dtype(kind)
    nibabel.save(image, tmp_path / "betas.nii")
    rec = nu.read_recording(tmp_path / "betas.nii", conditions=list("abcd") * 3)
    assert rec.activity.dtype.isnative
    np.testing.assert_array_equal(
        rec.activity.values, nibabel.load(tmp_path / "betas.nii").get_fdata().reshape(-1, 12).T
    )


def test_a_column_that_was_chosen_is_told(betas):
    path, _ = betas
    table = events(path.with_name("table.tsv")).assign(condition=list("ab") * 6, kept=0)
    rec = nu.read_recording(path, events=table)
    assert rec.condition.values.tolist() == list("abcd") * 3
    assert "conditions: column trial_type" in rec.attrs["notes"]
    assert nu.read_recording(path, events=table, condition="condition").condition.values.tolist() == list("ab") * 6


def test_labels_themselves_name_the_volumes(betas):
    path, _ = betas
    for word in ("conditions", "events"):
        rec = nu.read_recording(path, **{word: list("abcd") * 3})
        assert rec.condition.values.tolist() == list("abcd") * 3
    listed = path.with_name("names.txt")
    listed.write_text("\n".join("abcd" * 3) + "\n")
    assert nu.read_recording(path, conditions=listed).condition.values.tolist() == list("abcd") * 3


def test_an_atlas_names_regions(betas):
    path, held = betas
    labels = np.zeros(SHAPE, np.int16)
    labels[:3], labels[3:, 2:] = 2, 11
    write(path.with_name("atlas.nii"), labels)
    path.with_name("atlas.tsv").write_text("index\tname\n2\tV1\n11\tIT\n")
    with pytest.warns(NeurounivWarning, match="of the atlas are NaN or infinite"):
        rec = nu.read_recording(path, events=path.with_name("table.tsv"), atlas=path.with_name("atlas.nii"))
    traj = nu.trajectory(rec, regions="region")
    assert traj.region.values.tolist() == ["IT", "V1"]
    for name, number in (("V1", 2), ("IT", 11)):
        inside = (labels == number) & ball()
        np.testing.assert_allclose(traj.h.sel(region=name).values, [by_numpy(held, inside)], rtol=1e-10)


def test_chunks_give_the_same_numbers(betas, tmp_path):
    _, held = betas
    path = write(tmp_path / "plain.nii", held)
    table = {"events": tmp_path / "table.tsv"}
    lazy, whole = nu.read_recording(path, chunks=5, **table), nu.read_recording(path, **table)
    assert lazy.activity.chunks[0] == (5, 5, 2)
    for metric in ("sqeuclidean", "crossnobis", "mahalanobis"):
        mine, theirs = (nu.trajectory(rec, metric=metric).h for rec in (lazy, whole))
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)
    with pytest.warns(NeurounivWarning, match="gunzip"):
        nu.read_recording(tmp_path / "sub-01_betas.nii.gz", chunks=5, **table)


@pytest.mark.parametrize(
    ("words", "beside", "folder"),
    [
        ("sub-01_task-x_run-2_space-MNI_desc-lss_betas", "sub-01_task-x_run-2_events.tsv", "."),
        ("sub-01_task-x_betas", "sub-01_task-x_betas.tsv", "."),
        ("sub-01_task-x_space-T1w_betas", "sub-01_task-x_events.tsv", "../../../../sub-01/func"),
    ],
)
def test_a_table_beside_the_file_is_found_by_its_name(tmp_path, words, beside, folder):
    place = tmp_path / ("derivatives/lss/sub-01/func" if folder != "." else "")
    (place / folder).mkdir(parents=True, exist_ok=True) if folder == "." else place.mkdir(parents=True)
    (place / folder).resolve().mkdir(parents=True, exist_ok=True)
    events(place / folder / beside)
    events(place / "sub-02_task-x_events.tsv", kinds="wxyz")
    rec = nu.read_recording(write(place / f"{words}.nii.gz", values()))
    assert rec.condition.values.tolist() == list("abcd") * 3
    assert f"conditions: from {beside}, beside it" in nu.describe(rec)


def test_sessions_are_matched_by_voxel(tmp_path):
    """Learning over sessions, each with its own table and mask; files with another grid do not match."""
    held = [values(seed=s) for s in range(3)]
    held[1][3, 3, 2] = np.nan  # a voxel that one session lacks
    for session in range(3):
        events(tmp_path / f"sub-01_ses-{session + 1}_task-x_events.tsv")
        write(tmp_path / f"sub-01_ses-{session + 1}_task-x_betas.nii.gz", held[session])
    rec = nu.read_recording(str(tmp_path / "*_betas.nii.gz"))
    traj = nu.trajectory(rec, metric="sqeuclidean")
    assert traj.time.attrs["axis"] == "learning"
    inside = np.ones(SHAPE, bool)
    expected = [by_numpy(held[0], inside) / inside.size, by_numpy(held[2], inside) / inside.size]
    np.testing.assert_allclose(traj.h.isel(time=[0, 2]), expected, rtol=1e-10)
    inside[3, 3, 2] = False
    np.testing.assert_allclose(traj.h.isel(time=1), by_numpy(held[1], inside) / inside.sum(), rtol=1e-10)
    write(tmp_path / "sub-01_ses-3_task-x_betas.nii.gz", held[2], AFFINE * 1.1)
    with pytest.raises(InputError, match='match_channels="never"'):
        nu.read_recording(str(tmp_path / "*_betas.nii.gz"))


def test_several_tables_are_told_apart_by_their_names(tmp_path):
    for run, kinds in ((1, "abcd"), (2, "dcba")):
        (tmp_path / "tables").mkdir(exist_ok=True)
        events(tmp_path / "tables" / f"sub-01_run-{run}_events.tsv", kinds=kinds, runs=1)
        write(tmp_path / f"sub-01_run-{run}_betas.nii", values(seed=run))
    pattern = str(tmp_path / "tables" / "*.tsv")
    rec = nu.read_recording(str(tmp_path / "*.nii"), events=pattern, run=[1, 2])
    assert rec.condition.values.tolist() == [*list("abcd") * 3, *list("dcba") * 3]
    with pytest.raises(InputError, match=r"names 2 tables .* and 0 of them"):
        nu.read_recording(write(tmp_path / "sub-02_run-1_betas.nii", values()), events=pattern)
    with pytest.raises(InputError, match="No table fits the pattern"):
        nu.read_recording(str(tmp_path / "*.nii"), events=str(tmp_path / "no_*.tsv"))


def test_an_image_in_memory_is_read(betas):
    path, held = betas
    image = nibabel.Nifti1Image(held, AFFINE)
    rec = nu.read_recording(
        image, events=path.with_name("table.tsv"), mask=nibabel.Nifti1Image(ball().astype("u1"), AFFINE)
    )
    np.testing.assert_array_equal(rec.activity.values, held[ball()].T)


def test_a_real_file_gives_the_numbers_of_numpy():
    """nibabel's functional.nii, 20 volumes that SPM's users made."""
    path = Path(nibabel.__file__).parent / "tests" / "data" / "functional.nii"
    names = list("abcde") * 4
    held = nibabel.load(path).get_fdata()
    patterns = held[(held.max(-1) > held.min(-1)) & np.isfinite(held).all(-1)].T
    means = np.array([patterns[[n == name for n in names]].mean(axis=0) for name in "abcde"])
    rec = nu.read_recording(path, conditions=names)
    np.testing.assert_allclose(nu.trajectory(rec).h.values[0], pdist(means) ** 2, rtol=1e-10)
    np.testing.assert_allclose(
        nu.trajectory(rec, metric="correlation").h.values[0], pdist(means, "correlation"), atol=1e-10
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, r'12 volumes, and nothing says the condition.*events=".*table.tsv".*betas'),
        ({"events": "nothing.tsv"}, "There is no table 'nothing.tsv'"),
        ({"condition": "table.tsv"}, "The table itself goes to events"),
        ({"conditions": ["a", "b"]}, "has 2 rows for 12 volumes"),
        ({"events": ["a"] * 12, "conditions": ["b"] * 12}, "Give one of them"),
        ({"conditions": list("abcd") * 3, "mask": np.ones((2, 2, 2))}, "needs one number for each voxel"),
        ({"conditions": list("abcd") * 3, "mask": np.random.default_rng(0).random(SHAPE)}, "Probabilities"),
        ({"conditions": list("abcd") * 3, "mask": np.zeros(SHAPE)}, "no voxel inside"),
        ({"conditions": list("abcd") * 3, "mask": "no.nii"}, "There is no mask 'no.nii'"),
        ({"conditions": list("abcd") * 3, "atlas": np.full(SHAPE, 0.5)}, "a whole number for the region"),
        ({"conditions": list("abcd") * 3, "masks": "m.nii"}, "no setting for reading an image"),
    ],
)
def test_what_cannot_be_used_is_told(betas, settings, message):
    with pytest.raises(InputError, match=message):
        nu.read_recording(betas[0], **settings)


def test_other_grids_are_refused_and_nothing_is_resampled(betas):
    path, _ = betas
    moved = AFFINE + np.outer([1.5, 0, 0, 0], [0, 0, 0, 1])
    for other, told in ((moved, "the first at"), (AFFINE, "5x7x5 voxels")):
        shape = SHAPE if told == "the first at" else (5, 7, 5)
        mask = write(path.with_name("other.nii.gz"), np.ones(shape, np.uint8), other)
        with pytest.raises(InputError, match=rf"'other.nii.gz' needs the grid of.*{told}.*resample_to_img"):
            nu.read_recording(path, conditions=list("abcd") * 3, mask=mask)


def test_rows_and_volumes_that_differ_are_counted(betas):
    path, _ = betas
    table = path.with_name("short.tsv")
    events(table, count=9)
    with pytest.raises(InputError, match=r"has 9 rows \(trial_type: a 3, b 2, c 2, d 2\) for 12 volumes"):
        nu.read_recording(path, events=table)
    events(table, count=24, kinds="abcdefghijkl")
    with pytest.raises(InputError, match=r"as many kinds of trial_type as volumes.*in the order of the volumes"):
        nu.read_recording(path, events=table)


def test_a_time_series_asks_for_betas(tmp_path):
    image = nibabel.Nifti1Image(values(300), AFFINE)
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_zooms((3, 3, 3, 2.0))
    path = tmp_path / "sub-01_task-x_bold.nii.gz"
    nibabel.save(image, path)
    with pytest.raises(InputError, match=r"repetition time of 2 s.*betas, one volume for each trial.*GLMsingle, SPM"):
        nu.read_recording(path)
    events(tmp_path / "sub-01_task-x_events.tsv", count=30)
    with pytest.raises(InputError, match=re.escape("has 30 rows") + ".*for 300 volumes.*betas.*beside"):
        nu.read_recording(path)


def test_damaged_and_wrong_images_are_told(tmp_path):
    path = write(tmp_path / "betas.nii", values())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut short or damaged"):
        nu.read_recording(path, conditions=list("abcd") * 3)
    write(path, values().astype(np.complex64))
    with pytest.raises(InputError, match="needs real numbers"):
        nu.read_recording(path, conditions=list("abcd") * 3)
    write(path, values()[..., None, :])
    with pytest.raises(InputError, match="3-D image, or 4-D"):
        nu.read_recording(path, conditions=list("abcd") * 3)
    write(path, values()[..., 0])
    with pytest.raises(InputError, match="holds one volume"):
        nu.read_recording(path)
