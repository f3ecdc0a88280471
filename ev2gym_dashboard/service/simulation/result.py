"""Result of a run: its series, models, KPIs, ledger and bill."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.site_evses import summarize_evses
from ev2gym_dashboard.service.simulation.billing import BillLine
from ev2gym_dashboard.service.simulation.notebook_html import render_html


@dataclass(frozen=True)
class Result:
    """The result of a run.

    Parameters
    ----------
    scenario : its inputs
    series : a row per step, indexed by the UTC time at which it begins; the columns are those of `FLEET_COLUMNS`
    models : the fleet table at the end, a row per model, all numeric but the name
    kpis : KPIs of the whole run, by name with unit
    ledger : energies [kWh] and the residual of their balance
    bill : the lines of the bill, by poste horaire
    vehicles : of a traced run, a row per step and vehicle; the columns are those of `VEHICLE_COLUMNS`
    sessions : of a traced run, a row per stay; the columns are those of `SESSION_COLUMNS`
    evses : of a run that traces all vehicles, a row per EVSE; the columns are those of `EVSE_COLUMNS`
    """

    scenario: Scenario
    series: pd.DataFrame = field(repr=False)
    models: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]
    ledger: dict[str, float]
    bill: tuple[BillLine, ...]
    vehicles: pd.DataFrame | None = field(default=None, repr=False)
    sessions: pd.DataFrame | None = field(default=None, repr=False)
    evses: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def evse_counts(self) -> dict[str, float]:
        """Number of EVSEs: ``exact`` before rounding, ``total``, ``bidirectional``, and by key of `EVSE_TYPES`."""
        return summarize_evses(self.scenario).to_dict()

    def _repr_html_(self) -> str:
        """Render the result for a notebook."""
        return render_html(self)
