"""Figures of RSA: what is drawn is what the result holds, p values are the corrected ones, and nothing is hidden."""

from __future__ import annotations

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgba

from neurouniv import figures
from neurouniv.figures import rsa_bars, rsa_courses, rsa_panels, style
from neurouniv.schema import InputError
from neurouniv.storage import load, save

LONG = [f"{name}, a name that is too long for a single line of a figure" for name in "abcdefghijkl"]
BOUND = xr.DataArray([-1.0, 1.0], {"bound": ["lower", "upper"]}, ("bound",))


def known(names=("pixels", "network", "law"), times=1, regions=(), members=4, axis=None, **attrs):
    """A result of known numbers: similarity falls with the model, p corrected is twice p but for the last model."""
    axis = axis or ("one_frame" if times == 1 else "learning")
    time = np.linspace(-0.1, 0.5, times) if axis == "within_trial" else np.arange(1.0, times + 1)
    units = {"within_trial": "s", "learning": "sessions"}.get(axis, "")
    size = xr.DataArray(np.linspace(0.6, -0.1, len(names)), {"model": list(names)}, ("model",))
    rise = xr.DataArray(np.linspace(1.0, 0.5, times)[::-1], dims="time", coords={"time": ("time", time)})
    place = xr.DataArray(1 - 0.1 * np.arange(len(regions)), {"region": list(regions)}, ("region",)) if regions else 1.0
    similarity = size * place * rise
    other = similarity.rename(model="model_").assign_coords(model_=list(names))
    difference = similarity - other
    result = xr.Dataset({
        "similarity": similarity, "similarity_interval": similarity + 0.08 * BOUND,
        "similarity_p": abs(similarity) * 0 + 0.03, "difference": difference,
        "difference_interval": difference + 0.1 * BOUND, "ceiling": 0.7 * rise * place + 0.05 * BOUND,
        "below_ceiling_p": 0 * similarity + 0.2,
    })  # fmt: skip
    strong = similarity > 0.35
    result["similarity_p_corrected"] = xr.where(strong, 0.031, 0.2)
    result["difference_p"] = xr.where(difference == 0, np.nan, 0.01)
    result["difference_p_corrected"] = xr.where(difference == 0, np.nan, xr.where(abs(difference) > 0.5, 0.02, 0.3))
    if members > 1:
        spread = xr.DataArray(np.linspace(-0.05, 0.05, members), dims="subject")
        result["similarity_each"] = similarity + spread
    order = ("model", "model_", "region", "time", "subject", "bound")
    result = result.transpose(*order, missing_dims="ignore")
    result["time"].attrs = {"axis": axis, "units": units}
    described = {"kind": "rsa", "model": "one", "comparator": "spearman", "test": "bootstrap", "correction": "max",
                 "n_conditions": 24, "n_members": members, "control": "", "noise": "from members"}  # fmt: skip
    return result.assign_attrs(described | attrs)


def parted(times=1):
    """Three models with parts that sum to R2, one of them below 0."""
    result = known(times=times)
    shared = xr.DataArray([0.2, -0.05, 0.01, 0.04], dims="combination") + 0 * result.time
    unique = xr.DataArray([0.1, 0.05, 0.02], dims="model", coords={"model": result.model}) + 0 * result.time
    names = ["pixels & network", "pixels & law", "network & law", "pixels & network & law"]
    result = result.assign(shared=shared, unique=unique, unique_interval=unique + 0.02 * BOUND)
    result["r2"] = shared.sum("combination") + unique.sum("model")
    return result.assign_coords(combination=names)


def mixed(times=1):
    result = known(times=times)
    weight = xr.DataArray([[0.2, 0.8, 0.0], [0.0, 1.0, 0.0]], dims=("mixture", "term")) + 0 * result.time
    return result.assign(weight=weight).assign_coords(mixture=["weighted", "selected"], term=result.model.values)


