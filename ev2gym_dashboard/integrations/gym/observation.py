"""Observation of an agent: one table that the space, the values and the documentation derive from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Floats32
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.evse import Ratings
from ev2gym_dashboard.core.fleet.fleet import make_fleet
from ev2gym_dashboard.core.fleet.parts import list_parts
from ev2gym_dashboard.core.fleet.stay_distribution import compute_longest_stay_h
from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS, Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.core.site.exogenous import ExogenousSource
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions

MAX_OBSERVED_PRICE_MAD_KWH = PROFILE_BOUNDS["price_profile"][1]
MAX_SOLAR_KW_PER_KWP = 1.5
"""Upper bound of PV output: no irradiance and no cold exceeds it."""


@dataclass(frozen=True)
class BoundInputs:
    """Inputs of the upper bounds of an observation; each (models,) except the scenario."""

    scenario: Scenario
    counts: Floats
    capacity_kwh: Floats
    charge_kw: Floats
    discharge_kw: Floats


@dataclass(frozen=True)
class ObservationEntry:
    """An observed number, or one per model: unit, meaning, upper bound; the lower one is 0, but for prices of files."""

    unit: str
    about: str
    compute_max: Callable[[BoundInputs], float | Floats] = field(repr=False)


def _compute_max_base_load_kw(bounds: BoundInputs) -> float:
    scenario = bounds.scenario
    if scenario.base_load_profile:
        return float(scenario.base_load_profile.values.max())
    return scenario.base_load_kw_per_vehicle * scenario.fleet_size


def _compute_max_solar_kw(bounds: BoundInputs) -> float:
    scenario = bounds.scenario
    if scenario.pv_profile:
        return float(scenario.pv_profile.values.max())
    return MAX_SOLAR_KW_PER_KWP * scenario.pv_kwp_per_vehicle * scenario.fleet_size


def _compute_max_stay_h(scenario: Scenario) -> float:
    places = load_charging_sessions()
    longest_h = max(compute_longest_stay_h(places[place], scenario.stay_model) for place in scenario.places)
    # Rounding to steps may add one.
    return longest_h + scenario.timestep_h


SITE_ENTRIES: dict[str, ObservationEntry] = {
    "hour_h": ObservationEntry("h", "Time of day at which the step begins (UTC)", lambda _: 24.0),
    "weekend": ObservationEntry("", "1 on Saturday and Sunday", lambda _: 1.0),
    "price_mad_kwh": ObservationEntry("MAD/kWh", "Price of import, tax included", lambda _: MAX_OBSERVED_PRICE_MAD_KWH),
    "export_mad_kwh": ObservationEntry("MAD/kWh", "What is paid for export", lambda _: MAX_OBSERVED_PRICE_MAD_KWH),
    "base_load_kw": ObservationEntry("kW", "Load of the site without its EVs", _compute_max_base_load_kw),
    "solar_kw": ObservationEntry(
        "kW",
        "PV output of the site",
        _compute_max_solar_kw,
    ),
    "limit_kw": ObservationEntry(
        "kW", "What the connection carries, less what an event takes away", lambda bounds: bounds.scenario.limit_kw
    ),
}
"""Entries of the step that the action applies to, in this order."""

PRICE_AHEAD_ENTRY = ObservationEntry(
    "MAD/kWh", "Price of import that many hours later", lambda _: MAX_OBSERVED_PRICE_MAD_KWH
)

MODEL_ENTRIES: dict[str, ObservationEntry] = {
    "n_connected": ObservationEntry("", "Vehicles plugged in", lambda bounds: bounds.counts),
    "soc_mean": ObservationEntry("", "Their mean SOC, 0 without any", lambda bounds: np.ones(len(bounds.counts))),
    "missing_kwh": ObservationEntry(
        "kWh", "Energy that they miss to the target SOC", lambda bounds: bounds.counts * bounds.capacity_kwh
    ),
    "hours_left_h": ObservationEntry(
        "h",
        "Their mean time to the departure, 0 without any",
        lambda bounds: np.full(len(bounds.counts), _compute_max_stay_h(bounds.scenario)),
    ),
    "charge_kw": ObservationEntry("kW", "Their rated charging power", lambda bounds: bounds.counts * bounds.charge_kw),
    "discharge_kw": ObservationEntry("kW", "Their rated V2G power", lambda bounds: bounds.counts * bounds.discharge_kw),
}
"""One number per model, in the order of the catalog; the entries follow each other in this order."""


def list_observation_names(catalog: Catalog, hours_ahead: int) -> list[str]:
    """Return the names of the numbers of an observation, in order."""
    ahead = [f"price_in_{hour}_h_mad_kwh" for hour in range(1, hours_ahead + 1)]
    return [*SITE_ENTRIES, *ahead, *(f"{name}: {model}" for name in MODEL_ENTRIES for model in catalog.names)]


def compute_observation_highs(scenario: Scenario, catalog: Catalog, ratings: Ratings, hours_ahead: int) -> Floats32:
    """Return the upper bounds of an observation, shape (numbers,); 1 for numbers that are always 0."""
    charge_kw, discharge_kw = (
        ratings.reshape_by_model(kw).max(axis=1) for kw in (ratings.charge_kw, ratings.discharge_kw)
    )
    counts = make_fleet(catalog, *(part.scenario.fleet_size for part in list_parts(scenario))).counts.astype(np.float64)
    bounds = BoundInputs(scenario, counts, catalog.capacity_kwh, charge_kw, discharge_kw)
    entries = [*SITE_ENTRIES.values(), *[PRICE_AHEAD_ENTRY] * hours_ahead, *MODEL_ENTRIES.values()]
    highs = np.concatenate([np.atleast_1d(entry.compute_max(bounds)) for entry in entries])
    return np.where(highs > 0.0, highs, 1.0).astype(np.float32)


def compute_observation_lows(scenario: Scenario, highs: Floats32, hours_ahead: int) -> Floats32:
    """Return the lower bounds of an observation, shape (numbers,): 0, and the negative upper one of negative prices."""
    names = [*SITE_ENTRIES, *["price_ahead"] * hours_ahead]
    is_negative = {
        "price_mad_kwh": _has_negative(scenario.price_profile),
        "export_mad_kwh": _has_negative(scenario.export_price_profile),
        "price_ahead": _has_negative(scenario.price_profile),
    }
    lows = np.zeros_like(highs)
    for number, name in enumerate(names):
        if is_negative.get(name):
            lows[number] = -highs[number]
    return lows


def _has_negative(profile: Profile) -> bool:
    return bool((profile.values < 0.0).any())


class Observer:
    """Observer of a run, with the prices of the present and the next day."""

    def __init__(self, scenario: Scenario, hours_ahead: int) -> None:
        self.scenario = scenario
        self.steps_ahead = np.arange(1, hours_ahead + 1) * 60 // scenario.timestep_min
        self.day: int | None = None
        self.weekend = 0.0
        self.prices: Floats = np.zeros(0)

    def observe(self, engine: Engine) -> Floats32:
        """Return the observation before the next step."""
        moment, _ = engine.get_moment()
        day, step = divmod(engine.clock, MINUTES_PER_DAY // self.scenario.timestep_min)
        self._load_day(day, engine.exogenous)
        site = [getattr(moment, name) if name != "weekend" else self.weekend for name in SITE_ENTRIES]
        return np.concatenate([site, self.prices[step + self.steps_ahead], *_observe_models(engine)]).astype(np.float32)

    def _load_day(self, day: int, exogenous: ExogenousSource) -> None:
        if day != self.day:
            today, tomorrow = exogenous(day), exogenous(day + 1)
            self.day, self.weekend = day, float(today.weekend)
            self.prices = np.concatenate([today.price_mad_kwh, tomorrow.price_mad_kwh, tomorrow.price_mad_kwh[:1]])


def _observe_models(engine: Engine) -> tuple[Floats, ...]:
    """Return the numbers of `MODEL_ENTRIES`, each (models,); vehicles that leave at the step are unplugged."""
    state, ratings = engine.state, engine.limits.ratings
    hours_left = (state.departure_step - engine.clock) * engine.limits.timestep_h
    # Between steps, vehicles that leave at the next one are still plugged in.
    code = np.where(hours_left > 0.0, state.code, 0)
    n = np.bincount(code, minlength=len(ratings.charge_kw)).astype(np.float64)
    soc, missing, hours = (
        ratings.reshape_by_model(np.bincount(code, values, len(n)).astype(np.float64)).sum(axis=1)
        for values in (state.soc, np.maximum(engine.limits.find_target_soc(state.code) - state.soc, 0.0), hours_left)
    )
    charge_kw, discharge_kw = (
        ratings.reshape_by_model(n * kw).sum(axis=1) for kw in (ratings.charge_kw, ratings.discharge_kw)
    )
    n_connected = ratings.reshape_by_model(n).sum(axis=1)
    # A mean over no vehicle is 0 instead of NaN, which a space does not hold.
    divisor = np.maximum(n_connected, 1.0)
    return n_connected, soc / divisor, missing * engine.fleet.capacity_kwh, hours / divisor, charge_kw, discharge_kw
