"""EVSE table: the occupancy of each EVSE of a site in a run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import NO_EVSE
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.trace import Stays
from ev2gym_dashboard.service.simulation.session_table import find_spans

EVSE_COLUMNS = {
    "evse": "number of the EVSE, from 0",
    "name": "name of the EVSE: its kind, and its number within the kind",
    "kind": "kind of EVSE",
    "power_kw": "rated power",
    "bidirectional": "whether it can discharge vehicles",
    "n_sessions": "stays of vehicles plugged in, those at the start and the end of the run included",
    "occupied_h": "time that a vehicle was plugged in",
    "g2v_kwh": "energy charged",
    "v2g_kwh": "energy discharged, positive",
    "utilisation": "occupied_h over the length of the run, 0..1",
}
"""Columns of the table of EVSEs: name and meaning; the unit is the suffix."""


def make_evse_table(engine: Engine, stays: Stays, sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the occupancy of each EVSE, from the stays of all vehicles and their table."""
    installation, timestep_h = engine.installation, engine.scenario.timestep_h
    numbers = engine.plugs.kinds.astype(np.int64) - 1
    kinds = [installation.kinds[number] for number in numbers]
    span, plugged = find_spans(engine, stays), stays.evse != NO_EVSE
    evse, n_evse = stays.evse[plugged], len(kinds)
    occupied_h = np.bincount(evse, (span.end - span.plug_in)[plugged], n_evse) * timestep_h
    energies = {name: np.bincount(evse, sessions[name].to_numpy()[plugged], n_evse) for name in ("g2v_kwh", "v2g_kwh")}
    columns = {
        "evse": np.arange(n_evse),
        "name": installation.list_names(),
        "kind": [installation.labels[number] for number in numbers],
        "power_kw": np.array([kind.evse.power_kw for kind in kinds], dtype=np.float64),
        "bidirectional": np.array([kind.bidirectional for kind in kinds], dtype=np.bool_),
        "n_sessions": np.bincount(evse, minlength=n_evse),
        "occupied_h": occupied_h,
        **energies,
        "utilisation": occupied_h / max(engine.step * timestep_h, timestep_h),
    }
    return pd.DataFrame({name: columns[name] for name in EVSE_COLUMNS})
