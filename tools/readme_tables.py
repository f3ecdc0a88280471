"""Writes the README's tables from the code: ``python -m tools.readme_tables``, or ``make docs``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from pathlib import Path

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Declaration, Quantity, list_declared
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.runtime.settings import (
    ServerSettings,
    describe_setting,
    format_variable_name,
    list_option_fields,
)
from ev2gym_dashboard.strategies import STRATEGIES, Strategy

README_FILE = Path(__file__).parents[1] / "README.md"


def render_strategies_table() -> str:
    """Return the strategies with their rules, the defaults filled in."""
    rows = [(f"`{s.key}`", s.name, s.rule.format(**_format_defaults(s))) for s in STRATEGIES.values()]
    return _render_table(("Key", "Strategy", "Rule, with its defaults"), rows)


def render_strategy_parameters_table() -> str:
    """Return what can be set of each strategy."""
    rows = [
        _make_row(f"{s.key}.{name}", what, ())
        for s in STRATEGIES.values()
        for name, what in s.quantities.items()
        if what.low < what.high
    ]
    return _render_table(("Parameter", "Default", "Allowed", "What it is"), rows)


def render_scenario_table() -> str:
    """Return what can be set of a scenario."""
    tables: dict[str, Collection[str]] = {"catalog": CATALOGS, "strategy": STRATEGIES, "tariff": load_tariffs()}
    rows = [_make_row(name, what, tables.get(name, ())) for name, what in list_declared(Scenario).items()]
    return _render_table(("Field", "Default", "Allowed", "What it is"), rows)


def render_server_settings_table() -> str:
    """Return what can be set of the server."""
    with_option = list_option_fields()
    rows = [
        (
            f"`--{f.name}`" if f in with_option else "",
            f"`{format_variable_name(f.name)}`",
            f"`{f.default}`" if f.default != "" else "",
            describe_setting(f.name),
        )
        for f in fields(ServerSettings)
    ]
    return _render_table(("Option", "Environment variable", "Default", "What it is"), rows)


README_TABLES = {
    "strategies": render_strategies_table,
    "strategy parameters": render_strategy_parameters_table,
    "scenario": render_scenario_table,
    "serving": render_server_settings_table,
}


def fill_readme_tables(text: str) -> str:
    """Return a README with what stands between its markers replaced by the tables of the code."""
    for name, table in README_TABLES.items():
        before, opened, rest = text.partition(f"<!-- {name} -->\n")
        _, closed, after = rest.partition(f"<!-- /{name} -->")
        if not closed:
            raise ValueError(f"the README must hold the markers of the table {name!r}")
        text = before + opened + table() + closed + after
    return text


def _make_row(name: str, what: Declaration, keys: Collection[str]) -> tuple[str, str, str, str]:
    if isinstance(what, Quantity):
        unit = f" {what.unit}" if what.unit else ""
        allowed = f"{_format_number(what.low)} to {_format_number(what.high)}{unit}"
        return f"`{name}`", f"{_format_number(what.default)}{unit}", allowed, what.about
    if isinstance(what, Choice):
        options = ", ".join(f"`{key}`" for key in what.options or keys)
        return f"`{name}`", f"`{what.default}`", options, what.about
    return f"`{name}`", f"`{what.default}`", "`True`, `False`", what.about


def _format_defaults(strategy: Strategy) -> dict[str, str]:
    return {name: _format_default(what) for name, what in strategy.quantities.items()}


def _format_default(what: Quantity) -> str:
    if what.unit == "h":
        minutes = round(what.default * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{what.default:.0%}".replace("%", " %") if not what.unit else f"{_format_number(what.default)} {what.unit}"


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= value < 2**53 and value == int(value) else f"{value:g}"


def _render_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def main() -> None:
    """Write the README anew."""
    README_FILE.write_text(fill_readme_tables(README_FILE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
