"""Writes the table of versions and licences in docs/dependencies.md from what is installed: make licences.

Packages that are not installed keep the line that they have, if their version is the same.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE, CONSTRAINTS = ROOT / "docs" / "dependencies.md", ROOT / "constraints.txt"
HEAD = "| package | version | licence |\n|---|---|---|\n"
KNOWN = {
    "bsd": "BSD-3-Clause", "bsd license": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause", "new bsd": "BSD-3-Clause", "mit license": "MIT", "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "python software foundation license": "PSF-2.0",
    "3-clause bsd license": "BSD-3-Clause", "bsd-2-clause": "BSD-2-Clause", "isc license": "ISC",
    "isc license (iscl)": "ISC", "3-clause bsd": "BSD-3-Clause",
}  # fmt: skip
"""SPDX names of what older metadata says in words. "BSD" alone is that of two or three clauses in all of them."""
NO_NAMES = ("OSI Approved", "UNKNOWN")
LONG = 60
"""Letters from which on a field is the licence's text and no name."""
NO_WORD = {"quantities": "BSD-3-Clause"}
"""Packages whose metadata has no licence, from the file that they install."""


def pinned() -> dict[str, str]:
    """Versions of constraints.txt by the packages' names there."""
    lines = (line.strip() for line in CONSTRAINTS.read_text().splitlines() if not line.startswith("#"))
    return dict(line.split("==") for line in lines if line)


def licence(package: str) -> str | None:
    """What the metadata of an installed package says, as SPDX names where they are known; None if not installed."""
    try:
        told = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return None
    if "License-Expression" in told:
        return str(told["License-Expression"])
    classes = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or [] if line.startswith("License :: ")]
    text = told.get("License") or ""
    words = [" ".join(text.split()), *classes, *text.splitlines()[:1]]
    named = [KNOWN.get(word.lower(), word) for word in words if 0 < len(word) < LONG and word not in NO_NAMES]
    return named[0] if named else NO_WORD.get(package)


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Version and licence by package, as the page has them."""
    lines = page.partition(HEAD)[2].partition("\n\n")[0].splitlines()
    return {name: (version, held) for name, version, held in (line.strip("| ").split(" | ") for line in lines)}


def main() -> None:
    """Write the table anew."""
    page = PAGE.read_text()
    before = rows(page)
    table = ""
    for name, version in pinned().items():
        held = before.get(name, ("", ""))
        told = licence(name) or (held[1] if held[0] == version else "not known: install it, then make licences")
        table += f"| {name} | {version} | {told} |\n"
    start, _, rest = page.partition(HEAD)
    PAGE.write_text(start + HEAD + table + "\n" + rest.partition("\n\n")[2])


if __name__ == "__main__":
    main()
