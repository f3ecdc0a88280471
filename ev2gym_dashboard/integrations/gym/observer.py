"""Observer: the values of the observation, for all fleets of a batch at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Floats32, Indices
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.exogenous import ExogenousDay, ExogenousSource
from ev2gym_dashboard.integrations.gym.forecast import ForecastErrors
from ev2gym_dashboard.integrations.gym.observation import AHEAD_SERIES, SITE_ENTRIES
from ev2gym_dashboard.integrations.gym.settings import EnvSettings
from ev2gym_dashboard.integrations.gym.stack import FleetStack, Present

HOURS_PER_DAY, DAYS_PER_WEEK, MINUTES_PER_HOUR = 24, 7, 60
FIRST_AHEAD = len(SITE_ENTRIES)
MAX_KEPT_DAYS = 32
"""Days of the site that are kept for the next episode."""


class Observer:
    """Observer of fleets of one scenario; they share the site, and each has forecasts of its own."""

    def __init__(self, scenario: Scenario, settings: EnvSettings, *, bounds: tuple[Floats32, Floats32]) -> None:
        self.steps_per_day = scenario.steps_per_day
        self.steps_ahead = np.arange(1, settings.hours_ahead + 1) * MINUTES_PER_HOUR // scenario.timestep_min
        n_ahead = len(AHEAD_SERIES) * settings.hours_ahead
        self.ahead_bounds = [bound[FIRST_AHEAD : FIRST_AHEAD + n_ahead] for bound in bounds]
        # The first days of the site are those of every episode.
        self.days: dict[int, Floats] = {}
        self.exogenous: ExogenousSource | None = None
        self.errors = np.array([settings.price_forecast_error, settings.forecast_error, settings.forecast_error])
        self.forecasts: list[ForecastErrors] = []
        self.makes_errors = bool(self.errors.any() and settings.hours_ahead)

    def restart(self, seeds: Sequence[int]) -> None:
        """Begin an episode of these seeds."""
        if self.makes_errors:
            self.forecasts = [
                ForecastErrors(self.errors, self.steps_ahead, steps_per_day=self.steps_per_day, seed=seed)
                for seed in seeds
            ]

    def observe_site(self, exogenous: ExogenousSource, clock: int) -> Floats:
        """Return the entries of the site and of the hours ahead in a step, (fleets or 1, entries)."""
        day, step = divmod(clock, self.steps_per_day)
        row: Floats = self._get_day(exogenous, day)[step]
        if not self.forecasts:
            return row[None]
        site, ahead = row[:FIRST_AHEAD], row[FIRST_AHEAD:].reshape(len(AHEAD_SERIES), -1)
        forecasts = np.stack([(ahead * errors.get_factors()).ravel() for errors in self.forecasts])
        sites = np.broadcast_to(site, (len(forecasts), len(site)))
        return np.concatenate([sites, np.clip(forecasts, *self.ahead_bounds)], axis=1)

    def _get_day(self, exogenous: ExogenousSource, day: int) -> Floats:
        if exogenous is not self.exogenous:
            self.days, self.exogenous = {}, exogenous
        if day not in self.days:
            if len(self.days) >= MAX_KEPT_DAYS:
                self.days.popitem()
            self.days[day] = self._tabulate_day(exogenous(day), exogenous(day + 1))
        return self.days[day]

    def _tabulate_day(self, today: ExogenousDay, tomorrow: ExogenousDay) -> Floats:
        """Return the entries of the steps of a day, (steps, entries)."""
        n, weekday = self.steps_per_day, (today.day_ordinal - 1) % DAYS_PER_WEEK
        day_phases = (today.hour_h / HOURS_PER_DAY).tolist()
        columns = {
            **_compute_cycle("day", day_phases),
            **_compute_cycle("week", [(weekday + phase) / DAYS_PER_WEEK for phase in day_phases]),
            "weekend": np.full(n, float(today.weekend)),
        }
        site = [columns[name] if name in columns else getattr(today, name) for name in SITE_ENTRIES]
        places = np.arange(n)[:, None] + self.steps_ahead
        ahead = [np.concatenate([getattr(today, name), getattr(tomorrow, name)])[places] for name in AHEAD_SERIES]
        return np.concatenate([np.stack(site, axis=1), *ahead], axis=1)

    def pass_step(self) -> None:
        """Let a step pass for the forecasts."""
        for errors in self.forecasts:
            errors.advance()


def _compute_cycle(name: str, phases: list[float]) -> dict[str, Floats]:
    angles = [math.tau * phase for phase in phases]
    return {
        f"{name}_sin": np.array([math.sin(a) for a in angles]),
        f"{name}_cos": np.array([math.cos(a) for a in angles]),
    }


def observe_slots(stack: FleetStack, present: Present, slots: Indices, *, n_fleets: int, n_slots: int) -> Floats:
    """Return the numbers of `SLOT_ENTRIES`, (entries, fleets, slots)."""
    groups, n_groups, ratings = present.fleet * n_slots + slots, n_fleets * n_slots, stack.limits.ratings
    missing_kwh = np.maximum(present.target_soc - present.soc, 0.0) * stack.capacity_kwh[present.row]
    kw = ratings.charge_kw[present.code], ratings.discharge_kw[present.code]
    n_connected = np.bincount(groups, minlength=n_groups).astype(np.float64)
    sums: list[Floats] = [
        np.bincount(groups, values, n_groups).astype(np.float64)
        for values in (present.soc, missing_kwh, present.hours_left, *kw)
    ]
    soc_sum, missing_sum_kwh, hours_sum, charge_kw, discharge_kw = sums
    # A mean over no vehicle is 0 instead of NaN, which a space does not hold.
    divisor = np.maximum(n_connected, 1.0)
    entries: list[Floats] = [
        n_connected,
        soc_sum / divisor,
        missing_sum_kwh,
        hours_sum / divisor,
        charge_kw,
        discharge_kw,
    ]
    return np.stack(entries).reshape(len(entries), n_fleets, n_slots)
