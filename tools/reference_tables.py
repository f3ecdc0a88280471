"""Tables of scenario, strategies and server settings, from the code: ``python -m tools.reference_tables``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Declaration, Quantity, Text, list_declared
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.runtime.environment import SHARED_VARIABLES
from ev2gym_dashboard.service.runtime.settings import (
    ServerSettings,
    describe_setting,
    format_variable_name,
    list_option_fields,
)
from ev2gym_dashboard.strategies import STRATEGIES, Strategy
from tools.page_sections import render_table, update_page

FOLDER = Path(__file__).parents[1] / "docs"


def render_strategies_table() -> str:
    """Return the strategies with their rules, the defaults filled in."""
    rows = [(f"`{s.key}`", s.name, s.rule.format(**_format_defaults(s))) for s in STRATEGIES.built_in.values()]
    return render_table(("Key", "Strategy", "Rule, with its defaults"), rows)


def render_strategy_parameters_table() -> str:
    """Return the adjustable parameters of each strategy."""
    rows = [
        _make_row(f"{strategy.key}.{name}", quantity, ())
        for strategy in STRATEGIES.built_in.values()
        for name, quantity in strategy.quantities.items()
        if quantity.low < quantity.high
    ]
    return render_table(("Parameter", "Default", "Allowed", "Meaning"), rows)


def render_scenario_table() -> str:
    """Return the declared fields of a scenario."""
    tables: dict[str, Collection[str]] = {
        "catalog": CATALOGS,
        "strategy": STRATEGIES.built_in,
        "tariff": load_tariffs(),
    }
    rows = [_make_row(name, declaration, tables.get(name, ())) for name, declaration in list_declared(Scenario).items()]
    return render_table(("Field", "Default", "Allowed", "Meaning"), rows)


def render_server_settings_table() -> str:
    """Return the settings of the server, by option and environment variable, and the variables of all commands."""
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
    rows += [("", f"`{name}`", "", about) for name, about in SHARED_VARIABLES.items()]
    return render_table(("Option", "Environment variable", "Default", "Meaning"), rows)


PAGES: dict[Path, dict[str, Callable[[], str]]] = {
    FOLDER / "strategies.md": {
        "strategies": render_strategies_table,
        "strategy parameters": render_strategy_parameters_table,
    },
    FOLDER / "scenario.md": {"scenario": render_scenario_table},
    FOLDER / "deploy.md": {"serving": render_server_settings_table},
}


def _make_row(name: str, declaration: Declaration, keys: Collection[str]) -> tuple[str, str, str, str]:
    if isinstance(declaration, Quantity):
        unit = f" {declaration.unit}" if declaration.unit else ""
        allowed = f"{_format_number(declaration.low)} to {_format_number(declaration.high)}{unit}"
        allowed = ", ".join((*(f"`{word}`" for word in declaration.words), allowed))
        if isinstance(declaration.default, str):
            return f"`{name}`", f"`{declaration.default}`", allowed, declaration.about
        return f"`{name}`", f"{_format_number(declaration.default)}{unit}", allowed, declaration.about
    if isinstance(declaration, Choice):
        options = ", ".join(f"`{key}`" for key in declaration.options or keys)
        return f"`{name}`", f"`{declaration.default}`", options, declaration.about
    if isinstance(declaration, Text):
        return f"`{name}`", "", f"`{declaration.example}`", declaration.about
    return f"`{name}`", f"`{declaration.default}`", "`True`, `False`", declaration.about


def _format_defaults(strategy: Strategy) -> dict[str, str]:
    return {name: _format_default(quantity) for name, quantity in strategy.quantities.items()}


def _format_default(quantity: Quantity) -> str:
    if quantity.unit == "h":
        minutes = round(quantity.default * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if not quantity.unit:
        return f"{quantity.default:.0%}".replace("%", " %")
    return f"{_format_number(quantity.default)} {quantity.unit}"


def _format_number(value: float) -> str:
    # Above 2**53 a float no longer represents every integer, so that thousands separators would show false digits.
    return f"{value:,.0f}" if 1000 <= value < 2**53 and value == int(value) else f"{value:g}"


def main() -> None:
    """Update the pages."""
    for page, sections in PAGES.items():
        update_page(page, sections)


if __name__ == "__main__":
    main()
