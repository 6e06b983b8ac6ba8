"""Final RDMs: scores of a known geometry, panels in one order and scale, names that do not touch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from sklearn.metrics import silhouette_score

from neurouniv import figures
from neurouniv.figures.embed import data_uri
from neurouniv.figures.numbers import number
from neurouniv.schema import InputError


def test_a_prediction_of_other_pairs_is_refused(classes_of_three):
    traj, prediction = classes_of_three()
    with pytest.raises(InputError, match="same pairs"):
        figures.geometry(traj, prediction.isel(pair=slice(None, None, -1)))


def test_geometry_scores_of_a_known_geometry(classes_of_three):
    traj, prediction = classes_of_three()
    scores = figures.geometry_scores(traj, prediction.assign(h=2 * prediction.h))
    assert scores.silhouette.sel(structure="learned").values == pytest.approx([0.5, 0.5])  # (2 - 1) / 2
    assert scores.silhouette.sel(structure="class means").values == pytest.approx([1, 1])
    assert scores.correlation.sel(structure=["prediction", "learned"]).values == pytest.approx(1)
    end = traj.h.isel(seed=0, time=-1).values
    assert scores.r2_final.values == pytest.approx(1 - (end**2).sum() / ((end - end.mean()) ** 2).sum())
    direct = silhouette_score(traj.stimuli.values, traj.label.values)
    assert scores.silhouette.sel(structure="input").values == pytest.approx(direct)


def test_geometry_scores_do_not_depend_on_the_order_of_conditions(classes_of_three):
    traj, prediction = classes_of_three()
    order = np.random.default_rng(1).permutation(traj.sizes["condition"])
    shuffled = traj.isel(condition=order, pair=np.random.default_rng(2).permutation(traj.sizes["pair"]))
    other = figures.geometry_scores(shuffled, shuffled[["h"]])
    xr.testing.assert_allclose(other, figures.geometry_scores(traj, prediction))


def test_geometry_panels_are_ordered_by_class_share_their_scales_and_carry_their_numbers(classes_of_three, texts):
    traj, prediction = classes_of_three()
    figure = figures.geometry(traj, prediction)
    titles = [ax.get_title(loc="left") for ax in figure.axes[:4]]
    assert titles == ["stimuli", "class-mean stimuli (baseline)", "law's prediction", "learned"]
    images = [ax.get_images()[0] for ax in figure.axes[:4]]
    assert images[2].get_clim() == images[3].get_clim()
    learned = images[3].get_array()
    for k in range(10):
        block = learned[3 * k : 3 * k + 3, 3 * k : 3 * k + 3]
        np.testing.assert_allclose(block, 1 - np.eye(3))
    scores = figures.geometry_scores(traj, prediction).mean("seed")
    for name in ("input", "prediction", "learned"):
        assert f"silhouette {number(float(scores.silhouette.sel(structure=name)))}" in texts(figure)
    assert f"r with learned {number(float(scores.correlation.sel(structure='input')))}" in texts(figure)


def test_geometry_without_classes_has_no_silhouette_and_within_a_trial_nothing_is_learned(classes_of_three, texts):
    traj, prediction = classes_of_three(per_class=1, classes=6)
    within = traj.time.assign_attrs(units="s", axis="within_trial")
    figure = figures.geometry(traj.assign_coords(time=within), prediction)
    assert "silhouette" not in texts(figure)
    assert "baseline" not in texts(figure)
    assert "learned" not in texts(figure)
    assert "observed" in texts(figure)


@pytest.mark.slow
def test_geometry_survives_a_missing_pair_and_a_negative_distance(classes_of_three):
    traj, prediction = classes_of_three(seeds=1)
    h = traj.h.copy()
    h[0, -1, 3], h[0, -1, 5] = np.nan, -0.5
    scores = figures.geometry_scores(traj.assign(h=h), prediction)
    assert np.isnan(scores.silhouette.sel(structure="learned")).all()
    assert np.isfinite(scores.correlation).all()
    data_uri(figures.geometry(traj.assign(h=h), prediction))


@pytest.mark.slow
@pytest.mark.parametrize("names", [[f"odour number {i}" for i in range(7)], list("abcdefg"), ["a very long name"] * 7])
def test_names_of_classes_do_not_touch(names, classes_of_three, drawn):
    traj, prediction = classes_of_three(seeds=1, per_class=2, classes=7)
    traj = traj.assign_coords(label=("condition", np.tile([f"{i}{name}" for i, name in enumerate(names)], 2)))
    figure = drawn(figures.geometry(traj, prediction))
    for ax in figure.axes[:4]:
        boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
        assert len(boxes) == 7
        assert all(a.x1 <= b.x0 for a, b in pairwise(boxes))


def test_classes_known_by_their_targets_alone_show_the_names_of_conditions(classes_of_three, texts):
    traj, prediction = classes_of_three(seeds=1, per_class=2, classes=4)
    assert "c5" in texts(figures.geometry(traj.drop_vars("label"), prediction))
    assert "c5" not in texts(figures.geometry(traj, prediction))


def test_stimuli_that_are_all_equally_far_apart_are_said_to_be(classes_of_three, texts):
    traj, prediction = classes_of_three(per_class=1, classes=6)
    figure = figures.geometry(traj.assign_coords(dx2=("pair", np.full(15, 2.0))), prediction)
    assert "all pairs equally far apart" in texts(figure)
    assert "r with learned –" not in texts(figure)
    assert "equally far apart" not in texts(figures.geometry(*classes_of_three()))
