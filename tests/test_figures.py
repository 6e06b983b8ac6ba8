"""Figures: what is drawn is what was computed, named, in the right units, and nothing global changes."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist
from sklearn.metrics import silhouette_score

from neurouniv import figures
from neurouniv.figures import style
from neurouniv.figures.embed import LARGEST_SVG, data_uri
from neurouniv.figures.numbers import number
from neurouniv.figures.structure import square
from neurouniv.figures.units import unit_scale
from neurouniv.rdm.classes import condition_names
from neurouniv.schema import InputError


def pair_coords(names) -> dict:
    first, second = np.triu_indices(len(names), 1)
    return {"first": ("pair", np.array(names)[first]), "second": ("pair", np.array(names)[second])}


def two_points(seeds: int = 0, scale: float = 1.0) -> tuple[xr.Dataset, xr.Dataset]:
    """A logistic curve of two points, and a "law" that is a little off: (trajectory, prediction)."""
    time = np.linspace(0, 3000, 31)
    late = np.arange(max(seeds, 1)) * 100
    h = 1 / (1 + np.exp(-(time[None] - 1000 - late[:, None]) / 300))
    dims = ("seed", "time", "pair")
    curves = {"h": scale * h, "y": 0.5 * h**2, "w": -0.3 * h * (1 - h)}
    traj = xr.Dataset({name: (dims, values[..., None]) for name, values in curves.items()})
    coords = {"time": ("time", time, {"units": "epochs", "axis": "learning"}), "dx2": ("pair", [1.0])}
    traj = traj.assign_coords(coords | {"dy2": ("pair", [0.5])} | pair_coords(["a", "b"]))
    traj = traj.assign_coords(seed=np.arange(max(seeds, 1))) if seeds else traj.isel(seed=0)
    return traj, traj * xr.Dataset({"h": 0.9, "y": 0.95, "w": 1.1})


def classes_of_three(seeds: int = 2, per_class: int = 3, classes: int = 10) -> tuple[xr.Dataset, xr.Dataset]:
    """A digits-like trajectory whose end is known: classes far apart (4) and points of a class near (1)."""
    label = np.tile(np.arange(classes), per_class)
    names = [f"c{i}" for i in range(len(label))]
    stimuli = np.random.default_rng(0).normal(size=(len(label), 5)) + label[:, None]
    coords = pair_coords(names)
    same = pdist(label[:, None]) == 0
    end = np.where(same, 1.0, 4.0)
    time = np.linspace(0, 1, 6)
    h = np.repeat((end * (0.1 + 0.9 * time[:, None]))[None], seeds, 0)
    coords |= {"time": ("time", time, {"units": "sessions", "axis": "learning"}), "condition": names}
    coords |= {"dx2": ("pair", pdist(stimuli, "sqeuclidean")), "dy2": ("pair", 2.0 * ~same)}
    traj = xr.Dataset(
        {
            "h": (("seed", "time", "pair"), h),
            "stimuli": (("condition", "feature"), stimuli),
            "targets": (("condition", "output"), np.eye(classes)[label]),
        },
        coords | {"label": ("condition", label), "seed": np.arange(seeds)},
    )
    return traj, traj[["h"]]


def fitted(values, converged) -> xr.Dataset:
    values = np.asarray(values, dtype=float)
    interval = np.stack([values / 2, values * 2], -1)
    data = dict.fromkeys(("eta_h", "eta_y"), ("seed", values))
    data |= {f"{name}_interval": (("seed", "bound"), interval) for name in ("eta_h", "eta_y")}
    data["converged"] = ("seed", np.broadcast_to(converged, values.shape))
    return xr.Dataset(data, {"seed": np.arange(values.size), "bound": ["lower", "upper"]})


def compared(systems: int = 0) -> xr.Dataset:
    time = np.linspace(0, 3000, 8)
    laws = ["universal", "static", "exponential"]
    geometry = np.array([0.9, 0.4, 0.7])[:, None, None] + np.zeros((3, 4, 8))
    dynamics = np.array([0.9, -40.0, 0.6])[:, None] + np.array([-0.02, 0.02, -0.01, 0.01])
    result = xr.Dataset(
        {
            "geometry": (("law", "fold", "time"), geometry),
            "dynamics": (("law", "fold"), dynamics),
            "geometry_ceiling": (("bound", "time"), np.stack([0.92 + 0 * time, 0.96 + 0 * time])),
            "dynamics_ceiling": ("bound", [0.95, 0.98]),
        },
        {"law": laws, "bound": ["lower", "upper"], "time": ("time", time, {"units": "epochs", "axis": "learning"})},
    )
    names = [f"system {i}" for i in range(systems)]
    return xr.concat([result] * systems, dim="system").assign_coords(system=names) if systems else result


def with_intervals() -> xr.Dataset:
    """One member a law: R2 with an interval half a unit wide on either side."""
    result = compared().isel(fold=[0])
    ends = result.dynamics + xr.DataArray([-0.5, 0.5], dims="bound", coords={"bound": ["lower", "upper"]})
    return result.assign(dynamics_interval=ends)


def recorded(units, size) -> xr.Dataset:
    """Five sessions of two pairs, with sampling variance, in some unit."""
    traj, _ = classes_of_three(seeds=1, per_class=2, classes=7)
    traj = traj.isel(seed=0, time=slice(5)).assign_coords(time=("time", np.arange(1.0, 6.0), traj.time.attrs))
    h = size / 4 * traj.h
    return traj.assign(h=h.assign_attrs(units=units), h_var=h**2 / 100)


def restarted(loss) -> xr.Dataset:
    return xr.Dataset({"restart_loss": (("seed", "restart"), loss)})


def profiled() -> xr.Dataset:
    z = np.linspace(-4, 4, 9)
    value = np.exp(np.array([[0.1], [0.3]]) * z) * [[0.02], [0.005]]
    data = {"value": (("constant", "point"), value), "rise": (("constant", "point"), np.stack([z**2, 0 * z]))}
    data["best"] = "constant", [0.02, 0.005]
    return xr.Dataset(data, {"constant": ["eta_h", "eta_y"]}, {"threshold": 3.84, "law": "universal"})


def scaled(seeds: int = 0) -> xr.Dataset:
    traj, _ = two_points(seeds)
    return traj.assign_coords(age=(traj.time / 300 + 0 * traj.h.isel(time=0)).transpose("time", ...))


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def lines(figure: Figure) -> dict:
    return {line.get_label(): line for ax in figure.axes for line in ax.get_lines()}


DRAWN = {
    "curves": lambda: figures.curves(*two_points()),
    "curves of seeds": lambda: figures.curves(*two_points(seeds=4, scale=50)),
    "curves_grid": lambda: figures.curves_grid({"a": two_points(), "b": two_points(seeds=2), "c": two_points()}),
    "geometry": lambda: figures.geometry(*classes_of_three()),
    "time_courses": lambda: figures.time_courses(*classes_of_three()),
    "constants": lambda: figures.constants({"mlp": fitted([1e-3, 2e-3], True), "gain": fitted([1e-9], False)}),
    "comparison": lambda: figures.comparison(compared()),
    "comparison of systems": lambda: figures.comparison(compared(systems=2)),
    "comparison with intervals": lambda: figures.comparison(with_intervals()),
    "comparison with ratios": lambda: figures.comparison(with_baselines(with_ratios())),
    "comparison of systems with ratios": lambda: figures.comparison(with_baselines(with_ratios(systems=3))),
    "time courses of a recording": lambda: figures.time_courses(recorded("(spikes/s)^2 per channel", 5.0)),
    "waterfall": lambda: figures.waterfall(restarted([[1.0, 1.001, 3.0], [2.0, 2.0, 2.0]])),
    "waterfall of far optima": lambda: figures.waterfall(restarted([[1.0, 50.0, 900.0]])),
    "profiles": lambda: figures.profiles(profiled()),
    "collapse": lambda: figures.collapse({"a": scaled(seeds=3), "b": scaled()}),
}


@pytest.mark.parametrize("name", DRAWN)
def test_is_drawn_within_its_edges_and_leaves_no_trace(name):
    backend, before = mpl.get_backend(), mpl.rcParams.copy()
    figure = DRAWN[name]()
    png, svg = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", dpi=72)
    figure.savefig(png, format="png", dpi=72)
    assert isinstance(figure, Figure)
    assert min(png.tell(), svg.tell()) > 5000
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= -0.02
    assert plt.get_fignums() == []
    assert mpl.rcParams == before
    assert mpl.get_backend() == backend


def test_curves_have_the_colours_of_the_paper_and_data_solid_law_dotted():
    figure = figures.curves(*two_points())
    drawn = lines(figure)
    hues = {"h": "green", "y": "orange", "w": "blue"}
    for name, hue in hues.items():
        assert drawn[name].get_linestyle() == "-"
        assert drawn[f"{name} law"].get_linestyle() == ":"
        red, green, blue = (int(to_hex(drawn[name].get_color())[i : i + 2], 16) for i in (1, 3, 5))
        order = {"green": green > max(red, blue), "orange": red > green > blue, "blue": blue > max(red, green)}
        assert order[hue]


def test_curves_draw_the_data_they_are_given():
    traj, prediction = two_points()
    drawn = lines(figures.curves(traj, prediction))
    for name in ("h", "y", "w"):
        np.testing.assert_array_equal(drawn[name].get_ydata(), traj[name].isel(pair=0))
        np.testing.assert_array_equal(drawn[f"{name} law"].get_ydata(), prediction[name].isel(pair=0))


def test_curves_write_the_computed_r2_and_the_unit_of_time():
    traj, prediction = two_points()
    figure = figures.curves(traj, prediction, title="shallow")
    for name, value in figures.curve_scores(traj, prediction).items():
        error, total = ((traj[name] - prediction[name]) ** 2).sum(), ((traj[name] - traj[name].mean()) ** 2).sum()
        assert float(value) == pytest.approx(1 - float(error / total))
        assert f"{name} {number(float(value))}" in texts(figure)
    assert figure.axes[0].get_xlabel() == "learning time (epochs)"
    assert "shallow" in texts(figure)


def test_h_gets_an_axis_of_its_own_only_where_its_scale_differs_and_zeros_align():
    assert len(figures.curves(*two_points()).axes) == 1
    ax, right = figures.curves(*two_points(scale=50)).axes
    assert [line.get_label() for line in right.get_lines()] == ["h", "h law"]
    zero, right_zero = (-low / (high - low) for low, high in (ax.get_ylim(), right.get_ylim()))
    assert zero == pytest.approx(right_zero)


def test_curves_of_seeds_show_every_member_and_say_so():
    figure = figures.curves(*two_points(seeds=4))
    assert "bold: seed 0; thin: 3 more" in texts(figure)
    green = [line for line in figure.axes[0].get_lines() if line.get_color() == style.COLOURS["h"]]
    assert len(green) == 4


def test_curves_draws_on_the_axes_it_is_given():
    figure = Figure()
    ax = figure.add_subplot()
    assert figures.curves(*two_points(), ax=ax) is figure
    assert len(ax.get_lines()) == 7


def test_curves_of_many_pairs_say_what_to_do():
    with pytest.raises(InputError, match="time_courses"):
        figures.curves(*classes_of_three())


def test_a_prediction_of_other_pairs_is_refused():
    traj, prediction = classes_of_three()
    with pytest.raises(InputError, match="same pairs"):
        figures.geometry(traj, prediction.isel(pair=slice(None, None, -1)))


def test_grid_has_a_panel_a_system_and_one_legend():
    figure = figures.curves_grid({name: two_points() for name in "abcde"})
    assert len(figure.axes) == 5
    assert len(figure.legends) == 1
    with pytest.raises(InputError, match="at least one system"):
        figures.curves_grid({})


def test_geometry_scores_of_a_known_geometry():
    traj, prediction = classes_of_three()
    scores = figures.geometry_scores(traj, prediction.assign(h=2 * prediction.h))
    assert scores.silhouette.sel(structure="learned").values == pytest.approx([0.5, 0.5])  # (2 - 1) / 2
    assert scores.silhouette.sel(structure="class means").values == pytest.approx([1, 1])
    assert scores.correlation.sel(structure=["prediction", "learned"]).values == pytest.approx(1)
    end = traj.h.isel(seed=0, time=-1).values
    assert scores.r2_final.values == pytest.approx(1 - (end**2).sum() / ((end - end.mean()) ** 2).sum())
    direct = silhouette_score(traj.stimuli.values, traj.label.values)
    assert scores.silhouette.sel(structure="input").values == pytest.approx(direct)


def test_geometry_scores_do_not_depend_on_the_order_of_conditions():
    traj, prediction = classes_of_three()
    order = np.random.default_rng(1).permutation(traj.sizes["condition"])
    shuffled = traj.isel(condition=order, pair=np.random.default_rng(2).permutation(traj.sizes["pair"]))
    other = figures.geometry_scores(shuffled, shuffled[["h"]])
    xr.testing.assert_allclose(other, figures.geometry_scores(traj, prediction))


def test_geometry_panels_are_ordered_by_class_share_their_scales_and_carry_their_numbers():
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


def test_geometry_without_classes_has_no_silhouette_and_within_a_trial_nothing_is_learned():
    traj, prediction = classes_of_three(per_class=1, classes=6)
    within = traj.time.assign_attrs(units="s", axis="within_trial")
    figure = figures.geometry(traj.assign_coords(time=within), prediction)
    assert "silhouette" not in texts(figure)
    assert "baseline" not in texts(figure)
    assert "learned" not in texts(figure)
    assert "observed" in texts(figure)


def test_geometry_survives_a_missing_pair_and_a_negative_distance():
    traj, prediction = classes_of_three(seeds=1)
    h = traj.h.copy()
    h[0, -1, 3], h[0, -1, 5] = np.nan, -0.5
    scores = figures.geometry_scores(traj.assign(h=h), prediction)
    assert np.isnan(scores.silhouette.sel(structure="learned")).all()
    assert np.isfinite(scores.correlation).all()
    data_uri(figures.geometry(traj.assign(h=h), prediction))


def test_square_is_symmetric_and_named():
    traj, _ = classes_of_three()
    names = condition_names(traj)[::-1]
    made = square(traj.dx2.values, traj, names)
    expected = ((traj.stimuli.sel(condition=names[2]) - traj.stimuli.sel(condition=names[7])) ** 2).sum()
    assert made[2, 7] == made[7, 2] == pytest.approx(float(expected))


def test_time_courses_are_means_within_and_between_classes():
    traj, prediction = classes_of_three()
    drawn = lines(figures.time_courses(traj, prediction))
    time = traj.time.values
    np.testing.assert_allclose(drawn["within class (30 pairs)"].get_ydata(), 0.1 + 0.9 * time)
    np.testing.assert_allclose(drawn["between classes (405 pairs)"].get_ydata(), 4 * (0.1 + 0.9 * time))
    assert drawn["within class law"].get_linestyle() == ":"


def test_time_courses_say_which_time_it_is():
    traj, _ = classes_of_three()
    seconds = traj.assign_coords(time=traj.time.assign_attrs(units="s", axis="within_trial"))
    assert figures.time_courses(seconds).axes[0].get_xlabel() == "time within the trial (s)"
    assert figures.time_courses(traj).axes[0].get_xlabel() == "learning time (sessions)"


def test_error_of_a_mean_distance_covers_the_true_spread_of_noise():
    """Distances of points with independent noise: the error given is no less than the true one, and near it."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(8, 40)) * 3
    movies = np.stack([pdist(points + rng.normal(size=points.shape), "sqeuclidean") for _ in range(1500)])
    variance = np.broadcast_to(movies.var(0), (2, movies.shape[1]))
    coords = pair_coords(list("abcdefgh")) | {"time": [0.0, 1.0]}
    traj = xr.Dataset({"h": (("time", "pair"), np.ones((2, 28))), "h_var": (("time", "pair"), variance)}, coords)
    given = float(figures.group_means(traj).error[0, 0])
    true = movies.mean(1).std()
    assert true <= given <= 2.5 * true


