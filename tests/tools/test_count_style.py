"""The house-style figures count the places that they are meant to count."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tools import style_code, style_tests
from tools.count_style import ROWS, TEST_ROWS, format_areas
from tools.style_sources import Finder, Module, find_area
from tools.style_words import OLD_WORDS, find_word, is_counted_file

CODE = '''
"""Say what is counted."""

import numpy as thing

LIMIT = 3  # the limit of the standard


def draw(what):
    # A comment on its own line.
    return what


def draw_arrivals_of(a, b, c, d, e, f):
    """Answer what-if questions."""
    return a  # noqa: ERA001


@register_strategy("price")
def price(view):
    return view


@njit
def step(a, b, c, d, e, f):
    return a


def main():
    draw(1)
'''
TESTS = """
def test_guarded():
    if CASES:
        assert CASES

def test_empty():
    for case in CASES:
        assert case

def test_sure():
    for case in (1, 2):
        assert case
    time.sleep(1)

def test_plain():
    assert CASES
"""


def parse_module(source: str, *, area: str = "package") -> Module:
    text = dedent(source).lstrip()
    return Module(f"{area}/module.py", area, text, ast.parse(text))


@pytest.mark.parametrize(
    ("finder", "expected"),
    [
        (style_code.find_free_what, ["Say what is counted."]),
        (style_code.find_one_word, ["draw", "step"]),
        (style_code.find_prepositions, ["draw_arrivals_of"]),
        (style_code.find_plain_many, ["draw_arrivals_of (6)"]),
        (style_code.find_compiled_many, ["step (6)"]),
        (style_code.find_what_bindings, ["what"]),
        (style_code.find_long_files, []),
    ],
)
def test_the_places_in_code_are_found(finder: Finder, expected: list[str]) -> None:
    assert [entry.text for entry in finder(parse_module(CODE))] == expected


def test_directives_are_no_comments_and_docstrings_no_code() -> None:
    module = parse_module(CODE)
    assert style_code.count_comments(module) == 2
    assert style_code.format_comment_rate([module]) == "14.3"
    assert style_code.count_code_lines(module) == 14


@pytest.mark.parametrize(
    ("finder", "expected"),
    [
        (style_tests.find_if_only_tests, ["test_guarded"]),
        (style_tests.find_for_only_tests, ["test_empty"]),
        (style_tests.find_fixed_waits, ["time.sleep(1)"]),
    ],
)
def test_the_places_in_tests_are_found(finder: Finder, expected: list[str]) -> None:
    assert [entry.text for entry in finder(parse_module(TESTS, area="tests"))] == expected
    assert list(finder(parse_module(TESTS))) == [], "only files under tests/ are counted"


@pytest.mark.parametrize(("line", "count"), [("duel_table", 1), ("résiduel, individuel", 0), ("Duel of duels", 2)])
def test_an_old_word_is_found_inside_a_name_but_not_inside_a_french_word(line: str, count: int) -> None:
    assert len(list(find_word([("docs/cli.md", 1, line)], "duel"))) == count
    assert "duel" in OLD_WORDS


def test_data_generated_files_and_the_changelog_are_not_searched_for_old_words() -> None:
    assert is_counted_file("docs/cli.md")
    assert not any(map(is_counted_file, ("data/a.json", "CHANGELOG.md", "docs/bench.json", "requirements.lock")))


def test_the_table_has_a_line_for_each_row_and_a_column_for_each_area() -> None:
    lines = list(format_areas([parse_module(CODE)]))
    assert len(lines) == 2 + len(ROWS)
    assert {line.count("|") for line in lines} == {7}
    assert all(row.format_cell([parse_module(TESTS, area="tests")]) != "0" for row in TEST_ROWS)


def test_the_area_of_a_file_is_its_folder() -> None:
    assert [find_area(path) for path in ("ev2gym_dashboard/a.py", "tools/a.py", "app.py")] == [
        "package",
        "docs+tools",
        None,
    ]
