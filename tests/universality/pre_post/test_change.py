"""Two times: whether, by how much and along what the RDM changed, in worlds whose truth is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from scipy.spatial.distance import pdist, squareform

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.fitting.change import p_of_change
from neurouniv.rdm.comparators import comparator_of
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, pair_indices
from neurouniv.universality.pre_post.against_noise import against_noise
from neurouniv.universality.pre_post.along import along
from neurouniv.universality.pre_post.jackknife import jackknife
from neurouniv.universality.verdict.learned import change_test

MINIMAL = {"data_vars": ["h", "h_var"], "coords": "minimal", "compat": "override"}


@pytest.fixture
def make_pair(pair_noise):
    """A factory of trajectories of two times; the second has a component of the first, and noise of known size."""

    def make(n=12, along="targets", size=1.0, noise=0.05, gain=1.0, members=0, seed=0):
        rng = np.random.default_rng(seed)
        stimuli, targets = rng.normal(size=(n, 5)) / 2, np.eye(2)[np.arange(n) % 2]
        dx2, dy2 = pdist(stimuli) ** 2, pdist(targets) ** 2
        model = {"targets": dy2, "input": dx2, "dx dy": np.sqrt(dx2 * dy2)}[along]
        truth = np.stack([dx2, gain * dx2 + size * model])
        shape = (members or 1, 2)
        h = truth + noise * np.stack([pair_noise(rng, 2, n) for _ in range(shape[0])])
        names = np.array([f"c{i:02d}" for i in range(n)])
        first, second = pair_indices(n)
        coords = {"time": ("time", [1, 2], {"units": "sessions", "axis": "learning"}), "condition": names}
        coords |= {"first": ("pair", names[first]), "second": ("pair", names[second])}
        coords |= {"dx2": ("pair", dx2), "dy2": ("pair", dy2)}
        dims = ("subject", "time", "pair")
        data = {"h": (dims, h), "h_var": (dims, np.full(h.shape, noise**2 if noise else 1e-12))}
        traj = xr.Dataset(data, coords).assign(stimuli=(("condition", "feature"), stimuli))
        traj["h"].attrs["metric"] = "crossnobis"
        return traj if members else traj.isel(subject=0)

    return make


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [pytest.param("targets", marks=pytest.mark.slow), pytest.param("input", marks=pytest.mark.slow), "dx dy"]
)
def test_without_noise_the_model_along_which_it_changed_is_named(make_pair, kind):
    found = nu.change(make_pair(along=kind, noise=0.0), permutations=300)
    assert found.best.item() == kind
    assert float(found.correlation.sel(model=kind)) == pytest.approx(1.0)
    assert float(found.correlation_p.sel(model=kind)) < 0.02
    assert float(found.changed_p) < 1e-6
    others = found.lead.drop_sel(model=kind)
    np.testing.assert_allclose(others, 1 - found.correlation.drop_sel(model=kind))
    assert "The change follows" in found.attrs["text"]


@pytest.mark.slow
def test_distances_that_shrink_run_against_their_model(make_pair):
    found = nu.change(make_pair(along="input", size=-0.5, noise=0.0))
    assert float(found.correlation.sel(model="input")) == pytest.approx(-1)
    assert "is opposite to the stimuli (dx2): -1.00" in found.attrs["text"]
    assert float(found.growth) == pytest.approx(-0.5)


def test_how_much_is_the_ratio_of_means_and_the_size_is_without_noise(make_pair):
    traj = make_pair(size=0.4, noise=0.1, n=16)
    found = nu.change(traj)
    before, after = traj.h.mean("pair").values
    assert float(found.growth) == pytest.approx(after / before - 1)
    sides = [(traj["first"] != name) & (traj["second"] != name) for name in traj.condition.values]
    without = np.log([np.divide(*traj.h.isel(pair=side.values).mean("pair").values[::-1]) for side in sides])
    half = stats.t.isf(0.025, 15) * without.std(ddof=1) * 15 / 4  # the jackknife over 16 conditions
    np.testing.assert_allclose(found.growth_interval, after / before * np.exp([-half, half]) - 1)
    assert found.attrs["errors_about"] == "other conditions"
    assert "time" not in found.coords
    true = 0.4 * np.sqrt((traj.dy2**2).mean()) / traj.h.mean()
    assert float(found.change_size) == pytest.approx(float(true), rel=0.15)
    assert float(found.change_most) > float(true)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "snr"), [(8, 0.3), (16, 1.0)])
def test_still_recordings_are_seldom_said_to_change(n, snr):
    task, said = nu.tasks.digits(per_class=2).isel(condition=slice(0, n)), []
    for seed in range(60):
        rec = nu.simulate_brain(task, world="static", sessions=2, repeats=6, runs=6, neurons=40, snr=snr, seed=seed)
        found = nu.change(nu.trajectory(rec, task, metric="crossnobis"), permutations=1)
        said.append(float(found.changed_p) < 0.05)
    assert np.mean(said) <= 0.12  # 5 % and three standard errors


def test_members_are_one_sample_and_regions_are_not(make_pair):
    traj = make_pair(members=6, noise=0.2)
    found = nu.change(traj)
    assert found.correlation.dims == ("model",)
    assert found.attrs["n_members"] == 6
    assert found.attrs["errors_about"].startswith("other members and other conditions")
    assert float(found.changed_p) < 0.05
    still = traj.assign(h=make_pair(members=6, noise=0.2, size=0.0, seed=5).h)
    regions = xr.concat([traj[["h", "h_var"]], still[["h", "h_var"]]], xr.Variable("region", ["V4", "V1"]), **MINIMAL)
    regions = regions.assign(stimuli=traj.stimuli)
    of_both = nu.change(regions)
    assert of_both.correlation.dims == ("region", "model")
    assert float(of_both.changed_p.sel(region="V4")) < 0.05 < float(of_both.changed_p.sel(region="V1"))
    np.testing.assert_allclose(of_both.correlation.sel(region="V4"), found.correlation)
    text = of_both.attrs["text"]
    assert text.index("region V4") < text.index("changed beyond noise") < text.index("region V1")
    assert "no change beyond noise" in text[text.index("region V1") :]


def test_few_members_are_averaged_and_without_variance_nothing_is_known(make_pair):
    traj = make_pair(members=3, noise=0.3)
    mean = traj.mean("subject").assign(h_var=traj.h_var.mean("subject") / 3).assign_coords(time=traj.time)
    expected = change_test(mean.assign_coords({name: traj[name] for name in ("first", "second")}))
    assert float(nu.change(traj).changed_p) == pytest.approx(float(expected.learned_p))
    found = nu.change(traj.drop_vars("h_var"))
    assert np.isnan(found.changed_p)
    assert "Whether the RDM changed beyond noise is not known" in found.attrs["text"]
    assert "The change follows the targets" in found.attrs["text"]


def test_models_of_a_user_stand_beside_those_of_the_task(make_pair):
    traj = make_pair(noise=0.02, n=8)
    names = traj.condition.values
    square = pd.DataFrame(squareform(np.arange(28.0)), index=names, columns=names).iloc[::-1]
    values = {"size": dict(zip(names, range(8), strict=True)), "square": square}
    values["network"] = (
        traj.h.isel(time=0, pair=slice(None, None, -1))
        .reset_coords(drop=True)
        .assign_coords(first=traj["second"][::-1], second=traj["first"][::-1])
    )
    found = nu.change(traj, values, permutations=50)
    assert found.model.values.tolist() == ["input", "dx dy", "targets", "size", "square", "network"]
    observed = found.change.values
    first, second = Pairs.of(traj).ends
    rdms = {"size": (first - second) ** 2, "square": np.arange(28), "network": traj.h.values[0]}
    for name, rdm in rdms.items():
        assert float(found.correlation.sel(model=name)) == pytest.approx(np.corrcoef(observed, rdm)[0, 1])
    table = pd.DataFrame({"kind": ["cat", "dog"] * 4}, index=names)
    again = nu.change(traj, table, permutations=50)
    assert again.model.values.tolist() == ["input", "dx dy", "kind"]  # the targets say the same
    assert again.best.item() == "kind"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (np.zeros((8, 8)), r"ndarray of shape \(8, 8\), which names no conditions"),
        ({"c00": 1}, r"lacks 7 conditions of the trajectory: 'c01'"),
        ({f"c{i:02d}": np.nan for i in range(8)}, "pairs without a number"),
        (pd.DataFrame(np.triu(np.ones((8, 8))), *[[f"c{i:02d}" for i in range(8)]] * 2), "not symmetric"),
        (3, "int, which names no conditions"),
    ],
)
def test_a_model_that_cannot_be_joined_is_refused(make_pair, model, message):
    with pytest.raises(InputError, match=message):
        nu.change(make_pair(n=8), {"mine": model})
    with pytest.raises(InputError, match="'targets' is already the name of a model RDM of the task"):
        nu.change(make_pair(n=8), {"targets": {f"c{i:02d}": i for i in range(8)}})


@pytest.mark.slow
def test_times_are_chosen_by_their_labels(make_pair):
    pair = make_pair(noise=0.0)
    three = pair.isel(time=[0, 0, 1]).assign_coords(time=[1, 5, 9])
    xr.testing.assert_allclose(nu.change(three, before=1, after="9").correlation, nu.change(pair).correlation)
    assert nu.change(three, after=5).attrs["after"] == "5"
    with pytest.raises(InputError, match="after is one of the times, 1, 5, 9; got 7"):
        nu.change(three, after=7)
    with pytest.raises(InputError, match="two different times"):
        nu.change(three, before=9)
    with pytest.raises(InputError, match="needs two times; the trajectory has 1"):
        nu.change(pair.isel(time=[0]))


def test_conditions_of_one_time_alone_are_left_out(make_pair):
    traj = make_pair(noise=0.02)
    lost = (traj["first"] == "c00") | (traj["second"] == "c00")
    with_gap = traj.assign(h=traj.h.where(~lost | (traj.time == 2)))
    found = nu.change(with_gap)
    assert found.attrs["n_conditions"] == 11
    xr.testing.assert_allclose(found.correlation, nu.change(traj.isel(pair=~lost.values)).correlation)


def test_what_two_times_cannot_tell_is_said(make_pair):
    text = nu.change(make_pair()).attrs["text"]
    assert "Two sessions cannot separate learning" in text
    assert "not crossvalidated" not in text
    traj = make_pair()
    traj["h"].attrs["metric"] = "sqeuclidean"
    assert "Distances are not crossvalidated" in nu.change(traj).attrs["text"]
    traj["time"].attrs["axis"] = "within_trial"
    assert nu.change(traj).attrs["text"].startswith("Exploratory: time is within a trial")
    bare = make_pair().drop_vars(["dx2", "dy2", "stimuli"])
    assert "no models were given" in nu.change(bare).attrs["text"]
    guessed = make_pair().assign_attrs(task_from="a guess from the conditions' names")
    assert "The task is not known, but a guess from the conditions' names." in nu.change(guessed).attrs["text"]
    three = make_pair(n=3)
    assert "it takes four conditions" in nu.change(three).attrs["text"]


def test_noise_alone_gives_no_share(make_pair):
    traj = make_pair(size=0.0, noise=0.05)
    traj["h"] = traj.h - traj.h.mean("pair") - 0.01
    text = nu.change(traj).attrs["text"]
    assert "the growth in per cent is not given" in text
    assert "Distances are hardly above noise" in text


@pytest.mark.slow
def test_p_of_a_model_that_has_nothing_to_do_with_the_change_is_uniform():
    rng, ends = np.random.default_rng(0), np.stack(pair_indices(10))
    model, units = pdist(rng.normal(size=(10, 2)))[None] ** 2, (ends[:, None] == np.arange(10)[:, None]).any(0)
    p = [
        along(pdist(rng.normal(size=(10, 1)))[None] ** 2, model, ends, units, comparator_of("corr"), 99, seed).p[0]
        for seed in range(200)
    ]
    assert 0.02 < np.mean(np.array(p) < 0.1) < 0.18
    assert 0.4 < np.mean(p) < 0.6


def test_p_of_a_model_that_has_nothing_of_the_change_is_1():
    ends = np.stack(pair_indices(4))
    model, moved = np.array([[1.0, 0, 0, 0, 0, 1.0]]), np.array([[0.0, 1, -1, -1, 1, 0]])  # ab, ac, ad, bc, bd, cd
    units = (ends[:, None] == np.arange(4)[:, None]).any(0)
    assert along(moved, model, ends, units, comparator_of("corr"), 99, 0).p[0] == 1


def test_noise_alone_follows_a_model_as_often_as_p_says(pair_noise):
    rng, ends = np.random.default_rng(0), np.stack(pair_indices(8))
    still, model = pdist(rng.normal(size=(8, 4))) ** 2, rng.normal(size=(1, 28))
    variance = np.full((1, 2, 28), 0.01**2)
    movies = still + 0.01 * pair_noise(rng, 120, 8).reshape(60, 1, 2, 28)
    p = np.array([against_noise(movie, variance, model, ends, 6)[0] for movie in movies])
    assert (p < 0.05).mean() < 0.15
    assert 0.38 < p.mean() < 0.62


def test_the_jackknife_of_a_mean_over_units_is_its_standard_error():
    values = np.random.default_rng(1).normal(size=(1, 40))
    alone = jackknife(lambda kept: values[:, None, kept].mean(-1), np.eye(40, dtype=bool))
    assert alone.error[0] == pytest.approx(39 / 40 * values.std(ddof=1) / np.sqrt(40) * 40 / 39)
    members = np.random.default_rng(2).normal(size=(1, 9, 40))
    both = jackknife(lambda kept: members[..., kept].mean(-1), np.eye(40, dtype=bool))
    assert both.error[0] >= members.mean(-1).std(ddof=1) / 3


def test_two_frames_count_their_noise_as_known_from_their_runs(make_pair):
    traj = make_pair(size=0.15, noise=0.1)
    few, many = (change_test(traj.assign(h_var=traj.h_var.assign_attrs(runs=runs))) for runs in (3, 30))
    assert float(many.learned_p) < float(few.learned_p)
    ends = Pairs.of(traj).ends
    assert p_of_change(traj.h.values.T, traj.h_var.values.T, ends) == pytest.approx(float(few.learned_p))
    coords = {name: ("trial", np.tile(values, 12)) for name, values in (("condition", list("abc")),)}
    coords |= {"session": ("trial", np.repeat([1, 2], 18)), "run": ("trial", np.tile(np.repeat(range(6), 3), 2))}
    rec = xr.Dataset({"activity": (("trial", "channel"), np.random.default_rng(0).normal(size=(36, 5)))}, coords)
    assert nu.trajectory(rec, metric="crossnobis").h_var.attrs["runs"] == 6


def test_trained_sequences_are_what_changed_in_premotor_cortex(real_data):
    """As Berlot, Popp & Diedrichsen report: trained sequences come apart from untrained ones over training."""
    traj = nu.datasets.load("motorseq_berlot2020")
    found = nu.change(traj, {"trained": {name: name.split()[0] for name in traj.condition.values.tolist()}})
    assert float(found.changed_p) < 0.01
    assert float(found.correlation_p.sel(model="trained")) < 0.01
    assert float(found.correlation.sel(model="trained")) > 0.3


def test_the_command_answers_in_sentences_and_keeps_numbers(make_pair, tmp_path, capsys):
    file, table = tmp_path / "traj.nc", tmp_path / "conditions.csv"
    nu.save(make_pair(n=8, noise=0.02), file)
    rows = [f"c{i:02d},{'cat' if i % 2 else 'dog'},{i}" for i in range(8)]
    table.write_text("\n".join(["condition,kind,size", *rows]))
    assert run_command(["change", str(file), "--models", str(table), "--out", str(tmp_path / "found.nc")]) == 0
    out = capsys.readouterr().out
    assert "The change follows 'kind'" in out
    assert nu.load(tmp_path / "found.nc").best.item() == "kind"
    for text, message in (("condition\nc00", "got one column"), ("a,b\nx,1\nx,2", "got a condition twice")):
        table.write_text(text)
        assert run_command(["change", str(file), "--models", str(table)]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [["fit"], ["compare", "--out", "out.nc"], ["verdict"]])
def test_what_two_times_refuse_leads_to_change(make_pair, tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    nu.save(make_pair(), "traj.nc")
    assert run_command([command[0], "traj.nc", *command[1:]]) == 2
    assert "neurouniv change" in capsys.readouterr().err


def test_rdm_and_read_lead_two_sessions_to_change(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rates = np.random.default_rng(0).gamma(2.0, size=(48, 6))
    np.savez("two.npz", rates=rates, odour=np.tile(list("abcd"), 12), day=np.repeat([1, 2], 24))
    fields = ["--map", "activity=rates", "condition=odour", "session=day"]
    assert run_command(["read", "two.npz", *fields]) == 0
    assert "over 2 sessions; no law, but change(traj) shows what changed" in capsys.readouterr().out
    assert run_command(["rdm", "two.npz", "traj.nc", "--task", "none", *fields]) == 0
    assert "neurouniv change traj.nc" in capsys.readouterr().out


def test_errors_of_what_members_and_conditions_add_are_the_sum_of_both():
    """V_s + J_c (1 - 1/M), where all M members have the same conditions, as of a mean of both effects."""
    rng, ends = np.random.default_rng(0), np.stack(pair_indices(9))
    of_condition, of_member = rng.normal(size=9), rng.normal(size=5)
    h = of_member[:, None] + of_condition[ends].sum(0)
    units = (ends[:, None] == np.arange(9)[:, None]).any(0)

    def estimate(h):
        return jackknife(lambda kept: h[None, :, kept].mean(-1), units)

    one, every = estimate(h[:1]), estimate(h)
    assert every.value.item() == pytest.approx(h.mean())
    assert every.error.item() ** 2 == pytest.approx(of_member.var(ddof=1) / 5 + one.error.item() ** 2 * (1 - 1 / 5))


def test_members_and_conditions_of_which_nothing_is_known_cost_no_warning(make_pair):
    traj = make_pair(n=6, members=2)
    alone = traj.assign(h=traj.h.where(traj.time > 1)).rename(subject="region")
    places = xr.concat([alone, traj.rename(subject="region")], "layer", combine_attrs="override")
    found = nu.change(places, permutations=9)
    assert found.growth.notnull().values.tolist() == [[False, False], [True, True]]
    assert nu.change(make_pair(n=2), permutations=9).growth.notnull()
