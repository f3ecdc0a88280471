"""Ahead: the series of a site in the 24 hours that begin with a step, read where a strategy asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """The next 24 h of a site, of which each property is read-only, (steps per day,), and begins with the step itself.

    The series are those of the run: what the site will meet, not a forecast with errors. ``read`` returns one by name.
    """

    read: Callable[[str], Floats]

    @property
    def price_mad_kwh(self) -> Floats:
        """Price of import [MAD/kWh]."""
        return self._read("price_mad_kwh")

    @property
    def export_mad_kwh(self) -> Floats:
        """Price of export [MAD/kWh]."""
        return self._read("export_mad_kwh")

    @property
    def solar_kw(self) -> Floats:
        """PV output of the site [kW]."""
        return self._read("solar_kw")

    @property
    def base_load_kw(self) -> Floats:
        """Load of the site without its EVs [kW]."""
        return self._read("base_load_kw")

    @property
    def limit_kw(self) -> Floats:
        """Limit of the connection, in both directions [kW]."""
        return self._read("limit_kw")

    @property
    def surplus_kw(self) -> Floats:
        """PV output above the load of the site without its EVs [kW]."""
        return _freeze(np.maximum(self.solar_kw - self.base_load_kw, 0.0))

    def _read(self, name: str) -> Floats:
        return _freeze(self.read(name))


def _read_nothing(_name: str) -> Floats:
    return np.zeros(0)


NOTHING_AHEAD = Ahead(_read_nothing)
"""The hours ahead of a moment that no day belongs to; its series are empty."""


def _freeze(values: Floats) -> Floats:
    frozen = values.view()
    frozen.flags.writeable = False
    return frozen
