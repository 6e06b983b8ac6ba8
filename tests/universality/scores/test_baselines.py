"""Model RDMs that need no fit: what they are, scored as laws are, on the same pairs, and absent where unknown."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.rdm import compare as rsatoolbox_compare
from scipy.spatial.distance import pdist

import neurouniv as nu
from neurouniv import RIVALS, compare
from neurouniv.schema import pair_indices
from neurouniv.universality.held_out.splits import partition
from neurouniv.universality.scores.baselines import baseline_rdms, class_mean_distances

NAMES = ["class means", "input", "dx dy", "targets"]


def labelled(per_class=3, classes=4, seeds=0, seed=0) -> xr.Dataset:
    """Distances that grow from dx2 to those of class means, in conditions of known classes, in mixed order."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.repeat(np.arange(classes), per_class))
    names = np.array([f"c{i}" for i in range(len(label))])
    stimuli = rng.normal(size=(len(label), 5)) + 2 * rng.normal(size=(classes, 5))[label]
    targets = np.eye(classes)[label]
    first, second = pair_indices(len(names))
    means = np.array([stimuli[label == k].mean(0) for k in label])
    start, end = pdist(stimuli, "sqeuclidean"), pdist(means, "sqeuclidean")
    time = np.linspace(0, 1, 6)
    h = start + time[:, None] * (end - start) + 0.1 * rng.random((max(seeds, 1), 6, len(first)))
    coords = {"time": ("time", time), "first": ("pair", names[first]), "second": ("pair", names[second])}
    coords |= {"dx2": ("pair", start), "dy2": ("pair", pdist(targets, "sqeuclidean")), "condition": names}
    data = {"stimuli": (("condition", "feature"), stimuli), "targets": (("condition", "output"), targets)}
    data["h"] = (("seed", "time", "pair"), h) if seeds else (("time", "pair"), h[0])
    return xr.Dataset(data, coords)


def pairs_of(traj):
    return list(zip(traj["first"].values, traj["second"].values, strict=True))


class Fixed:
    """A law that expects one RDM at all times: a baseline has to score as it does."""

    name = "fixed"

    def __init__(self, source=None, which=""):
        self.source, self.which = source, which

    def clone(self):
        return self

    def fit(self, traj):
        template = traj["h"].isel(time=0, pair=0, drop=True)
        good, words = np.ones(template.shape, bool), np.full(template.shape, "converged")
        self.constants_ = xr.Dataset({"converged": (template.dims, good), "message": (template.dims, words)})
        return self

    def predict(self, traj, time=None):
        time = traj["time"] if time is None else time
        ends = pairs_of(self.source)
        asked = [ends.index(pair) for pair in pairs_of(traj)]
        rdm = baseline_rdms(self.source).sel(baseline=self.which, drop=True).isel(pair=asked)
        return xr.Dataset({"h": rdm.expand_dims(time=time)})


def test_class_means_are_zero_within_classes_and_the_distance_of_means_between():
    traj = labelled()
    found = class_mean_distances(traj)
    label = traj.targets.argmax("output")
    mean = traj.stimuli.groupby(label.rename("class")).mean()
    of = dict(zip(traj.condition.values, label.values, strict=True))
    for k in range(traj.sizes["pair"]):
        a, b = of[traj["first"].values[k]], of[traj["second"].values[k]]
        expected = float(((mean.sel({"class": a}) - mean.sel({"class": b})) ** 2).sum())
        assert found[k] == pytest.approx(expected, abs=1e-12)
    assert (found[traj.dy2.values == 0] == 0).all()


