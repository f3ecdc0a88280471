"""Site cap: it holds for every strategy, and the automatic one is the lowest that leaves no more energy unserved."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.profile import make_profile
from ev2gym_dashboard.core.scenario_options import AUTO, CAP_OFF
from ev2gym_dashboard.service.simulation import site_cap
from ev2gym_dashboard.service.simulation.site_cap import CAP_TOLERANCE, UNSERVED_TOLERANCE, find_site_cap
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import run_alone

SITE = Scenario(fleet_size=80, days=2.0, start="2026-12-15T12:00", limit_kw_per_vehicle=50.0, timestep_min=30)
OBEDIENT = [key for key, strategy in STRATEGIES.items() if strategy.cap != "ignored"]
obedient_strategy = pytest.mark.parametrize("strategy", OBEDIENT)


def find_cap(scenario: Scenario, step: int = 0) -> float:
    settings: dict[str, Any] = {name: getattr(scenario, name) for name in ("strategy", "v2g", "params")}
    return find_site_cap(scenario, step, **settings).cap_kw


def measure(scenario: Scenario) -> tuple[float, float, float]:
    """Return the peak [kW], the unserved energy and the energy charged [kWh] of a run."""
    kpis = run_alone(scenario).kpis
    return kpis["site_peak_kw"], kpis["unserved_kwh"], kpis["g2v_kwh"]


@obedient_strategy
def test_charging_never_lifts_the_site_above_a_declared_cap(strategy: str) -> None:
    capped = replace(SITE, strategy=strategy, site_cap_kw_per_vehicle=2.1, base_load_kw_per_vehicle=2.4)
    series = run_alone(capped).series
    other_kw = series["base_load_kw"] - series["solar_kw"]
    assert other_kw.max() > 2.1 * 80
    assert (series["net_load_kw"] <= np.maximum(2.1 * 80, other_kw) + 1e-6).all()
    assert run_alone(capped).kpis["site_cap_kw"] == pytest.approx(2.1 * 80)


def test_uncontrolled_has_no_cap_and_every_other_strategy_has_none_by_default_but_peak_shaving() -> None:
    off = {key: find_cap(replace(SITE, strategy=key)) for key in STRATEGIES}
    assert [key for key, cap_kw in off.items() if math.isfinite(cap_kw)] == ["peak_shaving"]
    assert math.isinf(find_cap(replace(SITE, strategy="uncontrolled", site_cap_kw_per_vehicle=1.0)))
    assert run_alone(replace(SITE, strategy="price")).kpis["site_cap_kw"] == 0.0


@obedient_strategy
@pytest.mark.parametrize("v2g", [True, False])
def test_the_automatic_cap_lowers_the_peak_and_leaves_no_more_energy_unserved(strategy: str, *, v2g: bool) -> None:
    free = replace(SITE, strategy=strategy, v2g=v2g, site_cap_kw_per_vehicle=50.0)
    cap_kw = find_cap(replace(free, site_cap_kw_per_vehicle=AUTO))
    free_peak_kw, free_unserved_kwh, charged_kwh = measure(free)
    peak_kw, unserved_kwh, _ = measure(replace(free, site_cap_kw_per_vehicle=AUTO))
    assert peak_kw <= cap_kw + 1e-6
    assert cap_kw <= free_peak_kw
    assert unserved_kwh <= free_unserved_kwh + UNSERVED_TOLERANCE * charged_kwh


# What a plan leaves unserved varies with its cap by some kWh up and down: its lowest cap is not sharp.
@pytest.mark.parametrize("strategy", [key for key in OBEDIENT if not STRATEGIES[key].plans])
def test_a_lower_cap_leaves_more_energy_unserved_or_is_not_kept(strategy: str) -> None:
    free = replace(SITE, strategy=strategy, v2g=False, site_cap_kw_per_vehicle=50.0)
    free_peak_kw, free_unserved_kwh, charged_kwh = measure(free)
    lower_kw = find_cap(replace(free, site_cap_kw_per_vehicle=AUTO)) - 2.0 * CAP_TOLERANCE * free_peak_kw
    peak_kw, unserved_kwh, _ = measure(replace(free, site_cap_kw_per_vehicle=lower_kw / 80))
    assert peak_kw > lower_kw + 1e-6 or unserved_kwh > free_unserved_kwh + UNSERVED_TOLERANCE * charged_kwh


def test_grid_support_under_the_automatic_cap_makes_no_peak_after_its_window() -> None:
    """The rebound at 21:00 is the highest load of the site without a cap."""
    free, capped = (
        run_alone(replace(SITE, site_cap_kw_per_vehicle=cap)).series["net_load_kw"] for cap in (CAP_OFF, AUTO)
    )
    late = slice("2026-12-15T21:00", "2026-12-16T00:00")
    assert free[late].max() > 1.5 * capped[late].max()


def test_the_cap_depends_on_the_settings_and_the_week_alone() -> None:
    auto = replace(SITE, site_cap_kw_per_vehicle=AUTO)
    week_steps = 7 * SITE.steps_per_day
    assert find_cap(auto, week_steps - 1) == find_cap(auto)
    assert find_cap(auto, week_steps) == find_cap(replace(auto, start="2026-12-22T12:00"))
    assert find_cap(replace(auto, params=(("price.v2g_min_soc", 0.8),))) == find_cap(auto)
    assert find_cap(replace(auto, event_start="2026-12-15T19:00")) == find_cap(auto)


WORKDAY_KW, SUNDAY_KW = 300.0, 60.0


def make_day_loads(first: date, n_days: int) -> list[list[float]]:
    """Return hourly loads, (n_days, 24): an even load on workdays, a low one on Sundays, higher from week to week."""
    days = [first + timedelta(days=k) for k in range(n_days)]
    return [[SUNDAY_KW if day.isoweekday() == 7 else WORKDAY_KW + 40.0 * (k // 7)] * 24 for k, day in enumerate(days)]


@pytest.mark.parametrize("n_days", [7, 10, 14])
def test_days_without_a_date_are_in_every_week_those_of_the_run(n_days: int) -> None:
    first = SITE.start_time.date()
    # The weeks of a run of 28 days, its days once as they repeat, once by their date.
    loads = make_day_loads(first, n_days)
    repeated = [loads[k % n_days] for k in range(28)]
    dated = make_profile(
        np.ravel(repeated), step_min=60, start=datetime(first.year, first.month, first.day, tzinfo=UTC)
    )
    auto = replace(SITE, days=7.0, fleet_size=20, timestep_min=60, v2g=False, site_cap_kw_per_vehicle=AUTO)
    for week in range(3):
        step = week * 7 * auto.steps_per_day
        caps_kw = [find_cap(replace(auto, base_load_profile=profile), step) for profile in (loads, dated)]
        assert caps_kw[0] == caps_kw[1]


def test_a_week_that_begins_on_monday_is_on_its_weekdays_in_a_run_from_saturday() -> None:
    monday = datetime(2026, 12, 14, tzinfo=UTC)
    week = make_profile(np.ravel(make_day_loads(monday.date(), 7)), step_min=60, start=monday)
    # From Saturday evening to Sunday evening: the low load of a Sunday, and not that of a Monday and a Tuesday.
    auto = replace(SITE, days=2.0, fleet_size=20, timestep_min=60, v2g=False, site_cap_kw_per_vehicle=AUTO)
    auto = replace(auto, start="2026-12-26T00:00", profile_dates="weekday")
    caps_kw = [find_cap(replace(auto, base_load_profile=profile)) for profile in (week, [[300.0] * 24, [60.0] * 24])]
    assert caps_kw[0] == caps_kw[1]
    assert caps_kw[0] != find_cap(replace(auto, base_load_profile=[[60.0] * 24, [300.0] * 24]))


def test_a_change_of_strategy_changes_the_cap_of_the_next_step() -> None:
    simulation = Simulation(replace(SITE, site_cap_kw_per_vehicle=AUTO))
    simulation.advance(3)
    simulation.set(strategy="price", v2g=False)
    simulation.advance(3)
    expected = find_cap(replace(SITE, strategy="price", v2g=False, site_cap_kw_per_vehicle=AUTO))
    assert simulation.kpis["site_cap_kw"] == simulation.site_cap.cap_kw == expected


def test_a_large_fleet_has_about_the_cap_of_a_thousand_vehicles_per_vehicle() -> None:
    shape = tuple(100.0 + 10.0 * hour for hour in range(24))
    thousand = replace(SITE, fleet_size=1000, timestep_min=60, site_cap_kw_per_vehicle=AUTO, base_load_profile=(shape,))
    large = replace(thousand, fleet_size=4000, base_load_profile=(tuple(4.0 * load for load in shape),))
    assert find_cap(large) == pytest.approx(4.0 * find_cap(thousand), rel=0.05)


@pytest.mark.parametrize("v2g", [True, False])
def test_the_cap_of_a_large_fleet_leaves_no_more_energy_unserved(*, v2g: bool) -> None:
    # The cap of the thousand vehicles that represent this fleet left half as much again unserved.
    large = Scenario(fleet_size=3000, strategy="peak_shaving", v2g=v2g)
    _, unserved_kwh, charged_kwh = measure(large)
    _, free_unserved_kwh, _ = measure(replace(large, strategy="uncontrolled"))
    assert unserved_kwh <= free_unserved_kwh + UNSERVED_TOLERANCE * charged_kwh


def test_the_margin_of_peak_shaving_lifts_its_cap() -> None:
    shaving = replace(SITE, strategy="peak_shaving")
    with_margin = replace(shaving, params=(("peak_shaving.cap_margin", 0.1),))
    assert find_cap(with_margin) == pytest.approx(1.1 * find_cap(shaving))


def test_a_change_of_the_battery_does_not_search_the_cap_again() -> None:
    scenario = Scenario(fleet_size=50, days=2.0, strategy="price", site_cap_kw_per_vehicle=AUTO)
    cap = find_site_cap(scenario, 0, strategy="price", v2g=False, params=())
    misses = site_cap._find_weekly_cap.cache_info().misses
    battery = replace(scenario, battery_chemistry="lfp", pack_price_mad_kwh=500.0, declared_cycle_life=3000.0)
    assert find_site_cap(battery, 0, strategy="price", v2g=False, params=()) == cap
    assert site_cap._find_weekly_cap.cache_info().misses == misses


def test_a_site_that_only_exports_has_a_cap_of_nothing() -> None:
    exporting = replace(SITE, strategy="peak_shaving", evse_per_vehicle=0.0, base_load_kw_per_vehicle=0.0)
    assert find_cap(exporting) == pytest.approx(0.0, abs=1e-5)
