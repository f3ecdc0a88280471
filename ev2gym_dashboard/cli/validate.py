"""Command ``validate``: list every issue of scenarios, data files and profiles."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ev2gym_dashboard.cli.options import add_reading_options, add_strategy_file_option, list_reading_values
from ev2gym_dashboard.cli.output import EXIT_FAILURE
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.integrations.ev2gym.config_reader import is_ev2gym_config, read_ev2gym_config
from ev2gym_dashboard.service.datasets.elaadnl import parse_charging_sessions
from ev2gym_dashboard.service.datasets.ev_specs import read_spec
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.datasets.load_shapes import parse_load_shapes
from ev2gym_dashboard.service.datasets.onee_tariffs import parse_tariffs
from ev2gym_dashboard.service.datasets.series_file.units import PROFILE_UNITS
from ev2gym_dashboard.service.datasets.session_file import is_session_file, read_sessions
from ev2gym_dashboard.service.datasets.tariff_file import is_tariff, parse_tariff
from ev2gym_dashboard.service.scenarios.battery_life import format_battery_notes
from ev2gym_dashboard.service.scenarios.demand_notes import list_subscription_warnings
from ev2gym_dashboard.service.scenarios.driving import list_driving_notes
from ev2gym_dashboard.service.scenarios.evse_notes import format_note, format_rounding
from ev2gym_dashboard.service.scenarios.series_files import SERIES, read_series_file
from ev2gym_dashboard.service.scenarios.session_quantiles import (
    QUANTILES,
    SessionQuantiles,
    compute_session_quantiles,
)
from ev2gym_dashboard.service.scenarios.sessions import list_session_notes
from ev2gym_dashboard.service.scenarios.toml_file import (
    MAX_SCENARIO_BYTES,
    parse_scenario_toml,
    read_text,
)

VALIDATE_EXAMPLES = """examples:
  ev2gym-dashboard validate scenario.toml specs.json load.csv
  ev2gym-dashboard validate --prices prices.csv

