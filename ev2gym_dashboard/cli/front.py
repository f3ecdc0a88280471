"""The Pareto front of the command ``optimum``: options, and points and rules as CSV or JSON."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ev2gym_dashboard.cli.compare import PROCESS_COUNT, open_worker_pool
from ev2gym_dashboard.cli.options import convert_number, format_option
from ev2gym_dashboard.cli.output import print_json, print_rows, show_progress
from ev2gym_dashboard.core.optimum.objective import OBJECTIVE_PRICES
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, check_key
from ev2gym_dashboard.service.comparison.pareto_front import POINT_COUNT, ParetoFront, compute_pareto_front
from ev2gym_dashboard.service.optimum.goals import BILL, GOALS, check_goals
from ev2gym_dashboard.service.reports.bundle import replace_nan


def add_front_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the front."""
    group = parser.add_argument_group("front", "The bill against a goal, by sweeping its price.")
    group.add_argument("--front", metavar="GOAL", help=f"goal against the bill: {', '.join(GOALS)}")
    group.add_argument("--points", metavar="N", help=f"{POINT_COUNT.about} (default {POINT_COUNT.default})")
    group.add_argument("--workers", metavar="N", help=f"{PROCESS_COUNT.about} (default: one per core)")


def check_front_options(options: argparse.Namespace) -> list[Issue]:
    """Return the issues of the options of the front; without one, of those that need it."""
    if options.front is None:
        needy = [format_option(name) for name in ("points", "workers") if getattr(options, name) is not None]
        return [Issue(name, "needs --front") for name in needy]
    issues = check_key("--front", options.front, tuple(GOALS))
    if not issues:
        given = [name for name in OBJECTIVE_PRICES if getattr(options, name) is not None]
        swept = check_goals((BILL, options.front), given)
        issues = [replace(issue, field=format_option(issue.field)) for issue in swept]
    issues += POINT_COUNT.check("--points", _read_count(options.points, POINT_COUNT.default))
    return issues + PROCESS_COUNT.check("--workers", _read_count(options.workers, PROCESS_COUNT.default))


def print_front(options: argparse.Namespace, scenario: Scenario) -> None:
    """Compute and print the front of checked options."""
    points, number = _read_count(options.points, POINT_COUNT.default), _read_count(options.workers, 0)
    with open_worker_pool(int(number) or os.cpu_count() or 1) as pool, show_progress("front") as report_progress:
        front = compute_pareto_front(
            scenario,
            (BILL, options.front),
            points=int(points),
            workers=pool,
            progress=report_progress,
        )
    if options.json:
        print_json({"goal": front.goal, "points": list_rows(front.table), "rules": list_rows(front.rule_table)})
        return
    print_rows([*_list_csv_rows(front)])
    print(format_front(front), file=sys.stderr)


def list_rows(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table, with NaN as none."""
    return [replace_nan(row) for row in table.to_dict(orient="records")]


def _list_csv_rows(front: ParetoFront) -> Iterator[dict[str, Any]]:
    """Yield points and rules with the same columns: a rule has no weight, a point no margin above the front."""
    tables = [front.table.assign(variant="optimum"), front.rule_table]
    names = dict.fromkeys(str(name) for table in tables for name in table)
    for table in tables:
        for row in list_rows(table):
            yield {name: row.get(name, "") for name in ("variant", *(name for name in names if name != "variant"))}


def format_front(front: ParetoFront) -> str:
    """Return the ends of the front in a sentence."""
    first, last = front.points[0], front.points[-1]
    unit = GOALS[front.goal].unit
    return (
        f"From {first.goal:,.6g} to {last.goal:,.6g} {unit} of {front.goal}, the bill rises from "
        f"{first.bill_mad:,.2f} to {last.bill_mad:,.2f} MAD; {len(front.points)} supported points."
    )


def _read_count(text: str | None, default: int) -> Any:
    return default if text is None else convert_number(text)
