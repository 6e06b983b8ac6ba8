"""RSA where little can be said: a model without differences, one RDM frame by frame, p values that are as they are."""

import numpy as np
import pytest

import neurouniv as nu


def flat_like(square):
    return square * 0 + 1 - np.eye(len(square))


def test_a_model_without_differences_has_no_similarity_and_spoils_no_other(world):
    flat = flat_like(world.models["a"])
    both = nu.rsa(world.traj, {"a": world.models["a"], "flat": flat}, resamples=40)
    alone = nu.rsa(world.traj, {"a": world.models["a"]}, resamples=40)
    assert both.similarity.sel(model="flat").isnull().all()
    assert both.below_ceiling_p.sel(model="flat").isnull().all()
    for name in ("similarity", "similarity_p", "below_ceiling_p"):
        np.testing.assert_allclose(both[name].sel(model="a"), alone[name].sel(model="a"), err_msg=name)
    assert any("not defined" in doubt for doubt in both.attrs["doubts"])
    assert "not significantly more similar" not in both.attrs["text"]


def test_what_was_not_tested_is_not_said_to_be_alike(world):
    bare = nu.rsa(world.traj, world.models, resamples=0, correction="holm")
    assert bare.difference_p.isnull().all()
    assert "not significantly more similar" not in bare.attrs["text"]
    assert "nan" not in bare.attrs["text"]
    assert "p not known" in bare.attrs["text"]
    assert bare.attrs["text"].endswith("Nothing was tested.") or "\nNothing was tested.\n" in bare.attrs["text"]
    assert "corrected" not in bare.attrs["text"]


def test_one_rdm_frame_by_frame_is_what_one_model_is(world):
    each = nu.rsa(world.traj, {"a": world.models["a"]}, model="each", resamples=40)
    one = nu.rsa(world.traj, {"a": world.models["a"]}, resamples=40)
    np.testing.assert_allclose(each.similarity, one.similarity.sel(model="a"))
    assert "best_step" not in each


@pytest.mark.parametrize(("correction", "words"), [("none", "p < .05, not corrected"), ("max", "p < .05, corrected")])
def test_words_say_whether_p_was_corrected(world, correction, words):
    text = nu.rsa(world.traj, world.models, correction=correction, resamples=40).attrs["text"]
    assert words in text
    assert text.count("p < .05,") == text.count(words)
