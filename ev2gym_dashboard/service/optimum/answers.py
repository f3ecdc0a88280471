"""Answers: the answers of all vehicles to prices, chunk by chunk in threads, added up in one order."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles

CHUNK_SIZE = 1024
"""Vehicles that a thread answers at a time; fixed, so that sums do not depend on the number of threads."""


@dataclass(frozen=True, eq=False)
class Answer:
    """The answers of a fleet.

    Parameters
    ----------
    value_mad : lower bound of the cost of the vehicles, with their energy at the prices [MAD]
    loads_kw : (groups, steps) loads [kW]
    costs_mad : (groups,) costs of the vehicles but for their energy [MAD]
    """

    value_mad: float
    loads_kw: Floats
    costs_mad: Floats


@dataclass(frozen=True, eq=False)
class VehiclePlans:
    """Plans of the vehicles of a fleet, both (fleet, steps): power [kW], and energy after each step [kWh]."""

    power_kw: Floats
    energy_kwh: Floats


def make_plans(fleet_size: int, n_steps: int) -> VehiclePlans:
    """Return empty plans."""
    return VehiclePlans(np.zeros((fleet_size, n_steps)), np.zeros((fleet_size, n_steps)))


NO_PLANS = VehiclePlans(np.zeros((0, 1)), np.zeros((0, 1)))


def answer_fleet(
    vehicles: Vehicles,
    stays: Stays,
    prices: Prices,
    price_mad_kwh: Floats,
    *,
    n_groups: int,
    plans: VehiclePlans = NO_PLANS,
    shares: Floats | None = None,
) -> Answer:
    """Return the answers of all vehicles to prices.

    Parameters
    ----------
    price_mad_kwh : (steps,) [MAD/kWh]
    n_groups : number of groups
    plans : to which the answers are added, as far as their shares are above 0
    shares : (groups,) of this answer in the plans
    """
    from ev2gym_dashboard.core.optimum.response import answer_prices  # noqa: PLC0415 (numba takes a second to import)

    n_vehicles, n_steps = len(vehicles.row), len(price_mad_kwh)
    mix = np.zeros(n_groups) if shares is None else shares
    price_mad_kwh = np.ascontiguousarray(price_mad_kwh)

    def answer_chunk(first: int) -> Answer:
        loads_kw, costs_mad = np.zeros((n_groups, n_steps)), np.zeros(n_groups)
        last = min(first + CHUNK_SIZE, n_vehicles)
        value_mad = answer_prices(
            vehicles, stays, prices, price_mad_kwh, first, last, mix, loads_kw, costs_mad,
            plans.power_kw, plans.energy_kwh,
        )  # fmt: skip
        return Answer(float(value_mad), loads_kw, costs_mad)

    return _add_up(_map_chunks(answer_chunk, range(0, n_vehicles, CHUNK_SIZE)), n_groups, n_steps)


def _add_up(answers: Iterable[Answer], n_groups: int, n_steps: int) -> Answer:
    value_mad, loads_kw, costs_mad = 0.0, np.zeros((n_groups, n_steps)), np.zeros(n_groups)
    for answer in answers:
        value_mad += answer.value_mad
        loads_kw += answer.loads_kw
        costs_mad += answer.costs_mad
    return Answer(value_mad, loads_kw, costs_mad)


def _map_chunks(answer_chunk, firsts: range) -> Iterable[Answer]:  # type: ignore[no-untyped-def]
    return map(answer_chunk, firsts) if len(firsts) == 1 else _get_threads().map(answer_chunk, firsts)


@cache
def _get_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="answers")
