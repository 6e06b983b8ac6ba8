"""BrainVision: recordings that pybv wrote give back what was put in, in V, around their markers."""

import numpy as np
import pytest

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.assembly.assemble import assemble
from neurouniv.systems.recordings.formats.mne.brainvision import SIGNATURES, read_brainvision, without_header

pytest.importorskip("mne")
pybv = pytest.importorskip("pybv")
RATE, SAMPLES = 100.0, 1000
ONSETS = 50 + 100 * np.arange(9)
STIMULI = [{"onset": int(at), "description": i % 2 + 1} for i, at in enumerate(ONSETS)]
RESPONSES = [{"onset": int(at) + 40, "description": 7, "type": "Response"} for at in ONSETS[::2]]


def write(folder, events=(*STIMULI, *RESPONSES), unit="µV", fmt="binary_float32", resolution=0.1):
    """Whole tenths of a microvolt, so that every format holds them; a hair more, because pybv cuts off what is over."""
    data = np.random.default_rng(0).integers(-900, 900, (2, SAMPLES)) * (1e-7 * (1 + 1e-9))
    events = sorted(events, key=lambda event: event["onset"])
    pybv.write_brainvision(
        data=data,
        sfreq=RATE,
        ch_names=["Fz", "Cz"],
        fname_base="x",
        folder_out=folder,
        events=events or None,
        unit=unit,
        fmt=fmt,
        resolution=resolution,
        meas_date="20200102030405000006",
    )
    return folder / "x.vhdr", data


def refused(message, path, **settings):
    with pytest.raises(InputError, match=message):
        read_brainvision(path, path.name, **settings)


@pytest.mark.filterwarnings("ignore:Encountered unsupported voltage units:UserWarning")  # pybv, while it writes
@pytest.mark.parametrize(
    ("unit", "fmt", "resolution"),
    [
        ("µV", "binary_float32", 0.1),
        ("µV", "binary_int16", 0.1),
        ("mV", "binary_float32", 1.0),
        ("V", "binary_float32", 1.0),
    ],
)
def test_activity_is_in_volts_whatever_unit_the_file_has(tmp_path, unit, fmt, resolution):
    path, data = write(tmp_path, unit=unit, fmt=fmt, resolution=resolution)
    fields = read_brainvision(path, "x.vhdr", window=(-0.1, 0.2), events="Stimulus")
    expected = [data[:, at - 10 : at + 21] for at in ONSETS]
    np.testing.assert_allclose(fields.given["activity"], expected, rtol=1e-6, atol=1e-13)
    assert fields.units == "V"
    np.testing.assert_allclose(fields.given["latency"], np.arange(-10, 21) / RATE, atol=1e-12)


def test_descriptions_are_conditions_and_types_are_chosen_between(tmp_path):
    path, _ = write(tmp_path)
    assert path.read_bytes().startswith(SIGNATURES)
    told = r"'Response' x 5, 'Stimulus' x 9.*events=\"Stimulus\".*'Stimulus/S  1' x 5"
    refused(told, path)
    refused(told, path, window=(0, 0.1))
    rec = assemble(read_brainvision(path, "x.vhdr", window=(0, 0.1), events="Stimulus"), {})
    assert rec.condition.values.tolist() == ["S  1", "S  2"] * 4 + ["S  1"]
    one = read_brainvision(path, "x.vhdr", window=(0, 0.1), events="S1")
    assert one.tree["onset"].tolist() == (ONSETS[::2] / RATE).tolist()
    assert one.given["started"] == "2020-01-02T03:04:05.000006+00:00"


def test_without_window_or_markers(tmp_path):
    path, _ = write(tmp_path, STIMULI)
    refused(r"continuous recording of 9.99 s.*'Stimulus/S  1' x 5, 'Stimulus/S  2' x 4.*window=", path)
    refused("picks none by 'S9' in x.vhdr; its events are", path, window=(0, 1), events="S9")
    refused("`window` is .* in s from the event; got 3", path, window=3)
    bare, _ = write(tmp_path / "bare", [])
    refused("continuous recording without events", bare, window=(0, 1))


def test_a_missing_companion_is_named(tmp_path):
    path, _ = write(tmp_path)
    (tmp_path / "x.eeg").rename(tmp_path / "y.eeg")
    refused(r"names 'x.eeg' \(DataFile=\), which is not beside it.*copy them into one folder", path, window=(0, 1))
    (tmp_path / "y.eeg").rename(tmp_path / "x.eeg")
    renamed = path.rename(tmp_path / "z.vhdr")
    (tmp_path / "x.vmrk").rename(tmp_path / "z.vmrk")
    refused(r"names 'x.vmrk' \(MarkerFile=\).*renamed to 'z.vmrk', change that line", renamed, window=(0, 1))


def test_the_header_is_asked_for_where_another_file_came(tmp_path):
    path, _ = write(tmp_path)
    refused(r"holds the markers of a BrainVision recording; give its header.*x.vhdr", tmp_path / "x.vmrk")
    assert f'read_recording("{path}")' in without_header(tmp_path / "x.eeg")
    path.unlink()
    refused("there is none of the same name beside it", tmp_path / "x.vmrk")
    assert without_header(tmp_path / "x.eeg") is None
    assert without_header(tmp_path / "x.mat") is None


def test_cut_files(tmp_path):
    path, data = write(tmp_path, STIMULI)
    whole = (tmp_path / "x.eeg").read_bytes()
    (tmp_path / "x.eeg").write_bytes(whole[: len(whole) // 2])
    with pytest.warns(NeurounivWarning, match=r"x.vhdr: Omitted 4 .*outside data range. The data may be cut short"):
        found = read_brainvision(path, "x.vhdr", window=(0, 0.1)).given["activity"]
    np.testing.assert_allclose(found, [data[:, at : at + 11] for at in ONSETS[:5]], rtol=1e-6)
    path.write_bytes(path.read_bytes()[:300])
    refused("begins like a BrainVision header but cannot be read .*cut short", path, window=(0, 0.1))
