"""Options of a scenario: derived from its declared fields, and read with every issue at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ev2gym_dashboard.cli.output import exit_with_error
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import (
    Choice,
    Declaration,
    Issue,
    Quantity,
    Switch,
    Text,
    ValidationError,
    list_declared,
)
from ev2gym_dashboard.integrations.ev2gym.config_reader import is_ev2gym_config, read_ev2gym_config
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.datasets.paths import find_data_folder
from ev2gym_dashboard.service.datasets.series_file.options import OPTION_HELP
from ev2gym_dashboard.service.reports.bundle import use_bundle_data
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.service.scenarios.series_files import FORMER_NAMES, SERIES, SERIES_FILE_FIELDS, SERIES_OPTIONS
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.service.scenarios.toml_file import (
    FILE_FIELDS,
    SESSIONS_FILE_KEY,
    TARIFF_FILE_KEY,
    parse_scenario_values,
    read_scenario,
)
from ev2gym_dashboard.strategies import STRATEGIES

TIME_HELP = {
    "start": f"start of the run in UTC, ISO 8601 (default {Scenario().start})",
    "event_start": "start of a demand-response event in UTC, ISO 8601 (default none)",
}
PARAM_OPTION = "param"
FILE_HELP = {
    "catalog_file": "spec file in EV2Gym's schema, instead of the catalog",
    "tariff_file": "TOML or JSON file of your own tariff (docs/tariffs.md), instead of the tariff",
}
SESSIONS_HELP = "charging sessions (docs/charging-sessions.md) in place of drawn ones: CSV, Parquet, JSON or ACN-Data"
SERIES_HELP = {
    "load": "load of the site without EVs in kW, instead of the measured shape",
    "price": "price of import in MAD/kWh, instead of the tariff's",
    "export_price": "price paid for export in MAD/kWh, instead of the tariff's",
    "pv": "PV output of the site in kW, instead of that of the sun",
    "limit": "limit of the connection in kW, where it is lower than the one of the field",
    "co2": "CO2 factor of the grid in g/kWh, instead of the constant one",
    "setpoint": "schedule of the fleet's net power in kW, which it follows where the file has values",
}
SCENARIO_OPTIONS = (
    *list_declared(Scenario),
    *TIME_HELP,
    *FILE_HELP,
    SESSIONS_FILE_KEY,
    *SERIES_FILE_FIELDS,
    *SERIES_OPTIONS,
)


def add_strategy_file_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that loads files of strategies, before the command runs."""
    parser.add_argument(
        "--strategy-file",
        metavar="FILE",
        action="append",
        type=Path,
        default=[],
        help="Python file of strategies of your own (docs/extending.md); its code is executed; repeatable",
    )


def add_scenario_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each field of a scenario."""
    group = parser.add_argument_group("scenario", "Each option overrides the field of the scenario file.")
    keys = {"catalog": tuple(CATALOGS), "strategy": tuple(STRATEGIES), "tariff": list_tariff_keys()}
    for name, declaration in list_declared(Scenario).items():
        _add_option(group, name, declaration, keys.get(name, ()))
    for name, text in TIME_HELP.items():
        group.add_argument(format_option(name), metavar="TIME", help=text)
    group.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        help="parameter of a strategy, such as price.v2g_min_soc=0.7 (listed by strategies); repeatable",
    )
    for name, text in FILE_HELP.items():
        group.add_argument(format_option(name), metavar="FILE", help=text)
    group.add_argument("--sessions", dest=SESSIONS_FILE_KEY, metavar="FILE", help=SESSIONS_HELP)
    _add_series_options(parser)
    add_strategy_file_option(parser)


def add_reading_options(group: argparse._ActionsContainer, prefix: str = "", *, hidden: bool = False) -> None:
    """Add the options of reading a series file, each with the name of its series before it."""
    for name, text in OPTION_HELP.items():
        option = format_option(f"{prefix}{name}")
        group.add_argument(option, metavar=name.upper(), help=argparse.SUPPRESS if hidden else text)


def list_reading_values(options: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the options of reading that are given, by name."""
    given = {name: options.get(f"{prefix}{name}") for name in OPTION_HELP}
    return {name: convert_number(v) if name == "rate" else v for name, v in given.items() if v is not None}


def _add_series_options(parser: argparse.ArgumentParser) -> None:
    about = (
        "Files as meters and markets export them (docs/series.md). What a file leaves open is said by options with the "
        "name of the series before them, such as --price-unit or --load-time-zone; here for --load:"
    )
    group = parser.add_argument_group("series", about)
    for name, text in SERIES_HELP.items():
        group.add_argument(format_option(name), metavar="FILE", help=text)
    for name in FORMER_NAMES:
        group.add_argument(format_option(name), metavar="FILE", help=argparse.SUPPRESS)
    for name in SERIES:
        add_reading_options(group, f"{name}_", hidden=name != "load")


