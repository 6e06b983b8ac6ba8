"""Partial RSA and parts of variance at the door: least squares is the oracle."""

import numpy as np
import pytest

import neurouniv as nu


def residual(y, columns):
    design = np.column_stack([*columns, np.ones(len(y))])
    return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]


def condensed(square):
    i, j = np.triu_indices(len(square), 1)
    return square.to_numpy()[i, j]


def explained(y, columns):
    return 1 - residual(y, columns).var() / y.var() if columns else 0.0


def test_partial_similarity_is_the_correlation_of_residuals(world):
    found = nu.rsa(world.traj, world.models, control="others", resamples=50)
    rdms = {name: condensed(square) for name, square in world.models.items()}
    for subject, time in ((0, 0), (5, 3)):
        y = world.traj.h.values[subject, time]
        for name, rdm in rdms.items():
            others = [other for which, other in rdms.items() if which != name]
            expected = np.corrcoef(residual(y, others), residual(rdm, others))[0, 1]
            value = found.similarity_each.sel(model=name).isel(subject=subject, time=time).item()
            assert value == pytest.approx(expected, abs=1e-10)


def test_a_model_held_fixed_is_none_of_the_answers(world):
    found = nu.rsa(world.traj, world.models, control=["a"], resamples=50)
    assert found.model.values.tolist() == ["b", "c"]
    y, a, b = world.traj.h.values[2, 3], condensed(world.models["a"]), condensed(world.models["b"])
    expected = np.corrcoef(residual(y, [a]), residual(b, [a]))[0, 1]
    assert found.similarity_each.sel(model="b").isel(subject=2, time=3).item() == pytest.approx(expected, abs=1e-10)
    assert "a held fixed" in found.text
    assert found.ceiling.isnull().all()


def test_unique_and_shared_parts_are_those_of_regressions_and_sum_to_r2(world):
    found = nu.rsa(world.traj, world.models, partition=True, resamples=50)
    total = found.unique.sum("model") + found.shared.sum("combination")
    np.testing.assert_allclose(total, found.r2, atol=1e-10)
    rdms = [condensed(square) for square in world.models.values()]
    ys = world.traj.h.values[:, 3]
    r2 = np.mean([explained(y, rdms) for y in ys])
    without_b = np.mean([explained(y, [rdms[0], rdms[2]]) for y in ys])
    assert found.r2.isel(time=3).item() == pytest.approx(r2, abs=1e-10)
    assert found.unique.sel(model="b").isel(time=3).item() == pytest.approx(r2 - without_b, abs=1e-10)
    zs = np.stack([(rdm - rdm.mean()) / rdm.std() for rdm in rdms], axis=1)
    betas = [np.linalg.lstsq(zs, (y - y.mean()) / y.std(), rcond=None)[0] for y in ys]
    np.testing.assert_allclose(found.coefficient.isel(time=3), np.mean(betas, axis=0), atol=1e-10)
    low, high = found.unique_interval.sel(model="a").transpose("bound", "time")
    assert ((low < found.unique.sel(model="a")) & (found.unique.sel(model="a") < high)).all()


def test_models_that_say_the_same_are_told_and_get_no_number(world):
    models = {"a": world.models["a"], "twice": 2 * world.models["a"], "b": world.models["b"]}
    found = nu.rsa(world.traj, models, control="others", resamples=50)
    assert found.similarity.sel(model=["a", "twice"]).isnull().all()
    assert found.similarity.sel(model="b").notnull().all()
    assert any("'a', 'twice' are redundant" in doubt for doubt in found.doubts)


def test_a_model_without_differences_is_named(world):
    flat = world.square(np.zeros((16, 1)))
    with pytest.raises(nu.InputError, match="in 'flat' all conditions are equally far apart"):
        nu.rsa(world.traj, world.models | {"flat": flat}, control="others", resamples=50)


def test_orders_of_conditions_say_nothing_of_a_part(world):
    with pytest.raises(nu.InputError, match="tests each model alone"):
        nu.rsa(world.traj, world.models, control="a", test="permutation")


def test_ranks_without_a_geometry_of_vectors_are_refused(world):
    with pytest.raises(nu.InputError, match="cosine of vectors"):
        nu.rsa(world.traj, world.models, control="others", comparator="tau-a", resamples=50)
