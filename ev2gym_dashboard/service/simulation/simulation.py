"""Simulation of a scenario, stepped by its user: the bill, the KPIs and the tables of its run."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.initial_state import make_engine
from ev2gym_dashboard.core.kpis import derive_kpis
from ev2gym_dashboard.core.ledger import derive_ledger, sum_energies
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.series_totals import SeriesTotals, total_series
from ev2gym_dashboard.core.site.settlement import BILL_COLUMNS
from ev2gym_dashboard.service.scenarios.demand import compute_demand_kpis
from ev2gym_dashboard.service.scenarios.tariff import compute_billed_prices, has_tiers
from ev2gym_dashboard.service.simulation.base_bill import compute_base_cost_mad
from ev2gym_dashboard.service.simulation.battery_wear import BatteryWear, compute_battery_wear, compute_wear_kpis
from ev2gym_dashboard.service.simulation.billing import (
    BillLine,
    BillTotals,
    add_by_key,
    list_bill_lines,
    make_bill_lines,
    total_bill,
)
from ev2gym_dashboard.service.simulation.end_settlement import settle_end
from ev2gym_dashboard.service.simulation.income import compute_income_kpis
from ev2gym_dashboard.service.simulation.model_table import (
    build_driver_columns,
    build_model_columns,
    build_wear_columns,
)
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.run_folds import BILLED_PRICE, RUNNING_TOTALS, Join, Part, Reduce, RunFolds
from ev2gym_dashboard.service.simulation.run_settlement import settle_run
from ev2gym_dashboard.service.simulation.schedule import (
    compute_tracking_kpis,
)
from ev2gym_dashboard.service.simulation.series_table import list_times, make_series_table
from ev2gym_dashboard.service.simulation.stepped_run import SteppedRun
from ev2gym_dashboard.service.simulation.subscription import resolve_subscribed_kva
from ev2gym_dashboard.service.simulation.trace_tables import make_trace_tables
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice


class Simulation(SteppedRun):
    """A run that its user steps, with what follows from its steps.

    Parameters and errors are those of `SteppedRun`.
    """

    def __init__(
        self, scenario: Scenario, *, start: Callable[..., Engine] = make_engine, trace: VehicleChoice = None
    ) -> None:
        super().__init__(scenario, start=start, trace=trace)
        self.subscription: tuple[tuple[Any, ...], float] | None = None
        self.drop_results()

    def drop_results(self) -> None:
        """Forget what followed from the former steps."""
        self.folds: RunFolds | None = None
        self.settled: tuple[tuple[int, float], Mapping[str, Floats]] | None = None
        self.base_settled: tuple[int, float] | None = None
        self.computed_kpis: tuple[tuple[Any, ...], dict[str, float]] | None = None

    def _copy_with_engine(self, engine: Engine) -> Self:
        # The bill without EVs is that of the same past; folds are updated in place, so that forks cannot share them.
        other = super()._copy_with_engine(engine)
        other.settled, other.computed_kpis, other.folds = None, None, None
        return other

    def _find_last_cap_kw(self) -> float:
        """Return the site cap of the last step, 0 without one [kW]."""
        last = self.engine.records.last
        return last.moment.cap_kw if last and math.isfinite(last.moment.cap_kw) else 0.0

    def result(self) -> Result:
        """Return the result of the run so far."""
        models = pd.DataFrame(
            self.build_model_columns() | build_driver_columns(self.engine) | build_wear_columns(self.engine)
        )
        tables = make_trace_tables(self.engine)
        # Before the table of a long run, so that their intermediate arrays do not add to its memory.
        kpis, ledger = self.kpis, self.ledger
        series = self._make_series_table()
        bill = tuple(list_bill_lines(series, timestep_h=self.scenario.timestep_h))
        return Result(self.scenario, series, models, kpis, ledger, bill, **tables)

    def build_model_columns(self) -> dict[str, list[Any]]:
        """Return the fleet table by column, an entry per model."""
        return build_model_columns(self.engine)

    def keep_folds(self) -> None:
        """Keep from step to step what follows from all steps, so that reading it costs no more late in a run."""
        self.folds = self.folds or RunFolds()

    def fold(self, key: Hashable, reduce: Reduce[Part], join: Join[Part], *, final_step: int | None = None) -> Part:
        """Return the fold of the steps so far; those before ``final_step``, by default all, do not change any more."""
        if self.folds is None:
            return reduce(0, self.step)
        final_step = self.step if final_step is None else final_step
        return self.folds.fold(key, reduce, join, n_steps=self.step, final_step=final_step)

    def fold_bill(self, key: Hashable, reduce: Reduce[Part], join: Join[Part]) -> Part:
        """Return a fold of the settlement, of which past billing months do not change any more."""
        self._settle()
        final_step = self.folds.settlement.final_step if self.folds else 0
        return self.fold((key, self.subscribed_kva), reduce, join, final_step=final_step)

    @property
    def totals(self) -> SeriesTotals:
        """Sums and extremes of the recorded series so far."""
        return self.fold("totals", lambda first, end: total_series(self.select(first, end)), SeriesTotals.join)

    @property
    def kpis(self) -> dict[str, float]:
        """KPIs of the run so far, by name with unit."""
        key = self.step, self.subscribed_kva, self.scenario
        # Savings, the value of V2G and the result each read them.
        if self.computed_kpis is None or self.computed_kpis[0] != key:
            self.computed_kpis = key, self._compute_kpis()
        return dict(self.computed_kpis[1])

    def read_kpis_alone(self) -> dict[str, float]:
        """Return the KPIs so far, and drop the columns of the bill behind them."""
        kpis = self.kpis
        self.settled = None
        return kpis

    def _compute_kpis(self) -> dict[str, float]:
        # First, as it settles another bill: both at once would be the most memory that a long run takes.
        base_cost_mad = self._base_cost_mad
        bill = self.fold_bill("bill", self._total_bill, BillTotals.join)
        kpis = derive_kpis(self.totals, timestep_h=self.scenario.timestep_h)
        demand = compute_demand_kpis(self.scenario, bill.peak_kva, subscribed_kva=self.subscribed_kva)
        wear = compute_wear_kpis(self.wear, end_of_life_loss=self.scenario.end_of_life_loss)
        kpis |= bill.sums | demand | wear | {"site_cap_kw": self._find_last_cap_kw()}
        kpis |= compute_tracking_kpis(self.scenario, self.engine.records.series["net_power_kw"])
        kpis |= {"base_cost_mad": base_cost_mad, "ev_cost_mad": kpis["cost_mad"] - base_cost_mad}
        kpis |= compute_income_kpis(self.engine)
        return kpis | settle_end(self.engine, kpis)

    @property
    def wear(self) -> BatteryWear:
        """Battery wear of each vehicle so far."""
        return compute_battery_wear(self.engine)

    @property
    def bill(self) -> tuple[BillLine, ...]:
        """The lines of the bill so far."""
        bill = self.fold_bill("bill", self._total_bill, BillTotals.join)
        return tuple(make_bill_lines(bill, timestep_h=self.scenario.timestep_h))

    def _total_bill(self, first: int, end: int) -> BillTotals:
        settlement, recorded = self.settlement, self.select(first, end)
        columns = {name: recorded[name] for name in ("poste", "import_kw", "export_kw")}
        return total_bill(columns | {name: values[first:end] for name, values in settlement.items()})

    @property
    def billed_prices_mad_kwh(self) -> Floats:
        """Price of import at which each step is billed so far, (steps,); under tiers it follows the month's import."""
        if self.folds is not None and has_tiers(self.scenario):
            return self._settle()[BILLED_PRICE]
        return compute_billed_prices(self.scenario, self.series("import_kw"), self.series("price_mad_kwh"))

    @property
    def subscribed_kva(self) -> float:
        """Subscribed power [kVA]; "auto" follows the settings in force."""
        key = self.scenario, self.strategy, self.v2g, self.params
        # Looked up in the files of the tariff, or found by simulated weeks.
        if self.subscription is None or self.subscription[0] != key:
            settings = {"strategy": self.strategy, "v2g": self.v2g, "params": self.params}
            self.subscription = key, resolve_subscribed_kva(self.scenario, Simulation, **settings)
        return self.subscription[1]

    @property
    def settlement(self) -> Mapping[str, Floats]:
        """Costs and emissions of the site by column of `BILL_COLUMNS`, each (steps,); do not modify them."""
        settled = self._settle()
        return {name: settled[name] for name in BILL_COLUMNS}

    def get_running_total(self, name: str) -> Floats:
        """Return the sums since the start of a column of `RUNNING_TOTALS`, (steps,)."""
        settled = self._settle()
        return np.cumsum(settled[name]) if self.folds is None else settled[RUNNING_TOTALS[name]]

    def _settle(self) -> Mapping[str, Floats]:
        key = self.step, self.subscribed_kva
        # A tick of the page reads it a dozen times.
        if self.settled is None or self.settled[0] != key:
            self.settled = key, self._settle_steps(key[1])
        return self.settled[1]

    def _settle_steps(self, subscribed_kva: float) -> Mapping[str, Floats]:
        if self.folds is None:
            return settle_run(self.scenario, self.engine.records.series, subscribed_kva=subscribed_kva)
        settlement, n_steps = self.folds.settlement, self.step
        return settlement.settle(self.scenario, self.select, n_steps=n_steps, subscribed_kva=subscribed_kva)

    @property
    def _base_cost_mad(self) -> float:
        """Bill of the site without its EVs so far [MAD]."""
        if self.base_settled is None or self.base_settled[0] != self.step:
            self.base_settled = self.step, self._compute_base_cost_mad()
        return self.base_settled[1]

    def _compute_base_cost_mad(self) -> float:
        if self.folds is None:
            return compute_base_cost_mad(self.scenario, self.engine.records.series)
        return self.folds.fold_base_cost(self.scenario, self.select, n_steps=self.step)

    @property
    def ledger(self) -> dict[str, float]:
        """Energies of the run so far and the residual of their balance [kWh]."""
        stored = self.engine.stored_kwh - self.engine.stored_at_start_kwh
        # Not of the totals: a tick of the page Fleet needs no other of them.
        sums = self.fold("ledger", lambda first, end: sum_energies(self.select(first, end)), add_by_key)
        return derive_ledger(sums, timestep_h=self.scenario.timestep_h, stored_kwh=stored)

    def _make_series_table(self) -> pd.DataFrame:
        columns = {**self.engine.records.series, **self.settlement}
        return make_series_table(columns, list_times(self.scenario, n_steps=self.step))
