"""Generated sections of Markdown pages: each one lies between `<!-- name -->` and `<!-- /name -->`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path


def fill_sections(text: str, sections: Mapping[str, Callable[[], str]]) -> str:
    """Return the text of a page with each named section rendered again.

    Raises
    ------
    ValueError
        If the page lacks the pair of markers of a section.
    """
    for name, render in sections.items():
        # Not a regular expression: its replacement text would interpret the backslashes of the content.
        before, opened, rest = text.partition(f"<!-- {name} -->\n")
        _, closed, after = rest.partition(f"<!-- /{name} -->")
        if not closed:
            raise ValueError(f"the page must contain the markers of the section {name!r}")
        text = before + opened + render() + closed + after
    return text


def update_page(page: Path, sections: Mapping[str, Callable[[], str]]) -> None:
    """Render the sections of a page again and write it."""
    page.write_text(fill_sections(page.read_text(encoding="utf-8"), sections), encoding="utf-8")


def render_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table with text columns."""
    lines = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
