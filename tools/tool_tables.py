"""Writes the tables of the pages on Gymnasium and EV2Gym from the code: ``python -m tools.tool_tables``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ev2gym_dashboard.core.schema import Quantity, list_declared
from ev2gym_dashboard.integrations.ev2gym import UNSUPPORTED_FEATURES
from ev2gym_dashboard.integrations.gym.fleet import INFO_KEYS
from ev2gym_dashboard.integrations.gym.observation import (
    MODEL_ENTRIES,
    PRICE_AHEAD_ENTRY,
    SITE_ENTRIES,
    ObservationEntry,
)
from ev2gym_dashboard.integrations.gym.settings import EnvSettings

FOLDER = Path(__file__).parents[1] / "docs"


def render_settings_table() -> str:
    """Return what can be set beside the scenario."""
    rows = [
        (f"`{name}`", f"`{what.default}`", what.unit if isinstance(what, Quantity) else "", what.about)
        for name, what in list_declared(EnvSettings).items()
    ]
    return _render_table(("Keyword", "Default", "Unit", "What it is"), rows)


def render_entries_table(entries: Mapping[str, ObservationEntry]) -> str:
    """Return what is observed."""
    return _render_table(
        ("Name", "Unit", "What it is"), [(f"`{name}`", e.unit, e.about) for name, e in entries.items()]
    )


def render_info_table() -> str:
    """Return what ``info`` holds."""
    return _render_table(("Name", "What it is"), [(f"`{name}`", about) for name, about in INFO_KEYS.items()])


def render_unsupported_table() -> str:
    """Return what EV2Gym's files cannot say."""
    return _render_table(
        ("Of the scenario", "In EV2Gym"), [(f"`{what}`", how) for what, how in UNSUPPORTED_FEATURES.items()]
    )


PAGES: dict[Path, dict[str, Callable[[], str]]] = {
    FOLDER / "gymnasium.md": {
        "settings": render_settings_table,
        "site": lambda: render_entries_table(SITE_ENTRIES),
        "ahead": lambda: render_entries_table({"price_in_1_h_mad_kwh, ...": PRICE_AHEAD_ENTRY}),
        "per model": lambda: render_entries_table(MODEL_ENTRIES),
        "info": render_info_table,
    },
    FOLDER / "ev2gym.md": {"not expressed": render_unsupported_table},
}


def fill_page_tables(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with what stands between its markers replaced by the tables of the code."""
    for name, table in tables.items():
        before, opened, rest = text.partition(f"<!-- {name} -->\n")
        _, closed, after = rest.partition(f"<!-- /{name} -->")
        if not closed:
            raise ValueError(f"the page must hold the markers of the table {name!r}")
        text = before + opened + table() + closed + after
    return text


def _render_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def main() -> None:
    """Write the pages anew."""
    for page, tables in PAGES.items():
        page.write_text(fill_page_tables(page.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
