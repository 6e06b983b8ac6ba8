"""Pages of the site say what is true: terms and names exist, citations are those of CITATION.cff, tables were run."""

import csv
import re
import runpy

import numpy as np
import xarray as xr
import yaml

import neurouniv
from neurouniv.methods.references import REFERENCES


def pages(docs):
    return [page for page in sorted(docs.rglob("*.md")) if not {"_build", "tutorials", "generated"} & set(page.parts)]


def test_every_term_that_a_page_uses_is_in_the_glossary(docs, extension):
    known = extension("glossary").terms_in((docs / "words.md").read_text())
    used = {page.name: re.findall(r"\{term\}`([^`]+)`", page.read_text()) for page in pages(docs)}
    targets = {re.sub(r".*<(.+)>", r"\1", term) for terms in used.values() for term in terms}
    assert len(targets) > 10
    assert sorted(targets - set(known)) == []


def test_names_of_the_package_that_pages_use_exist(docs):
    for page in pages(docs):
        code = re.findall(r"`nu\.(\w+)|\bnu\.(\w+)\(", page.read_text())
        assert [name for pair in code for name in pair if name and name not in neurouniv.__all__] == [], page


def test_the_citation_is_that_of_the_repository(docs):
    cited = yaml.safe_load((docs.parent / "CITATION.cff").read_text())
    page = (docs / "cite.md").read_text()
    paper = cited["references"][0]
    told = [cited["title"], cited["version"], cited["license"], cited["authors"][0]["name"]]
    told += [paper["title"], str(paper["year"]), paper["conference"]["name"], paper["identifiers"][0]["value"]]
    told += [f"{author['family-names']}, {author['given-names']}" for author in paper["authors"]]
    assert [part for part in told if part not in page] == []
    assert [key for key in ("vanrossem2024representations", "neurouniv") if REFERENCES[key].bibtex() not in page] == []
    assert neurouniv.__version__ == cited["version"]


def test_the_script_of_the_tables_has_their_columns(docs):
    script = runpy.run_path(str(docs / "plan_tables" / "make.py"))
    for name, grid in script["TABLES"].items():
        sizes = {dim: len(grid[dim]) for dim in script["DESIGN"]}
        shares = xr.DataArray(np.full(tuple(sizes.values()), 0.25), dims=tuple(sizes), coords=grid)
        interval = shares.expand_dims(bound=["lower", "upper"], axis=-1)
        found = xr.Dataset({"power": shares, "power_interval": interval, "cannot_tell": shares, "missed": 2 * shares})
        found = found.assign(ceiling=shares, nearest=shares.astype(str), trials=shares.astype(int))
        rows = script["rows_of"](found)
        table = csv.DictReader((docs / "plan_tables" / f"{name}.csv").read_text().splitlines())
        varied = [dim for dim in grid if sizes[dim] > 1]
        assert list(rows[0]) == table.fieldnames
        assert [[str(row[dim]) for dim in varied] for row in rows] == [[row[dim] for dim in varied] for row in table]
        assert rows[0]["not described"] == "50 %"


def test_tables_of_designs_are_complete(docs):
    """Shares add up, and every design that the script names is there."""
    for name, designs in (("designs", 6), ("noise", 6)):
        rows = list(csv.DictReader((docs / "plan_tables" / f"{name}.csv").read_text().splitlines()))
        assert len(rows) == designs
        for row in rows:
            shares = [float(row[column].removesuffix(" %")) for column in ("described", "cannot tell", "not described")]
            assert sum(shares) == 100
