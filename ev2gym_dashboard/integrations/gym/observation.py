"""Observation of an agent: the tables that the space, the values and the documentation derive from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Floats32
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.stay_distribution import compute_longest_stay_h
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions

MAX_OBSERVED_PRICE_MAD_KWH = PROFILE_BOUNDS["price_profile"][1]
MAX_SOLAR_KW_PER_KWP = 1.5
"""Upper bound of PV output: no irradiance and no cold exceeds it."""


@dataclass(frozen=True)
class BoundInputs:
    """Inputs of the bounds of an observation; each (slots,) except the scenario: the most that a slot can hold."""

    scenario: Scenario
    counts: Floats
    capacity_kwh: Floats
    charge_kw: Floats
    discharge_kw: Floats


def _is_never(_scenario: Scenario) -> bool:
    return False


def _is_always(_scenario: Scenario) -> bool:
    return True


def _has_negative_price(scenario: Scenario) -> bool:
    return bool((scenario.price_profile.values < 0.0).any())


def _has_negative_export_price(scenario: Scenario) -> bool:
    return bool((scenario.export_price_profile.values < 0.0).any())


@dataclass(frozen=True)
class ObservationEntry:
    """An observed number, or one per slot: unit, meaning, upper bound, and whether it can be as far below 0."""

    unit: str
    about: str
    compute_max: Callable[[BoundInputs], float | Floats] = field(repr=False)
    is_signed: Callable[[Scenario], bool] = field(default=_is_never, repr=False)


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
    "day_sin": ObservationEntry("", "Sine of the time of day (UTC), a cycle in 24 hours", lambda _: 1.0, _is_always),
    "day_cos": ObservationEntry("", "Its cosine", lambda _: 1.0, _is_always),
    "week_sin": ObservationEntry("", "Sine of the time of the week, from Monday 0:00 (UTC)", lambda _: 1.0, _is_always),
    "week_cos": ObservationEntry("", "Its cosine", lambda _: 1.0, _is_always),
    "weekend": ObservationEntry("", "1 on Saturday and Sunday", lambda _: 1.0),
    "price_mad_kwh": ObservationEntry(
        "MAD/kWh", "Price of import, tax included", lambda _: MAX_OBSERVED_PRICE_MAD_KWH, _has_negative_price
    ),
    "export_mad_kwh": ObservationEntry(
        "MAD/kWh", "What is paid for export", lambda _: MAX_OBSERVED_PRICE_MAD_KWH, _has_negative_export_price
    ),
    "base_load_kw": ObservationEntry("kW", "Load of the site without its EVs", _compute_max_base_load_kw),
    "solar_kw": ObservationEntry("kW", "PV output of the site", _compute_max_solar_kw),
    "limit_kw": ObservationEntry(
        "kW", "What the connection carries, less what an event takes away", lambda bounds: bounds.scenario.limit_kw
    ),
}
"""Entries of the step that the action applies to, in this order."""

AHEAD_ENTRIES: dict[str, ObservationEntry] = {
    "price_in_{hour}_h_mad_kwh": ObservationEntry(
        "MAD/kWh",
        "Forecast of the price of import that many hours later",
        lambda _: MAX_OBSERVED_PRICE_MAD_KWH,
        _has_negative_price,
    ),
    "base_load_in_{hour}_h_kw": ObservationEntry(
        "kW", "Forecast of the load of the site without its EVs", _compute_max_base_load_kw
    ),
    "solar_in_{hour}_h_kw": ObservationEntry("kW", "Forecast of the PV output of the site", _compute_max_solar_kw),
}
"""A number per hour ahead; the entries follow each other in this order."""
AHEAD_SERIES = ("price_mad_kwh", "base_load_kw", "solar_kw")
"""Series of `ExogenousDay` that the entries ahead forecast."""

SLOT_ENTRIES: dict[str, ObservationEntry] = {
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
"""One number per slot of the action, in its order; the entries follow each other in this order."""


def list_observation_names(slot_names: Sequence[str], hours_ahead: int) -> list[str]:
    """Return the names of the numbers of an observation, in order."""
    ahead = [name.format(hour=hour) for name in AHEAD_ENTRIES for hour in range(1, hours_ahead + 1)]
    return [*SITE_ENTRIES, *ahead, *(f"{name}: {slot}" for name in SLOT_ENTRIES for slot in slot_names)]


def compute_observation_bounds(
    engine: Engine, action: str, n_slots: int, hours_ahead: int
) -> tuple[Floats32, Floats32]:
    """Return the lower and the upper bounds of an observation, (numbers,); 1 above numbers that are always 0."""
    scenario, bounds = engine.scenario, _make_bound_inputs(engine, action, n_slots)
    ahead = [entry for entry in AHEAD_ENTRIES.values() for _ in range(hours_ahead)]
    entries = [*SITE_ENTRIES.values(), *ahead, *SLOT_ENTRIES.values()]
    highs = [np.atleast_1d(entry.compute_max(bounds)) for entry in entries]
    highs = [np.where(high > 0.0, high, 1.0) for high in highs]
    lows = [-high if entry.is_signed(scenario) else 0.0 * high for entry, high in zip(entries, highs, strict=True)]
    return np.concatenate(lows).astype(np.float32), np.concatenate(highs).astype(np.float32)


def _make_bound_inputs(engine: Engine, action: str, n_slots: int) -> BoundInputs:
    ratings, fleet = engine.limits.ratings, engine.fleet
    counts, capacity_kwh = fleet.counts.astype(np.float64), fleet.capacity_kwh
    kw = [ratings.reshape_by_model(by_code).max(axis=1) for by_code in (ratings.charge_kw, ratings.discharge_kw)]
    if action == "model":
        return BoundInputs(engine.scenario, counts, capacity_kwh, *kw)
    # Any vehicle can be in the slot, and in a class of urgency all of them.
    most = counts.sum() if action == "urgency" else 1.0
    present = counts > 0.0
    highest = [np.full(n_slots, values[present].max()) for values in (capacity_kwh, *kw)]
    return BoundInputs(engine.scenario, np.full(n_slots, most), *highest)
