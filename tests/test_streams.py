"""What is printed to a closed stream, or to one without a reader, is lost; the work, its files and its code are not."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurouniv.progress import clock, progress_bar, write_line
from neurouniv.streams import Lasting

OPENED = "from neurouniv.streams import keep_streams; keep_streams(); raise SystemExit(open(__file__).fileno() < 3)"


def shell(tmp_path, line, **variables):
    """Exit code, stdout and stderr of a line of the shell, in which $N is the command line."""
    (tmp_path / "opened.py").write_text(OPENED)
    words = {"N": f"{sys.executable} -m neurouniv", "P": f"{sys.executable} opened.py"} | variables
    places = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": os.environ["PATH"]}
    run = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=words | places, capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell of its own")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$N fit --help >&-", 0),
        ("$N --bad <&- >&- 2>&-", 2),
        ("$N --bad 2>/dev/full", 2),
        ("PYTHONUNBUFFERED=1 $N fit --help | true; exit ${PIPESTATUS[0]}", 0),
        ("$P <&- >&- 2>&-", 0),
    ],
)
def test_a_command_ends_as_it_would_have(tmp_path, line, code):
    assert shell(tmp_path, line) == (code, "", "")


def lasting(lost, place=None):
    """A stream into a pipe without a reader, or to a place."""
    if place is None:
        end, number = os.pipe()
        os.close(end)
    else:
        number = os.open(place, os.O_WRONLY)
    return Lasting(io.TextIOWrapper(os.fdopen(number, "wb"), encoding="ascii"), lost)


def test_what_nobody_reads_goes_nowhere_from_the_first_error_on():
    stream = lasting(BrokenPipeError)
    assert stream.write("ä" * 20_000) == 20_000  # more than is held back
    stream.flush()
    with stream:
        print("more", file=stream, flush=True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_other_errors_are_raised_where_what_is_printed_is_the_answer():
    stream = lasting(BrokenPipeError, "/dev/full")
    stream.write("answer")
    with pytest.raises(OSError, match="No space left") as caught:
        stream.flush()
    assert caught.value.errno == errno.ENOSPC
    stream._lost = OSError
    stream.close()


def test_progress_needs_no_stderr(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)  # of a program without a console
    write_line("lost")
    for progress in (None, True, False):
        with clock("work", progress), progress_bar(2, "steps", progress) as bar:
            bar.update(2)
