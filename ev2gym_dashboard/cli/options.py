"""The options of a scenario: built from its declared fields, read with every issue at once."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ev2gym_dashboard.cli.say import exit_with_error
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Declaration, Issue, Quantity, Switch, ValidationError, list_declared
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.service.scenarios.toml_file import FILE_FIELDS, parse_scenario_values, read_scenario
from ev2gym_dashboard.strategies import STRATEGIES

TIME_HELP = {
    "start": f"start of the run, ISO, UTC (default {Scenario().start})",
    "event_start": "start of a demand-response event, ISO, UTC (default none)",
}
PARAM_OPTION = "param"
FILE_HELP = {
    "catalog_file": "spec file in EV2Gym's schema, in force instead of the catalog",
    "load_csv": "CSV of a time and the site's load without EVs in kW, instead of the measured shape",
    "price_csv": "CSV of a time and a price in MAD/kWh, instead of the tariff's",
}
SCENARIO_OPTIONS = (*list_declared(Scenario), *TIME_HELP, *FILE_HELP)


def add_scenario_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each field of a scenario; each wins over the scenario file's."""
    group = parser.add_argument_group("scenario", "Each option wins over what the scenario file says.")
    keys = {"catalog": tuple(CATALOGS), "strategy": tuple(STRATEGIES), "tariff": list_tariff_keys()}
    for name, what in list_declared(Scenario).items():
        _add_option(group, name, what, keys.get(name, ()))
    for name, text in TIME_HELP.items():
        group.add_argument(format_option(name), metavar="TIME", help=text)
    group.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        help="a strategy's parameter, such as price.v2g_min_soc=0.7 (strategies lists them); can be repeated",
    )
    for name, text in FILE_HELP.items():
        group.add_argument(format_option(name), metavar="FILE", help=text)


def build_scenario(options: argparse.Namespace, file: Path | None) -> Scenario:
    """Return the scenario that a file and the options describe; end with every issue of both where there is any."""
    scenario, issues = _read_base(file)
    values, wrong = collect_option_values(vars(options))
    issues += wrong
    given = {FILE_FIELDS.get(name, name) for name in values}
    base = {name: value for name, value in serialize_scenario(scenario).items() if name not in given}
    params = dict(scenario.params) | values.get("params", {})
    made, wrong = parse_scenario_values({**base, **values, "params": params}, folder=Path())
    issues += [_rename_issue(issue, values) for issue in wrong]
    if issues:
        exit_with_error("\n".join(map(str, issues)))
    return made


def collect_option_values(options: Mapping[str, Any]) -> tuple[dict[str, Any], list[Issue]]:
    """Return what was asked for by the options, as values by field; what is no number stays for the check to refuse."""
    known = list_declared(Scenario)
    values: dict[str, Any] = {
        name: _convert_value(options[name], known.get(name))
        for name in SCENARIO_OPTIONS
        if options.get(name) is not None
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
    """Return the option of a field."""
    return "--" + name.replace("_", "-")


def convert_number(text: str) -> object:
    """Return the number that a text stands for, or the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _read_base(file: Path | None) -> tuple[Scenario, list[Issue]]:
    if file is None:
        return Scenario(), []
    try:
        return read_scenario(file), []
    except ValidationError as wrong:
        return Scenario(), [replace(issue, field=f"{file}: {issue.field}") for issue in wrong.issues]


def _add_option(group: argparse._ArgumentGroup, name: str, what: Declaration, keys: tuple[str, ...]) -> None:
    text = f"{what.about} ({_format_allowed(what, keys)})".replace("%", "%%")
    if isinstance(what, Switch):
        group.add_argument(format_option(name), action=argparse.BooleanOptionalAction, help=text)
    else:
        group.add_argument(format_option(name), metavar="X" if isinstance(what, Quantity) else "KEY", help=text)


def _format_allowed(what: Declaration, keys: tuple[str, ...]) -> str:
    if isinstance(what, Quantity):
        unit = f" {what.unit}" if what.unit else ""
        return f"{what.low:g} to {what.high:g}{unit}, default {what.default:g}"
    if isinstance(what, Choice):
        return f"{', '.join(what.options or keys)}; default {what.default}"
    return f"default {'yes' if what.default else 'no'}"


def _convert_value(value: Any, what: Declaration | None) -> object:
    return convert_number(value) if isinstance(what, Quantity) else value


def _rename_issue(issue: Issue, values: Mapping[str, Any]) -> Issue:
    """Return an issue under the name of the option that it is of."""
    name, colon, rest = issue.field.partition(":")
    if name in values.get("params", {}):
        return replace(issue, field=f"--param {issue.field}")
    return replace(issue, field=format_option(name) + colon + rest) if name in values else issue
