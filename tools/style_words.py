"""Occurrences of the old vocabulary in the tracked text files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tools.style_sources import Entry, read_text

# An underscore separates words here, unlike in \b. French "individuel" and "résiduel" contain "duel".
OLD_WORDS = {
    "duel": re.compile(r"(?<!i)duel", re.IGNORECASE),
    "contestant": re.compile(r"contestant", re.IGNORECASE),
    "beside": re.compile(r"(?<![a-z])beside(?![a-z])", re.IGNORECASE),
    "shadow": re.compile(r"(?<![a-z])(?<!box-)(?<!text-)(?<!--)(?<!--bs-)shadows?(?![a-z])", re.IGNORECASE),
    "unaskable": re.compile(r"(?<![a-z])unaskable(?![a-z])", re.IGNORECASE),
    "askable": re.compile(r"(?<![a-z])askable(?![a-z])", re.IGNORECASE),
    "uncapped": re.compile(r"(?<![a-z])uncapped(?![a-z])", re.IGNORECASE),
}
UNCOUNTED_FILES = frozenset({"CHANGELOG.md", "tools/style_words.py", "tests/tools/test_count_style.py"})
UNCOUNTED_SUFFIXES = (".lock", ".svg", ".min.js", ".min.css")


def is_counted_file(path: str) -> bool:
    """Return whether the old vocabulary is counted in this file."""
    excluded = path.endswith(UNCOUNTED_SUFFIXES) or path.startswith("data/") or path in UNCOUNTED_FILES
    return not excluded and not (path.startswith("docs/") and path.endswith(".json"))


def find_word(lines: Sequence[tuple[str, int, str]], word: str) -> Iterator[Entry]:
    """Yield an entry for each occurrence of a word."""
    for path, number, line in lines:
        for _ in OLD_WORDS[word].finditer(line):
            yield Entry(path, number, line.strip()[:100])


def find_old_words(paths: Sequence[str]) -> dict[str, list[Entry]]:
    """Return the occurrences of the old vocabulary in the tracked text files."""
    texts = ((path, read_text(path)) for path in paths if is_counted_file(path))
    lines = [(path, number, line) for path, text in texts for number, line in enumerate(text.splitlines(), 1)]
    return {word: list(find_word(lines, word)) for word in OLD_WORDS}
