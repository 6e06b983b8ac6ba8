"""Where a command runs: a current folder that was removed, and a umask that shuts out everyone, are named first."""

import os

import pytest

from neurouniv.cli import run_command


@pytest.fixture
def removed_folder(tmp_path, monkeypatch):
    """A current folder that is no longer there."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()


@pytest.fixture
def closed_umask():
    """A umask that takes the owner's rights too."""
    before = os.umask(0o777)
    yield
    os.umask(before)


@pytest.mark.usefixtures("removed_folder")
def test_a_current_folder_that_was_removed_is_named(capsys):
    assert run_command(["datasets"]) == 2
    assert capsys.readouterr().err.startswith("neurouniv: The current folder no longer exists. Go to another one")
    assert run_command(["fit", "--help"]) == 0


@pytest.mark.usefixtures("closed_umask")
def test_a_umask_that_closes_files_to_their_owner_is_named(rdm_folder, capsys):
    assert run_command(["rdms", "rdm.nc", "out.nc", "--squared"]) == 2
    assert capsys.readouterr().err.startswith("neurouniv: The umask 0777 closes new files to yourself too. Set another")
    assert [path.name for path in rdm_folder.iterdir()] == ["rdm.nc"]
    assert os.umask(0o777) == 0o777
