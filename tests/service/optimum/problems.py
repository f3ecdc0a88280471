"""Random problems of the optimum, without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles
from ev2gym_dashboard.core.optimum.objective import Objective
from ev2gym_dashboard.core.optimum.site_cost import PowerCharge, SiteCost, make_step_pieces
from ev2gym_dashboard.service.optimum.problem import Problem

TIMESTEP_H = 0.5
TARIFFS = {
    "flat": np.full(48, 1.4),
    "two_postes": np.where((np.arange(48) >= 34) & (np.arange(48) < 44), 2.425, 1.3472),
    "three_postes": np.select([np.arange(48) < 14, np.arange(48) < 34], [0.74, 1.01], 1.42),
    "negative": np.where((np.arange(48) > 22) & (np.arange(48) < 28), -0.4, 1.2 + 0.3 * np.sin(np.arange(48) / 4)),
}


def make_random_problem(
    seed: int,
    n: int,
    *,
    tariff: str,
    v2g: bool = True,
    room_kw: float = 4.0,
    peak_mad_kw: float = 0.0,
    n_stays: int = 1,
) -> Problem:
    """Return a problem of n vehicles over a day per stay; the connection leaves each of them ``room_kw``."""
    rng, n_steps = np.random.default_rng(seed), 48 * n_stays
    prices = np.tile(TARIFFS[tariff], n_stays)
    vehicles, stays, power_kw, give_kw = _make_fleet(rng, n, n_stays, v2g=v2g)
    other_kw = n * (1.5 + np.sin(np.arange(n_steps) / 6)) - n * 3.0 * np.maximum(
        np.sin((np.arange(n_steps) % 48 - 12) / 7.6), 0
    )
    limit_kw = np.full(n_steps, np.maximum(other_kw, 0.0).max() + room_kw * n)
    export = np.full(n_steps, 0.1) * (prices > 0.1)
    plugged = np.zeros((2, n_steps))
    for stay in range(len(stays.start)):
        plugged[:, stays.start[stay] : stays.end[stay]] += [[power_kw[stay]], [give_kw[stay]]]
    lowest = np.maximum(other_kw - plugged[1], np.minimum(-limit_kw, other_kw))
    highest = np.minimum(other_kw + plugged[0], np.maximum(limit_kw, other_kw))
    low_mad_h, width, piece = make_step_pieces(
        import_mad_kwh=prices, export_mad_kwh=export, limit_kw=limit_kw, lowest_kw=lowest, highest_kw=highest
    )
    charges = (PowerCharge(peak_mad_kw, 0.5 * n, np.eye(n_steps)),) if peak_mad_kw else ()
    site = SiteCost(other_kw, lowest, low_mad_h, width, piece, charges, 10.0, TIMESTEP_H)
    return Problem(
        scenario=Scenario(fleet_size=n),
        objective=Objective(0.3, 5.0, 0.9),
        vehicles=vehicles,
        bound_stays=stays,
        plan_stays=stays,
        prices=Prices(0.3, 0.001, TIMESTEP_H),
        site=site,
        fixed_mad=3.0,
        usual_price_mad_kwh=prices,
        n_groups=int(vehicles.group.max()) + 1,
    )


def _make_fleet(rng: np.random.Generator, n: int, n_stays: int, *, v2g: bool) -> tuple[Vehicles, Stays, Any, Any]:
    capacity = rng.choice([46.0, 58.0, 77.0], n)
    s = n * n_stays
    day = np.tile(np.arange(n_stays), n) * 48
    start, length = rng.integers(0, 30, s), rng.integers(2 if n_stays == 1 else 8, 19, s)
    of_stay = np.repeat(capacity, n_stays)
    power = rng.choice([3.7, 7.4, 11.0, 50.0], s, p=[0.2, 0.4, 0.3, 0.1])
    give = np.where(rng.random(s) < 0.5, np.minimum(power, 11.0), 0.0) * v2g
    efficiency, gain = rng.uniform(0.85, 0.95, s), power * 0.9 * TIMESTEP_H
    zero = np.zeros(s)
    energy = capacity * rng.uniform(0.55, 0.7, n)
    drive = of_stay * rng.uniform(0.05, 0.3 if n_stays == 1 else 0.15, s)
    stays = Stays(
        start=(day + start).astype(np.int32),
        end=(day + start + length).astype(np.int32),
        drive_kwh=drive,
        drive_floor_kwh=0.05 * of_stay,
        road_mad_kwh=rng.uniform(0.0, 0.008, s),
        arrival_mad=zero,
        arrival_mad_kwh=zero,
        due_kwh=of_stay * rng.uniform(0.6, 0.9, s),
        due_mad_kwh=np.full(s, 5.0),
        departure_mad_kwh=zero,
        gain_kwh=gain,
        taper_gain=1.0 - np.exp(-np.minimum(gain / (0.15 * of_stay), 50.0)),
        charge_efficiency=efficiency,
        charge_efficiency_low=efficiency,
        give_kwh=give * TIMESTEP_H / efficiency,
        give_efficiency=efficiency,
        give_efficiency_low=efficiency,
        # No battery comes near its floors: then the problem is a linear programme.
        floor_kwh=(0.2 if n_stays == 1 else 0.05) * of_stay,
    )
    vehicles = Vehicles(
        row=np.arange(n, dtype=np.int32),
        first_stay=np.arange(0, s + 1, n_stays, dtype=np.int64),
        group=(np.arange(n) * min(n, 24) // n).astype(np.int32),
        weight=np.ones(n),
        energy_kwh=energy,
        top_kwh=0.995 * capacity,
        capacity_kwh=capacity,
        tail_mad_kwh=np.full(n, -0.9),
    )
    return vehicles, stays, power, give
