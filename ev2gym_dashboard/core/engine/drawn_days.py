"""Drawn days: the day plans of a fleet, and the energy that vehicles which have yet to arrive may need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Floats32, Rows, Steps, Ticks
from ev2gym_dashboard.core.fleet.arrival_rates import compute_arrival_rates, count_parked_days
from ev2gym_dashboard.core.fleet.arrival_tables import ArrivalTables
from ev2gym_dashboard.core.fleet.arrivals import (
    ARRIVAL_STREAM,
    NO_ARRIVAL,
    STAY_STREAM,
    draw_arrivals,
    draw_stays,
    make_day_rng,
)
from ev2gym_dashboard.core.fleet.day_plan import NO_DEPARTURES, DayPlan, SharedItems, generate_day_plans
from ev2gym_dashboard.core.fleet.joint_plan import JointRng, split_plan
from ev2gym_dashboard.core.fleet.newcomers import ExpectNewcomers, tabulate_newcomers
from ev2gym_dashboard.core.fleet.parts import Part, join_day_plans, list_parts
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.core.site.exogenous import ExogenousDay, ExogenousSource

PlaceTables = Mapping[str, ArrivalTables]
"""Arrival tables by place."""
MIN_WARM_UP_DAYS = 2
DAYS_PER_WEEK = 7
MAX_CACHED_WEEKS = 64
"""Expected weeks that are kept, of 150 KB each."""
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
            part.scenario,
            tables,
            exogenous,
            warm_up_day,
            seeds=(part.scenario.seed,),
            first_day=first_day,
            later_departures=later_departures,
        )

    return join_day_plans(list_parts(scenario), plan_part, later_departures)


def make_joint_plans(
    scenarios: Sequence[Scenario], places: PlaceTables, exogenous: ExogenousSource, *, first_day: int
) -> list[Iterator[DayPlan]]:
    """Return the plans of the days of several fleets, each as of `make_fleet_plans`.

    ``scenarios`` differ in their seeds alone. The days are drawn for all of them at once, when the first asks for one.
    """
    first, n_fleets = scenarios[0], len(scenarios)
    if n_fleets == 1 or first.parts:
        return [make_fleet_plans(scenario, places, exogenous, first_day=first_day) for scenario in scenarios]
    seeds, warm_up_day = tuple(scenario.seed for scenario in scenarios), -count_fleet_warm_up_days(first, places)
    days = _make_day_plans(first, places[first.place], exogenous, warm_up_day, seeds=seeds, first_day=first_day)
    split = SharedItems(split_plan(plan, n_fleets, first.fleet_size) for plan in days)
    return [map(itemgetter(number), split.fork()) for number in range(n_fleets)]


def _make_day_plans(
    scenario: Scenario,
    tables: ArrivalTables,
    exogenous: ExogenousSource,
    warm_up_day: int,
    *,
    seeds: tuple[int, ...],
    **first: Any,
) -> Iterator[DayPlan]:
    """Return the plans of a fleet per seed, whose rows count through all of them."""
    n_parked_days, size, n_drawn = count_parked_days(tables, scenario.stay_model), scenario.fleet_size, [0]

    def make_rng(day: int, stream: int, sizes: list[int]) -> Any:
        rngs = [make_day_rng(seed, day, stream) for seed in seeds]
        return rngs[0] if len(rngs) == 1 else JointRng(rngs, sizes)

    def arrivals_of_day(day: int) -> Ticks:
        # Before the warm-up nobody has arrived: its first days have fewer parked vehicles.
        days = range(day, max(day - n_parked_days, warm_up_day) - 1, -1)
        weekends = tuple(exogenous(earlier).weekend for earlier in days)
        rates = compute_arrival_rates(tables, scenario.stay_model, weekends, return_share=scenario.return_share)
        rng = make_rng(day, ARRIVAL_STREAM, [size] * len(seeds))
        ticks = draw_arrivals(rng, rates, size * len(seeds))
        n_drawn[:] = np.count_nonzero(ticks.reshape(len(seeds), size) != NO_ARRIVAL, axis=1).tolist()
        return ticks

    def stays_of_day(day: int, arrival: Ticks) -> tuple[Floats, Floats | Floats32]:
        return draw_stays(
            make_rng(day, STAY_STREAM, n_drawn),
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
    others = replace(scenario, fleet_size=min(scenario.fleet_size, EXPECTED_FLEET), seed=EXPECTED_SEED)
    tables = tuple(places[place] for place in scenario.places)
    week = _ExpectedWeek(others, scenario.fleet_size / others.fleet_size, *mean_rating, tables, places)

    def expect_newcomers(*, weekend: bool) -> Floats:
        # Drawn where a connection may run short, and only there.
        return _tabulate_week(week)[weekend]

    return expect_newcomers


@dataclass(frozen=True)
class _ExpectedWeek:
    """A week of a fleet, whose expected needs are multiplied by ``scale``; ``tables`` are those of its places."""

    scenario: Scenario
    scale: float
    charge_kw: float
    charge_efficiency: float
    tables: tuple[ArrivalTables, ...]
    places: PlaceTables = field(compare=False)

    def tabulate(self, plans: list[DayPlan]) -> Floats:
        rating = {"charge_kw": self.charge_kw, "charge_efficiency": self.charge_efficiency}
        table = tabulate_newcomers(plans, timestep_h=self.scenario.timestep_h, **rating)
        return table * self.scale


# Live runs of one scenario share the tables, which take as much memory as all else that is kept of their days.
@lru_cache(maxsize=MAX_CACHED_WEEKS)
def _tabulate_week(week: _ExpectedWeek) -> tuple[Floats, Floats]:
    # From the warm-up on: on its first days nobody is parked yet, so that more vehicles arrive. The plans are not kept,
    # only the tables of weekdays and weekend.
    n_skipped = count_fleet_warm_up_days(week.scenario, week.places)
    days = make_fleet_plans(week.scenario, week.places, _make_usual_day, first_day=-n_skipped)
    plans = list(islice(days, n_skipped, n_skipped + DAYS_PER_WEEK))
    weekdays = [plan for day, plan in enumerate(plans) if not _make_usual_day(day).weekend]
    return week.tabulate(weekdays), week.tabulate(plans[len(weekdays) :])


def _make_usual_day(day: int) -> ExogenousDay:
    """Return a day without series of a week that begins on a Monday."""
    none = np.zeros(0)
    return ExogenousDay(day % DAYS_PER_WEEK >= 5, none, none, np.zeros(0, np.int8), none, none, none, none, none)
