"""Chains: the stays of each vehicle in the order of time, as the arrays that the answer to prices reads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats


class Vehicles(NamedTuple):
    """Vehicles with at least one stay, each (n,).

    Parameters
    ----------
    row : row in the fleet
    first_stay : index of the first stay, (n + 1,); its stays end where those of the next one begin
    group : group whose profiles the vehicle belongs to
    weight : number of vehicles that it stands for
    energy_kwh : energy in the battery at the start of the run [kWh]
    top_kwh : most energy that the battery ever holds [kWh]
    capacity_kwh : size of the battery [kWh]
    tail_mad_kwh : slope of the cost in the energy at the last departure, or at the end of the run [MAD/kWh]
    """

    row: NDArray[np.int32]
    first_stay: NDArray[np.int64]
    group: NDArray[np.int32]
    weight: Floats
    energy_kwh: Floats
    top_kwh: Floats
    capacity_kwh: Floats
    tail_mad_kwh: Floats


class Stays(NamedTuple):
    """Stays in the order of vehicle and time, each (s,).

    Parameters
    ----------
    start, end : steps in which the vehicle can charge, ``start <= k < end``; equal without an EVSE
    drive_kwh : energy driven before the arrival; negative where it was charged elsewhere [kWh]
    drive_floor_kwh : energy down to which a battery is driven [kWh]
    road_mad_kwh : slope of the cost in the energy at the departure before, for the time until the arrival [MAD/kWh]
    arrival_mad, arrival_mad_kwh : cost at the arrival and its slope in the energy then [MAD], [MAD/kWh]
    due_kwh, due_mad_kwh : energy due at the departure, and the price of what is missing to it [kWh], [MAD/kWh]
    departure_mad_kwh : slope of a further cost in the energy at the departure [MAD/kWh]
    gain_kwh : energy that a step at full power charges below the taper, at the battery [kWh]
    taper_gain : share of the distance to full that a step in the taper charges
    charge_efficiency, charge_efficiency_low : best and worst efficiency of charging
    give_kwh : energy that a step of V2G takes from the battery at most; 0 without V2G [kWh]
    give_efficiency, give_efficiency_low : best and worst efficiency of V2G
    floor_kwh : energy at which V2G stops [kWh]
    """

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    drive_kwh: Floats
    drive_floor_kwh: Floats
    road_mad_kwh: Floats
    arrival_mad: Floats
    arrival_mad_kwh: Floats
    due_kwh: Floats
    due_mad_kwh: Floats
    departure_mad_kwh: Floats
    gain_kwh: Floats
    taper_gain: Floats
    charge_efficiency: Floats
    charge_efficiency_low: Floats
    give_kwh: Floats
    give_efficiency: Floats
    give_efficiency_low: Floats
    floor_kwh: Floats


class Prices(NamedTuple):
    """What vehicles pay, beside the prices of the steps.

    Parameters
    ----------
    wear_mad_kwh : wear per kWh given back at the EVSE [MAD/kWh]
    hold_mad_kwh : calendar wear of a kWh that the battery holds for a step [MAD/kWh]
    timestep_h : length of a step [h]
    """

    wear_mad_kwh: float
    hold_mad_kwh: float
    timestep_h: float


def select_vehicles(vehicles: Vehicles, stays: Stays, chosen: NDArray[np.intp]) -> tuple[Vehicles, Stays]:
    """Return some vehicles, by their indices (m,), and their stays."""
    counts = np.diff(vehicles.first_stay)[chosen]
    first_stay = np.concatenate([[0], np.cumsum(counts)])
    kept = np.repeat(vehicles.first_stay[:-1][chosen] - first_stay[:-1], counts) + np.arange(first_stay[-1])
    columns = {name: values[chosen] for name, values in vehicles._asdict().items() if name != "first_stay"}
    return Vehicles(first_stay=first_stay, **columns), Stays(*(values[kept] for values in stays))
