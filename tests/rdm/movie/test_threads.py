"""Threads over frames: the same numbers, every error told, and BLAS left as it was."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from neurouniv.rdm.movie.threads import _allowed, in_threads
from neurouniv.rdm.movie.trajectory import trajectory


@pytest.mark.parametrize("metric", ["sqeuclidean", "crossnobis"])
def test_threads_change_nothing(make_recording, monkeypatch, metric):
    monkeypatch.setattr("neurouniv.rdm.movie.movie.LEAST", 1)
    monkeypatch.setattr("neurouniv.rdm.movie.movie.FRAMES", 1)
    rec = make_recording(latencies=9)
    with threadpool_limits(1, "blas"):
        alone = trajectory(rec, metric=metric).h
    with threadpool_limits(2, "blas"):
        several = trajectory(rec, metric=metric).h
    np.testing.assert_allclose(several, alone, rtol=1e-12)


def test_blas_is_left_as_it_was_and_errors_come_through():
    seen = []

    def work(job):
        seen.append(_allowed())
        if job == 3:
            raise ValueError("job 3")

    with threadpool_limits(2, "blas"):
        before = _allowed()
        with pytest.raises(ValueError, match="job 3"):
            in_threads(work, range(6))
        assert _allowed() == before
        nested = []
        in_threads(lambda _: in_threads(nested.append, [1, 2]), range(4))
        assert sorted(nested) == [1, 1, 1, 1, 2, 2, 2, 2]
        assert _allowed() == before
    assert set(seen) == {1} or before == 1
