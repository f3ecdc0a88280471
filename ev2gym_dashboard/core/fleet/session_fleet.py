"""Session fleet: the vehicles, EVSEs and stays of given sessions, in place of drawn ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import NO_EVSE, Evses, Floats, Indices, Rows, Steps
from ev2gym_dashboard.core.charging_sessions import ChargingSessions
from ev2gym_dashboard.core.fleet.arrivals import TICKS_PER_H
from ev2gym_dashboard.core.fleet.battery import FULL_SOC, compute_soc_after_charging
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse import Ratings, compute_ratings, find_fastest_codes
from ev2gym_dashboard.core.fleet.evse_fit import EvseFit, find_evse_fit
from ev2gym_dashboard.core.fleet.fleet import Fleet
from ev2gym_dashboard.core.fleet.installation import Installation
from ev2gym_dashboard.core.fleet.newcomers import (
    HORIZON_QUARTERS,
    QUARTERS_PER_DAY,
    ExpectNewcomers,
    tabulate_newcomers,
)
from ev2gym_dashboard.core.fleet.session_evses import install_session_evses
from ev2gym_dashboard.core.fleet.session_grid import place_on_grid
from ev2gym_dashboard.core.fleet.session_models import make_session_catalog
from ev2gym_dashboard.core.fleet.session_stays import Stays, plan_given_day
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import AS_SOLD
from ev2gym_dashboard.core.schema import Issue, ValidationError

DAYS_PER_WEEK, NEWCOMER_DAYS = 7, 28
QUEUE_WARM_UP_DAYS = 2
MAX_CODES = 2**16 - 1
SECONDS_PER_TICK = 3600 // TICKS_PER_H
TARGET_GRIDS = (1e-3, 1e-2, 5e-2)
"""Targets are rounded to one of these, the first of which leaves few enough of them for the codes of 16 bits."""


@dataclass(frozen=True, eq=False)
class SessionFleet:
    """Everything that sessions decide about a run.

    Parameters
    ----------
    catalog, fleet : models and vehicles; ``vehicles`` holds the vehicle of the file of each row
    installation : the EVSEs, for the first ``n_shared_evse`` of which vehicles wait
    fit : the models that these serve, None if each of them charges every model
    fastest_code : (models,) code of each model at the EVSE that charges it fastest, of those for which it waits
    ratings, target_soc : by code; the codes of a site are repeated for each target
    stays : stays from the first day on, by arrival
    mean_need_kwh : mean over all stays of the file of the energy missing at arrival, at the battery [kWh]
    first_day : day on which the earliest stay begins that lasts at the start of the run, 0 if none does
    initial_soc : SOC of each row at the beginning of the first day
    """

    catalog: Catalog
    fleet: Fleet
    vehicles: NDArray[np.intp]
    installation: Installation
    n_shared_evse: int
    fit: EvseFit | None
    fastest_code: Indices
    ratings: Ratings
    target_soc: Floats
    stays: Stays
    mean_need_kwh: float
    first_day: int
    initial_soc: Floats

    def find_code_offsets(self, rows: Rows, arrival_step: Steps) -> NDArray[np.uint16]:
        """Return the offsets of the codes of some stays, (n,), which begin in steps (n,)."""
        by_row = np.lexsort((self.stays.arrival_step, self.stays.row))
        step = self.stays.arrival_step
        first, n_steps = int(step.min(initial=0)), int(np.ptp(step)) + 1
        keys = self.stays.row[by_row] * n_steps + (step[by_row] - first)
        return self.stays.code_offset[by_row[np.searchsorted(keys, rows * n_steps + (arrival_step - first))]]

    def plan_days(self, first_day: int, *, steps_per_day: int) -> Iterator[DayPlan]:
        """Yield the plans of the days from ``first_day`` on."""
        day = first_day
        while True:
            yield plan_given_day(self.stays, day, steps_per_day=steps_per_day)
            day += 1

    def make_newcomers(self, scenario: Scenario, *, charge_kw: float, charge_efficiency: float) -> ExpectNewcomers:
        """Return the function that expects newcomers: the mean of up to four weeks of the file from the start on."""

        @cache
        def tabulate(*, weekend: bool) -> Floats:
            # The need at arrival in place of the energy driven: a vehicle may come with more than its target.
            needs = replace(self.stays, drive_kwh=self.stays.need_kwh)
            last_day = int(self.stays.arrival_step.max(initial=0)) // scenario.steps_per_day
            days = range(min(last_day + 1, NEWCOMER_DAYS))
            monday = -scenario.start_time.weekday()
            plans = [
                plan_given_day(needs, day, steps_per_day=scenario.steps_per_day)
                for day in days
                if ((day - monday) % DAYS_PER_WEEK >= DAYS_PER_WEEK - 2) == weekend
            ]
            if not plans:
                return np.zeros((QUARTERS_PER_DAY + 1, HORIZON_QUARTERS + 1))
            return tabulate_newcomers(
                plans, timestep_h=scenario.timestep_h, charge_kw=charge_kw, charge_efficiency=charge_efficiency
            )

        return tabulate


@lru_cache(maxsize=4)
def place_sessions(scenario: Scenario, catalog: Catalog) -> SessionFleet:
    """Return the fleet of the sessions of a valid scenario.

    Parameters
    ----------
    scenario : a scenario with sessions
    catalog : models of vehicles that name one, or of which nothing is known

    Raises
    ------
    ValidationError
        If models, EVSEs and targets have more combinations than codes.

    Notes
    -----
    Energy without SOC: the SOC at arrival is the one from which the energy reaches the target, or the end of full power
    if that is lower, so that the stay takes its energy at the power of the file. A stay that waits for an EVSE has the
    energy and the time of the fastest one.
    """
    sessions = scenario.sessions
    if sessions is None:
        raise ValueError("a scenario without charging sessions draws them")
    default_soc = min(scenario.target_soc, FULL_SOC)
    models, model = make_session_catalog(sessions, catalog, assumes_v2g=scenario.v2g_capability != AS_SOLD)
    vehicles = np.argsort(model, kind="stable")
    row = np.empty(len(model), np.int32)
    row[vehicles] = np.arange(len(model), dtype=np.int32)
    fleet = Fleet(np.concatenate([[0], np.cumsum(np.bincount(model))]), models.capacity_kwh)
    installation, n_shared_evse, n_shared_kinds, evse = install_session_evses(scenario, sessions)
    kinds = np.arange(1, len(installation.kinds) + 1)
    ratings = compute_ratings(models, transition_soc=scenario.transition_soc, kinds=installation.kinds)
    is_usable = installation.find_usable(len(models))
    if scenario.queues_sessions:
        is_usable = is_usable & (kinds <= n_shared_kinds)
    fastest_code = find_fastest_codes(ratings, is_usable)
    stay_model, waits = model[sessions.vehicle], evse == NO_EVSE
    code = np.where(waits, fastest_code[stay_model], 0)
    code[~waits] = stay_model[~waits] * ratings.n_kinds + np.repeat(kinds, installation.counts)[evse[~waits]]
    soc, stay_target_soc = _find_socs(scenario, sessions, ratings, code)
    targets, target = np.unique(np.append(stay_target_soc, default_soc), return_inverse=True)
    n_base = len(ratings.charge_kw) - 1
    stays = _place_stays(
        scenario,
        sessions,
        ratings,
        row=row[sessions.vehicle],
        code=code,
        soc=soc,
        target_soc=stay_target_soc,
        evse=evse,
        code_offset=(target[:-1] * n_base).astype(np.uint16),
    )
    mean_need_kwh = float(stays.need_kwh.mean())
    first_day, initial_soc, stays = _cut_before_run(scenario, stays, np.full(fleet.size, default_soc))
    return SessionFleet(
        catalog=models,
        fleet=fleet,
        vehicles=vehicles,
        installation=installation,
        n_shared_evse=n_shared_evse,
        fit=find_evse_fit(ratings, is_usable, is_present=fleet.counts > 0) if scenario.queues_sessions else None,
        fastest_code=fastest_code,
        ratings=_repeat_ratings(ratings, len(targets)),
        target_soc=np.concatenate([[default_soc], np.repeat(targets, n_base)]),
        stays=stays,
        mean_need_kwh=mean_need_kwh,
        first_day=first_day,
        initial_soc=initial_soc,
    )


def _find_socs(
    scenario: Scenario, sessions: ChargingSessions, ratings: Ratings, code: NDArray[np.integer]
) -> tuple[Floats, Floats]:
    """Return the SOC at arrival and the target of each stay, (n,)."""
    gained = sessions.energy_kwh * ratings.charge_efficiency[code] / ratings.capacity_kwh[code]
    has_energy, knows_soc, knows_target = (
        ~np.isnan(values) for values in (sessions.energy_kwh, sessions.soc, sessions.target_soc)
    )
    default_soc = np.minimum(scenario.target_soc, np.where(has_energy, ratings.taper_soc[code], 1.0))
    target_soc = np.where(has_energy & knows_soc, sessions.soc + gained, default_soc)
    target_soc = np.where(knows_target, sessions.target_soc, target_soc)
    # An energy that the battery only takes up to a higher SOC than the target.
    target_soc = np.minimum(np.fmax(target_soc, np.where(has_energy, gained, 0.0)), FULL_SOC)
    target_soc = _round_targets(target_soc, len(ratings.charge_kw) - 1)
    # The energy is kept and the SOC follows, as the target has been rounded.
    soc = np.where(has_energy, np.maximum(target_soc - gained, 0.0), sessions.soc)
    return soc, target_soc


def _round_targets(target_soc: Floats, n_codes: int) -> Floats:
    rounded = target_soc
    for grid in TARGET_GRIDS:
        rounded = np.minimum(np.round(target_soc / grid) * grid, FULL_SOC)
        if (len(np.unique(rounded)) + 1) * n_codes <= MAX_CODES:
            return rounded
    template = "have too many different vehicles, powers and targets: {high} combinations of them are possible"
    raise ValidationError([Issue("sessions", template, (("high", MAX_CODES),))])


def _place_stays(
    scenario: Scenario,
    sessions: ChargingSessions,
    ratings: Ratings,
    *,
    row: Rows,
    code: NDArray[np.integer],
    soc: Floats,
    target_soc: Floats,
    evse: Evses,
    code_offset: NDArray[np.uint16],
) -> Stays:
    rate_per_h = (ratings.charge_kw * ratings.charge_efficiency / ratings.capacity_kwh)[code]
    taper_soc, capacity_kwh = ratings.taper_soc[code], ratings.capacity_kwh[code]
    midnight_s = int(scenario.start_time.replace(hour=0, minute=0).timestamp())
    step_s = scenario.timestep_min * 60
    arrival_s, departure_s = sessions.arrival_s - midnight_s, sessions.departure_s - midnight_s
    arrival_step, departure_step = place_on_grid(
        arrival_s / step_s,
        departure_s / step_s,
        _compute_needed_h(soc, target_soc, rate_per_h, taper_soc) / scenario.timestep_h,
        vehicle=row,
        # Those that wait share no EVSE of the file with anyone.
        evse=np.where(evse == NO_EVSE, int(evse.max(initial=0)) + 1 + row, evse).astype(np.int64),
    )
    duration_h = (departure_step - arrival_step) * scenario.timestep_h
    charged = compute_soc_after_charging(soc, rate_per_h=rate_per_h, taper_soc=taper_soc, duration_h=duration_h)
    end_soc = np.maximum(soc, np.minimum(charged, target_soc))
    soc_before = _find_soc_before(row, end_soc)
    return Stays(
        row=row,
        arrival_step=arrival_step,
        departure_step=departure_step,
        arrival_tick=arrival_s // SECONDS_PER_TICK,
        departure_tick=departure_s // SECONDS_PER_TICK,
        need_kwh=np.maximum(target_soc - soc, 0.0) * capacity_kwh,
        drive_kwh=(soc_before - soc) * capacity_kwh,
        end_soc=end_soc,
        evse=evse,
        code_offset=code_offset,
    )


def _find_soc_before(row: Rows, end_soc: Floats) -> Floats:
    """Return the SOC (n,) with which each vehicle left before a stay; before its first one, as it leaves that one."""
    order = np.argsort(row, kind="stable")
    earlier, later = order[:-1], order[1:]
    follows = row[earlier] == row[later]
    before = end_soc.copy()
    before[later[follows]] = end_soc[earlier[follows]]
    return before


def _compute_needed_h(soc: Floats, target_soc: Floats, rate_per_h: Floats, taper_soc: Floats) -> Floats:
    """Return the time (n,) that full power takes to the target [h]; infinite without power."""
    straight = np.maximum(np.minimum(target_soc, taper_soc) - soc, 0.0)
    from_soc = np.maximum(soc, taper_soc)
    tapered = (1.0 - taper_soc) * np.log((1.0 - from_soc) / (1.0 - np.maximum(target_soc, from_soc)))
    needed = straight + tapered
    return np.divide(needed, rate_per_h, out=np.where(needed > 0.0, math.inf, 0.0), where=rate_per_h > 0.0)


def _cut_before_run(scenario: Scenario, stays: Stays, initial_soc: Floats) -> tuple[int, Floats, Stays]:
    """Return the first day to play, the SOC of each row before it, and the stays from that day on."""
    start_step = (scenario.start_time.hour * 60 + scenario.start_time.minute) // scenario.timestep_min
    lasting = (stays.arrival_step <= start_step) & (stays.departure_step > start_step)
    first_day = min(int(stays.arrival_step.min(where=lasting, initial=0)) // scenario.steps_per_day, 0)
    if scenario.queues_sessions:
        # Who waits at the start depends on who has come before.
        first_arrival_day = int(stays.arrival_step.min()) // scenario.steps_per_day
        first_day = min(first_day, max(first_arrival_day, -QUEUE_WARM_UP_DAYS))
    played = stays.arrival_step >= first_day * scenario.steps_per_day
    # Assigned backwards and then in time: first the first stay of each row, then the last one before the first day.
    initial_soc[stays.row[::-1]] = stays.end_soc[::-1]
    initial_soc[stays.row[~played]] = stays.end_soc[~played]
    return first_day, initial_soc, stays.select(played)


def _repeat_ratings(ratings: Ratings, n: int) -> Ratings:
    """Return ratings whose codes are repeated ``n`` times; code 0 is unplugged and stays alone."""
    by_code = [f.name for f in fields(Ratings) if f.name not in ("n_kinds", "v2g_capable")]
    values = {name: getattr(ratings, name) for name in by_code}
    repeated: dict[str, Any] = {name: np.concatenate([table[:1], *[table[1:]] * n]) for name, table in values.items()}
    return replace(ratings, **repeated)
