"""Solar library: the modules of pvlib that the solar power needs; importing this module imports them."""

from __future__ import annotations

from ev2gym_dashboard.service.runtime.quick_imports import pause_collector

__all__ = ["atmosphere", "clearsky", "irradiance", "pd", "solarposition"]

with pause_collector():
    import pandas as pd
    from pvlib import atmosphere, clearsky, irradiance, solarposition
