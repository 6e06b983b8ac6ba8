"""Errors that relax: a step into numbers too large to solve is told as unknown, and ends no other system's solution."""

import numpy as np

from neurouniv.theory.rules import predictive_coding as rule
from neurouniv.theory.rules.flow import Task


def test_a_decoder_in_which_the_unit_is_lost_leaves_other_systems_alone():
    kernel, targets = np.tile(np.eye(3), (2, 1, 1)), np.ones((2, 2, 3))
    decoder = np.stack([np.eye(2), 1e20 * np.ones((2, 2))])
    state = rule.State(kernel, 0 * targets, decoder, np.zeros((2, 2)))
    task = Task(kernel, targets, np.ones((2, 3)))
    one = np.ones((2, 1, 1))
    change = rule.velocity(state, task, eta_h=one, eta_y=one, strength=one)
    alone = rule.velocity(
        rule.State(*(part[:1] for part in state)), Task(kernel[:1], targets[:1], np.ones((1, 3))),
        eta_h=one[:1], eta_y=one[:1], strength=one[:1],
    )  # fmt: skip
    assert np.isnan(change.output[1]).all()
    assert all(np.array_equal(both[:1], single) for both, single in zip(change, alone, strict=True))
