"""One image for each condition: SPM's betas by their regressors, maps of nilearn by their names, GLMsingle's files."""

import h5py
import nibabel
import numpy as np
import pytest
from scipy.io import savemat

import neurouniv as nu
from neurouniv.schema import InputError, NeurounivWarning

from .fmri_files import AFFINE, SHAPE, ball, spm_folder, values, write


@pytest.mark.parametrize("design", [True, False])
def test_betas_of_spm_are_named_by_their_regressors(tmp_path, design):
    """Conditions and runs; movement, constants, derivatives and modulators are left out, and so is all else there."""
    held, names = spm_folder(tmp_path / "spm", design=design)
    rec = nu.read_recording(tmp_path / "spm")
    kept = [n for n, name in enumerate(names) if name.endswith("*bf(1)") and "^" not in name]
    assert rec.condition.values.tolist() == ["faces", "houses", "a tool"] * 2
    assert rec.run.values.tolist() == [1, 1, 1, 2, 2, 2]
    np.testing.assert_array_equal(rec.activity.values, held[ball()].T[kept])
    origin = "SPM.mat" if design else "their headers"
    assert f"by {origin}; {len(names) - 6} others left out" in rec.attrs["notes"]
    traj = nu.trajectory(rec, metric="crossnobis")
    faces, houses = (held[ball()].T[kept][k::3] for k in (0, 1))
    pair = (set(pair) == {"faces", "houses"} for pair in zip(traj.first.values, traj.second.values, strict=True))
    np.testing.assert_allclose(
        traj.h.values[0][list(pair)], (faces[0] - houses[0]) @ (faces[1] - houses[1]), rtol=1e-10
    )


def test_a_pattern_of_betas_needs_no_folder(tmp_path):
    spm_folder(tmp_path / "spm")
    rec = nu.read_recording(str(tmp_path / "spm" / "beta_000[1-7].nii"))
    assert rec.condition.values.tolist() == ["faces", "houses", "a tool"]
    contrasts = [tmp_path / f"con_000{n}.nii" for n in (1, 2)]
    for n, path in enumerate(contrasts):
        write(path, values(1, seed=n)[..., 0], descrip=f"Contrast {n}: {'faces - All Sessions' if n else 'houses'}")
    assert nu.read_recording(contrasts).condition.values.tolist() == ["houses", "faces - All Sessions"]