def build_scenario(options: argparse.Namespace, file: Path | None, *, others: Sequence[Issue] = ()) -> Scenario:
    """Return the scenario of a file and the options; exit with every issue of both, and others, if there are any."""
    notes: list[Issue] = []
    base, issues = _read_base(file, notes)
    values, option_issues = collect_option_values(vars(options))
    issues += option_issues
    # An option such as --load-csv sets another field than its own name.
    overridden = {FILE_FIELDS.get(name, name) for name in values} | ({"tariff"} if TARIFF_FILE_KEY in values else set())
    base_values = {name: value for name, value in serialize_scenario(base).items() if name not in overridden}
    params = dict(base.params) | values.get("params", {})
    scenario, scenario_issues = parse_scenario_values(
        {**base_values, **values, "params": params}, folder=Path(), notes=notes
    )
    issues += [_rename_issue(issue, values) for issue in scenario_issues] + [*others]
    if issues:
        exit_with_error("\n".join(map(str, issues)))
    for note in dict.fromkeys(notes):
        print(f"note: {note}", file=sys.stderr)
    return scenario


def collect_option_values(options: Mapping[str, Any]) -> tuple[dict[str, Any], list[Issue]]:
    """Collect the values of the options by field, and the issues of their syntax."""
    declarations = list_declared(Scenario)
    values: dict[str, Any] = {
        name: _convert_value(options[name], declarations.get(name))
        for name in SCENARIO_OPTIONS
        if options.get(name) is not None
    }
    values |= {
        name: convert_number(values[name]) for name in values if name.endswith("_rate") and name in SERIES_OPTIONS
    }
    issues = []
    for text in options.get(PARAM_OPTION) or ():
        name, equals, value = text.partition("=")
        if equals:
            values.setdefault("params", {})[name.strip()] = convert_number(value.strip())
        else:
            issues.append(Issue("--param", "must be NAME=VALUE, not {value}", (("value", text),)))
    return values, issues


def format_option(name: str) -> str:
    """Return the name of the option of a field."""
    return "--" + name.replace("_", "-")


def convert_number(text: str) -> object:
    """Return a text as a number if it is one, otherwise unchanged."""
    # A text that is not a number is left to the check of the field, which reports it.
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _read_base(file: Path | None, notes: list[Issue]) -> tuple[Scenario, list[Issue]]:
    if file is None:
        return Scenario(), []
    differing = use_bundle_data(file)
    if differing:
        # The command runs on: standard output holds the results alone.
        print(f"{file}: data files differ from this installation: {', '.join(differing)}.", file=sys.stderr)
        print(f"The data folder in use is {find_data_folder()}.", file=sys.stderr)
    read = read_ev2gym_config if is_ev2gym_config(file) else read_scenario
    try:
        return read(file, notes=notes), []
    except ValidationError as error:
        return Scenario(), [replace(issue, field=f"{file}: {issue.field}") for issue in error.issues]


def format_help(declaration: Declaration, keys: tuple[str, ...] = ()) -> str:
    """Return the help of an option, with what it allows."""
    # argparse formats help texts with %.
    return f"{declaration.about} ({_format_allowed(declaration, keys)})".replace("%", "%%")


def _add_option(group: argparse._ArgumentGroup, name: str, declaration: Declaration, keys: tuple[str, ...]) -> None:
    text = format_help(declaration, keys)
    if isinstance(declaration, Switch):
        group.add_argument(format_option(name), action=argparse.BooleanOptionalAction, help=text)
    else:
        metavars = {Quantity: "X", Text: "TEXT"}
        group.add_argument(format_option(name), metavar=metavars.get(type(declaration), "KEY"), help=text)


def _format_allowed(declaration: Declaration, keys: tuple[str, ...]) -> str:
    if isinstance(declaration, Quantity):
        unit = f" {declaration.unit}" if declaration.unit else ""
        numbers = f"{declaration.low:g} to {declaration.high:g}{unit}"
        default = declaration.default if isinstance(declaration.default, str) else f"{declaration.default:g}"
        return f"{' or '.join((numbers, *declaration.words))}, default {default}"
    if isinstance(declaration, Choice):
        return f"{', '.join(declaration.options or keys)}; default {declaration.default}"
    if isinstance(declaration, Text):
        return f'such as "{declaration.example}", default none'
    return f"default {'yes' if declaration.default else 'no'}"


def _convert_value(value: Any, declaration: Declaration | None) -> object:
    return convert_number(value) if isinstance(declaration, Quantity) else value


def _rename_issue(issue: Issue, values: Mapping[str, Any]) -> Issue:
    """Return an issue under the name of its option."""
    name, colon, rest = issue.field.partition(":")
    if name in values.get("params", {}):
        return replace(issue, field=f"--param {issue.field}")
    return replace(issue, field=format_option(name) + colon + rest) if name in values else issue
