"""Session cache of this process, for the pages of the server."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import Unpack

import pandas as pd

from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import FleetChoice, FleetView
from ev2gym_dashboard.service.sessions.resilient_store import open_snapshot_store
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView, make_site_view
from ev2gym_dashboard.service.sessions.trend_axis import WHOLE_RUN
from ev2gym_dashboard.service.sessions.vehicle_query import VehicleQuery
from ev2gym_dashboard.service.sessions.vehicle_view import VehiclesView
from ev2gym_dashboard.service.sessions.work_places import WorkPlaces
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice

REQUEST_SLICE_S = 1.0
"""Time after which a request returns its progress, and the page asks again: a replay may take minutes."""


@cache
def get_session_cache() -> SessionCache:
    """Return the session cache of this process, with the snapshot store of its environment."""
    return SessionCache(store=open_snapshot_store(os.environ), slice_s=REQUEST_SLICE_S, places=get_work_places())


@cache
def get_work_places() -> WorkPlaces:
    """Return the places for dear work of this process: its runs and the files that it reads share them."""
    return WorkPlaces()


def get_fleet_view(run: RunSpec, **choice: Unpack[FleetChoice]) -> FleetView:
    """Return the fleet view of a run from the cache of this process, with a choice of what it contains."""
    return get_session_cache().get_fleet_view(run, **choice)


def get_fleet_views(run: RunSpec, past_step: int, **choice: Unpack[FleetChoice]) -> tuple[FleetView, FleetView]:
    """Return the fleet view of a run and that of a past step of it, from the cache of this process."""
    return get_session_cache().get_fleet_views(run, past_step, **choice)


def get_site_view(run: RunSpec, *, window: str = WHOLE_RUN) -> SiteView:
    """Return the site view of a run from the cache of this process, with the trends of a window."""
    return get_session_cache().render_view(run, partial(make_site_view, window=window))


def get_site_views(run: RunSpec, past_step: int, *, window: str = WHOLE_RUN) -> tuple[SiteView, SiteView]:
    """Return the site view of a run and that of a past step of it, from the cache of this process."""
    return get_session_cache().get_site_views(run, past_step, window=window)


def get_vehicles_view(run: RunSpec, query: VehicleQuery) -> VehiclesView:
    """Return the vehicles of a run that a query chooses, from the cache of this process."""
    return get_session_cache().get_vehicles_view(run, query)


def get_vehicle_history(run: RunSpec, vehicles: VehicleChoice, *, first_step: int, end_step: int) -> pd.DataFrame:
    """Return the past of some vehicles of a run, from the snapshots of this process."""
    return get_session_cache().get_vehicle_history(run, vehicles, first_step=first_step, end_step=end_step)
