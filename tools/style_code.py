"""Figures on names, docstrings, lengths and comments of Python code."""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from collections.abc import Iterator, Sequence
from functools import cache
from statistics import median

from tools.style_sources import Entry, Function, Module, Modules

MAX_FILE_LINES = 300
MAX_POSITIONAL = 5
PREPOSITION = re.compile(r"(^|_)(of|on|in|at|by|from|to|with|after|for|as|under|over|into|against)$")
FREE_WHAT = re.compile(r"\bwhat\b(?![- ]if\b)", re.IGNORECASE)
DIRECTIVE = re.compile(r"#!|#\s*(noqa\b|type:|fmt:)")


@cache
def find_docstrings(module: Module) -> list[tuple[ast.stmt, str]]:
    """Return the docstring statements of a module, with their cleaned text."""
    docstrings = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function):
            text = ast.get_docstring(node)
            if text:
                docstrings.append((node.body[0], text))
    return docstrings


def find_summaries(module: Module) -> Iterator[Entry]:
    """Yield the first line of each docstring."""
    for node, text in find_docstrings(module):
        yield module.make_entry(node, text.splitlines()[0])


def find_free_what(module: Module) -> Iterator[Entry]:
    """Yield the docstring summaries that contain the word, except as "what-if"."""
    return (entry for entry in find_summaries(module) if FREE_WHAT.search(entry.text))


@cache
def find_functions(module: Module) -> list[Function]:
    """Return all functions of a module, methods and nested functions included."""
    return [node for node in ast.walk(module.tree) if isinstance(node, Function)]


def has_decorator(function: Function, name: str) -> bool:
    """Return whether a function has a decorator of this name, called or not."""
    targets = (node.func if isinstance(node, ast.Call) else node for node in function.decorator_list)
    return any(ast.unparse(target).split(".")[-1] == name for target in targets)


def find_public_nodes(module: Module) -> list[Function]:
    """Return the syntax nodes of the public functions at module level."""
    return [node for node in module.tree.body if isinstance(node, Function) and not node.name.startswith("_")]


def find_public(module: Module) -> Iterator[Entry]:
    """Yield the public functions at module level."""
    return (module.make_entry(node, node.name) for node in find_public_nodes(module))


def find_freely_named(module: Module) -> Iterator[Entry]:
    """Yield the public functions except `main` and registered strategies."""
    for node in find_public_nodes(module):
        if node.name != "main" and not has_decorator(node, "register_strategy"):
            yield module.make_entry(node, node.name)


def find_one_word(module: Module) -> Iterator[Entry]:
    """Yield the freely named public functions without an underscore."""
    return (entry for entry in find_freely_named(module) if "_" not in entry.text)


def find_prepositions(module: Module) -> Iterator[Entry]:
    """Yield the public functions with a preposition as their last word."""
    return (entry for entry in find_public(module) if PREPOSITION.search(entry.text))


def count_positional(function: Function) -> int:
    """Return the number of positional parameters, `self` and `cls` excluded."""
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def find_many_positional(module: Module, *, compiled: bool) -> Iterator[Entry]:
    """Yield the functions above the limit of positional parameters, with or without `njit`."""
    for node in find_functions(module):
        count = count_positional(node)
        if count > MAX_POSITIONAL and has_decorator(node, "njit") == compiled:
            yield module.make_entry(node, f"{node.name} ({count})")


def find_compiled_many(module: Module) -> Iterator[Entry]:
    return find_many_positional(module, compiled=True)


def find_plain_many(module: Module) -> Iterator[Entry]:
    return find_many_positional(module, compiled=False)


def read_bound_name(node: ast.AST) -> str | None:
    """Return the name that a node binds as a variable, parameter or import alias."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.alias(asname=name):
            return name
    return None


def find_what_bindings(module: Module) -> Iterator[Entry]:
    """Yield the variables, parameters and import aliases with the vague name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.arg | ast.alias) and read_bound_name(node) == "what":
            yield module.make_entry(node, "what")


def format_spread(lengths: Sequence[int]) -> str:
    """Return median, 90th percentile (nearest rank) and maximum."""
    if not lengths:
        return "-"
    p90 = sorted(lengths)[math.ceil(0.9 * len(lengths)) - 1]
    return f"{median(lengths):g} / {p90} / {max(lengths)}"


def measure_function(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def format_function_lengths(modules: Modules) -> str:
    return format_spread([measure_function(node) for module in modules for node in find_functions(module)])


def count_lines(module: Module) -> int:
    return len(module.source.splitlines())


def format_file_lengths(modules: Modules) -> str:
    return format_spread([count_lines(module) for module in modules])


def find_all_functions(module: Module) -> Iterator[Entry]:
    return (module.make_entry(node, node.name) for node in find_functions(module))


def find_files(module: Module) -> Iterator[Entry]:
    yield Entry(module.path, 1, f"{count_lines(module)} lines")


def find_long_files(module: Module) -> Iterator[Entry]:
    """Yield the file if it is above the limit of lines."""
    return (entry for entry in find_files(module) if count_lines(module) > MAX_FILE_LINES)


@cache
def find_comments(module: Module) -> list[tokenize.TokenInfo]:
    """Return the comment tokens of a module, directives included."""
    tokens = tokenize.generate_tokens(io.StringIO(module.source).readline)
    return [token for token in tokens if token.type == tokenize.COMMENT]


def count_comments(module: Module) -> int:
    """Return the number of comments that are not directives."""
    return sum(not DIRECTIVE.match(token.string) for token in find_comments(module))


def count_code_lines(module: Module) -> int:
    """Return the number of lines that are not blank, comment-only or inside a docstring."""
    skipped = {token.start[0] for token in find_comments(module) if token.line.lstrip().startswith("#")}
    for node, _ in find_docstrings(module):
        skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(module.source.splitlines(), 1)
    return sum(bool(line.strip()) and number not in skipped for number, line in lines)


def format_code_lines(modules: Modules) -> str:
    return str(sum(map(count_code_lines, modules)))


def format_comment_rate(modules: Modules) -> str:
    """Return the number of comments per 100 lines of code."""
    code = sum(map(count_code_lines, modules))
    return f"{100 * sum(map(count_comments, modules)) / code:.1f}" if code else "-"
