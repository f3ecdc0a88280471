"""Trace tables: the vehicles, sessions and EVSEs of a traced run."""

from __future__ import annotations

import pandas as pd

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.service.simulation.evse_table import make_evse_table
from ev2gym_dashboard.service.simulation.series_table import list_times
from ev2gym_dashboard.service.simulation.session_table import make_session_table
from ev2gym_dashboard.service.simulation.vehicle_trace import make_vehicle_table

TRACE_TABLES = ("vehicles", "sessions", "evses")


def make_trace_tables(engine: Engine) -> dict[str, pd.DataFrame]:
    """Return the tables of a run by name of `TRACE_TABLES`, none without a trace.

    The occupancy of the EVSEs needs a trace of all vehicles.
    """
    trace = engine.trace
    if trace is None:
        return {}
    states, stays = trace.stack_states(), trace.list_stays(engine.state)
    sessions = make_session_table(engine, stays, states)
    times = list_times(engine.scenario, n_steps=engine.step)
    tables = {"vehicles": make_vehicle_table(states, trace.rows, times), "sessions": sessions}
    is_complete = len(trace.rows) == engine.fleet.size
    return tables | ({"evses": make_evse_table(engine, stays, sessions)} if is_complete else {})
