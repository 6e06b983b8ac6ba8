"""The docs site: `make docs` builds it into docs/_build/html."""

import os
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tutorials run side by side
DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

from stories import as_rst, stories_in  # noqa: E402

import neurouniv  # noqa: E402

project = "neurouniv"
author = "The neurouniv developers"
copyright = f"{author}, BSD-3-Clause"
version = release = neurouniv.__version__
root_doc = "index"
exclude_patterns = ["_build", "_templates", "figures"]
exclude_patterns += [f"{gallery}/*.{kind}" for gallery in ("tutorials", "gallery") for kind in ("ipynb", "py")]
extensions = [
    "sphinx.ext.autodoc", "sphinx.ext.autosummary", "myst_parser", "sphinx_design", "sphinx_gallery.gen_gallery",
    "house_docstrings", "api_links", "mathml", "terms", "repository_links", "laws_table", "tutorial_links", "printed",
    "stacked_tables",
]  # fmt: skip

default_role = "code"
html_math_renderer = "mathml"
myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 3
autosummary_generate = True
templates_path = ["_templates"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # long ones would hide the names and defaults
maximum_signature_line_length = 88
add_module_names = False
smartquotes = False  # "crossnobis" is typed as it stands

# Tutorials write files where they stand, so the site runs a copy of them.
SCRIPTS = DOCS / "_build" / "scripts"
rmtree(SCRIPTS, ignore_errors=True)
copytree(DOCS.parent / "tutorials", SCRIPTS, ignore=ignore_patterns("__pycache__", "README.md"))
numbered = {script.stem for script in SCRIPTS.glob("[0-9][0-9]_*.py")}
for page in (DOCS / "tutorials").glob("*.rst"):
    if page.stem not in numbered | {"index"}:
        page.unlink()  # of a tutorial that has another name now
header = (DOCS / "_templates" / "tutorials.rst").read_text()
(SCRIPTS / "GALLERY_HEADER.rst").write_text(f"{header}\n{as_rst(stories_in(SCRIPTS))}\n")

sphinx_gallery_conf = {
    "examples_dirs": [str(SCRIPTS), "figures"],
    "gallery_dirs": ["tutorials", "gallery"],
    "filename_pattern": r"/(\d\d_|every_figure)",
    "ignore_pattern": r"(?:^|/)(?!\d\d_|every_figure)[^/]*\.py$",  # a tutorial has a number
    "within_subsection_order": "FileNameSortKey",
    "nested_sections": False,
    "image_scrapers": ("figure_scraper",),
    "backreferences_dir": "reference/backreferences",
    "doc_module": ("neurouniv",),
    "reference_url": {"neurouniv": None},
    "show_signature": False,
    "remove_config_comments": True,
    "min_reported_time": 1e9,  # a tutorial's own line says what was measured; builders are often busy
    "download_all_examples": False,
    "parallel": int(os.environ.get("WORKERS", "2")),
    "write_computation_times": False,
    "capture_repr": ("_repr_html_", "__repr__"),
    "reset_modules": ("matplotlib",),
}

WIDE = ["index", "tutorials/index", *(f"tutorials/{name}" for name in numbered)]  # code needs the room
html_theme = "pydata_sphinx_theme"
html_title = "neurouniv"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_sidebars = {"index": [], "cite": [], "coming_from": [], "for_my_data": []}
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": {"**": ["page-toc"]} | {page: [] for page in WIDE},
    "footer_start": ["copyright"],
    "footer_end": [],
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