def test_constants_show_value_interval_and_convergence():
    good, bad = fitted([1e-3, 2e-3], True), fitted([1e-9], False)
    figure = figures.constants({"mlp": good, "gain 1.3": bad})
    ax = figure.axes[0]
    assert ax.get_xscale() == "log"
    assert "eta_h" in ax.get_xlabel()
    hollow = [line for line in ax.get_lines() if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [line.get_xdata().tolist() for line in hollow] == [[1e-9]]
    ends = np.concatenate([segment[:, 0] for group in ax.collections for segment in group.get_segments()])
    np.testing.assert_allclose(np.sort(ends), np.sort([0.5e-9, 2e-9, 0.5e-3, 2e-3, 1e-3, 4e-3]))
    assert "not converged" in texts(figure)
    assert "not converged" not in texts(figures.constants({"mlp": good}))
    with pytest.raises(InputError, match="eta_y"):
        figures.constants({"mlp": good.drop_vars("eta_y")})


def test_comparison_writes_means_marks_the_ceiling_and_keeps_its_scale():
    result = compared()
    figure = figures.comparison(result)
    left, right = figure.axes
    for law in result.law.values:
        assert number(float(result.dynamics.sel(law=law).mean())) in texts(figure)
        np.testing.assert_allclose(lines(figure)[law].get_ydata().mean(), lines(figure)[law].get_ydata())
    assert right.get_xlim()[0] > -0.5
    assert left.get_xlabel() == "learning time (epochs)"
    assert "noise ceiling not known" not in texts(figure)
    without = result.drop_vars(["geometry_ceiling", "dynamics_ceiling"])
    assert "noise ceiling not known" in texts(figures.comparison(without))


def test_comparison_marks_what_other_members_predict():
    """One dotted line at the mean; none where there are no other members."""

    def dotted(result):
        right = figures.comparison(result).axes[1]
        return [line.get_xdata()[0] for line in right.get_lines() if line.get_linestyle() == ":"]

    alone = compared()
    np.testing.assert_allclose(dotted(alone.assign(others=("fold", [0.5, 0.6, 0.7, 0.8]))), [0.65])
    assert dotted(alone.assign(others=("fold", [np.nan] * 4))) == dotted(alone) == []


def with_ratios(ratios=(1.0, 30.0, 0.8), systems: int = 0) -> xr.Dataset:
    """A comparison with errors: the ratio of every law with an interval of a tenth on either side."""
    result = compared(systems)
    ratio = xr.DataArray(list(ratios), {"law": result.law}, ("law",))
    ratio = ratio.expand_dims(system=result.system) if systems else ratio
    ends = xr.DataArray([0.9, 1.1], {"bound": ["lower", "upper"]}, ("bound",))
    return result.assign(error_ratio=ratio, error_ratio_interval=ratio * ends).assign_attrs(reference="universal")


def with_baselines(result: xr.Dataset) -> xr.Dataset:
    names, levels = ["class means", "input", "dx dy", "targets"], [0.9, 0.89, 0.88, 0.2]
    flat = xr.DataArray(levels, {"baseline": names}, ("baseline",)) + 0 * result.time
    drift = flat + 0.05 * result.time / result.time.max()
    drift = drift.expand_dims(system=result.system) if "system" in result.dims else drift
    return result.assign(baseline_geometry=drift)


def test_baselines_are_thin_grey_lines_named_at_their_ends_without_touching():
    result = with_baselines(compared())
    figure = figures.comparison(result)
    drawn, left = lines(figure), figure.axes[0]
    for name, value in zip(result.baseline.values, [0.9, 0.89, 0.88, 0.2], strict=True):
        line = drawn[str(name)]
        np.testing.assert_allclose(line.get_ydata(), value + 0.05 * np.linspace(0, 1, 8))
        assert line.get_linewidth() < min(drawn[str(law)].get_linewidth() for law in result.law.values)
        assert line.get_zorder() < drawn["universal"].get_zorder()
        red, green, blue = (int(to_hex(line.get_color())[i : i + 2], 16) for i in (1, 3, 5))
        assert max(red, green, blue) - min(red, green, blue) < 16
    labels = [text for text in left.texts if text.get_text() in ("class means", "stimuli", "dx·dy*", "targets")]
    assert [text.get_text() for text in labels] == ["targets", "dx·dy*", "stimuli", "class means"]  # as lines end
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in labels]
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
    assert "nothing fitted" in texts(figure)
    assert "nothing fitted" not in texts(figures.comparison(compared()))


