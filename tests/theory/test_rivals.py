"""Rivals against what defines them."""

import numpy as np
import pytest

from neurouniv.theory import altered, closed_form, rivals, two_point

ONE = np.ones(1)
STATE = np.array([[0.3], [0.2], [-0.1]])
CONSTANTS = 0.7 * ONE, 0.4 * ONE, 1.3 * ONE, 0.9 * ONE


def test_lazy_learning_is_the_law_without_an_encoder_that_learns():
    start, time = two_point.Start(0.4 * ONE, 0.1 * ONE, -0.05 * ONE), np.linspace(0, 20, 10)
    limit = closed_form.solve(start, 1e-9 * ONE, 0.6 * ONE, ONE, 0.8 * ONE, time)
    found = rivals.lazy(*start, 0.6 * ONE, 0.8 * ONE, time)
    np.testing.assert_allclose(np.stack(found), np.stack(limit), atol=1e-6)


@pytest.mark.parametrize(
    ("rival", "changed"),
    [
        (altered.doubled_output, 1),
        (altered.doubled_representation, 0),
        (altered.reversed_alignment, 2),
        (altered.output_without_encoder, 1),
    ],
)
def test_an_altered_equation_changes_one_term(rival, changed):
    law, other = two_point.velocity(STATE, *CONSTANTS), rival(STATE, *CONSTANTS)
    assert [i for i in range(3) if not np.allclose(law[i], other[i])] == [changed]


def test_what_the_terms_become():
    h, y, w = (float(part[0]) for part in STATE)
    encoder, decoder = 0.7 * 1.3, 0.4
    law = two_point.velocity(STATE, *CONSTANTS)[:, 0]
    assert altered.doubled_output(STATE, *CONSTANTS)[1, 0] == pytest.approx(2 * law[1])
    assert altered.doubled_representation(STATE, *CONSTANTS)[0, 0] == pytest.approx(2 * law[0])
    assert altered.output_without_encoder(STATE, *CONSTANTS)[1, 0] == pytest.approx(-w * decoder * h)
    reversed_term = law[2] + encoder * (y + w) * w / h
    assert altered.reversed_alignment(STATE, *CONSTANTS)[2, 0] == pytest.approx(reversed_term)


def test_gain_keeps_the_shape_of_the_rdm():
    h = np.array([0.1, 0.5, 2.0])
    grown = rivals.gain(h, np.array([4.0]), np.array([0.3]), np.linspace(0, 40, 9))
    np.testing.assert_allclose(grown / grown[:1], np.broadcast_to((h / h[0])[:, None], grown.shape))
    np.testing.assert_allclose(grown[:, [0, -1]], h[:, None] * [1.0, 4.0], rtol=1e-3)


def test_a_step_is_half_done_at_its_onset():
    made = rivals.step(0.2 * ONE, 2 * ONE, 0.5 * ONE, 7 * ONE, 0.4 * ONE, ONE, np.array([0.0, 7.0, 50.0]))
    np.testing.assert_allclose(made, [[0.2, (0.2 + 1.3) / 2, 1.3]], atol=1e-6)
