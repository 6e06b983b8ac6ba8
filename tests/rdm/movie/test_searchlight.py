"""Searchlights from coordinates and a radius, and maps of them."""

import nibabel
import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import cdist

import neurouniv as nu
from neurouniv.rdm.movie import regions as regions_module
from neurouniv.rdm.noise import whitening
from neurouniv.schema import InputError, history

AFFINE = np.array([[-2.0, 0.0, 0.0, 10.0], [0.0, 2.0, 0.0, -4.0], [0.0, 0.0, 3.0, 6.0], [0.0, 0.0, 0.0, 1.0]])
SHAPE = (5, 4, 3)


def voxels(seed=0, sessions=1):
    """A recording of three conditions in three runs, in the voxels of half a grid."""
    rng = np.random.default_rng(seed)
    indices = np.argwhere(rng.random(SHAPE) < 0.6)
    points = dict(zip("xyz", (nibabel.affines.apply_affine(AFFINE, indices)).T, strict=True))
    session, run, condition = np.indices((sessions, 3, 3)).reshape(3, -1)
    coords = {name: ("channel", values) for name, values in points.items()}
    coords |= {"condition": ("trial", np.array(list("abc"))[condition]), "run": ("trial", run)}
    coords |= {"session": ("trial", session), "channel": ["_".join(map(str, row)) for row in indices]}
    values = rng.normal(size=(session.size, len(indices)))
    attrs = {"affine": AFFINE.ravel(), "grid": np.array(SHAPE)}
    return xr.Dataset({"activity": (("trial", "channel"), values)}, coords, attrs)


@pytest.mark.parametrize("radius", [2.0, 3.0, 4.5])
def test_a_searchlight_holds_the_channels_within_its_radius(radius):
    rec = voxels()
    points = np.stack([rec.x, rec.y, rec.z], axis=1)
    near = cdist(points, points) <= radius
    masks = xr.DataArray(near, dims=("searchlight", "channel"))
    for metric in ("sqeuclidean", "crossnobis"):
        traj = nu.trajectory(rec, metric=metric, searchlight=radius)
        np.testing.assert_allclose(traj.h, nu.trajectory(rec, metric=metric, regions=masks).h, rtol=1e-12)
        np.testing.assert_array_equal(np.stack([traj.x, traj.y, traj.z], axis=1), points)
    assert nu.searchlight(rec, radius).centre.values.tolist() == rec.channel.values.tolist()
    assert history(traj)[-1]["settings"]["regions"] == f"searchlights of {radius:g} mm"


@pytest.mark.parametrize("metric", ["mahalanobis", "crossnobis"])
def test_noise_of_many_channels_is_taken_searchlight_by_searchlight(monkeypatch, metric):
    rec = voxels(sessions=2)
    how = {"metric": metric, "noise_precision": "residuals", "searchlight": 4.0}
    expected = nu.trajectory(rec, **how).h
    monkeypatch.setattr(whitening, "WIDE", 2)
    monkeypatch.setattr(regions_module, "ROOM", 0)
    np.testing.assert_allclose(nu.trajectory(rec, **how).h, expected, rtol=1e-9)
    monkeypatch.setattr(whitening, "MOST", 3)
    with pytest.raises(InputError, match=r"is a matrix of 128 bytes.*searchlight=8"):
        nu.trajectory(rec, **how)


def test_searchlights_are_of_the_recording_that_they_were_made_of():
    rec = voxels()
    made = nu.searchlight(rec, 4.0)
    for other in (rec.isel(channel=slice(None, None, -1)), rec.isel(channel=slice(1, None))):
        with pytest.raises(InputError, match=r"other channels.*neurouniv.searchlight\(rec, radius=4\)"):
            nu.trajectory(other, regions=made)
    with pytest.raises(InputError, match="Give one of them"):
        nu.trajectory(rec, regions=made, searchlight=4.0)


def test_a_radius_or_places_that_cannot_be_are_told():
    rec = voxels()
    with pytest.raises(InputError, match=r"holds one channel alone; the nearest two are 2 mm apart.*such as 6"):
        nu.searchlight(rec, 1.0)
    for radius in (0, -1.0, np.nan, "8"):
        with pytest.raises(InputError, match="positive radius in mm"):
            nu.searchlight(rec, radius)
    with pytest.raises(InputError, match="needs the coordinates x, y and z of channels, in mm; z is absent"):
        nu.searchlight(rec.drop_vars("z"), 8.0)
    for few in (rec.isel(channel=[0]), rec.assign_coords(x=rec.x.where(rec.x > 5))):
        with pytest.raises(InputError, match="finite coordinates x, y and z of two channels or more"):
            nu.searchlight(few, 8.0)


def test_maps_go_back_to_the_voxels_that_they_are_of(tmp_path):
    """Values of searchlights and channels at their voxels, of regions at all of theirs; empty elsewhere."""
    rec = voxels().assign_coords(region=("channel", np.where(voxels().x > 4, "left", "right")))
    indices = np.array([name.split("_") for name in rec.channel.values.tolist()], dtype=int)
    traj = nu.trajectory(rec, searchlight=4.0)
    image = nu.to_nifti(traj.h.isel(time=0), traj, tmp_path / "map.nii.gz")
    held = nibabel.load(tmp_path / "map.nii.gz")
    np.testing.assert_array_equal(held.affine, AFFINE)
    np.testing.assert_array_equal(held.get_fdata()[tuple(indices.T)], traj.h[:, 0].values)
    assert np.isfinite(held.get_fdata()[..., 0]).sum() == len(indices)
    for template in (held, tmp_path / "map.nii.gz", str(tmp_path / "map.nii.gz")):
        np.testing.assert_array_equal(nu.to_nifti(traj.h[:, 0, 1], template).get_fdata(), image.get_fdata()[..., 1])
    by_region = nu.trajectory(rec, regions="region").h[:, 0, 0]
    regions = nu.to_nifti(by_region, rec, fill=0.0).get_fdata()
    np.testing.assert_array_equal(regions[tuple(indices.T)], by_region.sel(region=rec.region).values)
    assert (regions != 0).sum() == len(indices)


def test_a_map_without_places_is_told(tmp_path):
    rec = voxels()
    traj = nu.trajectory(rec, searchlight=4.0)
    values = traj.h[:, 0, 0]
    for ask, message in (
        (lambda: nu.to_nifti(traj.h, traj), "at most one more dimension"),
        (lambda: nu.to_nifti(values.drop_vars("x"), traj), "x are absent"),
        (lambda: nu.to_nifti(values, traj.drop_attrs()), "knows no grid"),
        (lambda: nu.to_nifti(values.assign_coords(x=values.x + 0.9), traj), "are no voxels of the template's grid"),
        (lambda: nu.to_nifti(values, 3), "`template` is a recording of images"),
    ):
        with pytest.raises(InputError, match=message):
            ask()
    (tmp_path / "there.nii").write_bytes(b"")
    with pytest.raises(InputError, match="nothing is overwritten"):
        nu.to_nifti(values, traj, tmp_path / "there.nii")
