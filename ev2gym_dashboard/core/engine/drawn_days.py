"""Drawn days: the day plans of a fleet, and the energy that vehicles which have yet to arrive may need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Floats32, Rows, Steps, Ticks
from ev2gym_dashboard.core.fleet.arrival_rates import compute_arrival_rates, count_parked_days
from ev2gym_dashboard.core.fleet.arrival_tables import ArrivalTables
from ev2gym_dashboard.core.fleet.arrivals import ARRIVAL_STREAM, STAY_STREAM, draw_arrivals, draw_stays, make_day_rng
from ev2gym_dashboard.core.fleet.day_plan import NO_DEPARTURES, DayPlan, generate_day_plans
from ev2gym_dashboard.core.fleet.newcomers import ExpectNewcomers, tabulate_newcomers
from ev2gym_dashboard.core.fleet.parts import Part, join_day_plans, list_parts
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.core.site.exogenous import ExogenousDay, ExogenousSource

PlaceTables = Mapping[str, ArrivalTables]
"""Arrival tables by place."""
MIN_WARM_UP_DAYS = 2
DAYS_PER_WEEK = 7
EXPECTED_FLEET, EXPECTED_SEED = 500, MAX_SEED
"""Vehicles of the fleet whose week is expected of newcomers, and its seed: the statistics are known, the day is not."""


def make_fleet_plans(
    scenario: Scenario,
    places: PlaceTables,
    exogenous: ExogenousSource,
    *,
    first_day: int,
    later_departures: tuple[Rows, Steps] = NO_DEPARTURES,
) -> Iterator[DayPlan]:
    """Return the plans of the days of a fleet, whose parts have arrivals of their own."""
    warm_up_day = -count_fleet_warm_up_days(scenario, places)

    def plan_part(part: Part, *, later_departures: tuple[Rows, Steps]) -> Iterator[DayPlan]:
        tables = places[part.scenario.place]
        return _make_day_plans(
            part.scenario, tables, exogenous, warm_up_day, first_day=first_day, later_departures=later_departures
        )

    return join_day_plans(list_parts(scenario), plan_part, later_departures)


def _make_day_plans(
    scenario: Scenario, tables: ArrivalTables, exogenous: ExogenousSource, warm_up_day: int, **first: Any
) -> Iterator[DayPlan]:
    n_parked_days = count_parked_days(tables, scenario.stay_model)

    def arrivals_of_day(day: int) -> Ticks:
        # Before the warm-up nobody has arrived: its first days have fewer parked vehicles.
        days = range(day, max(day - n_parked_days, warm_up_day) - 1, -1)
        weekends = tuple(exogenous(earlier).weekend for earlier in days)
        rates = compute_arrival_rates(tables, scenario.stay_model, weekends, return_share=scenario.return_share)
        return draw_arrivals(make_day_rng(scenario.seed, day, ARRIVAL_STREAM), rates, scenario.fleet_size)

    def stays_of_day(day: int, arrival: Ticks) -> tuple[Floats, Floats | Floats32]:
        return draw_stays(
            make_day_rng(scenario.seed, day, STAY_STREAM),
            tables,
            arrival,
            stay_model=scenario.stay_model,
            drive_scale=scenario.drive_scale,
        )

    return generate_day_plans(arrivals_of_day, stays_of_day, steps_per_day=scenario.steps_per_day, **first)


def count_warm_up_days(scenario: Scenario, tables: ArrivalTables) -> int:
    """Return the days before the start that fill the site as any longer warm-up does: no stay lasts longer."""
    return max(MIN_WARM_UP_DAYS, count_parked_days(tables, scenario.stay_model))


def count_fleet_warm_up_days(scenario: Scenario, places: PlaceTables) -> int:
    """Return the days before the start that fill the site in all parts of the fleet."""
    return max(count_warm_up_days(scenario, places[place]) for place in scenario.places)


def make_newcomers(scenario: Scenario, places: PlaceTables, *, mean_rating: tuple[float, float]) -> ExpectNewcomers:
    """Return the function that expects newcomers: a week of another fleet, of at most `EXPECTED_FLEET` vehicles."""
    fleet_size = min(scenario.fleet_size, EXPECTED_FLEET)
    others = replace(scenario, fleet_size=fleet_size, seed=EXPECTED_SEED)
    charge_kw, charge_efficiency = mean_rating

    @cache
    def tabulate_week() -> tuple[Floats, Floats]:
        # Drawn where a connection may run short, and only there. From the warm-up on: on its first days nobody is
        # parked yet, so that more vehicles arrive. The plans are not kept, only the tables of weekdays and weekend.
        n_skipped = count_fleet_warm_up_days(others, places)
        days = make_fleet_plans(others, places, _make_usual_day, first_day=-n_skipped)
        week = list(islice(days, n_skipped, n_skipped + DAYS_PER_WEEK))
        weekdays = [plan for day, plan in enumerate(week) if not _make_usual_day(day).weekend]
        return tabulate(weekdays), tabulate(week[len(weekdays) :])

    def tabulate(plans: list[DayPlan]) -> Floats:
        table = tabulate_newcomers(
            plans, timestep_h=scenario.timestep_h, charge_kw=charge_kw, charge_efficiency=charge_efficiency
        )
        return table * (scenario.fleet_size / fleet_size)

    def expect_newcomers(*, weekend: bool) -> Floats:
        return tabulate_week()[weekend]

    return expect_newcomers


def _make_usual_day(day: int) -> ExogenousDay:
    """Return a day without series of a week that begins on a Monday."""
    none = np.zeros(0)
    return ExogenousDay(day % DAYS_PER_WEEK >= 5, none, none, np.zeros(0, np.int8), none, none, none, none, none)
