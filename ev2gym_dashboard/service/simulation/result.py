"""Result of a run: its series, models, KPIs, ledger and bill."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.site_evses import summarize_evses
from ev2gym_dashboard.service.simulation.billing import BillLine
from ev2gym_dashboard.service.simulation.event_log import make_event_table
from ev2gym_dashboard.service.simulation.investment import compute_payback_years
from ev2gym_dashboard.service.simulation.kpi_table import describe_kpis
from ev2gym_dashboard.service.simulation.notebook_html import render_html
from ev2gym_dashboard.service.simulation.result_file import (
    decode_result,
    encode_result,
    is_equal,
    read_result_file,
    write_result_file,
)
from ev2gym_dashboard.service.simulation.xarray_dataset import make_dataset

FIGURE_MODULE = "ev2gym_dashboard.web.components.result_figure"


@dataclass(frozen=True, eq=False)
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

    @property
    def events(self) -> pd.DataFrame:
        """The events of the run by time, see `list_events`: step, kind, group, and the columns of `EVENT_FIGURES`."""
        return make_event_table(self.scenario, self.series)

    def __eq__(self, other: object) -> bool:
        # Tables compare to tables of truth values, in which a generated comparison would fail.
        if not isinstance(other, Result):
            return NotImplemented
        return all(is_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    __hash__ = None  # type: ignore[assignment]  # its tables can be changed

    def save(self, path: str | PathLike[str]) -> None:
        """Write the result to a file that `load` reads back equal; raise `ValidationError` if it cannot be written."""
        write_result_file(self._get_fields(), Path(path))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Result:
        """Return the result of a file that `save` has written.

        Raises
        ------
        ValidationError
            If the file cannot be read, or holds no result.
        """
        return cls(**read_result_file(Path(path)))

    def to_bytes(self) -> bytes:
        """Return the bytes of the file that `save` writes."""
        return encode_result(self._get_fields())

    @classmethod
    def from_bytes(cls, data: bytes) -> Result:
        """Return the result of bytes that `to_bytes` has returned."""
        return cls(**decode_result(data))

    @property
    def v2g_payback_years(self) -> float | None:
        """Years after which V2G has paid for bidirectional EVSEs, without discounting; None if it never does."""
        return compute_payback_years(self.scenario, self.kpis)

    def describe(self) -> pd.DataFrame:
        """Return the KPIs as a table, by name: label, value, unit, formula and the meaning of a positive value."""
        return describe_kpis(self.kpis)

    def plot(self) -> Any:
        """Return the power of the site over time, with the price, as a Plotly figure."""
        # By name: a figure belongs to the floor above, and a run without one does not load Plotly.
        return import_module(FIGURE_MODULE).make_result_figure(self.series)

    def to_xarray(self) -> Any:
        """Return the series and the traced vehicles as an `xarray.Dataset`; needs the package xarray."""
        return make_dataset(self)

    def _get_fields(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def _repr_html_(self) -> str:
        """Render the result for a notebook."""
        return render_html(self)
