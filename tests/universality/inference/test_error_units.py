"""What is left out together, and what errors are about."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from neurouniv import RIVALS, InputError, PairwiseModel, compare
from neurouniv.schema import pair_indices
from neurouniv.universality.held_out.splits import partition
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, draw
from neurouniv.universality.inference.error_design import Design
from neurouniv.universality.inference.error_units import FITS, held_out_share, units
from neurouniv.universality.inference.p_values import infer


def seen_by_two(rng, n, groups, fits=False):
    """Points in classes, and two laws that see them with errors of one distribution, by class and by condition."""
    classes = np.arange(n) * groups // n
    truth, *errors = (
        size * (rng.normal(size=(groups, 8))[classes] + 0.7 * rng.normal(size=(n, 8))) for size in (1, 0.5, 0.5)
    )
    h, ends = pdist(truth) ** 2, np.stack(pair_indices(n))
    laws = np.stack([pdist(truth + error) ** 2 for error in errors])
    if not fits:
        return [Fold(h[None, None], laws[:, None, None], ends)], classes
    folds, half = [], rng.permutation(n) % 2
    for number in range(2):
        train, test = ((half[ends] == side).all(0) for side in (1 - number, number))
        gains = (laws[:, train] * h[train]).sum(-1) / (laws[:, train] ** 2).sum(-1)
        folds.append(Fold(h[None, None, test], (gains[:, None] * laws[:, test])[:, None, None], ends[:, test]))
    return folds, classes


def differing(folds, n, units=None, **settings):
    drawn = draw(n, 1, 2, 0, units)
    return infer(bootstrap_scores(folds, drawn, "log_error", reference=0), drawn, **settings)


@pytest.mark.parametrize("seed", range(5))
def test_copies_of_conditions_make_nothing_more_certain_by_class(seed):
    """Every condition three times, a class each: by class all is as with one copy, by condition p is smaller."""
    rng, ends = np.random.default_rng(seed), np.stack(pair_indices(8))
    h, laws = rng.gamma(2.0, size=(1, 4, 28)), rng.gamma(2.0, size=(2, 1, 4, 28))
    once = differing([Fold(h, laws, ends)], 8)
    copies = np.arange(24) // 3
    whole = np.stack(pair_indices(24))
    apart = copies[whole[0]] != copies[whole[1]]
    source = np.searchsorted(ends[0] * 8 + ends[1], copies[whole[0, apart]] * 8 + copies[whole[1, apart]])
    thrice = [Fold(h[..., source], laws[..., source], whole[:, apart])]
    by_class = differing(thrice, 24, copies)
    for one, other in zip(once[:-1], by_class[:-1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)
    assert differing(thrice, 24).p[1, 0] < once.p[1, 0]


def test_classes_are_drawn_and_left_out_whole():
    of = np.array([0, 1, 1, 2, 2, 2])
    drawn = draw(6, 1, 200, 0, of)
    assert all((drawn.conditions[:, of == unit].std(1) == 0).all() for unit in range(3))
    assert (drawn.conditions[:, [0, 1, 3]].sum(1) == 3).all()
    np.testing.assert_array_equal(drawn.without, [[0, 1, 1, 1, 1, 1], [1, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0]])


def test_each_condition_a_unit_is_no_unit():
    folds, _ = seen_by_two(np.random.default_rng(0), 8, 4)
    drawn = [draw(8, 1, 50, 3, units) for units in (None, np.arange(8))]
    one, other = (infer(bootstrap_scores(folds, d, "log_error", reference=0), d, "dual") for d in drawn)
    np.testing.assert_array_equal(one.p, other.p)


def test_folds_keep_their_weight_when_one_of_their_conditions_is_left_out():
    """Where squared errors of pairs are sums over conditions, the mean is that of both folds' means."""
    rng, ends = np.random.default_rng(0), np.stack(pair_indices(4))
    of = np.exp(0.1 * rng.normal(size=(2, 4)))
    h, errors = rng.normal(size=(2, 6)), np.sqrt(of[:, ends].sum(1))
    folds = [Fold(h[i, None, None], (h + errors)[i, None, None, None], ends + 4 * i) for i in range(2)]
    drawn = draw(8, 1, 2)
    found = bootstrap_scores(folds, drawn, "log_error").without[:, 0, 0]
    left = [np.delete(one, i) for one in of for i in range(4)]
    others = np.repeat(of[::-1].mean(1), 4)
    np.testing.assert_allclose(found, -np.log([part.mean() + other for part, other in zip(left, others, strict=True)]))


