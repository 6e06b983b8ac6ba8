"""pynwb takes nothing from the machine that reads: neither its time zone nor a cache in the user's home."""

import os
import sys
import time
from datetime import UTC, datetime

import pytest

from neurouniv.systems.recordings.formats.nwb import library
from neurouniv.systems.recordings.formats.nwb.nwb_files import read_nwb

h5py = pytest.importorskip("h5py")
pynwb = pytest.importorskip("pynwb")


@pytest.fixture
def in_zone(monkeypatch):
    """Sets the time zone of the machine."""

    def put(zone):
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("zone", "told"), [("Asia/Kathmandu", ""), ("no such zone", ""), ("Asia/Kathmandu", "-02:30")])
def test_the_start_of_a_session_does_not_depend_on_the_zone_of_the_reader(tmp_path, in_zone, zone, told):
    nwb = pynwb.NWBFile("made by a test", "1", datetime(2020, 5, 17, 12, tzinfo=UTC))
    nwb.add_trial(start_time=1.0, stop_time=2.0)
    nwb.add_unit(spike_times=[1.1, 2.6])
    path = tmp_path / "x.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)
    with h5py.File(path, "r+") as file:
        for name in ("session_start_time", "timestamps_reference_time"):
            del file[name]
            file[name] = f"2020-05-17T12:00:00{told}"
    in_zone(zone)
    assert read_nwb(path, "x.nwb").given["started"] == f"2020-05-17T12:00:00{told}"


def test_pynwb_is_imported_without_its_cache_and_where_the_home_is_read_only(monkeypatch):
    seen = []

    def imported(name, need):
        seen.append((os.environ["PYNWB_NO_CACHE_DIR"], os.environ.get("XDG_CACHE_HOME")))
        if len(seen) == 1:
            raise PermissionError("~/.cache")
        return pynwb

    monkeypatch.setenv("XDG_CACHE_HOME", "mine")
    monkeypatch.delenv("PYNWB_NO_CACHE_DIR", raising=False)
    monkeypatch.setattr(library, "import_extra", imported)
    monkeypatch.delitem(sys.modules, "pynwb")
    assert library.import_pynwb("A test") is pynwb
    assert [switch for switch, _ in seen] == ["1", "1"]
    assert seen[0][1] == "mine" != seen[1][1]
    assert (os.environ["XDG_CACHE_HOME"], os.environ.get("PYNWB_NO_CACHE_DIR")) == ("mine", None)