def each(steps=5, sessions=4, layers=(), regions=(), axis="learning", lowest=0.0):
    """Similarity rises with the step and the session."""
    side = {"time_model": xr.DataArray(np.linspace(lowest, 0.8, steps), dims="time_model"),
            "layer_model": xr.DataArray(0.1 * np.arange(len(layers) or 1), dims="layer_model"),
            "region": xr.DataArray(-0.1 * np.arange(len(regions) or 1), dims="region"),
            "time": xr.DataArray(0.1 * np.linspace(0, 1, sessions), dims="time")}  # fmt: skip
    similarity = side["time_model"] + side["layer_model"] + side["region"] + side["time"]
    names = {"layer_model": list(layers) or ["only"], "region": list(regions) or ["only"], "bound": ["lower", "upper"]}
    result = xr.Dataset({"similarity": similarity}).assign_coords(names)
    units = "s" if axis == "within_trial" else "sessions"
    result = result.assign_coords(time=np.arange(1.0, sessions + 1), time_model=np.arange(1.0, steps + 1))
    for dim in ("time", "time_model"):
        result[dim].attrs = {"axis": axis, "units": units}
    last = result.similarity.isel(time_model=-1, drop=True)
    result["best_step"] = 0 * last + steps
    result["best_step_interval"] = (result.best_step + BOUND).clip(1, steps)
    result["ceiling"] = 0 * last.isel(layer_model=0, drop=True) + 0.8 + 0.1 * BOUND
    result["ceiling_model"] = 0 * result.similarity.isel(time=0, region=0, drop=True) + 1 + 0 * BOUND
    if axis == "learning":
        result["untrained"], result["final"] = result.similarity.isel(time_model=0, drop=True), last
    squeezed = [dim for dim, entries in (("layer_model", layers), ("region", regions)) if not entries]
    result = result.squeeze(squeezed, drop=True)
    return result.assign_attrs(kind="rsa", model="each", comparator="corr", n_conditions=20, n_members=1)


def layers_alone():
    """Layers by regions at one time, the deeper layer best."""
    result = each(steps=2, sessions=1, layers=["first", "second"], regions=["V1", "IT"]).isel(time_model=-1, drop=True)
    result = result.drop_vars(["best_step", "best_step_interval", "untrained", "final"])
    result["best_layer"] = xr.full_like(result.similarity.isel(layer_model=0, drop=True), "second", dtype="<U6")
    share = xr.DataArray([0.25, 0.75], dims="layer_model")
    return result.assign(best_layer_share=share + 0 * result.similarity)


