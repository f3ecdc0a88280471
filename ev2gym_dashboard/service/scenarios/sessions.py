"""Sessions of a scenario: their issues with its catalog, and what they are beside the drawn ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.charging_sessions import SECONDS_PER_H, ChargingSessions, format_time
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.session_fleet import place_sessions
from ev2gym_dashboard.core.fleet.session_models import make_session_catalog
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, IssueValues, ValidationError
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.evse_notes import Note

DEFAULT = Scenario()
UNRELATED_FIELDS = ("strategy", "v2g", "params", "event_start", "event_minutes", "event_reduction")
"""Fields that may change during a run, and change no need of a vehicle."""
FEW_SPECS = 20
HOURS_PER_DAY, DAYS_PER_WEEK = 24.0, 7.0


def check_sessions_catalog(scenario: Scenario) -> list[Issue]:
    """Return the issues of the sessions of a scenario with its catalog: unknown models, and too much energy."""
    if scenario.sessions is None:
        return []
    catalog = load_scenario_catalog(scenario).catalog
    return list(_check_catalog(scenario.sessions, catalog)) or _check_code_count(scenario, catalog)


@lru_cache(maxsize=16)
def _check_catalog(sessions: ChargingSessions, catalog: Catalog) -> list[Issue]:
    unknown = [s.model for s in sessions.specs if s.model and s.model not in catalog.names and not s.capacity_kwh > 0.0]
    if unknown:
        values = (("models", ", ".join(dict.fromkeys(unknown))[:200]), ("known", ", ".join(catalog.names)[:400]))
        template = "{models}: not in the catalog; give capacity_kwh and power_kw, or one of {known}"
        return [Issue("sessions, model", template, values)]
    models, model = make_session_catalog(sessions, catalog)
    too_much = sessions.energy_kwh > models.capacity_kwh[model[sessions.vehicle]] / FULL_SOC
    if not too_much.any():
        return []
    first = int(np.flatnonzero(too_much)[0])
    numbers: IssueValues = (
        ("n", int(too_much.sum())),
        ("energy", round(float(sessions.energy_kwh[first]), 1)),
        ("time", format_time(float(sessions.arrival_s[first]))),
    )
    template = "stays that charge more than their battery holds: {n}, first {energy} kWh at {time}; give capacity_kwh"
    return [Issue("sessions, energy_kwh", template, numbers)]


def _check_code_count(scenario: Scenario, catalog: Catalog) -> list[Issue]:
    """Return the issue of too many vehicles, EVSEs and targets for the codes; files of few vehicles have none."""
    if scenario.sessions is None or len(scenario.sessions.specs) <= FEW_SPECS:
        return []
    try:
        place_sessions(replace(scenario, **{name: getattr(DEFAULT, name) for name in UNRELATED_FIELDS}), catalog)
    except ValidationError as error:
        return list(error.issues)
    return []


def compute_span_days(sessions: ChargingSessions) -> float:
    """Return the days from the first arrival to the last departure, at least one."""
    span_s = float(sessions.departure_s.max() - sessions.arrival_s.min())
    return max(span_s / SECONDS_PER_H / HOURS_PER_DAY, 1.0)


def compute_given_sessions_per_week(sessions: ChargingSessions) -> float:
    """Return the mean number of stays per vehicle and week of the file."""
    return len(sessions) / sessions.n_vehicles / compute_span_days(sessions) * DAYS_PER_WEEK


def compute_given_kwh_per_stay(scenario: Scenario) -> float:
    """Return the mean energy that the battery misses at an arrival of the sessions of a scenario [kWh]."""
    return _compute_mean_need_kwh(replace(scenario, **{name: getattr(DEFAULT, name) for name in UNRELATED_FIELDS}))


@lru_cache(maxsize=16)
def _compute_mean_need_kwh(scenario: Scenario) -> float:
    return place_sessions(scenario, load_scenario_catalog(scenario).catalog).mean_need_kwh


@dataclass(frozen=True)
class SessionSummary:
    """Means of charging sessions: stay [h], energy [kWh], stays per vehicle and week, and the hour of most arrivals."""

    stay_h: float
    energy_kwh: float
    per_week: float
    busiest_hour: int


def summarize_sessions(sessions: ChargingSessions) -> SessionSummary:
    """Return the means of given sessions; the energy is that of stays whose energy is known, at the grid side."""
    hours = sessions.arrival_s // int(SECONDS_PER_H) % int(HOURS_PER_DAY)
    known_kwh = sessions.energy_kwh[~np.isnan(sessions.energy_kwh)]
    return SessionSummary(
        stay_h=float(sessions.stay_h.mean()),
        energy_kwh=float(known_kwh.mean()) if known_kwh.size else math.nan,
        per_week=compute_given_sessions_per_week(sessions),
        busiest_hour=int(np.bincount(hours).argmax()),
    )


def summarize_drawn_sessions(place: str, *, return_share: float) -> SessionSummary:
    """Return the means of the sessions that are drawn at a place; the energy is that driven before a stay."""
    tables = load_charging_sessions()[place]
    weekly = 5.0 * tables.arrival_share_weekday.sum() + 2.0 * tables.arrival_share_weekend.sum()
    return SessionSummary(
        stay_h=float(np.trapezoid(tables.stay_quantiles_h, tables.quantile_points)),
        energy_kwh=float(np.trapezoid(tables.energy_quantiles_kwh, tables.quantile_points)),
        per_week=return_share * float(weekly),
        busiest_hour=int(tables.arrival_share_weekday.argmax()),
    )


def list_session_notes(sessions: ChargingSessions, scenario: Scenario = DEFAULT) -> list[Note]:
    """Return what given sessions are, and their hours, stays and energy beside those drawn for a scenario."""
    first_s, last_s = sessions.find_span_s()
    size = "Charging sessions: {n} stay(s) of {vehicles} vehicle(s) at {evses} EVSE(s), {first} to {last}."
    given = summarize_sessions(sessions)
    drawn = summarize_drawn_sessions(scenario.place, return_share=scenario.return_share)
    beside = (
        "Mean stay {stay} h (drawn: {drawn_stay} h), most arrivals from {hour}:00 UTC (drawn: {drawn_hour}:00), "
        "{weekly} sessions per vehicle and week (drawn: {drawn_weekly})."
    )
    energy = "Mean energy of a stay: {energy} kWh (drawn: {drawn_energy} kWh)."
    n_evse = replace(scenario, sessions=sessions).n_evse
    numbers: dict[str, object] = {"n": len(sessions), "vehicles": sessions.n_vehicles, "evses": n_evse}
    notes: list[Note] = [
        (size, numbers | {"first": format_time(first_s), "last": format_time(last_s)}),
        (
            beside,
            {
                "stay": round(given.stay_h, 1),
                "drawn_stay": round(drawn.stay_h, 1),
                "hour": given.busiest_hour,
                "drawn_hour": drawn.busiest_hour,
                "weekly": round(given.per_week, 2),
                "drawn_weekly": round(drawn.per_week, 2),
            },
        ),
    ]
    if math.isnan(given.energy_kwh):
        return notes
    return [*notes, (energy, {"energy": round(given.energy_kwh, 1), "drawn_energy": round(drawn.energy_kwh, 1)})]