def test_a_baseline_known_at_no_time_is_left_out():
    result = with_baselines(compared())
    gone = result.assign(baseline_geometry=result.baseline_geometry.where(result.baseline != "targets"))
    assert "targets" not in texts(figures.comparison(gone))


def test_error_ratios_stand_on_a_log_axis_with_their_intervals_and_directions_in_words():
    figure = figures.comparison(with_ratios((1.0, 3.0, 0.95)))
    right = figure.axes[2]
    assert right.get_xscale() == "log"
    low, high = right.get_xlim()
    assert low < 0.8 < 3.3 < high
    drawn = {line.get_label(): line for line in right.get_lines()}
    assert "universal" not in drawn
    assert drawn["static"].get_xdata() == pytest.approx([3.0])
    assert drawn["static"].get_markerfacecolor() == style.LAW_COLOURS["static"]  # its interval is above 1
    assert drawn["exponential"].get_markerfacecolor() == "white"  # .855 to 1.045 holds 1
    ends = sorted(segment[:, 0].tolist() for group in right.collections for segment in group.get_segments())
    np.testing.assert_allclose(ends, [[0.855, 1.045], [2.7, 3.3]])
    words = {text.get_text(): text for text in right.texts}
    assert {"← rival better", "law better →", "law on trial"} <= set(words)
    figure.draw_without_rendering()
    one = right.transData.transform((1, 0))[0]
    assert words["← rival better"].get_window_extent().x1 < one < words["law better →"].get_window_extent().x0
    assert len(figures.comparison(compared()).axes) == 2


