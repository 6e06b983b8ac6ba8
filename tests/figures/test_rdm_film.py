"""A movie as a strip and as an animation: each RDM at its time, on one scale, each row told apart."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from PIL import Image
from scipy.spatial.distance import squareform

import neurouniv as nu
from neurouniv import figures
from neurouniv.figures.rdm_animation import FFMpegWriter, save_animation
from neurouniv.figures.rdm_frames import place_of


@pytest.fixture
def movie(pair_coords):
    """Random RDMs (layer, seed, time, pair) of four conditions at 20 times; layers differ in size."""
    h = np.random.default_rng(0).uniform(1, 9, (2, 2, 20, 6)) * np.array([1.0, 100.0])[:, None, None, None]
    coords = pair_coords(list("wxyz")) | {"layer": [0, 1], "seed": [0, 1]}
    coords["time"] = "time", 10.0 * np.arange(20), {"units": "epochs", "axis": "learning"}
    return xr.Dataset({"h": (("layer", "seed", "time", "pair"), h)}, coords)


def panels(figure):
    """The axes with an RDM."""
    return [ax for ax in figure.axes if ax.images and ax.get_visible()]


def test_every_panel_is_the_mean_rdm_at_its_time_on_one_scale(movie, texts):
    figure = figures.film(movie, most=5, layer=1)
    wanted = movie.h.sel(layer=1).mean("seed")
    times = [0, 50, 100, 140, 190]
    assert [ax.get_title() for ax in panels(figure)] == [f"epoch {time}" for time in times]
    for ax, time in zip(panels(figure), times, strict=True):
        np.testing.assert_allclose(ax.images[0].get_array(), squareform(wanted.sel(time=time).values))
    assert len({(ax.images[0].norm.vmin, ax.images[0].norm.vmax) for ax in panels(figure)}) == 1
    assert "layer 1 · mean over 2 seeds · 5 of 20 times" in texts(figure)


def test_layers_are_rows_on_one_scale_or_on_their_own(movie, texts):
    one, own = figures.film(movie, times=[0, 190]), figures.film(movie, times=[0, 190], scale="row")
    highest = movie.h.mean("seed").isel(time=[0, 19]).max(("time", "pair")).values
    for figure, wanted in ((one, highest[[1, 1, 1, 1]]), (own, highest[[0, 0, 1, 1]])):
        assert [ax.get_ylabel() for ax in panels(figure)[::2]] == ["layer 0", "layer 1"]
        np.testing.assert_allclose([ax.images[0].norm.vmax for ax in panels(figure)], wanted)
    assert "a colour scale for each row" in texts(own).replace("\n", " ")
    np.testing.assert_allclose(panels(own)[3].images[0].get_array(), squareform(movie.h[1].mean("seed")[-1].values))


def test_times_and_scales_that_are_not_there_are_told(movie):
    for message, wanted in (
        (r"no time 5 among these RDMs; there are 0\.0, 10\.0", {"times": [5]}),
        ("at least 1; got 0", {"most": 0}),
        ("a whole one", {"most": 2.5}),
        ("scale is 'all'", {"scale": "each"}),
        ("times names the times", {"times": []}),
    ):
        with pytest.raises(nu.InputError, match=message):
            figures.film(movie, **wanted)


def test_a_single_row_of_many_times_has_one_scale_whichever_is_asked_for(movie, texts):
    figure = figures.film(movie, most=9, layer=1, scale="row")
    assert len(panels(figure)) == 9
    assert "a colour scale for each row" not in texts(figure)


def test_damaged_movies_are_not_drawn(movie):
    h = movie.h.isel(seed=0, layer=1)
    again = xr.concat([movie.h.isel(seed=0)] * 2, "layer")
    damage = {
        "a finite time for every frame; 1 of 20": h.assign_coords(time=h.time.where(h.time > 0)),
        "strictly increasing": h.isel(time=[1, 0]),
        "times as real numbers|strictly increasing": h.assign_coords(time=np.zeros(20)),
        "at least one time": h.isel(time=slice(0)),
        "at least one pair": h.isel(pair=slice(0)),
        "that are finite": h / 0,
        "real numbers; got text": h.astype(str),
        "every pair once": h.isel(pair=[0, 0, 1]),
    }
    for message, damaged in damage.items():
        for draw in (figures.film, figures.mds, figures.animation):
            with pytest.raises(nu.InputError, match=message):
                draw(damaged)
    with pytest.raises(nu.InputError, match="labels of layer that differ; got 0, 1 more than once"):
        figures.film(again, layer=1)
    with pytest.raises(nu.InputError, match="layer 1 stands for 2 of these RDMs"):
        place_of(again.layer, 1, "layer")


def test_classes_of_many_conditions_are_named_beside_the_first_panel(classes_of_three):
    traj, _ = classes_of_three(per_class=5, classes=4)
    first = figures.film(traj).axes[0]
    assert [label.get_text() for label in first.get_yticklabels()] == ["0", "1", "2", "3"]
    assert len({to_hex(label.get_color()) for label in first.get_yticklabels()}) == 4


@pytest.mark.slow
def test_an_animation_shows_each_time_in_turn_and_rests_at_both_ends(movie, tmp_path):
    movie = movie.isel(time=slice(5))
    moving = figures.animation(movie, fps=4, pause=0.5)
    figure, wanted = moving._fig, movie.h.mean("seed")
    played = list(moving.new_frame_seq())
    assert played == [0, 0, *range(5), 4, 4]
    places = [ax.get_position().bounds for ax in figure.axes]
    for frame in (2, 4):
        moving._func(frame)
        for layer, ax in enumerate(panels(figure)):
            np.testing.assert_allclose(ax.images[0].get_array(), squareform(wanted[layer, frame].values))
            assert ax.get_title() == f"layer {layer}, epoch {10 * frame}"
    save_animation(moving, tmp_path / "movie.gif")
    with Image.open(tmp_path / "movie.gif") as gif:
        lasting = [gif.seek(frame) or gif.info["duration"] for frame in range(gif.n_frames)]
    assert sum(lasting) == pytest.approx(len(played) * 250, rel=0.02)
    assert lasting[0] == lasting[-1] == pytest.approx(750, rel=0.02)
    assert [ax.get_position().bounds for ax in figure.axes] == places


def test_a_page_of_an_animation_needs_nothing_of_the_web(movie, tmp_path):
    save_animation(figures.animation(movie.isel(time=slice(3)), pause=0), tmp_path / "movie.html")
    page = (tmp_path / "movie.html").read_text()
    assert page.count("data:image/png;base64") == 3
    assert "http" not in page
    assert "<link" not in page


def test_an_animation_needs_times_and_a_file_it_can_be_written_to(movie, tmp_path, monkeypatch):
    with pytest.raises(nu.InputError, match=r"two times or more.*figures\.rdm"):
        figures.animation(movie.isel(time=[0]))
    for played in ({"fps": 0}, {"fps": np.nan}, {"fps": np.inf}, {"fps": 1e9}, {"fps": "fast"}, {"pause": np.inf}):
        with pytest.raises(nu.InputError, match=r"fps is a number .* and pause of seconds, 0 to 60; got"):
            figures.animation(movie, **played)
    moving = figures.animation(movie.isel(time=slice(2)), pause=0)
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda _: False))
    for name, message in (("movie.avi", "ends in .gif, .html, .mp4"), ("movie.mp4", "needs ffmpeg")):
        with pytest.raises(nu.InputError, match=message):
            save_animation(moving, tmp_path / name)
    save_animation(moving, tmp_path / "movie.gif")
