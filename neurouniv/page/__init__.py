"""Pages: results with their pictures, numbers, doubts and history, each page one file that needs no other."""

from neurouniv.figures.tables import Table, table_of
from neurouniv.page.comparison import comparison_section
from neurouniv.page.html import versions
from neurouniv.page.rsa import rsa_section
from neurouniv.page.rules import rules_section
from neurouniv.page.section import Picture, Section
from neurouniv.page.studies import plan_section, recovery_section
from neurouniv.page.unconverged import unconverged
from neurouniv.page.universality import universality_sections
from neurouniv.page.write import need_html, report

__all__ = [
    "Picture", "Section", "Table", "comparison_section", "need_html", "plan_section", "recovery_section", "report",
    "rsa_section", "rules_section", "table_of", "unconverged", "universality_sections", "versions",
]  # fmt: skip