def test_ratios_off_the_scale_are_arrows_with_their_number_and_do_not_wreck_it():
    figure = figures.comparison(with_ratios((1.0, 1e4, 1e-3)))
    right = figure.axes[2]
    assert right.get_xlim()[1] < 30
    drawn = {line.get_label(): line for line in right.get_lines()}
    assert drawn["static"].get_marker() == "$\u2192$"
    assert drawn["exponential"].get_marker() == "$\u2190$"
    assert {number(1e4), number(1e-3)} <= {text.get_text() for text in right.texts}


def test_members_have_a_ratio_each_and_unknown_ones_are_left_out():
    result = with_ratios((1.0, 2.0, 3.0))
    factor = xr.DataArray([1.0, 2.0, np.nan], dims="layer")
    ratios = {name: factor * result[name] for name in ("error_ratio", "error_ratio_interval")}
    right = figures.comparison(result.assign(ratios)).axes[2]
    seen = [float(line.get_xdata()[0]) for line in right.get_lines() if line.get_label() == "static"]
    assert seen == [2.0, 4.0]
    assert number(np.sqrt(8)) in {text.get_text() for text in right.texts}


def test_intervals_over_subjects_together_go_with_the_dots_of_every_subject():
    """R2 of every subject and layer; intervals of a layer are those of all its subjects."""
    result = compared().isel(fold=[0, 1]).rename(fold="seed")
    both = xr.concat([result.dynamics, result.dynamics - 0.1], "layer")
    ends = both.mean("seed") + xr.DataArray([-0.05, 0.05], {"bound": ["lower", "upper"]}, ("bound",))
    figure = figures.comparison(result.assign(dynamics=both, dynamics_interval=ends))
    segments = [segment for group in figure.axes[1].collections for segment in group.get_segments()]
    assert len(segments) == 2 * result.sizes["law"]
    assert lines(figure)["universal folds"].get_xdata().size == 4


