"""Driving of a scenario's vehicles: sessions per week, energy and distance per year, before a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps

import numpy as np

from ev2gym_dashboard.core.fleet.ageing import DRIVEN_KWH_PER_KM
from ev2gym_dashboard.core.fleet.arrival_rates import compute_highest_return_share
from ev2gym_dashboard.core.fleet.arrival_tables import HOURS_PER_DAY, ArrivalTables
from ev2gym_dashboard.core.fleet.catalog import DEFAULT_EFFICIENCY
from ev2gym_dashboard.core.fleet.parts import list_parts
from ev2gym_dashboard.core.fleet.stay_distribution import WEEKDAYS, WEEKEND_DAYS
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import HOUR_MEAN_STAYS
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.evse_notes import Note
from ev2gym_dashboard.service.scenarios.sessions import (
    compute_given_kwh_per_stay,
    compute_given_sessions_per_week,
    list_session_notes,
)

HOME = "home"
MIN_PAST_KM_PER_YEAR = 5_000.0
DAYS_PER_WEEK, DAYS_PER_YEAR = WEEKDAYS + WEEKEND_DAYS, 365.0


def _average_parts(compute: Callable[[Scenario], float]) -> Callable[[Scenario], float]:
    """Return a function that averages another one over the vehicles of the parts of a fleet."""

    @wraps(compute)
    def average(scenario: Scenario) -> float:
        parts = [part.scenario for part in list_parts(scenario)]
        # Not a weighted sum of one part, whose value keeps its bits.
        if len(parts) == 1:
            return compute(parts[0])
        return sum(part.fleet_size * compute(part) for part in parts) / scenario.fleet_size

    return average


@_average_parts
def compute_sessions_per_week(scenario: Scenario) -> float:
    """Return the mean number of stays per vehicle and week."""
    if scenario.sessions is not None:
        return compute_given_sessions_per_week(scenario.sessions)
    tables = load_charging_sessions()[scenario.place]
    return compute_return_share(scenario) * float(_compute_days_with_arrivals(tables))


@_average_parts
def _get_return_share(scenario: Scenario) -> float:
    return scenario.return_share


@_average_parts
def compute_return_share(scenario: Scenario) -> float:
    """Return the share of the vehicles that arrive on a day with arrivals; parked ones cannot, which bounds it."""
    tables = load_charging_sessions()[scenario.place]
    return min(scenario.return_share, compute_highest_return_share(tables, scenario.stay_model))


@_average_parts
def compute_driven_kwh_per_week(scenario: Scenario) -> float:
    """Return the mean energy that a vehicle drives between its stays in a week [kWh].

    The capacity of the batteries is not considered: a vehicle with a small one drives less.
    """
    if scenario.sessions is not None:
        return compute_given_sessions_per_week(scenario.sessions) * compute_given_kwh_per_stay(scenario)
    tables = load_charging_sessions()[scenario.place]
    compute_energy_kwh = _compute_hour_mean_energy_kwh if scenario.stay_model == HOUR_MEAN_STAYS else _sum_quantiles_kwh
    return scenario.drive_scale * compute_return_share(scenario) * compute_energy_kwh(tables)


def compute_driven_kwh_per_stay(scenario: Scenario) -> float:
    """Return the mean energy driven before an arrival, 0 without arrivals [kWh]."""
    n_sessions = compute_sessions_per_week(scenario)
    return compute_driven_kwh_per_week(scenario) / n_sessions if n_sessions > 0.0 else 0.0


def compute_km_per_year(scenario: Scenario) -> float:
    """Return the distance per vehicle and year that the driven energy stands for [km]."""
    return compute_driven_kwh_per_week(scenario) / DRIVEN_KWH_PER_KM * DAYS_PER_YEAR / DAYS_PER_WEEK


def compute_past_km_per_year(scenario: Scenario) -> float:
    """Return the distance that each vehicle has driven in each of the two years before the run [km].

    It is that of the scenario, so that a pack has aged by the same use before the run and in it, and not less than
    `MIN_PAST_KM_PER_YEAR`: the law of a pack that has hardly been cycled is too steep to be a slope.
    """
    return max(compute_km_per_year(scenario), MIN_PAST_KM_PER_YEAR)


def compute_mean_ev_load_kw(scenario: Scenario) -> float:
    """Return the expected mean charging power of the fleet at the grid side, V2G left out [kW].

    Notes
    -----
    The mean energy driven, over the efficiency of a model without a table; stays, capacities and the connection are
    assumed sufficient.
    """
    if not scenario.n_evse:
        return 0.0
    per_day_kwh = compute_driven_kwh_per_week(scenario) * scenario.fleet_size / DAYS_PER_WEEK
    return per_day_kwh / DEFAULT_EFFICIENCY / HOURS_PER_DAY


def list_driving_notes(scenario: Scenario) -> list[Note]:
    """Return the sessions per week and the distance or energy per year, and the bound of arrivals where it applies."""
    if scenario.sessions is not None:
        return [*list_session_notes(scenario.sessions, scenario), _make_distance_note(scenario)]
    notes = [_make_sessions_note(scenario), _make_distance_note(scenario)]
    is_bounded = compute_return_share(scenario) < _get_return_share(scenario)
    return [*notes, _make_bound_note(scenario)] if is_bounded else notes


def _make_sessions_note(scenario: Scenario) -> Note:
    values = {"sessions": round(compute_sessions_per_week(scenario), 2)}
    if scenario.places == (HOME,):
        template = "Sessions per vehicle and week: {sessions}; a trial with 700 homes (Electric Nation) had 3."
        return template, values
    template = "Sessions per vehicle and week: {sessions}."
    return template, values


def _knows_cars(scenario: Scenario) -> bool:
    """Return whether every model is one of the packaged catalogs, whose models all are cars."""
    given = scenario.sessions.specs if scenario.sessions is not None else ()
    return not scenario.catalog_spec and all(math.isnan(spec.capacity_kwh) for spec in given)


def _make_energy_note(scenario: Scenario) -> Note:
    template = (
        "Energy for driving: up to {kwh} kWh per vehicle and year; battery wear assumes {past_kwh} kWh per year before "
        "the run. The kind of the vehicles is not known: a car with {kwh_per_km} kWh/km drives {km} km with it, a bus "
        "or a truck fewer."
    )
    km, past_km = compute_km_per_year(scenario), compute_past_km_per_year(scenario)
    return template, {
        "kwh": round(km * DRIVEN_KWH_PER_KM, -1),
        "past_kwh": round(past_km * DRIVEN_KWH_PER_KM, -1),
        "kwh_per_km": DRIVEN_KWH_PER_KM,
        "km": round(km, -2),
    }


def _make_distance_note(scenario: Scenario) -> Note:
    if not _knows_cars(scenario):
        return _make_energy_note(scenario)
    template = (
        "Energy for up to {km} km per vehicle and year at {kwh_per_km} kWh/km; battery wear assumes {past_km} km per "
        "year before the run."
    )
    return template, {
        "km": round(compute_km_per_year(scenario), -2),
        "kwh_per_km": DRIVEN_KWH_PER_KM,
        "past_km": round(compute_past_km_per_year(scenario), -2),
    }


def _make_bound_note(scenario: Scenario) -> Note:
    template = "A parked vehicle does not arrive: at most {share} of the vehicles do on a day, not {asked}."
    return template, {"share": round(compute_return_share(scenario), 3), "asked": _get_return_share(scenario)}


def _compute_days_with_arrivals(tables: ArrivalTables) -> float:
    weekday, weekend = tables.arrival_share_weekday.sum(), tables.arrival_share_weekend.sum()
    return float(WEEKDAYS * weekday + WEEKEND_DAYS * weekend)


def _sum_quantiles_kwh(tables: ArrivalTables) -> float:
    """Return the energy of a week of a vehicle that arrives on each day with arrivals: the mean of the quantiles."""
    return _compute_days_with_arrivals(tables) * _compute_mean_kwh(tables)


def _compute_hour_mean_energy_kwh(tables: ArrivalTables) -> float:
    """Return the same where the quantiles are scaled by the mean of the arrival hour over that of a weekday."""
    usual_kwh = float(tables.mean_energy_kwh @ tables.arrival_share_weekday)
    weekend_kwh = float(tables.mean_energy_kwh @ tables.arrival_share_weekend)
    return _compute_mean_kwh(tables) * (WEEKDAYS + WEEKEND_DAYS * weekend_kwh / usual_kwh) if usual_kwh > 0.0 else 0.0


def _compute_mean_kwh(tables: ArrivalTables) -> float:
    return float(np.trapezoid(tables.energy_quantiles_kwh, tables.quantile_points))
