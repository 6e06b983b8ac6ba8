"""Two points: results are what the law was fitted to, and the claim follows the numbers."""

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.experiments import settings, two_points
from neurouniv.fitting import r_squared


@pytest.mark.parametrize("name", settings.SETTINGS)
def test_every_published_setting_trains_and_is_measured_at_its_layer(name):
    small = settings.settings_of(name) | {"epochs": 2, "width": 12}
    traj = settings.trained(name, range(1), "cpu", frames=3, **{key: small[key] for key in ("epochs", "width")})
    assert traj.layer.values.tolist() == [small["layers"]]
    assert np.isfinite(traj.h).all()
    assert float(traj.dx2[0]) == 1
    assert float(traj.dy2[0]) == pytest.approx(0.5)


def test_half_the_rate_for_twice_the_epochs_is_the_same_training():
    one = settings.trained("two_layer", range(1), "cpu", quick=True, frames=11)
    lr = settings.settings_of("two_layer", quick=True)["lr"]
    other = settings.trained("two_layer", range(1), "cpu", True, frames=11, lr=lr / 2, epochs=2 * int(one.time[-1]))
    np.testing.assert_allclose(one.h, other.h, rtol=0.05)


@pytest.fixture(scope="module")
def results():
    """Two settings, run for real but small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(two_points, "SETTINGS", {name: settings.SETTINGS[name] for name in ("two_layer", "shallow")})
        return two_points.run(2, "cpu", False, quick=True)


@pytest.mark.slow
def test_the_law_starts_where_the_network_does_and_r2_is_that_of_the_curves_kept(results):
    assert dict(results.h.sizes) == {"setting": 2, "seed": 2, "time": 301}
    for name in "hyw":
        seen, law = (results[v].values[..., None] for v in (name, f"{name}_law"))
        np.testing.assert_allclose(law[:, :, 0], seen[:, :, 0], rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(results.r2.sel(variable=name), r_squared(seen, law), rtol=1e-6)
    losses = (results[v].values[..., None] for v in ("loss", "loss_law"))
    np.testing.assert_allclose(results.r2_loss, r_squared(*losses))


def test_results_round_trip_and_the_figure_has_a_panel_a_setting_with_its_r2(results, tmp_path):
    before = dict(mpl.rcParams)
    figure = two_points.draw(nu.load(nu.save(results, tmp_path / "r.nc")))
    assert dict(mpl.rcParams) == before
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles[:2] == ["two_layer", "shallow"]
    assert set(titles[2:]) == {""}
    drawn = figure.axes[0].get_lines()
    bold = [line for line in drawn if line.get_linestyle() == ":"]
    assert len(bold) == 3
    figure.savefig(tmp_path / "r.png")


def claimed_for(r2, h_end=1.0):
    """Results with these R2 (setting, variable), h going from .5 to `h_end`."""
    r2 = np.asarray(r2, dtype=float)[:, None]
    h = np.broadcast_to([0.5, h_end], (len(r2), 1, 2))
    made = xr.Dataset({"r2": (("setting", "seed", "variable"), r2), "h": (("setting", "seed", "time"), h)})
    return two_points.claim(made.assign_coords(setting=list("abcd")[: len(r2)], variable=["h", "y", "w"]))


def test_the_claim_follows_r2_of_h_and_y_and_gives_that_of_w():
    assert claimed_for([[0.95, 0.99, 0.3], [0.9, 0.9, 0.8]]).startswith("holds: R2 of h and y at least 0.9 in 2 of 2")
    assert ", of w 0.300 to 0.800 there" in claimed_for([[0.95, 0.99, 0.3], [0.9, 0.9, 0.8]])
    half = claimed_for([[0.95, 0.99, 0.3], [0.5, 0.9, 0.8]], h_end=0.2)
    assert half.startswith("holds in part:")
    assert "not in b (h 0.500, y 0.900, h falls from 0.500 to 0.200)" in half
    none = claimed_for([[-30.0, 0.9, 0.0]])
    assert none.startswith("does not hold: R2 of h and y at least 0.9 in 0 of 1")
    assert "falls" not in none


def test_a_fit_that_failed_is_named_on_its_panel(results):
    bad = results.assign(converged=results.converged.copy(data=[[True, True], [True, False]]))
    texts = [[text.get_text() for text in ax.texts] for ax in two_points.draw(bad).axes]
    assert "1 of 2 not converged" in texts[1]
    assert not any("converged" in text for text in texts[0])
