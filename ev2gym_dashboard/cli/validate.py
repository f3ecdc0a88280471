"""Command ``validate``: list every issue of scenarios, data files and profiles."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ev2gym_dashboard.cli.options import add_strategy_file_option
from ev2gym_dashboard.cli.output import EXIT_FAILURE
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.elaadnl import parse_charging_sessions
from ev2gym_dashboard.service.datasets.ev_specs import read_spec
from ev2gym_dashboard.service.datasets.load_shapes import parse_load_shapes
from ev2gym_dashboard.service.datasets.onee_tariffs import parse_tariffs
from ev2gym_dashboard.service.datasets.tariff_file import is_tariff, parse_tariff
from ev2gym_dashboard.service.scenarios.battery_life import format_battery_notes
from ev2gym_dashboard.service.scenarios.demand_notes import list_subscription_warnings
from ev2gym_dashboard.service.scenarios.driving import list_driving_notes
from ev2gym_dashboard.service.scenarios.evse_notes import format_note, format_rounding
from ev2gym_dashboard.service.scenarios.toml_file import (
    CSV_FILE_FIELDS,
    MAX_SCENARIO_BYTES,
    parse_profile,
    parse_scenario_toml,
    read_text,
)

VALIDATE_EXAMPLES = """examples:
  ev2gym-dashboard validate scenario.toml specs.json load.csv
  ev2gym-dashboard validate --prices prices.csv

The kind of a file follows from its name and content: .toml is a scenario or your own tariff, .csv a load profile (with
--prices a price profile, with --co2 one of CO2 factors), .json a spec file, tariffs, load shapes or sessions. The exit
code is 1 if any file has an issue.
"""
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
    kinds.add_argument("--prices", action="store_true", help="read CSV files as prices in MAD/kWh, not loads in kW")
    kinds.add_argument("--co2", action="store_true", help="read CSV files as CO2 factors in g/kWh, not loads in kW")
    add_strategy_file_option(parser)
    parser.set_defaults(run=_validate)


def _validate(options: argparse.Namespace) -> None:
    csv_kind = "price_csv" if options.prices else "co2_csv" if options.co2 else "load_csv"
    # All files are checked before the exit code is known.
    valid = [_check_file(file, csv_kind) for file in options.files]
    if not all(valid):
        raise SystemExit(EXIT_FAILURE)


def _check_file(file: Path, csv_kind: str) -> bool:
    """Print the kind of a file, or each of its issues; return whether it is valid."""
    try:
        kind, note = _parse_file(file, csv_kind)
    except ValidationError as error:
        print("\n".join(f"{file}: {issue}" for issue in error.issues))
        return False
    print(f"{file}: valid ({kind})" + (f"\n{file}: note: {note}" if note else ""))
    return True


def _parse_file(file: Path, csv_kind: str) -> tuple[str, str]:
    """Return the kind of a file, and a note on its content, which may be empty."""
    text = read_text(file, MAX_SCENARIO_BYTES)
    if is_tariff(text) and not _find_known_key(text):
        return _parse_tariff(text), ""
    if file.suffix == ".toml":
        return "scenario", _format_scenario_notes(parse_scenario_toml(text, folder=file.parent))
    if file.suffix == ".csv":
        field, quantity = CSV_FILE_FIELDS[csv_kind]
        days = parse_profile(text, field, quantity).n_days
        return f"{days} {'day' if days == 1 else 'days'} in {quantity}", ""
    return _parse_json(text)


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
        root = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return next((key for key in JSON_KINDS if key in root), None) if isinstance(root, dict) else None
