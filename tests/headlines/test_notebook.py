"""Results in IPython: the headline above xarray's view, in text and HTML; ends when it is unloaded."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.headlines import notebook
from neurouniv.schema import with_history
from neurouniv.statement import sealed


@pytest.fixture
def result():
    table = xr.Dataset({"r2": ("system", [0.9])}, attrs={"text": "It holds.\nDetails."})
    return sealed(with_history(table, "verdict"))


class Formatter:
    """What is used of IPython's formatters."""

    def __init__(self):
        self.deferred_printers, self.type_printers = {}, {}

    def for_type_by_name(self, module, name, show):
        self.deferred_printers[module, name] = show

    def pop(self, kind):
        return self.type_printers.pop(kind)


def shell():
    formatters = {"text/html": Formatter(), "text/plain": Formatter()}
    return SimpleNamespace(display_formatter=SimpleNamespace(formatters=formatters))


def test_types_are_told_by_their_real_names():
    given = shell()
    nu.load_ipython_extension(given)
    for formatter in given.display_formatter.formatters.values():
        assert set(formatter.deferred_printers) == {(k.__module__, k.__name__) for k in (xr.Dataset, xr.DataTree)}
    nu.unload_ipython_extension(given)
    assert not any(formatter.deferred_printers for formatter in given.display_formatter.formatters.values())


def test_a_users_own_look_stays():
    given = shell()
    html = given.display_formatter.formatters["text/html"]
    html.deferred_printers[notebook.SHOWN[0]] = str
    notebook.begin(given)
    assert html.deferred_printers[notebook.SHOWN[0]] is str
    notebook.end(given)
    assert html.deferred_printers[notebook.SHOWN[0]] is str


def test_text_and_html_have_the_sentence_first_and_xarrays_view_below(result):
    lines = []
    notebook.as_text(result, SimpleNamespace(text=lines.append), cycle=False)
    assert "".join(lines) == f"It holds.\nDetails.\n\n{result!r}"
    html = notebook.as_html(result)
    assert html.index("It holds.") < html.index("xr-wrap")
    assert html.endswith(result._repr_html_()[-200:])


def test_without_ipython_nothing_is_imported():
    code = "import sys, neurouniv; sys.exit(bool({'xarray', 'IPython', 'neurouniv.headlines'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_in_a_real_shell(result, tmp_path):
    pytest.importorskip("IPython")
    nu.save(result, tmp_path / "r.nc")
    code = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import neurouniv as nu
shown = lambda value: shell.display_formatter.format(value)[0]
result = nu.load({str(tmp_path / "r.nc")!r})
both = shown(result)
assert both["text/plain"].startswith("It holds."), both["text/plain"][:80]
assert "It holds." in both["text/html"].split("xr-wrap")[0]
assert "It holds." not in shown(result.isel(system=[]))["text/html"].split("xr-wrap")[0]
assert shown(nu.UniversalModel())["text/plain"] == "UniversalModel()"
shell.run_line_magic("unload_ext", "neurouniv")
assert not shown(result)["text/plain"].startswith("It holds.")
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
