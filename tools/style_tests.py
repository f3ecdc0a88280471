"""Figures on tests that may pass without an assertion, or that wait for a fixed time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.style_code import find_functions
from tools.style_sources import Entry, Function, Module

FIXED_WAITS = re.compile(r"(^|\.)(time\.sleep|wait_for_timeout)$")
NON_EMPTY_BUILTINS = frozenset({"enumerate", "range", "reversed", "sorted", "zip"})


def find_test_functions(module: Module) -> list[Function]:
    """Return the test functions of a module under `tests/`."""
    functions = find_functions(module) if module.area == "tests" else []
    return [node for node in functions if node.name.startswith("test_")]


def find_tests(module: Module) -> Iterator[Entry]:
    return (module.make_entry(node, node.name) for node in find_test_functions(module))


def is_surely_non_empty(iterable: ast.expr) -> bool:
    """Return whether an iterable is a literal, or a builtin over literals, with at least one item."""
    match iterable:
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return any(not isinstance(item, ast.Starred) for item in items)
        case ast.Dict(keys=keys):
            return any(key is not None for key in keys)
        case ast.Call(func=ast.Name(id=name), args=args) if name in NON_EMPTY_BUILTINS:
            # The last argument of range decides as its stop value; zip needs items in each of its arguments.
            return any(map(is_surely_non_empty, args[-1:] if name == "range" else args))
        case ast.Constant(value=value):
            return bool(value)
    return False


def find_guard(node: ast.AST) -> frozenset[str]:
    """Return the kind of statement that may skip its body: `if`, or `for` over a possibly empty iterable."""
    if isinstance(node, ast.If):
        return frozenset({"if"})
    if isinstance(node, ast.For | ast.AsyncFor) and not is_surely_non_empty(node.iter):
        return frozenset({"for"})
    return frozenset()


def find_assert_guards(node: ast.AST, guards: frozenset[str] = frozenset()) -> Iterator[frozenset[str]]:
    """Yield the guards around each assert statement below a node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Assert):
            yield guards
        else:
            yield from find_assert_guards(child, guards | find_guard(child))


def find_guarded_tests(module: Module, guard: str) -> Iterator[Entry]:
    """Yield the test functions in which every assert is below this guard."""
    for node in find_test_functions(module):
        guards = list(find_assert_guards(node))
        if guards and all(guard in around for around in guards):
            yield module.make_entry(node, node.name)


def find_if_only_tests(module: Module) -> Iterator[Entry]:
    return find_guarded_tests(module, "if")


def find_for_only_tests(module: Module) -> Iterator[Entry]:
    return find_guarded_tests(module, "for")


def find_fixed_waits(module: Module) -> Iterator[Entry]:
    """Yield the calls in tests that wait for a fixed time."""
    for node in ast.walk(module.tree) if module.area == "tests" else ():
        if isinstance(node, ast.Call) and FIXED_WAITS.search(ast.unparse(node.func)):
            yield module.make_entry(node, ast.unparse(node))
