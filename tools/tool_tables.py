"""Tables of the pages on Gymnasium and EV2Gym, rendered from the code: ``python -m tools.tool_tables``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ev2gym_dashboard.core.control.setpoints import SOME, URGENCY_CLASSES
from ev2gym_dashboard.core.schema import Quantity, list_declared
from ev2gym_dashboard.integrations.ev2gym import UNSUPPORTED_FEATURES
from ev2gym_dashboard.integrations.gym.actions import ACTIONS
from ev2gym_dashboard.integrations.gym.batch import INFO_KEYS
from ev2gym_dashboard.integrations.gym.observation import (
    AHEAD_ENTRIES,
    SITE_ENTRIES,
    SLOT_ENTRIES,
    ObservationEntry,
)
from ev2gym_dashboard.integrations.gym.settings import EnvSettings
from tools.page_sections import render_table, update_page

FOLDER = Path(__file__).parents[1] / "docs"


def render_settings_table() -> str:
    """Return the keyword arguments of the environment that are no field of a scenario."""
    rows = [
        (f"`{name}`", f"`{entry.default}`", entry.unit if isinstance(entry, Quantity) else "", entry.about)
        for name, entry in list_declared(EnvSettings).items()
    ]
    return render_table(("Keyword", "Default", "Unit", "Meaning"), rows)


def render_entries_table(entries: Mapping[str, ObservationEntry]) -> str:
    """Return the entries of an observation with their units."""
    rows = [(f"`{name}`", entry.unit, entry.about) for name, entry in entries.items()]
    return render_table(("Name", "Unit", "Meaning"), rows)


def render_info_table() -> str:
    """Return the keys of ``info``."""
    return render_table(("Name", "Meaning"), [(f"`{name}`", about) for name, about in INFO_KEYS.items()])


def render_unsupported_table() -> str:
    """Return the features of a scenario that EV2Gym's configuration cannot express."""
    rows = [(f"`{feature}`", about) for feature, about in UNSUPPORTED_FEATURES.items()]
    return render_table(("Scenario", "EV2Gym"), rows)


def render_actions_table() -> str:
    """Return the forms of the action."""
    return render_table(("`action`", "A number per"), [(f"`{name}`", form.about) for name, form in ACTIONS.items()])


def render_urgency_table() -> str:
    """Return the classes of urgency, and from which ratio they hold."""
    rows = [(f"`{name}`", "above 0" if low == SOME else f"{low:g}") for name, low in URGENCY_CLASSES.items()]
    return render_table(("Class", "From"), rows)


PAGES: dict[Path, dict[str, Callable[[], str]]] = {
    FOLDER / "gymnasium.md": {
        "settings": render_settings_table,
        "site": lambda: render_entries_table(SITE_ENTRIES),
        "ahead": lambda: render_entries_table({name.format(hour=1) + ", ...": e for name, e in AHEAD_ENTRIES.items()}),
        "per slot": lambda: render_entries_table(SLOT_ENTRIES),
        "actions": render_actions_table,
        "urgency": render_urgency_table,
        "info": render_info_table,
    },
    FOLDER / "ev2gym.md": {"not expressed": render_unsupported_table},
}


def main() -> None:
    """Update the pages."""
    for page, sections in PAGES.items():
        update_page(page, sections)


if __name__ == "__main__":
    main()
