"""The formats that can be read, and the places that list them."""

from pathlib import Path

import pytest

from neurouniv.commands.read import read
from neurouniv.systems.recordings.formats.recognise import format_of_file
from neurouniv.systems.recordings.formats.registry import FILES, FOLDERS, KNOWN, OBJECTS, STORES
from neurouniv.systems.recordings.read import read_recording

ROOT = Path(__file__).parents[3]
LABELS = sorted({form.label for form in (*FILES, *STORES, *FOLDERS)})
TEXTS = {
    "the message": KNOWN,
    "read_recording": read_recording.__doc__,
    "the command": read.__doc__,
    "the guide": (ROOT / "docs/guide/formats.md").read_text(),
}


def test_formats_are_told_apart_by_name():
    names = [form.name for form in (*FILES, *STORES, *FOLDERS, *OBJECTS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("place", TEXTS)
def test_every_format_is_listed(place):
    text = TEXTS[place].casefold()
    assert not [label for label in LABELS if not all(word.casefold() in text for word in label.split())]


def test_a_format_is_told_by_its_content(tmp_path):
    path = tmp_path / "table.dat"
    path.write_text("trial;unit;rate\n1;a;3\n")
    form = format_of_file(path)
    assert form.name == "csv"
    assert form.is_table
    assert not form.holds_rdms
