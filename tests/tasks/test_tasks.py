"""Tasks have the geometry they promise, and refuse what cannot be one."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv import tasks
from neurouniv.schema import InputError, history


@pytest.mark.parametrize(("dx2", "dy2"), [(1.0, 0.5), (0.5, 0.0), (1.5, 1.0)])
def test_two_points_are_as_far_apart_as_asked(dx2, dy2):
    task = tasks.two_points(dx2, dy2)
    np.testing.assert_allclose(pdist(task.stimuli) ** 2, dx2)
    np.testing.assert_allclose(pdist(task.targets) ** 2, dy2, atol=1e-15)
    assert task.stimuli[0].item() == -1.0
    assert task.targets[0].item() == 0.6


def test_xor_is_the_negative_product_of_the_signs():
    task = tasks.xor()
    np.testing.assert_array_equal(task.targets.values[:, 0], -task.stimuli.prod("feature"))
    for name, signs in zip(task.condition.values, task.stimuli.values, strict=True):
        assert name == "".join("+" if s > 0 else "-" for s in signs)


def test_digits_are_the_real_ones_with_one_hot_targets_sorted_by_digit():
    from sklearn.datasets import load_digits

    task = tasks.digits(per_class=4, seed=2)
    pixels, digit = load_digits(return_X_y=True)
    np.testing.assert_array_equal(task.stimuli, pixels[task.example] / 16)
    np.testing.assert_array_equal(task.label, digit[task.example])
    np.testing.assert_array_equal(task.label, np.repeat(np.arange(10), 4))
    np.testing.assert_array_equal(task.targets.argmax("output"), task.label)
    np.testing.assert_array_equal(task.targets.sum("output"), 1)
    assert task.condition.values[12:16].tolist() == ["3_1", "3_2", "3_3", "3_4"]
    assert len(np.unique(task.example)) == 40


def test_digits_depend_on_the_seed_alone_and_fewer_are_the_first_of_more():
    few, many = tasks.digits(2, seed=5), tasks.digits(4, seed=5)
    xr.testing.assert_identical(few.drop_attrs(), many.sel(condition=few.condition.values).drop_attrs())
    assert not tasks.digits(2, seed=6).stimuli.equals(few.stimuli)
    xr.testing.assert_identical(few, tasks.digits(2, seed=5))


def test_every_task_says_what_it_is_and_survives_netcdf(tmp_path):
    for task, name in [(tasks.two_points(), "two_points"), (tasks.xor(), "xor"), (tasks.digits(1, seed=3), "digits")]:
        assert task.attrs["name"] == history(task)[0]["settings"]["name"] == name
        task.to_netcdf(tmp_path / f"{name}.nc")
        xr.testing.assert_identical(xr.load_dataset(tmp_path / f"{name}.nc"), task)
    assert tasks.digits(1, seed=3).attrs["seed"] == 3


def test_arrays_become_a_task_as_they_are():
    rng = np.random.default_rng(0)
    stimuli, targets = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    task = tasks.from_arrays(stimuli, targets)
    np.testing.assert_array_equal(task.stimuli, stimuli)
    np.testing.assert_array_equal(task.targets, targets)
    assert task.condition.values.tolist() == sorted(task.condition.values) != []


def test_labelled_arrays_are_joined_by_name_not_by_order():
    stimuli = xr.DataArray([[0.0], [1.0]], dims=("condition", "feature"), coords={"condition": ["a", "b"]})
    targets = xr.DataArray([[10.0, 20.0]], dims=("output", "condition"), coords={"condition": ["b", "a"]})
    task = tasks.from_arrays(stimuli, targets)
    assert task.targets.sel(condition="a").item() == 20.0
    assert task.condition.values.tolist() == ["a", "b"]
    with pytest.raises(InputError, match="targets lack b and have c beside them"):
        tasks.from_arrays(stimuli, targets.assign_coords(condition=["c", "a"]))


GOOD = np.eye(3)


@pytest.mark.parametrize(
    ("stimuli", "targets", "condition", "message"),
    [
        (np.where(GOOD, np.nan, 0), GOOD, ["a", "b", "c"], r"finite stimuli; conditions \['a', 'b', 'c'\] hold NaN"),
        (GOOD, np.array([[0.0], [np.inf], [1.0]]), None, r"finite targets; conditions \['1'\]"),
        (GOOD, np.zeros(3), None, r"shape \(condition, output\); got shape \(3,\). Use `targets\[:, None\]`"),
        (np.zeros((3, 2, 2)), GOOD, None, r"shape \(condition, feature\); got shape \(3, 2, 2\)"),
        (np.zeros((3, 0)), GOOD, None, r"shape \(3, 0\)"),
        (GOOD, GOOD[:2], None, "3 stimuli and 2 targets"),
        (GOOD[:1], GOOD[:1], None, "at least 2 conditions"),
        (GOOD, GOOD, ["a", "b", "a"], "every condition, by which it is joined; got a more than once"),
        (GOOD, GOOD, ["a", "b"], "3 conditions needs 3 names; got 2"),
        ([["x"], ["y"]], GOOD[:2], None, "real numbers"),
        ([[1.0], [1.0, 2.0]], GOOD[:2], None, "rows of one length"),
        (GOOD * 1j, GOOD, None, "real numbers"),
    ],
)
def test_what_is_no_task_is_refused_with_a_reason(stimuli, targets, condition, message):
    with pytest.raises(InputError, match=message):
        tasks.from_arrays(stimuli, targets, condition)


@pytest.mark.parametrize("per_class", [0, -1, 2.5, 175, "3"])
def test_impossible_numbers_of_digits_are_refused(per_class):
    with pytest.raises(InputError, match="a whole number from 1 to 174"):
        tasks.digits(per_class)


@pytest.mark.parametrize("given", [{"dx2": 0.0}, {"dx2": np.nan}, {"dy2": -1.0}, {"dy2": np.inf}])
def test_impossible_distances_are_refused(given):
    with pytest.raises(InputError, match=f"{next(iter(given))}"):
        tasks.two_points(**given)


@pytest.mark.parametrize("given", [{"dx2": 1e-34}, {"dy2": 1e-34}, {"dx2": True}])
def test_distances_that_are_not_those_asked_for_are_refused(given):
    with pytest.raises(InputError, match=next(iter(given))):
        tasks.two_points(**given)


@pytest.mark.parametrize("seed", [-1, 1.5, None, "a"])
def test_a_seed_of_digits_is_a_whole_number(seed):
    with pytest.raises(InputError, match="seed is a whole number from 0"):
        tasks.digits(1, seed=seed)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (xr.DataArray(["a", "b", "c"], dims="condition"), ["a", "b", "c"]),
        ([b"a", 45.0, " c"], ["a", "45", "c"]),  # as recordings call them
    ],
)
def test_names_are_the_text_that_they_are_in_recordings(names, text):
    assert tasks.from_arrays(GOOD, GOOD, names).condition.values.tolist() == text


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", None, ""], r"places 1, 2 \(counted from 0\)"),
        ([["a"], ["b"], ["c"]], "a text or a number for the name"),
        ({"a", "b", "c"}, "in their order, a list; got a set"),
        (5, "in their order, a list; got an int"),
    ],
)
def test_names_that_are_none_are_refused(names, message):
    with pytest.raises(InputError, match=message):
        tasks.from_arrays(GOOD, GOOD, names)


def test_labels_count_whichever_array_has_them():
    labelled = xr.DataArray([[0.0], [1.0]], {"condition": ["a", "b"]}, ("condition", "feature"))
    assert tasks.from_arrays([[0.0], [1.0]], labelled).condition.values.tolist() == ["a", "b"]
    assert tasks.from_arrays(labelled, labelled, ["b", "a"]).stimuli.values.ravel().tolist() == [1.0, 0.0]
    with pytest.raises(InputError, match="stimuli lack c and have a beside them"):
        tasks.from_arrays(labelled, labelled, ["b", "c"])
    one_name = xr.DataArray([[0.0], [1.0]], {"condition": "a"}, ("row", "feature"))
    assert tasks.from_arrays(one_name, GOOD[:2]).condition.values.tolist() == ["0", "1"]


def test_masked_numbers_are_no_numbers():
    with pytest.raises(InputError, match="without gaps"):
        tasks.from_arrays(np.ma.masked_array(GOOD, mask=GOOD == 1), GOOD)
