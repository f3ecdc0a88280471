"""Site cap: the declared one, or the lowest one that leaves no more energy unserved, found on simulated days."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.engine.fork import fork_engine
from ev2gym_dashboard.core.profile import NO_PROFILE
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.core.scenario_options import CAP_OFF, WEEKDAY_DATES
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.scenarios.validation import StrategyParams
from ev2gym_dashboard.service.simulation.engine_setup import start_engine
from ev2gym_dashboard.service.simulation.strategy_control import NO_CAP, SiteCap, make_control, select_own_params
from ev2gym_dashboard.strategies import STRATEGIES

WEEK_DAYS = 7
"""Days for which a cap holds; each week of a run has its own."""
MIN_SIMULATED_DAYS = 2
"""A single day could leave its charging to the next one."""
MAX_SIMULATED_FLEET = 1000
"""Larger fleets are represented by so many vehicles, with the same load and connection per vehicle."""
MAX_VERIFIED_FLEET = 100_000
"""Vehicles with which the cap of a representation is verified, and raised where it leaves more energy unserved."""
RAISE_SHARE = 0.01
CAP_TOLERANCE = 0.005
"""Width of the bisection at its end, as a share of the peak without a cap."""
UNSERVED_TOLERANCE = 0.0005
"""Additional unserved energy that a cap may leave, as a share of the energy charged."""
PEAK_TOLERANCE_KW = 1e-6
CACHED_CAPS = 256
UNRELATED_FIELDS = (
    "battery_chemistry",
    "bidirectional_capex_mad_kw",
    "cell_temperature_c",
    "connection_capex_mad_kva",
    "declared_cycle_life",
    "discount_rate",
    "end_of_life_loss",
    "evse_ac_capex_mad_kw",
    "evse_dc_capex_mad_kw",
    "investment_years",
    "pack_price_mad_kwh",
    "site_cap_kw_per_vehicle",
)
"""Fields that change no power, and so no cap: a change of theirs does not search it again."""


@dataclass(frozen=True)
class Trial:
    """Outcome of simulated days under a cap: energy charged and unserved [kWh], highest net load [kW]."""

    charged_kwh: float
    unserved_kwh: float
    peak_kw: float


def find_site_cap(scenario: Scenario, step: int, *, strategy: str, v2g: bool, params: StrategyParams) -> SiteCap:
    """Return the site cap that holds in a step of a run.

    Parameters
    ----------
    scenario : the inputs of the run
    step : number of the step since the start
    strategy, v2g, params : settings of the control in the step

    Notes
    -----
    The cap depends on the scenario, the settings and the week of the run alone, not on the state of the fleet: a run
    that is replayed from its inputs has the same caps.
    """
    use, declared = STRATEGIES[strategy].cap, scenario.site_cap_kw_per_vehicle
    if use == "ignored" or (use == "declared" and declared == CAP_OFF):
        return NO_CAP
    if not isinstance(declared, str):
        return SiteCap(get_declared_cap_kw(scenario))
    found = _find_weekly_cap(_make_week(scenario, step, strategy), v2g, select_own_params(strategy, params))
    return replace(found, cap_kw=found.cap_kw * (1.0 + dict(params).get(f"{strategy}.cap_margin", 0.0)))


def get_declared_cap_kw(scenario: Scenario) -> float:
    """Return the site cap that a scenario declares as a number; infinite without one [kW]."""
    declared = scenario.site_cap_kw_per_vehicle
    return math.inf if isinstance(declared, str) else declared * scenario.fleet_size


def count_steps_to_next_cap(scenario: Scenario, step: int) -> int:
    """Return the number of steps for which the cap of a step still holds."""
    week_steps = WEEK_DAYS * scenario.steps_per_day
    return week_steps - step % week_steps


def _make_week(scenario: Scenario, step: int, strategy: str) -> Scenario:
    """Return the simulated days of the week of a step; scenarios with the same cap give the same one."""
    week = step // (WEEK_DAYS * scenario.steps_per_day)
    days = min(max(math.ceil(scenario.days), MIN_SIMULATED_DAYS), WEEK_DAYS)
    start = scenario.start_time + timedelta(days=week * WEEK_DAYS)
    default = Scenario()
    return replace(
        # Days without a date repeat from the start of the run, which is an earlier week's.
        scenario.with_rotated_profiles(week * WEEK_DAYS),
        strategy=strategy,
        v2g=True,
        params=(),
        event_start="",
        setpoint_profile=NO_PROFILE,
        days=float(days),
        start=start.isoformat(),
        # The simulated days may be more than those of the run.
        profile_dates=WEEKDAY_DATES,
        **{name: getattr(default, name) for name in UNRELATED_FIELDS},
    )


@lru_cache(maxsize=CACHED_CAPS)
def _find_weekly_cap(week: Scenario, v2g: bool, params: StrategyParams) -> SiteCap:  # noqa: FBT001 (a key of the cache)
    """Return the lowest cap of the simulated days of a week."""
    found = _search_cap(week, v2g, params)
    if week.fleet_size <= MAX_SIMULATED_FLEET:
        return found
    # So few vehicles are not the fleet: their cap may be too low for the draws of all.
    fleet, scale = _represent(week, MAX_VERIFIED_FLEET)
    runs, cap_kw = TrialRuns(fleet, v2g and found.v2g_lowers_cap, params), found.cap_kw / scale
    while cap_kw < runs.without_cap.peak_kw and not runs.accepts(cap_kw):
        cap_kw *= 1.0 + RAISE_SHARE
    return replace(found, cap_kw=cap_kw * scale)


def _search_cap(week: Scenario, v2g: bool, params: StrategyParams) -> SiteCap:  # noqa: FBT001
    """Return the lowest cap of at most `MAX_SIMULATED_FLEET` vehicles, for the whole fleet."""
    sample, scale = _represent(week, MAX_SIMULATED_FLEET)
    runs = TrialRuns(sample, v2g, params)
    if not v2g:
        cap_kw = _bisect_cap(runs, first_kw=runs.other_peak_kw, high_kw=runs.without_cap.peak_kw)
        return SiteCap(cap_kw * scale, is_found=True)
    without_v2g = _find_weekly_cap(week, False, params)
    first_kw = without_v2g.cap_kw / scale
    if STRATEGIES[week.strategy].cap != "found":
        cap_kw = _bisect_cap(runs, first_kw=first_kw, high_kw=runs.without_cap.peak_kw)
        return SiteCap(cap_kw * scale, is_found=True)
    # V2G serves the cap alone here: where it does not lower the cap, it is not used.
    lowered_kw = _bisect_cap(runs, first_kw=first_kw, high_kw=first_kw) if runs.accepts(first_kw) else first_kw
    return replace(without_v2g, cap_kw=lowered_kw * scale, v2g_lowers_cap=lowered_kw < first_kw)


def _represent(week: Scenario, max_size: int) -> tuple[Scenario, float]:
    """Return the scenario of at most so many vehicles, and the vehicles of the fleet that each of them stands for."""
    # Given sessions are the fleet: there are no draws of a smaller one.
    size = week.fleet_size if week.sessions is not None else min(week.fleet_size, max_size)
    scale = week.fleet_size / size
    return replace(week.with_scaled_profiles(1.0 / scale), fleet_size=size), scale


def _bisect_cap(runs: TrialRuns, *, first_kw: float, high_kw: float) -> float:
    """Return the lowest cap up to ``high_kw`` that the runs accept, within the tolerance [kW]."""
    # The load without EVs comes from the site in any case, so that no cap can be below its mean.
    low_kw, cap_kw = runs.other_mean_kw, first_kw
    # A site that only exports has no peak to take a share of: without a least tolerance, the search has no end.
    tolerance_kw = max(CAP_TOLERANCE * runs.without_cap.peak_kw, PEAK_TOLERANCE_KW)
    while high_kw - low_kw > tolerance_kw:
        if low_kw < cap_kw < high_kw:
            low_kw, high_kw = (low_kw, cap_kw) if runs.accepts(cap_kw) else (cap_kw, high_kw)
        cap_kw = 0.5 * (low_kw + high_kw)
    return high_kw


class TrialRuns:
    """Runs of the same simulated days under different caps."""

    def __init__(self, scenario: Scenario, v2g: bool, params: StrategyParams) -> None:  # noqa: FBT001
        self._scenario, self._v2g, self._params = scenario, v2g, params
        self._engine = start_engine(scenario, load_scenario_catalog(scenario).catalog)
        # A strategy whose V2G serves the cap alone has no use for it without one.
        self.without_cap = self._run_trial(math.inf, v2g=v2g and STRATEGIES[scenario.strategy].cap != "found")
        self.other_peak_kw, self.other_mean_kw = _measure_other_load(scenario)

    def accepts(self, cap_kw: float) -> bool:
        """Return whether the site keeps the cap, and leaves no more energy unserved than without it."""
        trial, free = self._run_trial(cap_kw, v2g=self._v2g), self.without_cap
        allowed_kwh = free.unserved_kwh + UNSERVED_TOLERANCE * free.charged_kwh
        return trial.unserved_kwh <= allowed_kwh and trial.peak_kw <= cap_kw + PEAK_TOLERANCE_KW

    def _run_trial(self, cap_kw: float, *, v2g: bool) -> Trial:
        (engine,) = fork_engine(self._engine, 1)
        control = make_control(
            self._scenario.strategy, v2g=v2g, params=self._params, site_cap=SiteCap(cap_kw, is_found=True)
        )
        engine.advance(self._scenario.n_steps, control)
        series = engine.records.series
        charged_kwh = sum(series["g2v_kw"].tolist()) * self._scenario.timestep_h
        return Trial(charged_kwh, sum(series["unserved_kwh"].tolist()), float(series["net_load_kw"].max()))


def _measure_other_load(scenario: Scenario) -> tuple[float, float]:
    """Return the peak and the mean of the load without EVs on the simulated days [kW]."""
    source, start = make_exogenous_source(scenario), scenario.start_time
    first_step = (start.hour * MINUTES_PER_HOUR + start.minute) // scenario.timestep_min
    days = [source(day) for day in range(math.ceil(scenario.days) + 1)]
    other_kw = np.concatenate([day.base_load_kw - day.solar_kw for day in days])
    simulated_kw = other_kw[first_step : first_step + scenario.n_steps]
    return float(simulated_kw.max()), float(simulated_kw.mean())
