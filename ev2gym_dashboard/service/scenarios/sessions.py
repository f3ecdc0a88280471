"""Sessions of a scenario: their issues with its catalog, and what they are beside the drawn ones."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.charging_sessions import SECONDS_PER_H, ChargingSessions, format_time
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.session_fleet import place_sessions
from ev2gym_dashboard.core.fleet.session_models import make_session_catalog
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, IssueValues
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog

DEFAULT = Scenario()
UNRELATED_FIELDS = ("strategy", "v2g", "params", "event_start", "event_minutes", "event_reduction")
"""Fields that may change during a run, and change no need of a vehicle."""
HOURS_PER_DAY, DAYS_PER_WEEK = 24.0, 7.0


def check_sessions_catalog(scenario: Scenario) -> list[Issue]:
    """Return the issues of the sessions of a scenario with its catalog: unknown models, and too much energy."""
    if scenario.sessions is None:
        return []
    return list(_check_catalog(scenario.sessions, load_scenario_catalog(scenario).catalog))


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
    template = "{n} stays charge more than their battery holds, the first one {energy} kWh at {time}; give capacity_kwh"
    return [Issue("sessions, energy_kwh", template, numbers)]


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