DRAWN = {
    "one model": lambda: figures.rsa(known(["pixels"])),
    "twelve models": lambda: figures.rsa(known(LONG)),
    "no ceiling, one member": lambda: figures.rsa(known(members=1).drop_vars("ceiling")),
    "regions": lambda: figures.rsa(known(regions=["V1", "V2", "IT"])),
    "sessions": lambda: figures.rsa(known(times=6)),
    "latencies of twelve": lambda: figures.rsa(known(LONG, times=60, axis="within_trial")),
    "sessions of regions": lambda: figures.rsa(known(times=6, regions=["V1", "V2", "IT", "FFA"])),
    "nothing tested": lambda: figures.rsa(known()[["similarity"]]),
    "steps": lambda: figures.rsa_matrix(each()),
    "layers": lambda: figures.rsa_matrix(layers_alone()),
    "layers and regions": lambda: figures.rsa_matrix(each(layers=["a", "b", "c"], regions=["V1", "IT"])),
    "generalisation": lambda: figures.rsa_matrix(each(20, 20, axis="within_trial", lowest=-0.4)),
    "parts": lambda: figures.variance_parts(parted()),
    "parts over time": lambda: figures.variance_parts(parted(6)),
    "weights": lambda: figures.mixture_weights(mixed()),
    "weights over time": lambda: figures.mixture_weights(mixed(6)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_is_drawn_within_its_edges_and_leaves_no_trace(name):
    backend, before = mpl.get_backend(), mpl.rcParams.copy()
    figure = DRAWN[name]()
    figure.savefig(io.BytesIO(), format="png", dpi=72)
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= -0.02
    assert plt.get_fignums() == []
    assert mpl.rcParams == before
    assert mpl.get_backend() == backend


def said(figure):
    return "\n".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def bars_of(figure, panel=0):
    return [bar for bar in figure.axes[panel].patches if np.isclose(bar.get_height(), rsa_bars.THICK)]


def names_of(figure):
    return [label.get_text().replace("\n", " ") for label in figure.axes[0].get_yticklabels()]


def filled(figure, names):
    """Which models' markers are filled."""
    markers = {line.get_label(): line for line in figure.axes[0].get_lines() if line.get_markersize() == 7}
    return [to_rgba(markers[name].get_markerfacecolor()) != to_rgba("white") for name in names]


def test_bars_are_the_similarities_and_markers_are_filled_by_corrected_p():
    result = known()
    figure = figures.rsa(result)
    np.testing.assert_allclose([bar.get_width() for bar in bars_of(figure)], result.similarity[:, 0])
    assert filled(figure, result.model.values) == [True, False, False]  # uncorrected, all three would be
    assert "corrected for all models and times" in said(figure)
    uncorrected = figures.rsa(result.assign_attrs(correction="none"))
    assert filled(uncorrected, result.model.values) == [True, True, True]
    assert "p not corrected" in said(uncorrected).replace("\n", " ")


def test_dots_are_members_and_the_band_is_the_ceiling():
    result = known(["pixels"])
    axes = figures.rsa(result).axes[0]
    dots = next(line for line in axes.get_lines() if line.get_markersize() == 2.6)
    np.testing.assert_allclose(dots.get_xdata(), result.similarity_each[0, 0])
    band = next(patch for patch in axes.patches if patch.get_label() == "noise ceiling")
    ends = band.get_x(), band.get_x() + band.get_width()
    np.testing.assert_allclose(ends, result.ceiling[0])
    without = said(figures.rsa(result.assign(ceiling=np.nan * result.ceiling)))
    assert "noise ceiling not known" in without


def test_models_are_sorted_by_similarity_or_left_as_they_are():
    shuffled = known().sel(model=["law", "pixels", "network"])
    assert names_of(figures.rsa(shuffled)) == ["pixels", "network", "law"]
    assert names_of(figures.rsa(shuffled, order="given")) == ["law", "pixels", "network"]
    assert "most similar first" in said(figures.rsa(shuffled)).replace("\n", " ")
    assert "most similar first" not in said(figures.rsa(shuffled, order="given"))
    with pytest.raises(InputError, match="order is one of"):
        figures.rsa(shuffled, order="alphabet")


def test_the_matrix_marks_differences_that_hold_after_correction():
    result = known()
    figure = figures.rsa(result)
    marks = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in figure.axes[2].texts}
    difference, p = result.difference[..., 0].values, result.difference_p_corrected[..., 0].values
    expected = {(i, j): ">" if difference[i, j] > 0 else "<" for i, j in np.argwhere(p < 0.05).tolist()}
    assert marks == expected
    assert len(expected) < 6  # uncorrected, all six pairs would be marked


def test_a_model_without_similarity_says_so():
    result = known()
    unknown = result.assign(similarity=result.similarity.where(result.model != "network"))
    figure = figures.rsa(unknown)
    assert "not known" in said(figure)
    assert names_of(figure)[-1] == "network"
    assert len(bars_of(figure)) == 2


def test_courses_are_the_similarities_with_their_bands():
    result = known(times=6)
    axes = figures.rsa(result).axes[0]
    courses = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    for name in result.model.values:
        np.testing.assert_allclose(courses[name], result.similarity.sel(model=name))
    assert axes.get_ylabel() == "similarity of RDMs (Spearman's ρ)"
    low = min(axes.get_ylim()[0], float(result.similarity_interval.min()))
    assert axes.get_ylim()[0] == low


def marks_in(axes, row):
    """Where marks of a row start and end."""
    return sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches
                  if round(bar.get_y() + bar.get_height() / 2) == row)  # fmt: skip


def test_rows_under_courses_show_when_corrected_p_is_small():
    result = known(times=6)
    above, best = figures.rsa(result).axes[2], figures.rsa(result).axes[4]
    holds = np.flatnonzero(result.similarity_p_corrected.sel(model="pixels") < 0.05)
    assert 0 < len(holds) < 6
    times = result.time.values
    assert marks_in(above, 0) == [(times[holds[0]] - 0.5, times[holds[-1]] + 0.5)]
    assert marks_in(above, 2) == []
    lower = np.flatnonzero(result.difference_p_corrected.sel(model="pixels", model_="law") < 0.05)
    row = 1 + list(result.model.values).index("law")
    assert marks_in(best, row) == [(times[lower[0]] - 0.5, times[lower[-1]] + 0.5)]
    assert marks_in(best, 1) == []  # the best itself
    xr.testing.assert_equal(rsa_courses.below_best(result).sel(model="law"), (
        result.difference_p_corrected.sel(model="pixels", model_="law") < 0.05).drop_vars(["model", "model_"])
        .assign_coords(model="law"))  # fmt: skip