The kind of a file follows from its name and content: .toml is a scenario or a tariff, .yaml EV2Gym's configuration,
.csv, .tsv, .txt and .xlsx a series of loads (with --prices of prices, with --co2 of CO2 factors), .json a spec file,
tariffs, a tariff of your own, load shapes or sessions; .parquet, ACN-Data and tables of arrivals and departures are
charging sessions. The exit code is 1 if any file has an issue.
"""
SERIES_FLAGS = (
    ("price", "--prices", "prices in MAD/kWh"),
    ("export_price", "--export-prices", "prices of export in MAD/kWh"),
    ("pv", "--pv", "PV output in kW"),
    ("limit", "--limits", "limits of the connection in kW"),
    ("co2", "--co2", "CO2 factors in g/kWh"),
)
SERIES_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls")
SPEC_KIND = "spec file"
JSON_KINDS = {
    "tariffs": ("tariffs", parse_tariffs),
    "shapes": ("load shapes", parse_load_shapes),
    "places": ("sessions", parse_charging_sessions),
}
"""Kind and parser of a JSON file with such a key; any other JSON file is a spec file."""


def add_validate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "validate",
        help="list every issue of files",
        description="List every issue of files, each with its line or field.",
        epilog=VALIDATE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="file to validate")
    kinds = parser.add_mutually_exclusive_group()
    for name, flag, text in SERIES_FLAGS:
        help_text = f"read series files as {text}, not as loads in kW"
        kinds.add_argument(flag, dest=f"is_{name}", action="store_true", help=help_text)
    add_reading_options(parser.add_argument_group("reading series files"))
    add_strategy_file_option(parser)
    parser.set_defaults(run=_validate)


def _validate(options: argparse.Namespace) -> None:
    series = next((name for name in SERIES if getattr(options, f"is_{name}", False)), "load")
    reading = list_reading_values(vars(options))
    # All files are checked before the exit code is known.
    valid = [_check_file(file, series, reading) for file in options.files]
    if not all(valid):
        raise SystemExit(EXIT_FAILURE)


def _check_file(file: Path, series: str, reading: Mapping[str, Any]) -> bool:
    """Print the kind of a file and notes on it, or each of its issues; return whether it is valid."""
    try:
        kind, notes = _parse_file(file, series, reading)
    except ValidationError as error:
        print("\n".join(f"{file}: {issue}" for issue in error.issues))
        return False
    print("\n".join([f"{file}: valid ({kind})", *(f"{file}: note: {note}" for note in notes if note)]))
    return True


def _parse_file(file: Path, series: str, reading: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """Return the kind of a file, and notes on its content."""
    notes: list[Issue] = []
    if is_ev2gym_config(file):
        scenario = read_ev2gym_config(file, notes=notes)
        return "EV2Gym's configuration", [_format_scenario_notes(scenario), *map(str, notes)]
    if is_session_file(file):
        sessions = read_sessions(file)
        notes_of_sessions = [format_note(note) for note in list_session_notes(sessions)]
        quantiles = [_format_quantiles(each) for each in compute_session_quantiles(sessions)]
        return f"{len(sessions)} charging session(s)", [*notes_of_sessions, *quantiles]
    if file.suffix.lower() in SERIES_SUFFIXES:
        return _parse_series(file, SERIES[series], reading)
    text = read_text(file, MAX_SCENARIO_BYTES)
    if is_tariff(text) and not _find_known_key(text):
        return _parse_tariff(text), ()
    if file.suffix.lower() == ".toml":
        scenario = parse_scenario_toml(text, folder=file.parent, notes=notes)
        return "scenario", [_format_scenario_notes(scenario), *map(str, notes)]
    kind, note = _parse_json(text)
    return kind, (note,)


def _format_quantiles(quantiles: SessionQuantiles) -> str:
    shares = " / ".join(f"{100.0 * share:g}" for share in QUANTILES)
    drawn = "; ".join(f"{place} {_join(values)}" for place, values in quantiles.drawn.items())
    name = f"{quantiles.quantity.capitalize()} [{quantiles.unit}]"
    return f"{name} of {shares} % of the {quantiles.n} sessions at most: {_join(quantiles.given)} (drawn: {drawn})."


def _join(values: Floats) -> str:
    return " / ".join(f"{value:.1f}" for value in values)


def _parse_series(file: Path, field: str, reading: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    result = read_series_file(file, field, reading)
    if result.profile is None:
        raise ValidationError(result.issues)
    days = round(result.profile.length_days, 2)
    texts = [note.template.format(**dict(note.values)) for note in result.notes]
    return f"{days:g} {'day' if days == 1 else 'days'} in {PROFILE_UNITS[field]}", texts


def _parse_tariff(text: str) -> str:
    tariff = parse_tariff(text.encode())
    prices = " to ".join(f"{price:g}" for price in dict.fromkeys((tariff.lowest_mad_kwh, tariff.highest_mad_kwh)))
    structure = f"{len(tariff.tiers)} tiers" if tariff.tiers else f"{len(tariff.seasons)} season(s)"
    return f"tariff {tariff.name}: {structure}, {prices} MAD/kWh, hours of {tariff.time_zone}"


def _format_scenario_notes(scenario: Scenario) -> str:
    lines = [format_note(note) for note in (*list_driving_notes(scenario), *list_subscription_warnings(scenario))]
    notes = (format_rounding(scenario), format_battery_notes(scenario), *lines)
    return " ".join(note for note in notes if note)


def _parse_json(text: str) -> tuple[str, str]:
    """Return the kind of a JSON file, and what is assumed about the models of a converted spec file."""
    key = _find_known_key(text)
    if key:
        kind, parse = JSON_KINDS[key]
        parse(text.encode("utf-8"))
        return kind, ""
    spec = read_spec(text)
    if spec.issues:
        raise ValidationError(spec.issues)
    return SPEC_KIND, "".join(f"\n  assumed: {assumption}" for assumption in spec.assumptions)


def _find_known_key(text: str) -> str | None:
    try:
        root = parse_json(text)
    except (ValueError, RecursionError):
        return None
    return next((key for key in JSON_KINDS if key in root), None) if isinstance(root, dict) else None