def test_the_spread_of_fits_is_a_share_of_the_variance():
    folds, _ = seen_by_two(np.random.default_rng(0), 12, 4)
    np.testing.assert_allclose(differing(folds, 12, fits=0.25).error, np.sqrt(1.25) * differing(folds, 12).error)


def test_fits_weigh_by_how_many_conditions_they_are_tried_on(make_world):
    traj = make_world(n=12, see=("h",), times=5)
    for folds, share in ((2, 1.0), (3, 1 / 2), (4, 1 / 3)):
        parts = partition(traj, "conditions", folds, 2, 0.5, 0)
        assert held_out_share(parts) == pytest.approx(share)
        assert Design.of(parts, 2, None, "jackknife", None, None, 0).how["fits"] == pytest.approx(FITS * share)
    assert held_out_share(partition(traj, "times", 2, 1, 0.5, 0)) == 0


@pytest.mark.parametrize(
    ("groups", "asked", "kind", "about"),
    [
        (None, None, "conditions", "other conditions, given these fits"),
        (5, None, "conditions", "other conditions of these 5 classes, given these fits"),
        (6, None, "classes", "other classes of conditions, given these fits"),
        (6, "conditions", "conditions", "other conditions of these 6 classes, given these fits"),
        (3, "classes", "classes", "other classes of conditions, given these fits"),
    ],
)
def test_classes_are_the_unit_where_there_are_six(groups, asked, kind, about):
    names = np.array([f"c{i}" for i in range(12)])
    classes = groups and {name: i % groups for i, name in enumerate(names)}
    found = units(names, classes, asked, [])
    assert (found.kind, found.about) == (kind, about)
    assert len(np.unique(found.of)) == (groups if kind == "classes" else 12)


def test_what_cannot_be_left_out_is_refused():
    names = np.array(["a", "b", "c", "d"])
    with pytest.raises(InputError, match="at least 3 classes; got 2"):
        units(names, {"a": 0, "b": 0, "c": 1, "d": 1}, "classes", [])
    with pytest.raises(InputError, match="got none"):
        units(names, None, "classes", [])


@pytest.fixture
def in_classes(make_world):
    """Sixteen conditions in four classes, whose names are not in the order of classes."""
    traj = make_world(n=16, times=6, see=("h",), noise=0.05)
    targets = np.tile(np.eye(4), (4, 1))
    return traj.assign(targets=(("condition", "output"), targets)).assign_coords(dy2=("pair", pdist(targets) ** 2))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:With 16 conditions")
def test_a_comparison_says_what_its_errors_are_about(in_classes, make_world):
    laws = [PairwiseModel(), RIVALS["static"]()]
    few, asked = (compare(laws, in_classes, partitions=1, resamples=20, unit=unit) for unit in (None, "classes"))
    assert few.attrs["errors_unit"] == "conditions"
    assert few.attrs["errors_about"] == "other conditions of these 4 classes, with constants fitted anew"
    assert asked.attrs["errors_about"] == "other classes of conditions, with constants fitted anew"
    p = [one["error_ratio_p_by_class"].sel(law="static") for one in (few, asked)]
    assert float(p[0]) == pytest.approx(float(p[1])) == pytest.approx(float(asked.error_ratio_p.sel(law="static")))
    assert float(p[0]) != float(few.error_ratio_p.sel(law="static"))
    assert float(asked.dynamics_freedom[0]) == 3
    alone = compare(laws, make_world(n=16, times=6, see=("h",)), partitions=1, resamples=20)
    assert alone["error_ratio_p_by_class"].isnull().all()
    both = compare(
        laws, {"few": in_classes, "alone": make_world(n=16, times=6, see=("h",))}, partitions=1, resamples=20
    )
    assert both["errors_about"].values.tolist() == [few.attrs["errors_about"], alone.attrs["errors_about"]]


@pytest.mark.slow
@pytest.mark.parametrize("n", [16, 32])
def test_laws_that_are_exchangeable_over_classes_differ_in_one_of_twenty_studies(n):
    """1000 studies, a constant fitted in every fold: 5 % within three standard errors (2 %), by condition far more."""
    rng, by_class, by_condition = np.random.default_rng(0), 0, 0
    for _ in range(1000):
        folds, classes = seen_by_two(rng, n, 4, fits=True)
        by_class += differing(folds, n, classes, fits=FITS).p[1, 0] < 0.05
        by_condition += differing(folds, n, fits=FITS).p[1, 0] < 0.05
    assert 0.03 < by_class / 1000 < 0.07
    assert by_condition > 1.5 * by_class
