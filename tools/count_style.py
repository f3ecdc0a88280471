"""House style in figures: ``python -m tools.count_style`` prints the tables, ``--list`` also the places counted."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tools import style_code, style_tests
from tools.style_sources import AREAS, Entry, Finder, Modules, list_tracked_files, load_modules
from tools.style_words import find_old_words


def collect_entries(modules: Modules, finder: Finder) -> list[Entry]:
    return [entry for module in modules for entry in finder(module)]


@dataclass(frozen=True)
class CountRow:
    """A row that counts entries, with their share of a base where one is given."""

    label: str
    finder: Finder
    base: Finder | None = None
    listed: bool = True

    def format_cell(self, modules: Modules) -> str:
        count = len(collect_entries(modules, self.finder))
        total = len(collect_entries(modules, self.base)) if self.base else 0
        return f"{count} ({100 * count / total:.1f} %)" if total else str(count)


@dataclass(frozen=True)
class TextRow:
    """A row with a figure that is formatted by a function."""

    label: str
    format_cell: Callable[[Modules], str]


Row = CountRow | TextRow

ROWS: tuple[Row, ...] = (
    CountRow("docstring summaries", style_code.find_summaries, listed=False),
    CountRow('summaries with a free "what"', style_code.find_free_what, style_code.find_summaries),
    CountRow("public module functions", style_code.find_public, listed=False),
    CountRow("named by one word (not main, strategies)", style_code.find_one_word, style_code.find_freely_named),
    CountRow("ending in a preposition", style_code.find_prepositions, style_code.find_public),
    CountRow("functions", style_code.find_all_functions, listed=False),
    TextRow("function lines, median / p90 / max", style_code.format_function_lengths),
    CountRow("files", style_code.find_files, listed=False),
    TextRow("file lines, median / p90 / max", style_code.format_file_lengths),
    CountRow(f"files over {style_code.MAX_FILE_LINES} lines", style_code.find_long_files),
    TextRow("lines of code", style_code.format_code_lines),
    TextRow("comments per 100 lines of code", style_code.format_comment_rate),
    CountRow(f"over {style_code.MAX_POSITIONAL} positional parameters, njit", style_code.find_compiled_many),
    CountRow(f"over {style_code.MAX_POSITIONAL} positional parameters, other", style_code.find_plain_many),
    CountRow("names `what` bound", style_code.find_what_bindings),
)
TEST_ROWS = (
    CountRow("test functions", style_tests.find_tests, listed=False),
    CountRow("asserts only under an `if`", style_tests.find_if_only_tests, style_tests.find_tests),
    CountRow("asserts only in a `for` that may be empty", style_tests.find_for_only_tests, style_tests.find_tests),
    CountRow("calls of `time.sleep`, `wait_for_timeout`", style_tests.find_fixed_waits),
)


def format_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def format_areas(modules: Modules) -> Iterator[str]:
    """Yield the lines of the table by area; the total is the sum of the four areas."""
    groups = [[module for module in modules if module.area == area] for area in AREAS]
    yield format_line(["", *AREAS, "total"])
    yield format_line(["---", *["---:"] * (len(AREAS) + 1)])
    for row in ROWS:
        yield format_line([row.label, *(row.format_cell(group) for group in (*groups, modules))])


def format_pairs(title: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of a table with one column of figures."""
    yield from ("", format_line([title, ""]), format_line(["---", "---:"]))
    yield from map(format_line, pairs)


def format_list(title: str, entries: Sequence[Entry]) -> Iterator[str]:
    """Yield a heading and one line for each entry."""
    yield from ("", f"## {title} ({len(entries)})", "")
    yield from (f"- {entry}" for entry in entries)


def format_lists(modules: Modules, words: dict[str, list[Entry]]) -> Iterator[str]:
    """Yield the lists of all entries that are counted."""
    for row in (*ROWS, *TEST_ROWS):
        if isinstance(row, CountRow) and row.listed:
            yield from format_list(row.label, collect_entries(modules, row.finder))
    for word, entries in words.items():
        yield from format_list(f"old word: {word}", entries)


def main() -> None:
    """Print the tables, and the lists of entries if asked."""
    parser = argparse.ArgumentParser(description="Print a table of house-style figures.")
    parser.add_argument("--list", action="store_true", help="also print the places that are counted")
    listed = parser.parse_args().list
    paths = list_tracked_files()
    modules, words = load_modules(paths), find_old_words(paths)
    lines = [*format_areas(modules), *format_pairs("tests", [(r.label, r.format_cell(modules)) for r in TEST_ROWS])]
    lines += format_pairs("old vocabulary", [(word, str(len(entries))) for word, entries in words.items()])
    print("\n".join([*lines, *(format_lists(modules, words) if listed else ())]))


if __name__ == "__main__":
    main()