def test_rdms_are_those_of_stimuli_and_targets_whatever_the_order_of_pairs():
    traj = labelled()
    found = baseline_rdms(traj)
    assert found.baseline.values.tolist() == NAMES
    np.testing.assert_allclose(found.sel(baseline="input"), traj.dx2)
    np.testing.assert_allclose(found.sel(baseline="dx dy") ** 2, traj.dx2 * traj.dy2)
    np.testing.assert_allclose(found.sel(baseline="targets"), traj.dy2)
    order = np.random.default_rng(1).permutation(traj.sizes["pair"])
    conditions = np.random.default_rng(2).permutation(traj.sizes["condition"])
    shuffled = baseline_rdms(traj.isel(pair=order, condition=conditions))
    np.testing.assert_allclose(shuffled, found.isel(pair=order), atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("comparator", ["corr", "cosine", "spearman", "corr_cov"])
def test_in_sample_it_is_rsatoolbox_with_every_frame(comparator):
    traj = labelled()
    found = compare(RIVALS["static"](), traj, None, comparator=comparator).baseline_geometry
    assert found.dims == ("baseline", "time")
    for name in NAMES:
        rdm = baseline_rdms(traj).sel(baseline=name).values
        expected = [rsatoolbox_compare(rdm[None], frame[None], method=comparator).item() for frame in traj.h.values]
        np.testing.assert_allclose(found.sel(baseline=name), expected, rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("split", ["conditions", "times", "systems"])
def test_a_baseline_scores_as_a_law_that_expects_it_on_the_same_held_out_pairs(split):
    traj = labelled(seeds=2)
    laws = {name: Fixed(traj, name) for name in NAMES}
    found = compare(laws, traj, split, partitions=2, across="seed" if split == "systems" else None)
    assert found.baseline_geometry.dims == ("baseline", "seed", "time")
    as_laws = found.geometry.rename(law="baseline")
    np.testing.assert_allclose(found.baseline_geometry, as_laws, rtol=1e-10)
    assert np.isfinite(found.baseline_geometry).all()


@pytest.mark.slow
def test_class_means_are_those_of_all_stimuli_in_whatever_fold():
    """Within a fold a class may have one member: its mean there would be no mean."""
    traj = labelled(per_class=2, classes=6)
    folds = partition(traj, "conditions", 2, 1, 0.5, 0)
    whole = dict(zip(pairs_of(traj), class_mean_distances(traj), strict=True))
    scores = []
    for part in folds:
        rdm = [whole[pair] for pair in pairs_of(part.test)]
        scores.append([np.corrcoef(rdm, frame)[0, 1] for frame in part.test.h.values])
    found = compare(RIVALS["static"](), traj, partitions=1).baseline_geometry
    np.testing.assert_allclose(found.sel(baseline="class means"), np.mean(scores, axis=0), rtol=1e-10)


@pytest.mark.slow
def test_nothing_is_fitted_so_that_units_and_gain_do_not_matter():
    traj = labelled()
    one, other = (compare(RIVALS["static"](), t, partitions=1) for t in (traj, traj.assign(h=7 * traj.h)))
    np.testing.assert_allclose(other.baseline_geometry, one.baseline_geometry, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda traj: traj.drop_vars(["stimuli", "targets"]), ["input", "dx dy", "targets"]),
        (lambda traj: traj.drop_vars("targets"), ["input", "dx dy", "targets"]),
        (lambda traj: traj.drop_vars("targets").assign_coords(label=("condition", np.arange(12) % 3)), NAMES),
        (lambda traj: traj.assign(targets=("condition", np.arange(12.0))), ["input", "dx dy", "targets"]),
        (lambda traj: traj.drop_vars("condition"), ["input", "dx dy", "targets"]),
        (lambda traj: traj.drop_vars("dy2"), ["class means", "input"]),
        (lambda traj: traj.drop_vars(["dx2", "dy2", "stimuli"]), []),
    ],
)
def test_what_the_trajectory_does_not_tell_is_left_out(change, left):
    traj = change(labelled())
    if "targets" in traj and traj.targets.ndim == 1:
        traj = traj.assign(targets=traj.targets.expand_dims(output=1, axis=1))
    found = compare(Fixed(labelled(), "input"), traj, None)
    assert found.get("baseline", xr.DataArray([])).values.tolist() == left
    assert ("baseline_geometry" in found) == bool(left)


@pytest.mark.slow
def test_systems_with_other_baselines_stand_side_by_side(tmp_path):
    bare = labelled(seed=1).drop_vars(["stimuli", "targets"])
    none = bare.drop_vars(["dx2", "dy2"])
    law = Fixed(labelled(seed=1), "input")
    found = compare(law, {"bare": bare, "labelled": labelled(seeds=2, seed=1), "none": none}, None)
    assert found.baseline_geometry.dims == ("baseline", "system", "member", "time")
    assert sorted(found.baseline.values) == sorted(NAMES)
    known = found.baseline_geometry.notnull().any("time")
    assert not known.sel(system="bare", baseline="class means").any()
    assert known.sel(system="labelled").all()
    assert not known.sel(system="none").any()
    alone = compare(law, bare, None).baseline_geometry.sel(baseline="input")
    np.testing.assert_allclose(found.baseline_geometry.sel(system="bare", baseline="input", member=0), alone)
    nu.save(found, tmp_path / "r.nc")
    xr.testing.assert_identical(nu.load(tmp_path / "r.nc").baseline_geometry, found.baseline_geometry)


@pytest.mark.slow
def test_class_means_say_more_than_stimuli_where_classes_gather():
    """Distances end as those of class means: at the end their RDM is nearest, at the start that of the stimuli."""
    found = compare(RIVALS["static"](), labelled(), partitions=2).baseline_geometry
    assert found.isel(time=0).idxmax("baseline").item() == "input"
    assert found.isel(time=-1).idxmax("baseline").item() == "class means"
