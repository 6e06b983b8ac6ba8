"""How figures and pages write numbers: as fits do (`neurouniv.fitting.numbers`)."""

from neurouniv.fitting.numbers import NOT_DETERMINED, SUPERSCRIPT, label_word, number, with_interval, words

__all__ = ["NOT_DETERMINED", "SUPERSCRIPT", "label_word", "number", "with_interval", "words"]