def test_a_design_of_another_analysis_is_told(tmp_path):
    spm_folder(tmp_path / "spm")
    spm_folder(tmp_path / "other", conditions=("cars", "tools", "x"))
    (tmp_path / "other" / "SPM.mat").rename(tmp_path / "spm" / "SPM.mat")
    with pytest.raises(InputError, match=r"the SPM.mat is of another analysis"):
        nu.read_recording(tmp_path / "spm")
    (tmp_path / "spm" / "SPM.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    with pytest.warns(NeurounivWarning, match="the images' headers are"):
        assert "their headers" in nu.read_recording(tmp_path / "spm").attrs["notes"]


def test_betas_without_a_condition_are_told(tmp_path):
    spm_folder(tmp_path / "spm")
    with pytest.raises(InputError, match="none is of a condition"):
        nu.read_recording([tmp_path / "spm" / f"beta_00{n}.nii" for n in (10, 11, 12)])


@pytest.mark.slow
def test_days_of_betas_are_sessions_with_residuals_of_their_own(tmp_path):
    for day in (1, 2, 3):
        spm_folder(tmp_path / f"day{day}", seed=day)
    rec = nu.read_recording(str(tmp_path / "day*" / "beta_*.nii"), residuals="Res_*.nii", dof=20)
    assert (rec.sizes["sample"], float(rec.sample_freedom.sum())) == (90, 60.0)
    how = {"metric": "crossnobis", "noise_precision": "residuals", "shrinkage": 0.5}
    traj = nu.trajectory(rec, **how)
    assert traj.time.values.tolist() == [1, 2, 3]
    alone = nu.read_recording(tmp_path / "day2", residuals="Res_*.nii", dof=20)  # the same residuals every day
    np.testing.assert_allclose(traj.h[1], nu.trajectory(alone, **how).h[0])
    with pytest.raises(InputError, match=r"residuals all or none; .* has none"):
        nu.read_recording([alone, nu.read_recording(tmp_path / "day3")], session=[1, 2])


def test_maps_of_nilearn_and_fitlins_are_named_by_their_contrasts(tmp_path):
    """Effects are taken, and it is said; statistics lie beside them; runs are runs."""
    held = values(8)
    for run in (1, 2):
        for k, name in enumerate("abcd"):
            stem = f"sub-01_task-x_run-{run}_contrast-{name}_stat"
            write(tmp_path / f"{stem}-effect_statmap.nii.gz", held[..., 4 * run - 4 + k])
            for stat in ("t", "z", "p", "variance"):
                write(tmp_path / f"{stem}-{stat}_statmap.nii.gz", -held[..., k])
    write(tmp_path / "sub-01_task-x_mask.nii.gz", np.ones(SHAPE, np.uint8))
    rec = nu.read_recording(tmp_path)
    assert rec.condition.values.tolist() == list("abcd") * 2
    assert rec.run.values.tolist() == [1] * 4 + [2] * 4
    np.testing.assert_array_equal(rec.activity.values, held.reshape(-1, 8).T)
    assert "the 8 of kind effect, not the others beside them (8 t, 8 z)" in rec.attrs["notes"]
    assert nu.read_recording(str(tmp_path / "*_stat-t_*")).activity.values[0, 0] == -held[0, 0, 0, 0]
    for path in tmp_path.glob("*effect*"):
        path.unlink()
    with pytest.raises(InputError, match="images of several kinds: 8 x t, 8 x z"):
        nu.read_recording(tmp_path)


def test_names_of_files_are_conditions_where_they_say_so(tmp_path):
    for k, name in enumerate(("face", "house", "tool")):
        write(tmp_path / f"beta_{name}.nii", values(1, k)[..., 0])
        write(tmp_path / f"img_{k}.nii", values(1, k)[..., 0])
    assert nu.read_recording(str(tmp_path / "beta_*")).condition.values.tolist() == ["face", "house", "tool"]
    with pytest.raises(InputError, match=r"3 images of one volume.*do not say the condition.*conditions=\[\.\.\.\]"):
        nu.read_recording(str(tmp_path / "img_*"))
    rec = nu.read_recording(str(tmp_path / "img_*"), conditions=["x", "y", "x"])
    assert rec.condition.values.tolist() == ["x", "y", "x"]


def test_a_table_of_file_names_puts_conditions_in_order(tmp_path):
    for k in range(3):
        write(tmp_path / f"img_{k}.nii", values(1, k)[..., 0])
    (tmp_path / "table.csv").write_text("file,condition,kept\nimg_2.nii,two,0\nimg_0.nii,zero,0\nimg_1.nii,one,0\n")
    rec = nu.read_recording(str(tmp_path / "img_*"), events=tmp_path / "table.csv")
    assert rec.condition.values.tolist() == ["zero", "one", "two"]


def test_maps_of_sessions_are_sessions(tmp_path):
    for session, k, name in np.ndindex(2, 2, 3):
        folder = tmp_path / f"ses-{session + 1}"
        folder.mkdir(exist_ok=True)
        stem = f"sub-01_ses-{session + 1}_run-{k + 1}_contrast-{'abc'[name]}_stat-effect_statmap"
        write(folder / f"{stem}.nii", values(1, 100 * session + 10 * k + name)[..., 0])
    rec = nu.read_recording(tmp_path)
    assert rec.session.values.tolist() == [1] * 6 + [2] * 6
    assert rec.run.values.tolist() == [1, 1, 1, 2, 2, 2] * 2
    assert rec.condition.values.tolist() == list("abc") * 4
    np.testing.assert_array_equal(rec.activity[7].values, values(1, 101).reshape(-1))
    assert rec.attrs["subject"] == "01"


def test_images_of_one_and_of_several_volumes_do_not_mix(tmp_path):
    write(tmp_path / "betas.nii", values())
    write(tmp_path / "anatomy.nii", values(1)[..., 0])
    with pytest.raises(InputError, match=r"holds 12 volumes and 'anatomy.nii' one"):
        nu.read_recording(tmp_path)


def glmsingle(path, held, matlab):
    """TYPED_FITHRF_GLMDENOISE_RR as GLMsingle of Python, or of MATLAB, writes it."""
    with h5py.File(path, "w", userblock_size=512 if matlab else 0) as file:
        name = "modelmd" if matlab else "betasmd"
        file.create_dataset(name, data=held.T if matlab else held)
        file.create_dataset("R2", data=held[..., 0])
        if matlab:
            file[name].attrs["MATLAB_class"] = np.bytes_("single")
    if matlab:
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\x00\x02IM")
    return path


@pytest.mark.parametrize("matlab", [True, False])
def test_betas_of_glmsingle_are_read_with_its_design(tmp_path, matlab):
    held = values()
    path = glmsingle(tmp_path / f"TYPED_FITHRF_GLMDENOISE_RR.{'mat' if matlab else 'hdf5'}", held, matlab)
    with pytest.raises(InputError, match="12 volumes, and nothing says the condition"):
        nu.read_recording(path)
    savemat(tmp_path / "DESIGNINFO.mat", {"stimorder": np.tile([3, 1, 2], 4), "numtrialrun": [6, 6]})
    as_nifti = nu.read_recording(write(tmp_path / "TYPED_FITHRF_GLMDENOISE_RR.nii.gz", held))
    rec = nu.read_recording(path)
    np.testing.assert_array_equal(as_nifti.condition, rec.condition)
    assert rec.condition.values.tolist() == ["3", "1", "2"] * 4
    assert rec.run.values.tolist() == [1] * 6 + [2] * 6
    np.testing.assert_array_equal(rec.activity.values, held.reshape(-1, 12).T)
    assert "x" not in rec.coords
    mask = write(tmp_path / "mask.nii", ball().astype(np.uint8))
    savemat(tmp_path / "DESIGNINFO.mat", {"stimorder": np.arange(13)})
    with pytest.raises(InputError, match=r"stimorder of .* has 13 rows for 12 volumes"):
        nu.read_recording(path)
    (tmp_path / "DESIGNINFO.mat").unlink()
    with h5py.File(tmp_path / "DESIGNINFO.mat", "w", userblock_size=512) as file:  # as MATLAB 7.3 writes it
        file["stimorder"] = np.tile([[3.0], [1.0], [2.0]], (4, 1))
    np.testing.assert_array_equal(nu.read_recording(path).condition, rec.condition)
    placed = nu.read_recording(path, mask=mask, chunks=5)
    np.testing.assert_array_equal(placed.activity.values, held[ball()].T)
    expected = nibabel.affines.apply_affine(AFFINE, np.argwhere(ball()))
    np.testing.assert_allclose(np.stack([placed.x, placed.y, placed.z], axis=1), expected, atol=1e-4)
