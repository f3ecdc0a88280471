"""Minimal EV2Gym environment, with the attributes that an agent reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

KW_PER_A = 3 * 230.0 / 1000.0


@dataclass
class FakeEV:
    current_capacity: float = 25.0
    battery_capacity: float = 50.0
    max_ac_charge_power: float = 11.0
    max_discharge_power: float = -11.0
    charge_efficiency: float | dict[int, float] = 0.9
    discharge_efficiency: float | dict[int, float] = 0.9
    desired_capacity: float = 45.0
    min_battery_capacity: float = 5.0
    transition_soc: float = 0.8
    time_of_departure: int = 60
    ev_phases: int = 3

    def get_soc(self) -> float:
        return self.current_capacity / self.battery_capacity


@dataclass
class FakeStation:
    evs_connected: list[FakeEV | None]
    max_charge_current: float = 32.0
    max_discharge_current: float = -32.0
    voltage: float = 230.0 * 3**0.5
    phases: int = 3


@dataclass
class FakeTransformer:
    limit_kw: float = 1000.0
    load_kw: float = 0.0
    sun_kw: float = 0.0

    @property
    def max_power(self) -> NDArray[np.float64]:
        return np.full(96, self.limit_kw)

    @property
    def inflexible_load(self) -> NDArray[np.float64]:
        return np.full(96, self.load_kw)

    @property
    def solar_power(self) -> NDArray[np.float64]:
        return np.full(96, -self.sun_kw)


@dataclass
class FakeEnv:
    charging_stations: list[FakeStation]
    transformers: list[FakeTransformer] = field(default_factory=lambda: [FakeTransformer()])
    start: datetime = datetime(2022, 1, 17, 5)  # noqa: DTZ001 (EV2Gym's have no zone)
    current_step: int = 0
    timescale: int = 15
    charge_prices: NDArray[np.float64] = field(default_factory=lambda: np.full((1, 96), -0.1))
    discharge_prices: NDArray[np.float64] = field(default_factory=lambda: np.full((1, 96), 0.1))

    @property
    def number_of_ports(self) -> int:
        return sum(len(station.evs_connected) for station in self.charging_stations)

    @property
    def sim_date(self) -> datetime:
        return self.start + timedelta(minutes=self.current_step * self.timescale)

    def at(self, hour: int) -> FakeEnv:
        self.start = self.start.replace(hour=hour)
        return self
