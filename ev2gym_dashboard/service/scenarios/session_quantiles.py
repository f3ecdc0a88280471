"""Quantiles of given charging sessions, and of those that are drawn at each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.charging_sessions import ChargingSessions
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class SessionQuantiles:
    """The `QUANTILES` of a quantity of charging sessions.

    Parameters
    ----------
    quantity, unit : what it is
    n : number of the stays of which it is known
    given : of these stays, (5,) [unit]
    drawn : of the sessions that are drawn, (5,) [unit], by place
    """

    quantity: str
    unit: str
    n: int
    given: Floats
    drawn: Mapping[str, Floats]


def compute_session_quantiles(sessions: ChargingSessions) -> list[SessionQuantiles]:
    """Return the quantiles of the stays, and of the energies where the file has some.

    The energy of a file is that at the grid side. The drawn one is the energy driven before a stay, at a
    ``drive_scale`` of 1.
    """
    tables = load_charging_sessions()
    points = {place: table.quantile_points for place, table in tables.items()}
    known_kwh = sessions.energy_kwh[~np.isnan(sessions.energy_kwh)]
    quantities = (
        ("stay", "h", sessions.stay_h, {place: table.stay_quantiles_h for place, table in tables.items()}),
        ("energy", "kWh", known_kwh, {place: table.energy_quantiles_kwh for place, table in tables.items()}),
    )
    return [
        SessionQuantiles(
            quantity,
            unit,
            len(given),
            np.quantile(given, QUANTILES),
            {place: np.interp(QUANTILES, points[place], values) for place, values in drawn.items()},
        )
        for quantity, unit, given, drawn in quantities
        if given.size
    ]
