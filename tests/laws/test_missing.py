"""Pairs and first frames that are missing leave the constants where they were, or the law says what to leave out."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import InputError, UniversalModel
from neurouniv.schema import pair_indices
from neurouniv.theory import completion

ETA = 0.03 / (10 * 3)


@pytest.fixture(scope="module")
def network():
    """A two-layer linear network, of which the law is true: both constants are lr/(N o)."""
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(10)]
    task = nu.tasks.from_arrays(rng.normal(size=(10, 5)) / 2, rng.normal(size=(10, 3)) / 2, names)
    runs = nu.train(
        task, "mlp", hidden_layers=1, width=60, nonlinearity="linear", gain=0.4, lr=0.03, epochs=8000, seeds=[0],
        record=25, progress=False,
    )  # fmt: skip
    return nu.trajectory(runs).squeeze(drop=True)


def without_first(traj, absent, frames=3):
    """`traj` in which the conditions `absent` come in after some frames, their outputs too."""
    late = traj.time < traj.time[frames]
    gone = (traj.first.isin(absent) | traj.second.isin(absent)) & late
    made = traj.assign({name: traj[name].where(~gone) for name in "hyw"})
    return made.assign(output=traj.output.where(~(traj.condition.isin(absent) & late)))


@pytest.mark.slow
@pytest.mark.parametrize("absent", [["c3"], ["c0", "c4", "c9"]])
@pytest.mark.parametrize("see", [["h", "y", "w", "output"], ["h"]])
def test_conditions_that_come_in_later_change_no_constant(network, absent, see):
    unseen = [name for name in ("h", "y", "w", "output") if name not in see]
    whole = UniversalModel().fit(network.drop_vars(unseen)).constants_
    law = UniversalModel().fit(without_first(network, absent).drop_vars(unseen))
    for name in ("eta_h", "eta_y"):
        np.testing.assert_allclose(law.constants_[name], whole[name], rtol=0.03)
        np.testing.assert_allclose(law.constants_[name], ETA, rtol=0.06)
    assert f"The start of {', '.join(absent)} was not observed and is inferred" in law.constants_.message.item()
    predicted = law.predict(without_first(network, absent).drop_vars(unseen)).h
    assert float(((predicted - network.h) ** 2).mean() / network.h.var()) < 2e-3


def test_a_system_that_begins_later_starts_from_its_own_first_outputs(network):
    late = network.isel(time=slice(4, None))
    subjects = xr.DataArray(["a", "b"], dims="subject", name="subject")
    names = ["h", "y", "w", "output"]
    both = xr.concat([network[names], late[names]], subjects, data_vars="all", join="outer")
    both = both.assign(network[["stimuli", "targets"]])
    alone, together = (UniversalModel().fit(traj).constants_ for traj in (late, both))
    np.testing.assert_allclose(together.eta_h.sel(subject="b"), alone.eta_h, rtol=1e-3)
    np.testing.assert_allclose(together.eta_y, ETA, rtol=0.03)


@pytest.mark.slow
def test_pairs_that_are_never_seen_are_left_out_and_predicted_ones_keep_their_order(network):
    rng = np.random.default_rng(1)
    some = network.isel(pair=rng.permutation(45)[:32])
    law = UniversalModel().fit(some)
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], ETA, rtol=0.03)
    assert "The start of 13 pairs was not observed" in law.constants_.message.item()
    predicted, final = law.predict(some), law.final_structure(some)
    for made in (predicted, final):
        assert made.first.values.tolist() == some.first.values.tolist()
        assert made.second.values.tolist() == some.second.values.tolist()
    np.testing.assert_allclose(predicted.h, some.h, atol=0.02 * float(some.h.max()))


@pytest.mark.slow
def test_where_no_task_tells_the_missing_pairs_it_is_told_what_to_leave_out(network):
    named = (network.first == "c2") & network.second.isin(["c5", "c7"])
    some = network.isel(pair=~named.values)
    with pytest.raises(InputError, match=r"2 of 45 pairs.*Leave out c2, whose"):
        UniversalModel().fit(some.drop_vars("stimuli"))
    with pytest.raises(InputError, match="its dx2 does not agree with its stimuli"):
        UniversalModel().fit(some.assign_coords(dx2=2 * some.dx2))
    kept = some.isel(pair=~((some.first == "c2") | (some.second == "c2")).values)
    assert np.isfinite(
        UniversalModel().fit(kept.drop_vars(["stimuli", "targets", "output", "y", "w"])).constants_.eta_h
    )


def test_a_pair_that_comes_twice_is_told(network):
    with pytest.raises(InputError, match="every pair once"):
        UniversalModel().fit(network.isel(pair=[0, 1, 1, 2, 10]))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # a noisy start is not all that the law leaves
def test_noisy_recordings_with_a_condition_that_comes_in_later_are_fitted_and_compared(network, pair_noise):
    few = network[["h", "stimuli", "targets"]].isel(time=slice(None, None, 3))
    sd = 0.03 * float(few.h.max())
    noise = sd * pair_noise(np.random.default_rng(0), few.sizes["time"], 10)
    noisy = few.assign(h=few.h + noise, h_var=xr.full_like(few.h, sd**2))
    absent = noisy.first.isin(["c3"]) | noisy.second.isin(["c3"])
    late = noisy.assign({name: noisy[name].where(~(absent & (noisy.time == 0))) for name in ("h", "h_var")})
    whole, found = (UniversalModel().fit(traj).constants_.speed.sel(estimate="value") for traj in (noisy, late))
    np.testing.assert_allclose(found, whole, rtol=0.1)
    found = nu.compare([UniversalModel(), nu.RIVALS["static"]()], late, partitions=1)
    assert float(found.dynamics.sel(law="universal")) > float(found.dynamics.sel(law="static")) + 0.2


@pytest.mark.parametrize("seed", range(3))
def test_what_is_linear_in_its_stimuli_is_completed_exactly(seed):
    """Absent conditions and single pairs; and the seen pairs stay as they are."""
    rng = np.random.default_rng(seed)
    stimuli = rng.normal(size=(9, 3)) * [1.0, 1.0, 0.2]  # a direction in which they differ little tells as much
    patterns = stimuli @ rng.normal(size=(3, 20))
    first, second = pair_indices(9)
    dx2, h = (((x[first] - x[second]) ** 2).sum(-1)[None] for x in (stimuli, patterns))
    unseen = ((first == 2) | (second == 2) | (rng.random(36) < 0.2))[None]
    guess = np.where(unseen, 7.0 * dx2, h)
    np.testing.assert_allclose(completion.completed(guess, dx2, unseen), h, rtol=1e-6)
    outputs = rng.normal(size=(2, 3)) @ stimuli.T + 1.0
    absent = np.arange(9) == 4
    made = completion.carried(np.where(absent, np.nan, outputs)[None], dx2, absent[None])
    np.testing.assert_allclose(made[0], outputs, rtol=1e-9)


def test_outputs_and_products_that_are_missing_at_the_start_are_completed():
    """Exactly, where outputs are linear in the stimuli, or in proportion to the targets."""
    rng, law = np.random.default_rng(0), UniversalModel()
    stimuli, targets = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
    first, second = pair_indices(9)
    dx2, dy2 = (np.tile(((x[first] - x[second]) ** 2).sum(-1), (2, 1)) for x in (stimuli, targets))
    outputs = np.stack([stimuli @ rng.normal(size=(3, 2)) for _ in range(2)])
    absent = np.where(np.arange(9) == 4, np.nan, 0.0)[:, None]
    goals = law._targets({}, dy2, None)
    for start, gap in (({"output": outputs}, absent), ({"y": [[0.3], [0.9]] * dy2, "w": 0.1 * dy2}, absent[first, 0])):
        missing = {name: value + gap for name, value in start.items()}
        whole, completed = (law._first_output(given, dx2, dy2, goals, None) for given in (start, missing))
        np.testing.assert_allclose(completed, whole, atol=1e-6)
        assert np.ptp(whole) > 0.1


@pytest.mark.parametrize("seed", range(3))
def test_a_completed_start_is_one_that_patterns_can_have(seed):
    rng = np.random.default_rng(seed)
    first, second = pair_indices(8)
    dx2, h = (((x[first] - x[second]) ** 2).sum(-1)[None] for x in (rng.normal(size=(8, 4)), rng.normal(size=(8, 9))))
    absent = np.isin(np.arange(8), [1, 5])
    unseen = (absent[first] | absent[second])[None]
    made = completion.completed(h, dx2, unseen)
    np.testing.assert_allclose(made[~unseen], h[~unseen])
    square = np.zeros((8, 8))
    square[first, second] = square[second, first] = made[0]
    centre = np.eye(8) - 1 / 8
    assert np.linalg.eigvalsh(-0.5 * centre @ square @ centre).min() > -1e-9
