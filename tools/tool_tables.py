"""Writes the tables of the pages on Gymnasium and EV2Gym from the code: ``python -m tools.tool_tables``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ev2gym_dashboard.core.schema import Quantity, declared
from ev2gym_dashboard.integrations.ev2gym import NOT_EXPRESSED
from ev2gym_dashboard.integrations.gym.fleet import INFO
from ev2gym_dashboard.integrations.gym.observation import AHEAD, PER_MODEL, SITE, Entry
from ev2gym_dashboard.integrations.gym.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs"


def settings_table() -> str:
    """Return what can be set beside the scenario."""
    rows = [
        (f"`{name}`", f"`{what.default}`", what.unit if isinstance(what, Quantity) else "", what.about)
        for name, what in declared(Settings).items()
    ]
    return _table(("Keyword", "Default", "Unit", "What it is"), rows)


def entries_table(entries: Mapping[str, Entry]) -> str:
    """Return what is observed."""
    return _table(("Name", "Unit", "What it is"), [(f"`{name}`", e.unit, e.about) for name, e in entries.items()])


def info_table() -> str:
    """Return what ``info`` holds."""
    return _table(("Name", "What it is"), [(f"`{name}`", about) for name, about in INFO.items()])


def not_expressed_table() -> str:
    """Return what EV2Gym's files cannot say."""
    return _table(("Of the scenario", "In EV2Gym"), [(f"`{what}`", how) for what, how in NOT_EXPRESSED.items()])


PAGES: dict[Path, dict[str, Callable[[], str]]] = {
    FOLDER / "gymnasium.md": {
        "settings": settings_table,
        "site": lambda: entries_table(SITE),
        "ahead": lambda: entries_table({"price_in_1_h_mad_kwh, ...": AHEAD}),
        "per model": lambda: entries_table(PER_MODEL),
        "info": info_table,
    },
    FOLDER / "ev2gym.md": {"not expressed": not_expressed_table},
}


def with_tables(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with what stands between its markers replaced by the tables of the code."""
    for name, table in tables.items():
        before, opened, rest = text.partition(f"<!-- {name} -->\n")
        _, closed, after = rest.partition(f"<!-- /{name} -->")
        if not closed:
            raise ValueError(f"the page must hold the markers of the table {name!r}")
        text = before + opened + table() + closed + after
    return text


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def main() -> None:
    """Write the pages anew."""
    for page, tables in PAGES.items():
        page.write_text(with_tables(page.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
