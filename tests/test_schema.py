"""A warning points at the line of the user's that it is about, however deep within the package it arose."""

import warnings

from neurouniv import schema


def test_a_warning_points_outside_the_package():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        schema.warn("beware")
    assert caught[0].category is schema.NeurounivWarning
    assert caught[0].filename == __file__


def test_a_warning_from_deep_within_points_at_the_call():
    from neurouniv import tasks, train, trajectory

    runs = train(tasks.two_points(), width=5, epochs=4)
    runs["hidden"][..., -1, :, :] = float("inf")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trajectory(runs)
    assert {warning.filename for warning in caught if warning.category is schema.NeurounivWarning} == {__file__}