@pytest.mark.slow
def test_time_within_the_trial_is_told_from_learning():
    trial, learning = (known(times=30, axis=axis) for axis in ("within_trial", "learning"))
    assert "time within the trial (s)" in said(figures.rsa(trial))
    assert "learning time (sessions)" in said(figures.rsa(learning))
    starts = [[line for line in figures.rsa(r).axes[0].get_lines() if list(line.get_xdata()) == [0, 0]]
              for r in (trial, learning)]  # fmt: skip
    assert [len(lines) for lines in starts] == [1, 0]


def test_a_time_can_be_chosen_and_one_that_is_none_is_refused():
    result = known(times=6)
    figure = figures.rsa(result, time=3)
    np.testing.assert_allclose([bar.get_width() for bar in bars_of(figure)], result.similarity.sel(time=3))
    with pytest.raises(InputError, match=r"1\.0, 2\.0, .*got 3\.5"):
        figures.rsa(result, time=3.5)


@pytest.mark.slow
def test_panels_that_are_not_drawn_are_counted():
    many = known(regions=[f"r{i}" for i in range(12)])
    assert "9 of 12 panels are drawn; choose others with .isel(region=...)" in said(figures.rsa(many)).replace(
        "\n", " "
    )
    crowd = known([f"m{i}" for i in range(20)], times=5)
    assert "the 12 most similar of 20 models are drawn" in said(figures.rsa(crowd)).replace("\n", " ")


def test_models_look_the_same_in_every_figure():
    result = parted().merge(mixed()[["weight"]])
    looks = rsa_panels.model_looks(result)
    assert len({(look["color"], look["marker"]) for look in rsa_panels.model_looks(known(LONG)).values()}) == 12
    colours = [bar.get_facecolor()[:3] for bar in figures.mixture_weights(result).axes[0].patches]
    np.testing.assert_allclose(colours, [to_rgba(look["color"])[:3] for look in looks.values()])


def test_another_result_is_refused_with_the_call_to_make():
    with pytest.raises(InputError, match=r"neurouniv\.rsa\(data, models\)"):
        figures.rsa(xr.Dataset({"geometry": 1.0}))
    with pytest.raises(InputError, match="rsa_matrix"):
        figures.rsa(each())
    with pytest.raises(InputError, match=r"figures\.rsa\(result\)"):
        figures.rsa_matrix(known())
    with pytest.raises(InputError, match="partition=True"):
        figures.variance_parts(known())
    with pytest.raises(InputError, match="weighted="):
        figures.mixture_weights(known())


def test_a_result_that_was_saved_is_drawn_the_same(tmp_path):
    result = known(control="pixels", models_from={"law": "a law"}, doubts=["one doubt"])
    again = load(save(result, tmp_path / "rsa.nc"))
    assert said(figures.rsa(again)) == said(figures.rsa(result))
    assert again.attrs["doubts"] == ["one doubt"]
    assert "Partial Spearman's ρ of RDMs (pixels held fixed)" in said(figures.rsa(again)).replace("\n", " ")


def test_a_matrix_is_the_similarities_with_the_best_step_on_it():
    result = each()
    figure = figures.rsa_matrix(result)
    mesh = figure.axes[0].collections[0]
    np.testing.assert_allclose(
        np.ravel(mesh.get_array()), result.similarity.transpose("time_model", "time").values.ravel()
    )
    best = next(line for line in figure.axes[0].get_lines() if line.get_marker() == "o")
    np.testing.assert_array_equal(best.get_ydata(), result.best_step)
    words = said(figure)
    assert "untrained 0.05, last 0.85" in words
    assert "noise ceiling of the" not in words
    unknown = said(figures.rsa_matrix(result.assign(ceiling=np.nan * result.ceiling)))
    assert "noise ceiling of the data not known" in unknown.replace("\n", " ")


