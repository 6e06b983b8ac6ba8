"""Small files, laid out as laboratories' software lays them out, that were once read wrong: the value, or the message.

Other tests make the same layouts anew; this one reads the files themselves, where NEUROUNIV_DATA has them.
"""

import warnings

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.schema import InputError, NeurounivWarning


@pytest.fixture(scope="module")
def awkward(real_data):
    folder = real_data / "awkward_inputs"
    if not folder.is_dir():
        pytest.skip("no folder `awkward_inputs` among the recordings")
    return folder


def distance(rec, first, second, **settings):
    """The distance of two conditions over time, (time,)."""
    traj = nu.trajectory(rec, **settings)
    ends = set(zip(traj["first"].values, traj["second"].values, strict=True))
    a, b = (first, second) if (first, second) in ends else (second, first)
    return traj.h.isel(pair=int(np.argmax(((traj["first"] == a) & (traj["second"] == b)).values))).values


def test_the_trial_axis_is_the_one_the_condition_lies_on(awkward):
    rec = nu.read_recording(awkward / "assembly_square.nc", activity="firing", condition="image_id", latency="time_bin")
    np.testing.assert_allclose(distance(rec, "im0", "im3"), [555.935, 591.381, 564.976], atol=1e-3)


def test_square_arrays_without_names_are_asked_about(awkward):
    call = {"activity": "spikes", "condition": "stim", "latency": [0.07, 0.12, 0.17]}
    with pytest.raises(InputError, match=r"dims="):
        nu.read_recording(awkward / "neurons_time_trials.mat", **call)
    rec = nu.read_recording(awkward / "neurons_time_trials.mat", dims="channel,latency,trial", **call)
    assert rec.activity.shape == (20, 20, 3)


@pytest.mark.parametrize(
    ("name", "fields"),
    [("v73_uneven_trials.mat", ["trials 8", "stim 8"]), ("v73_spike_cells.mat", ["spikes 5", "rates 8x5", "stim 8"])],
)
@pytest.mark.parametrize("call", [{}, {"activity": "ratez", "condition": "stim"}])
def test_ragged_cells_of_matlab_73_are_listed(awkward, name, fields, call):
    with pytest.raises(InputError) as error:
        nu.read_recording(awkward / name, **call)
    assert all(field in str(error.value) for field in fields), error.value


def test_a_timelock_structure_of_fieldtrip_is_read(awkward):
    rec = nu.read_recording(awkward / "ft_timelock_struct.mat", condition="trialinfo[:,0]")
    assert dict(rec.sizes) == {"trial": 12, "channel": 4, "latency": 6}
    assert sorted(set(rec.condition.values.tolist())) == ["1", "2", "3"]


def test_a_pickled_array_is_called_one(awkward):
    with pytest.raises(InputError, match="pickle"):
        nu.read_recording(awkward / "pickled_dict.npy")


def test_sessions_named_by_dates_are_days(awkward):
    files = sorted(awkward.glob("sub-m1_ses-*_rates.npz"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)
        rec = nu.read_recording(files)
    assert sorted(set(rec.session.values.tolist())) == [0, 1, 2]


def test_one_session_without_time_is_one_frame(awkward):
    rec = nu.read_recording(
        awkward / "cosmo_ds.mat", activity="ds.samples", condition="ds.sa.targets", run="ds.sa.chunks"
    )
    traj = nu.trajectory(rec, metric="crossnobis")
    assert (traj.sizes["time"], traj.sizes["pair"]) == (1, 15)


def test_a_pickled_member_nobody_asked_for_stops_nothing(awkward):
    rec = nu.read_recording(awkward / "extra_dict.npz", activity="rates", condition="condition")
    assert rec.activity.shape == (8, 3)
    assert sorted(set(rec.condition.values.tolist())) == ["a", "b"]


def test_series_without_trials_are_said_to_be_so(awkward):
    with pytest.raises(InputError, match=r"(?s)6.*500.*onset") as error:
        nu.read_recording(awkward / "Fall.mat")
    assert "condition=iscell" not in str(error.value)


def test_a_file_a_neuron_is_a_population(awkward):
    files = [awkward / "raster_unit1.mat", awkward / "raster_unit2.mat"]
    call = {"activity": "raster_data", "condition": "raster_labels.stimulus_ID", "latency": np.arange(20) * 0.01}
    with pytest.raises(InputError, match='files="channels"'):
        nu.read_recording(files, **call)
    for said in ({"files": "channels"}, {"session": [1, 1], "match_channels": "never"}):
        rec = nu.read_recording(files, **call, **said)
        assert rec.sizes["channel"] == 2
        np.testing.assert_allclose(distance(rec, "a", "b")[:4], [0.08, 0.01, 0.05, 0.10], atol=1e-9)


def test_the_first_line_of_excel_is_no_header(awkward):
    rec = nu.read_recording(awkward / "excel_sep.csv", activity="rate", condition="stimulus")
    assert rec.sizes["trial"] > 1


def test_spikes_in_milliseconds_are_told(awkward):
    with pytest.raises((InputError, NeurounivWarning), match="milliseconds"):
        nu.read_recording(awkward / "spikes_in_ms.nwb", condition="stim")


def test_trials_of_nwb_are_aligned_kept_and_named_by_several_fields(awkward):
    rec = nu.read_recording(
        awkward / "go_cue.nwb", condition=["stim", "outcome"], keep=("outcome", "hit"), align="go_cue_time",
        window=(0.0, 0.5),
    )  # fmt: skip
    assert "A/hit" in rec.condition.values
    assert all(name.endswith("/hit") for name in rec.condition.values)


def test_columns_of_one_value_a_row_are_columns(awkward):
    rec = nu.read_recording(awkward / "column_vectors.nwb", condition="stim")
    assert float(rec.activity.mean()) == pytest.approx(3.0625)
