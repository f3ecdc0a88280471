"""``validate``: every issue of scenarios, spec files, tariffs, load shapes, sessions and CSVs of loads or prices."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ev2gym_dashboard.cli.say import FAILED
from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service.datasets.elaadnl import parse_sessions
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog
from ev2gym_dashboard.service.datasets.load_shapes import parse_load_shapes
from ev2gym_dashboard.service.datasets.onee_tariffs import parse_tariffs
from ev2gym_dashboard.service.scenarios.toml_file import CSV_FILES, MAX_BYTES, profile_of, read_text, scenario_of_toml

EXAMPLES = """examples:
  ev2gym-dashboard validate scenario.toml specs.json load.csv
  ev2gym-dashboard validate --prices prices.csv

What a file is, its name and content tell: .toml is a scenario, .csv a load (with --prices a price), .json a spec file,
or tariffs, load shapes or sessions. The exit code is 1 if any file has an issue.
"""
SPEC = "spec file"
JSON_KINDS = {
    "tariffs": ("tariffs", parse_tariffs),
    "shapes": ("load shapes", parse_load_shapes),
    "places": ("sessions", parse_sessions),
}
"""What a JSON file with such a key is, and what reads it; any other one is a spec file."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "validate",
        help="print every issue of files",
        description="Print every issue of files, each with its line or field.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="what is to be checked")
    parser.add_argument("--prices", action="store_true", help="the CSVs hold prices in MAD/kWh, not loads in kW")
    parser.set_defaults(run=_validate)


def _validate(options: argparse.Namespace) -> None:
    csv_kind = "price_csv" if options.prices else "load_csv"
    found = [_check(file, csv_kind) for file in options.files]
    if not all(found):
        raise SystemExit(FAILED)


def _check(file: Path, csv_kind: str) -> bool:
    """Print what a file is, or each of its issues; return whether it has none."""
    try:
        kind = _read(file, csv_kind)
    except Invalid as wrong:
        print("\n".join(f"{file}: {issue}" for issue in wrong.issues))
        return False
    print(f"{file}: valid ({kind})")
    return True


def _read(file: Path, csv_kind: str) -> str:
    text = read_text(file, MAX_BYTES)
    if file.suffix == ".toml":
        scenario_of_toml(text, folder=file.parent)
        return "scenario"
    if file.suffix == ".csv":
        field, quantity = CSV_FILES[csv_kind]
        days = len(profile_of(text, field, quantity))
        return f"{days} {'day' if days == 1 else 'days'} in {quantity}"
    return _read_json(text)


def _read_json(text: str) -> str:
    key = _first_known_key(text)
    if key:
        kind, parse = JSON_KINDS[key]
        parse(text.encode("utf-8"))
        return kind
    _, issues = parse_catalog(text)
    if issues:
        raise Invalid(issues)
    return SPEC


def _first_known_key(text: str) -> str | None:
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return next((key for key in JSON_KINDS if key in root), None) if isinstance(root, dict) else None
