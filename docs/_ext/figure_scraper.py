"""Pictures for the gallery: the figures of neurouniv, which pyplot does not know of, beside pyplot's own."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

from figure_words import words_of
from matplotlib import pyplot
from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

DPI = 150


class Scraper:
    """Shows what a block of a tutorial has drawn: every figure once, else the pictures that it has saved."""

    def __init__(self) -> None:
        self.shown: dict[str, list[Figure]] = {}
        self.files: dict[str, set[Path]] = {}

    def __call__(self, block, block_vars: dict, gallery_conf: dict) -> str:
        source = block_vars["src_file"]
        figures = self._new_figures(source, block_vars["example_globals"])
        saved = self._new_files(source)
        pages = []
        for picture in figures or saved:
            path = Path(next(block_vars["image_path_iterator"]))
            if isinstance(picture, Figure):
                picture.savefig(path, dpi=DPI, bbox_inches="tight")
                words = words_of(picture)
            else:
                copyfile(picture, path)
                words = picture.stem.replace("_", " ")
            pages.append(figure_rst([str(path)], gallery_conf["src_dir"], words))
        return "\n".join(pages)

    def _new_figures(self, source: str, names: dict) -> list[Figure]:
        """Figures that a name of the script holds and that no block before has shown."""
        shown = self.shown.setdefault(source, [])
        held = [value for value in names.values() if isinstance(value, Figure)]
        held += [pyplot.figure(number) for number in pyplot.get_fignums()]
        new = [figure for n, figure in enumerate(held) if not any(figure is old for old in [*shown, *held[:n]])]
        shown += new
        pyplot.close("all")
        return new

    def _new_files(self, source: str) -> list[Path]:
        seen = self.files.setdefault(source, set())
        new = sorted(set(Path(source).parent.glob("*.png")) - seen)
        seen.update(new)
        return new


SCRAPER = Scraper()
"""One for all blocks, so that it knows what those before have shown."""


def _get_sg_image_scraper() -> Scraper:
    """What sphinx-gallery asks a module for that `image_scrapers` names, anew for every block."""
    return SCRAPER
