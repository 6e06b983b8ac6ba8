"""Code that names something public, `nu.train` or `neurouniv.laws.law.Law`, links to its page, wherever it stands."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from types import ModuleType

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

import neurouniv

NAMED = re.compile(r"(?:nu|neurouniv)\.([A-Za-z_][\w.]*\w)")
OF_MODULES = ("tasks", "datasets", "figures")


@cache
def public_names() -> dict[int, str]:
    """The public name of every object that has one, by identity."""
    places = {f"neurouniv.{name}": getattr(neurouniv, name) for name in neurouniv.__all__ if name != "__version__"}
    for module in OF_MODULES:
        home = getattr(neurouniv, module)
        places |= {f"neurouniv.{module}.{name}": getattr(home, name) for name in home.__all__}
    return {id(place): name for name, place in places.items()}


@cache
def target_of(dotted: str) -> str | None:
    """The page's name of what `neurouniv.DOTTED` is; None where it has no page."""
    if f"neurouniv.{dotted}" in public_names().values():
        return f"neurouniv.{dotted}"
    found: object = neurouniv
    for part in dotted.split("."):
        found = _member(found, part)
        if found is None:
            return None
    return public_names().get(id(found))


def _member(holder: object, name: str) -> object | None:
    if isinstance(holder, ModuleType):
        try:
            return import_module(f"{holder.__name__}.{name}")
        except ImportError:
            pass
    return getattr(holder, name, None)


class LinkNames(SphinxTransform):
    """Turns code into a reference where it names something public; not in titles, links or the page of that name."""

    default_priority = 400

    def apply(self, **kwargs) -> None:
        for code in list(self.document.findall(nodes.literal)):
            match = NAMED.match(code.astext())
            target = match and target_of(match.group(1))
            if target and not _inside(code, (nodes.title, nodes.reference, addnodes.pending_xref)):
                code.replace_self(self._reference(code, target))

    def _reference(self, code: nodes.literal, target: str) -> nodes.Node:
        settings = {"refdomain": "py", "reftype": "obj", "reftarget": target, "refexplicit": True, "refwarn": True}
        return addnodes.pending_xref("", code.deepcopy(), refdoc=self.env.docname, **settings)


def _inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def setup(app) -> dict[str, bool]:
    app.add_transform(LinkNames)
    return {"parallel_read_safe": True}
