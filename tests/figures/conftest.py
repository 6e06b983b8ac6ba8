"""Results made by hand, whose figures are known, and what a figure shows."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist

from neurouniv import figures


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


def by_layer() -> xr.Dataset:
    """A trajectory of two seeds and three layers, each ten times as far apart as the one before."""
    traj, _ = classes_of_three(classes=4)
    layers = xr.DataArray([1.0, 10.0, 100.0], dims="layer", coords={"layer": [1, 2, 3]})
    return traj.assign(h=traj.h * layers)


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


def signed(members: int = 0, observed: bool = False) -> xr.Dataset:
    """Signatures of three rules, whose numbers are known; the last has none that a note would not explain."""
    names = ["universal", "feedback_alignment", "hebbian"]
    values = {
        "half_loss": [1.0, 1.0, np.nan], "half_euclidean": [1.5, 0.7, 7.0], "half_correlation": [4.0, 4.1, 0.4],
        "within_per_between": [0.1, -0.5, np.nan], "growth_after": [-0.02, 0.3, 40.0],
        "like_start": [0.9, 0.8, np.nan], "like_inputs": [0.9, 0.85, np.nan], "like_targets": [0.6, 0.7, np.nan],
    }  # fmt: skip
    result = xr.Dataset({name: ("rule", array) for name, array in values.items()}, {"rule": names})
    result = result.assign_coords(time=("time", [0.0, 6.0], {"units": "epochs", "axis": "learning"}))
    if observed:
        result = xr.concat([result.isel(rule=[0]).assign_coords(rule=["observed"]), result], "rule")
    factor = xr.DataArray(1 + 0.2 * np.arange(members), {"seed": np.arange(members)}, ("seed",))
    return result * factor if members else result


def switched(seeds: int = 2) -> xr.Dataset:
    """Two phases of 10 pairs; the law is a little off, and without what was learned it is far off."""
    traj, _ = classes_of_three(seeds, per_class=1, classes=5)
    h = traj.h.drop_vars(["dx2", "dy2"])
    time = ("time", np.arange(6.0), {"units": "sessions", "axis": "learning"})
    result = xr.Dataset({"h": h.assign_attrs(units="V^2") * 1e-12, "predicted": 1.02e-12 * h}).assign_coords(time=time)
    result["h"].attrs["units"] = "V^2"
    result["unlearned"] = (3e-12 * h).assign_coords(time=time).where(result.time > 2)
    scores = {"moved": ("phase", [0.99, 0.98]), "moved_unlearned": ((), -4.0)}
    return (
        result.assign(scores)
        .assign_coords(phase=["before", "after"])
        .assign_attrs(law="universal", rule="weight_decay", at=2.0)
    )


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def lines(figure: Figure) -> dict:
    return {line.get_label(): line for ax in figure.axes for line in ax.get_lines()}


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


def shown_ticks(axis):
    """What is written along an axis of a figure that was drawn, within its limits."""
    low, high = sorted(axis.get_view_interval())
    return [tick.label1.get_text() for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


def drawn(figure):
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return figure


DRAWN = {
    "curves": lambda: figures.curves(*two_points()),
    "curves of seeds": lambda: figures.curves(*two_points(seeds=4, scale=50)),
    "curves_grid": lambda: figures.curves_grid({"a": two_points(), "b": two_points(seeds=2), "c": two_points()}),
    "rdm": lambda: figures.rdm(classes_of_three()[0], icons={"c1": np.eye(3), "c2": np.ones((2, 4, 3))}),
    "rdm of a recording": lambda: figures.rdm(-recorded("V^2", 1e-12).h, order=["c3", "c0", "c1"]),
    "film": lambda: figures.film(classes_of_three(seeds=1)[0]),
    "film in rows": lambda: figures.film(by_layer(), scale="row", title="Layers"),
    "mds": lambda: figures.mds(by_layer()),
    "mds of few": lambda: figures.mds(recorded("V^2", 3e-11).drop_vars("targets"), icons={"c1": np.eye(3)}),
    "mds traces": lambda: figures.mds(by_layer(), traces=True, method="metric"),
    "dendrogram": lambda: figures.dendrogram(classes_of_three()[0]),
    "shepard": lambda: figures.shepard(classes_of_three()[0]),
    "geometry": lambda: figures.geometry(*classes_of_three()),
    "time_courses": lambda: figures.time_courses(*classes_of_three()),
    "constants": lambda: figures.constants({"mlp": fitted([1e-3, 2e-3], True), "gain": fitted([1e-9], False)}),
    "comparison": lambda: figures.comparison(compared()),
    "comparison of systems": lambda: figures.comparison(compared(systems=2)),
    "comparison with intervals": lambda: figures.comparison(with_intervals()),
    "comparison with ratios": lambda: figures.comparison(with_baselines(with_ratios())),
    "comparison of systems with ratios": lambda: figures.comparison(with_baselines(with_ratios(systems=3))),
    "time courses of a recording": lambda: figures.time_courses(recorded("(spikes/s)^2 per channel", 5.0)),
    "rule_signatures": lambda: figures.rule_signatures(signed()),
    "rule_signatures of members": lambda: figures.rule_signatures(signed(members=4, observed=True), title="Mine"),
    "rule_switch": lambda: figures.rule_switch(switched()),
    "rule_switch of one": lambda: figures.rule_switch(switched().isel(seed=0), title="Reversal"),
    "waterfall": lambda: figures.waterfall(restarted([[1.0, 1.001, 3.0], [2.0, 2.0, 2.0]])),
    "waterfall of far optima": lambda: figures.waterfall(restarted([[1.0, 50.0, 900.0]])),
    "profiles": lambda: figures.profiles(profiled()),
    "collapse": lambda: figures.collapse({"a": scaled(seeds=3), "b": scaled()}),
}


@pytest.fixture(params=DRAWN)
def draw(request):
    """A call that draws a figure, for every kind of figure."""
    return DRAWN[request.param]


@pytest.fixture(name="pair_coords")
def pair_coords_factory():
    return pair_coords


@pytest.fixture(name="two_points")
def two_points_factory():
    return two_points


@pytest.fixture(name="classes_of_three")
def classes_of_three_factory():
    return classes_of_three


@pytest.fixture(name="fitted")
def fitted_factory():
    return fitted


@pytest.fixture(name="compared")
def compared_factory():
    return compared


@pytest.fixture(name="with_intervals")
def with_intervals_factory():
    return with_intervals


@pytest.fixture(name="recorded")
def recorded_factory():
    return recorded


@pytest.fixture(name="restarted")
def restarted_factory():
    return restarted


@pytest.fixture(name="profiled")
def profiled_factory():
    return profiled


@pytest.fixture(name="scaled")
def scaled_factory():
    return scaled


@pytest.fixture(name="signed")
def signed_factory():
    return signed


@pytest.fixture(name="switched")
def switched_factory():
    return switched


@pytest.fixture(name="texts")
def texts_factory():
    return texts


@pytest.fixture(name="lines")
def lines_factory():
    return lines


@pytest.fixture(name="with_ratios")
def with_ratios_factory():
    return with_ratios


@pytest.fixture(name="with_baselines")
def with_baselines_factory():
    return with_baselines


@pytest.fixture(name="shown_ticks")
def shown_ticks_factory():
    return shown_ticks


@pytest.fixture(name="drawn")
def drawn_factory():
    return drawn
