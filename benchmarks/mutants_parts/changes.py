"""The mutants of a file: one small change of its code each. Imports, types, docstrings and messages stay."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Pow: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}  # fmt: skip
_BOTH_WAYS = [
    ("min", "max"), ("any", "all"), ("minimum", "maximum"), ("argmin", "argmax"), ("sum", "mean"), ("floor", "ceil"),
    ("nansum", "nanmean"), ("nanmin", "nanmax"), ("zeros", "ones"), ("isnull", "notnull"),
]  # fmt: skip
CALLED = {a: b for pair in _BOTH_WAYS for a, b in (pair, pair[::-1])}
CALLED |= {"sqrt": "square", "expm1": "exp", "log1p": "log", "cumsum": "cumprod", "median": "max", "prod": "sum"}
TYPES = ("annotation", "returns", "decorator_list", "type_params")
GUARDS = ("strict",)
"""Named arguments that only check: without them the same is computed."""


class Mutant(NamedTuple):
    """A node and what stands in its place."""

    node: ast.AST
    instead: ast.AST
    statement: ast.stmt
    in_function: bool


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """All mutants of a file, in the order of its code."""
    return list(_walked(tree, ast.Pass(), in_function=False))


def mutated(source: str, number: int) -> ast.Module:
    """The file with one of its mutants."""
    tree = ast.parse(source)
    chosen = mutants_of(tree)[number]
    return ast.fix_missing_locations(_Put(chosen).visit(tree))


def in_words(mutant: Mutant, lines: list[str]) -> str:
    """What a mutant changes, and the line that it is in."""
    before, after = (" ".join(ast.unparse(node).split()) for node in (mutant.node, mutant.instead))
    line = lines[getattr(mutant.node, "lineno", mutant.statement.lineno) - 1].strip()
    return f"{before[:90]}  ->  {after[:90]}  in  {line}"


class _Put(ast.NodeTransformer):
    def __init__(self, mutant: Mutant):
        self.mutant = mutant

    def visit(self, node: ast.AST) -> Any:
        return self.mutant.instead if node is self.mutant.node else self.generic_visit(node)


def _walked(node: ast.AST, statement: ast.stmt, in_function: bool) -> Iterator[Mutant]:
    if _is_words(node):
        return
    if isinstance(node, ast.stmt):
        statement = node
    for instead in _changes(node, in_function):
        yield Mutant(node, ast.copy_location(instead, node), statement, in_function)
    inside = in_function or isinstance(node, ast.FunctionDef)
    for field, value in ast.iter_fields(node):
        if field not in TYPES:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walked(child, statement, (inside and field == "body") or in_function)


def _is_words(node: ast.AST) -> bool:
    """Imports, docstrings, and what only makes a message."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.JoinedStr() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name.endswith("Error") or name in ("warn", "TypeVar", "cast")
    return False


def _changes(node: ast.AST, in_function: bool) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(op=op) if type(op) in ARITHMETIC and not _of_text(node):
            yield _with(node, op=ARITHMETIC[type(op)]())
        case ast.AugAssign(op=op):
            yield ast.Pass()
            if type(op) in ARITHMETIC:
                yield _with(node, op=ARITHMETIC[type(op)]())
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                for other in COMPARED[type(op)]:
                    yield _with(node, ops=[*ops[:i], other(), *ops[i + 1 :]])
        case ast.BoolOp(op=op, values=values):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            for i in range(len(values)):
                kept = [*values[:i], *values[i + 1 :]]
                yield kept[0] if len(kept) == 1 else _with(node, values=kept)
        case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.Invert(), operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=other):
            yield from (body, other)
        case ast.Constant(value=bool(value)):
            yield _with(node, value=not value)
        case ast.Constant(value=int(value)):
            yield from (_with(node, value=value + 1), _with(node, value=value - 1))
        case ast.Constant(value=float(value)):
            yield from (_with(node, value=2 * value or 1.0), _with(node, value=value / 2 or -1.0))
        case ast.Slice(lower=lower, upper=upper):
            yield from (_with(node, lower=None) for _ in [lower] if lower)
            yield from (_with(node, upper=None) for _ in [upper] if upper)
        case ast.Call():
            yield from _changes_of_call(node)
        case ast.If(test=test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
            yield _with(node, test=ast.Constant(False))
        case ast.While(test=test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=ifs):
            for i in range(len(ifs)):
                yield _with(node, ifs=[*ifs[:i], *ifs[i + 1 :]])
        case ast.Continue():
            yield ast.Break()
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute(), *_]) if in_function:
            yield ast.Pass()


def _changes_of_call(node: ast.Call) -> Iterator[ast.AST]:
    match node.func:
        case ast.Attribute(attr=name) if name in CALLED:
            yield _with(node, func=_with(node.func, attr=CALLED[name]))
        case ast.Name(id=name) if name in CALLED:
            yield _with(node, func=_with(node.func, id=CALLED[name]))
    for i, keyword in enumerate(node.keywords):
        if keyword.arg and keyword.arg not in GUARDS:
            yield _with(node, keywords=[*node.keywords[:i], *node.keywords[i + 1 :]])


def _of_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, str)) for s in sides
    )


def _with(node: ast.AST, **fields: Any) -> Any:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
