"""Subscribed power of a run: a number, what the connection carries, or the metered peak of a simulated year."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.profile import NO_PROFILE
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import AUTO, CONNECTION, WEEKDAY_DATES
from ev2gym_dashboard.core.site.demand import compute_needed_kva
from ev2gym_dashboard.service.scenarios.demand import bills_monthly_peak, has_demand_charge, meter_power_kva

WEEK_DAYS, RUN_IN_DAYS = 7, 1
"""Of each month its first 7 days are simulated. The first of them does not count: the fleet enters it uncharged."""
MAX_FLEET_SIZE = 1000
"""Larger fleets are simulated by so many vehicles, and their metered power is scaled."""
MAX_CACHED_YEARS = 256
MONTHS = 12


class SteppedRun(Protocol):
    """A run whose series can be read after its steps."""

    def advance(self, n_steps: int) -> None:
        """Run ``n_steps`` steps."""

    def series(self, name: str) -> Sequence[float] | Floats:
        """Return the recorded values of a column, a value per step."""


RunStarter = Callable[[Scenario], SteppedRun]


def resolve_subscribed_kva(scenario: Scenario, start_run: RunStarter, **settings: Any) -> float:
    """Return the subscribed power of a scenario [kVA].

    Parameters
    ----------
    scenario : Scenario; "auto" depends on its strategy
    start_run : starts a run of a scenario
    settings : strategy, V2G switch and parameters that replace those of the scenario

    Notes
    -----
    "auto" is the metered peak, rounded up to whole kVA, of 12 weeks in the calendar year of the start, one a month. The
    arrivals of the weeks come from seeds 1 to 12 whatever the seed of the run: a subscription is signed before its year
    begins, and all seeds of a comparison share it. With sessions of a file, it is that of up to 12 weeks of the file.
    It takes about a second, or half a minute where the site cap of each week has to be found as well. Under a tariff
    without a charge for power, no year is simulated. A tariff that bills the peak of each month has no subscription.
    """
    if bills_monthly_peak(scenario):
        return 0.0
    declared = scenario.subscribed_kva
    if not isinstance(declared, str):
        return float(declared)
    if declared == AUTO and has_demand_charge(scenario):
        # Only here: a scenario is checked when it is made, which costs more than all else.
        return _find_year_peak_kva(_make_year(replace(scenario, **settings)), start_run)
    return scenario.connection_kva


@lru_cache(maxsize=MAX_CACHED_YEARS)
def _find_year_peak_kva(year: Scenario, start_run: RunStarter) -> float:
    if year.sessions is not None:
        return max(compute_needed_kva(_meter_session_week(year, day, start_run)) for day in _list_session_weeks(year))
    scale = max(year.fleet_size / MAX_FLEET_SIZE, 1.0)
    sample = replace(
        year.with_scaled_profiles(1.0 / scale),
        fleet_size=min(year.fleet_size, MAX_FLEET_SIZE),
    )
    return max(compute_needed_kva(_meter_week(sample, month, start_run) * scale) for month in range(1, 13))


def _meter_week(year: Scenario, month: int, start_run: RunStarter) -> Floats:
    # With one seed, weeks that begin on the same weekday would have the same arrivals.
    week = replace(_move_start(year, year.start_time.date().replace(month=month)), seed=month)
    run = start_run(week)
    run.advance(week.n_steps)
    return meter_power_kva(week, run.series("import_kw"))[RUN_IN_DAYS * week.steps_per_day :]


def _list_session_weeks(year: Scenario) -> list[date]:
    """Return the first days of up to 12 weeks, evenly spread over the sessions of a file."""
    if year.sessions is None:
        return []
    first_s, last_s = year.sessions.find_span_s()
    first, last = (datetime.fromtimestamp(s, UTC).date() for s in (first_s, last_s - 1))
    weeks = [first + timedelta(days=day) for day in range(0, (last - first).days + 1, WEEK_DAYS)]
    return weeks[:: math.ceil(len(weeks) / MONTHS)]


def _meter_session_week(year: Scenario, first_day: date, start_run: RunStarter) -> Floats:
    week = _move_start(year, first_day)
    run = start_run(week)
    run.advance(week.n_steps)
    # No run-in: the file says who is parked at the beginning.
    return meter_power_kva(week, run.series("import_kw"))


def _make_year(scenario: Scenario) -> Scenario:
    """Return the year of a scenario from 1 January; runs that need the same subscription give the same one."""
    default = Scenario()
    first_day = scenario.start_time.date().replace(month=1, day=1)
    return replace(
        _move_start(scenario, first_day),
        days=float(WEEK_DAYS),
        # Longer steps cannot be metered, shorter ones would only take time.
        timestep_min=max(scenario.timestep_min, scenario.metering_interval_min),
        seed=default.seed,
        event_start=default.event_start,
        subscribed_kva=CONNECTION,
        billed_peak_kva=default.billed_peak_kva,
        co2_profile=NO_PROFILE,
        profile_dates=WEEKDAY_DATES,
    )


def _move_start(scenario: Scenario, day: date) -> Scenario:
    """Return a scenario that starts at midnight of another day, its series of days still on their dates."""
    shift = (day - scenario.start_time.date()).days
    return replace(scenario.with_rotated_profiles(shift), start=f"{day}T00:00")
