"""Fleet: its rows by model, and the state of every vehicle as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import NO_EVSE
from ev2gym_dashboard.core.fleet.ageing import WearSums
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.evse import apportion

NO_POWERS: NDArray[np.float64] = np.empty(0)


@dataclass(frozen=True)
class Fleet:
    """Vehicles sorted by model: those of model i are the rows ``offsets[i]:offsets[i + 1]``."""

    offsets: NDArray[np.int64]
    capacity_kwh: NDArray[np.float64]

    @property
    def size(self) -> int:
        return int(self.offsets[-1])

    @property
    def slices(self) -> list[slice]:
        return [slice(int(a), int(b)) for a, b in zip(self.offsets[:-1], self.offsets[1:], strict=True)]

    @property
    def counts(self) -> NDArray[np.int64]:
        return np.diff(self.offsets)

    def find_models(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the model, by index, of each row."""
        return self.offsets.searchsorted(rows, side="right") - 1

    def sum_by_model(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return the sums of ``values`` (n,) per model, shape (models,)."""
        return np.array([values[rows].sum() for rows in self.slices], dtype=np.float64)


@dataclass(frozen=True)
class FleetState:
    """State of the vehicles, one row each, updated in place.

    Parameters
    ----------
    soc : state of charge, 0..1; on the road the last known one: driven energy is subtracted on arrival
    expected_soc : SOC that a driver can expect at departure: that with which the target counts as met, or what full
        power from arrival to departure reaches, if that is less; set at plug-in
    departure_step : step in which the vehicle leaves; it is present before that step
    code : code of model and EVSE in the `Ratings`; 0 = not plugged in
    evse : EVSE that the vehicle is plugged into, `NO_EVSE` for none
    power_kw : mean power over the last step at the grid side, positive = charging, rounded to save memory [kW]
    reason : `Reason` of the last step
    wear : running sums for the ageing
    exact_kw : the power of the plugged-in vehicles, not rounded, in a traced run; (0,) in any other [kW]
    """

    soc: NDArray[np.float64]
    expected_soc: NDArray[np.float64]
    departure_step: NDArray[np.int32]
    code: NDArray[np.uint16]
    evse: NDArray[np.int32]
    power_kw: NDArray[np.float32]
    reason: NDArray[np.uint8]
    wear: WearSums
    exact_kw: NDArray[np.float64] = field(default_factory=lambda: NO_POWERS, metadata={"saved": False})

    @classmethod
    def empty(cls, size: int, *, soc: float | NDArray[np.float64]) -> FleetState:
        """Return a fleet on the road, without arrivals yet."""
        return cls(
            np.full(size, soc),
            np.zeros(size),
            # Far in the past: away since before the run, whatever its first step.
            np.full(size, np.iinfo(np.int32).min, np.int32),
            np.zeros(size, np.uint16),
            np.full(size, NO_EVSE, np.int32),
            np.zeros(size, np.float32),
            np.zeros(size, np.uint8),
            WearSums.make_zeros(size),
        )


def make_fleet(catalog: Catalog, *sizes: int) -> Fleet:
    """Return a fleet whose parts have these numbers of vehicles, apportioned to their models by registrations."""
    counts = np.concatenate([apportion(_get_registrations(catalog, part), size) for part, size in enumerate(sizes)])
    return Fleet(np.concatenate([[0], np.cumsum(counts)]), catalog.capacity_kwh)


def _get_registrations(catalog: Catalog, part: int) -> NDArray[np.int64]:
    """Return the registrations of the models of a part, equal ones where none of them has any."""
    registrations: NDArray[np.int64] = catalog.registrations[catalog.part == part]
    return registrations if registrations.any() else np.ones_like(registrations)