def test_comparison_needs_what_compare_gives():
    with pytest.raises(InputError, match="dynamics"):
        figures.comparison(compared().drop_vars("dynamics"))


def test_a_heavy_figure_is_embedded_as_png_and_a_light_one_as_svg():
    figure = Figure()
    ax = figure.add_subplot()
    ax.plot([0, 1])
    assert data_uri(figure).startswith("data:image/svg+xml;base64,")
    assert data_uri(figure) == data_uri(figure)
    ax.scatter(*np.random.default_rng(0).random((2, 10_000)))
    heavy = data_uri(figure)
    assert heavy.startswith("data:image/png;base64,")
    assert len(heavy) < 2 * LARGEST_SVG


def test_a_waterfall_counts_the_restarts_that_found_the_optimum():
    assert "found by 2 of 3 restarts" in texts(figures.waterfall(restarted([[1.0, 1.001, 3.0], [2.0, 2.0, 2.0]])))


def test_a_profile_shows_its_threshold_and_what_is_flat():
    figure = figures.profiles(profiled())
    steep, flat = (ax.get_lines()[0].get_ydata() for ax in figure.axes)
    assert steep.max() > 3.84 > flat.max()
    assert "95 %" in texts(figure)


def test_a_collapse_shifts_every_pair_to_where_it_passes_half():
    figure = figures.collapse({"a": scaled(seeds=3)})
    for line in figure.axes[0].get_lines()[:3]:
        np.testing.assert_allclose(np.interp(0.0, *line.get_data()), 0.5, atol=0.01)
    assert "a (3 of 3 pairs)" in texts(figure)
    with pytest.raises(InputError, match="at least one system"):
        figures.collapse({})


