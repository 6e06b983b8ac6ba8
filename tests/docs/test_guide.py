"""The Python of every page of the guide runs, from top to bottom."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.stem, marks=[pytest.mark.slow] * (page.stem in ("test", "compare", "plan")))
        for page in sorted(GUIDE.glob("*.md"))
    ],
)
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # a reader sees them; small examples have doubts
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.S))
    exec(compile(code, page.name, "exec"), {})
    promised = set(re.findall(r'savefig\("([\w.]+)"\)|report\(\w+, "([\w.]+)"\)', code))
    assert {first or second for first, second in promised} == {file.name for file in tmp_path.iterdir()}