def test_ceilings_stand_beside_the_matrix_in_its_colours():
    result = each()
    axes = figures.rsa_matrix(result).axes[0]
    above, beside = axes.child_axes
    np.testing.assert_allclose(
        np.ravel(above.collections[0].get_array()), result.ceiling.transpose("bound", "time").values.ravel()
    )
    assert above.collections[0].norm is axes.collections[0].norm
    assert np.shape(beside.collections[0].get_array())[-1] == 2


def test_a_square_of_times_has_its_diagonal_and_signs_have_colours():
    square = figures.rsa_matrix(each(8, 8, axis="within_trial", lowest=-0.5)).axes[0]
    assert square.get_aspect() == 1.0
    norm = square.collections[0].norm
    assert norm.vmin == -norm.vmax
    assert "untrained" not in said(square.figure)
    assert figures.rsa_matrix(each()).axes[0].collections[0].norm.vmin == 0


@pytest.mark.slow
def test_layers_have_numbers_and_the_best_a_frame():
    figure = figures.rsa_matrix(layers_alone())
    assert "best in 75%" in said(figure)
    edge = to_rgba(style.LAW_COLOURS["exponential"])
    frames = [c for c in figure.axes[0].collections[1:] if np.allclose(c.get_edgecolor(), edge)]
    assert len(frames) == 2
    assert all(round(frame.get_paths()[0].vertices[:, 1].mean()) == 1 for frame in frames)
    numbered = layers_alone().assign_coords(layer_model=[0, 1])
    numbered["best_layer"] = 0 * numbered.similarity.isel(layer_model=0, drop=True).astype(int) + 1
    numbered["best_layer_interval"] = numbered.best_layer.expand_dims(bound=["lower", "upper"]) * xr.DataArray(
        [0, 1], dims="bound"
    )
    [line] = [
        c for c in figures.rsa_matrix(numbered).axes[0].collections if hasattr(c, "get_segments") and c.get_segments()
    ]
    np.testing.assert_allclose(line.get_segments()[0][:, 1], [-0.4, 1.4])
    chosen = figures.rsa_matrix(each(layers=["a", "b"]), rows="layer_model").axes[0]
    assert [label.get_text() for label in chosen.get_yticklabels()] == ["a", "b"]
    with pytest.raises(InputError, match="rows of a matrix of RSA is a dimension of the models"):
        figures.rsa_matrix(each(), rows="time")


def test_one_rdm_on_the_side_of_the_models_needs_no_matrix():
    alone = each().isel(time_model=-1, drop=True)[["similarity", "ceiling"]].assign_attrs(models_from={"fc7": "an RDM"})
    assert "fc7" in said(figures.rsa_matrix(alone))
    np.testing.assert_allclose(figures.rsa_matrix(alone).axes[0].get_lines()[1].get_ydata(), alone.similarity)


def test_parts_of_the_variance_are_drawn_with_their_sign():
    result = parted()
    axes = figures.variance_parts(result).axes[0]
    widths = {label.get_text(): [] for label in axes.get_yticklabels()}
    for label, bar in zip(axes.get_yticklabels(), axes.patches, strict=True):
        widths[label.get_text()].append(bar.get_width())
    assert widths["all together (R²)"] == [pytest.approx(float(result.r2[0]))]
    assert widths["pixels alone"] == [pytest.approx(0.1)]
    assert sorted(widths["shared by 2"]) == pytest.approx([-0.05, 0.01, 0.2])
    assert [bar.get_hatch() for bar in axes.patches if bar.get_width() < 0] == ["////"]
    over_time = figures.variance_parts(parted(6)).axes[0]
    lines = {line.get_label(): line.get_ydata() for line in over_time.get_lines()}
    np.testing.assert_allclose(lines["shared: pixels & law"], -0.05)


def test_weights_are_drawn_a_panel_a_mixture():
    result = mixed()
    panels = figures.mixture_weights(result).axes
    assert [ax.get_title(loc="left") for ax in panels] == ["weighted", "selected"]
    for ax, mixture in zip(panels, result.weight.values, strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in ax.patches], mixture[:, 0])
    without = result.assign(weight=result.weight.where(result.term != "law"))
    assert [label.get_text() for label in figures.mixture_weights(without).axes[0].get_yticklabels()] == [
        "pixels",
        "network",
    ]