def test_diagnostics_say_what_they_need():
    for draw in (figures.waterfall, figures.profiles, lambda one: figures.collapse({"a": one})):
        with pytest.raises(InputError, match="needs"):
            draw(xr.Dataset({"h": 1.0}))


def shown_ticks(axis):
    """What is written along an axis of a figure that was drawn, within its limits."""
    low, high = sorted(axis.get_view_interval())
    return [tick.label1.get_text() for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


def drawn(figure):
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return figure


def test_sessions_have_whole_numbers():
    traj = recorded("V^2", 1.0)
    one = traj.isel(pair=[0])
    result = compared().isel(time=slice(5)).assign_coords(time=traj.time)
    for figure in (figures.time_courses(traj), figures.curves(one, one), figures.comparison(result)):
        assert shown_ticks(drawn(figure).axes[0].xaxis) == list("12345")
    long = traj.isel(time=[0] * 30).assign_coords(time=("time", np.arange(30.0)))
    assert all("." not in text for text in shown_ticks(drawn(figures.time_courses(long)).axes[0].xaxis))


@pytest.mark.parametrize("units", ["V^2", "(T/m)^2 per channel", "(spikes/s)^2", "arbitrary^2", "1", None])
@pytest.mark.parametrize("size", [3e-24, 3e-11, 0.2, 30.0, 4e7])
def test_what_an_axis_says_is_the_value_in_the_unit_it_names(units, size):
    factor, unit = unit_scale(units, size)
    power = 2 if units and "^2" in units else 1
    prefixes = {"k": 1e3, "m": 1e-3, "µ": 1e-6, "n": 1e-9, "p": 1e-12}
    ten = re.match(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", unit)
    prefix = re.match(r"\(?([kmµnp])[VT]", unit)
    meant = 1.0
    if ten:
        meant = 10.0 ** int(ten[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    elif prefix:
        meant = prefixes[prefix[1]] ** power
    assert factor * meant == pytest.approx(1.0)
    assert 0.01 <= size * factor < 1e6
    assert ("per channel" in unit) == ("per channel" in (units or ""))


def test_labels_carry_the_unit_and_no_offset_floats():
    traj = recorded("V^2", 3e-11)
    one = traj.isel(pair=[0])
    courses, geometry = figures.time_courses(traj), figures.geometry(traj, traj[["h"]])
    for figure in (courses, figures.curves(one, one), geometry):
        assert "(µV²)" in texts(drawn(figure))
        offsets = [axis.get_offset_text().get_text() for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
        assert not any(offsets)
    ticks = [float(text.replace("−", "-")) for text in shown_ticks(courses.axes[0].yaxis)]
    assert 20 <= max(ticks) <= 40
    np.testing.assert_array_equal(lines(courses)["within class (7 pairs)"].get_ydata().max(), traj.h.min("pair").max())


@pytest.mark.parametrize("names", [[f"odour number {i}" for i in range(7)], list("abcdefg"), ["a very long name"] * 7])
def test_names_of_classes_do_not_touch(names):
    traj, prediction = classes_of_three(seeds=1, per_class=2, classes=7)
    traj = traj.assign_coords(label=("condition", np.tile([f"{i}{name}" for i, name in enumerate(names)], 2)))
    figure = drawn(figures.geometry(traj, prediction))
    for ax in figure.axes[:4]:
        boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
        assert len(boxes) == 7
        assert all(a.x1 <= b.x0 for a, b in pairwise(boxes))


def test_classes_known_by_their_targets_alone_show_the_names_of_conditions():
    traj, prediction = classes_of_three(seeds=1, per_class=2, classes=4)
    assert "c5" in texts(figures.geometry(traj.drop_vars("label"), prediction))
    assert "c5" not in texts(figures.geometry(traj, prediction))


def test_stimuli_that_are_all_equally_far_apart_are_said_to_be():
    traj, prediction = classes_of_three(per_class=1, classes=6)
    figure = figures.geometry(traj.assign_coords(dx2=("pair", np.full(15, 2.0))), prediction)
    assert "all pairs equally far apart" in texts(figure)
    assert "r with learned –" not in texts(figure)
    assert "equally far apart" not in texts(figures.geometry(*classes_of_three()))


def test_comparison_draws_the_intervals_it_is_given():
    result = with_intervals()
    figure = figures.comparison(result)
    segments = [seg for group in figure.axes[1].collections for seg in getattr(group, "get_segments", list)()]
    ends = {round(float(seg[0, 1])): seg[:, 0] for seg in segments}
    for row, law in enumerate(result.law.values):
        expected = result.dynamics_interval.sel(law=law).values.ravel()
        np.testing.assert_allclose(ends[row], np.maximum(expected, -0.25))
    assert "95 % interval" in texts(figure)
    assert "95 % interval" not in texts(figures.comparison(compared()))


def test_numbers_of_a_comparison_stand_beside_its_panel():
    figure = drawn(figures.comparison(compared(systems=2)))
    for ax in figure.axes[1::2]:
        edge = ax.get_window_extent().x1
        assert len(ax.texts) == 3
        assert all(text.get_window_extent().x0 >= edge for text in ax.texts)


@pytest.mark.parametrize("laws", range(2, 10))
def test_rows_of_a_legend_are_balanced(laws):
    result = compared().isel(law=[i % 3 for i in range(laws)]).assign_coords(law=[f"law {i}" for i in range(laws)])
    legend = figures.comparison(result).legends[0]
    entries, columns = len(legend.get_texts()), legend._ncols
    rows = -(-entries // columns)
    assert columns <= 6
    assert rows * columns - entries < rows
