"""Anything that is no RDM is told what it is, and which call comes first; images of conditions find their places."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imsave

import neurouniv as nu
from neurouniv import figures
from neurouniv.figures.rdm_names import short_names

KINDS = (figures.rdm, figures.film, figures.animation, figures.mds, figures.dendrogram, figures.shepard)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("draw", KINDS, ids=lambda draw: draw.__name__)
def test_what_is_no_rdm_is_told_what_comes_first(draw, two_points, compared):
    traj, _ = two_points()
    law = nu.RIVALS["static"]().fit(traj)
    recording = xr.Dataset({"activity": (("trial", "channel"), np.ones((4, 2)))})
    amiss = {
        "got a law's constants": law.constants_,
        "got a law. Draw what it makes": law,
        "neurouniv.figures.comparison": compared(),
        "traj = neurouniv.trajectory": recording,
        r"neurouniv.read_rdms\(array, condition": np.ones(3),
        r"neurouniv.read_rdms\(array, squared": xr.DataArray(np.ones((3, 3)), dims=("condition", "condition_")),
        r"neurouniv.load\('traj.nc'\)": "traj.nc",
        "the names are absent": xr.DataArray(np.ones(3), dims="pair"),
        r"rdms\.y": traj[["y"]],
        "got a NoneType": None,
    }
    for message, wrong in amiss.items():
        with pytest.raises(nu.InputError, match=message):
            draw(wrong)


def test_a_pair_that_comes_twice_is_refused(pair_coords):
    h = xr.DataArray(np.arange(3.0), dims="pair").assign_coords(pair_coords(list("abc")))
    with pytest.raises(nu.InputError, match="every pair once; the pair 'a' and 'b'"):
        figures.rdm(xr.concat([h, h[:1]], "pair"))


def test_dimensions_values_times_and_names_that_are_not_there_are_told(recorded):
    traj = recorded("V^2", 1.0)
    for message, wanted in (
        ("no dimension 'regoin'.* no other dimension", {"regoin": "V1"}),
        (r"no time 9 among these RDMs; there are 1\.0, 2\.0", {"time": 9}),
        ("order is 'given' or 'alphabet'", {"order": "size"}),
        ("'x' is none of them", {"order": ["c0", "x"]}),
    ):
        with pytest.raises(nu.InputError, match=message):
            figures.rdm(traj, **wanted)
    with pytest.raises(nu.InputError, match="they have none at all"):
        figures.rdm(traj.h.isel(time=0, drop=True), time=1)


def test_rdms_without_time_or_with_one_frame_need_no_time(recorded, texts):
    traj = recorded("V^2", 1.0)
    alone = traj.h.isel(time=0, drop=True)
    frame = traj.isel(time=[0]).assign_coords(time=("time", [0.0], {"axis": "one_frame"}))
    for rdms in (alone, frame):
        assert "time" not in texts(figures.rdm(rdms))
        assert "nan" not in texts(figures.film(rdms))
        assert len(figures.mds(rdms).axes) == 1


def icons_drawn(figure):
    return figure.axes[0].images[1:]


@pytest.mark.slow
def test_icons_stand_at_their_conditions_from_arrays_files_a_folder_or_a_coordinate(recorded, tmp_path, texts):
    traj = recorded("V^2", 1.0).isel(time=0).drop_vars("label")
    names = traj.condition.values.tolist()
    shades = {name: np.full((4, 6, 3), (i + 1) / 20) for i, name in enumerate(names)}
    for name, image in shades.items():
        imsave(tmp_path / f"{name}.png", image)
    files = {name: tmp_path / f"{name}.png" for name in names}
    held = traj.assign_coords(image=(("condition", "y", "x", "c"), np.stack(list(shades.values()))))
    for rdms, icons in ((traj, shades), (traj, files), (traj, tmp_path), (traj, str(tmp_path)), (held, "image")):
        figure = figures.rdm(rdms.drop_vars("targets"), icons=icons)
        left, below = icons_drawn(figure)[::2], icons_drawn(figure)[1::2]
        for place, (one, other) in enumerate(zip(left, below, strict=True)):
            assert sum(one.get_extent()[2:]) / 2 == pytest.approx(place)
            assert sum(other.get_extent()[:2]) / 2 == pytest.approx(place)
            assert one.get_array()[0, 0, 0] == pytest.approx((place + 1) / 20, abs=0.01)
    some = figures.rdm(traj.drop_vars("targets"), icons={names[0]: shades[names[0]]})
    assert "no icon of 'c1', 'c2', 'c3', ..." in texts(some)


def test_icons_that_are_of_no_condition_or_no_images_are_told(recorded, tmp_path):
    traj = recorded("V^2", 1.0)
    (tmp_path / "c0.png").write_text("no image")
    for message, icons in (
        ("none of 'cat' is one", {"cat": np.ones((2, 2))}),
        ("neither a folder of images nor a coordinate", "nowhere"),
        ("cannot be read as an image", tmp_path),
        (r"'c0' has \(3,\)", {"c0": np.ones(3)}),
    ):
        with pytest.raises(nu.InputError, match=message):
            figures.rdm(traj, icons=icons)


def test_short_names_differ_where_names_do():
    long = [f"sub-category {c} / presented on the {side}" for c in "ABC" for side in ("left side", "right side")]
    for names in (long, ["a" * 40, "a" * 39 + "b"], [f"{i}{'x' * 50}{i}" for i in range(30)]):
        short = short_names(names)
        assert len(set(short)) == len(names)
        assert max(map(len, short)) <= 24
    hard = ["x" * 30 + "1" + "x" * 30, "x" * 30 + "2" + "x" * 30]
    assert short_names(hard) == hard
