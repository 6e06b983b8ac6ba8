"""A browser that shows pages: Chromium, which NEUROUNIV_CHROMIUM names or the system has."""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; the test is skipped where there is none."""
    found = os.environ.get("NEUROUNIV_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium), and NEUROUNIV_CHROMIUM names none")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright, of the extra `test`, is not installed")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=found)
        yield running
        running.close()
