"""Simulation of a scenario, stepped by its user."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.memory import NO_MEMORY
from ev2gym_dashboard.core.control.overrides import find_leave_step
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.checkpoint import (
    Arrays,
    flatten_arrays,
    restore_engine,
    save_engine,
    save_engine_state,
)
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.fork import fork_engine
from ev2gym_dashboard.core.engine.initial_state import make_engine, restart_engines
from ev2gym_dashboard.core.engine.moved_stays import override_vehicle
from ev2gym_dashboard.core.engine.recorder import ModelTotals, Recorder, StepTotals
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.fleet import Fleet, FleetState
from ev2gym_dashboard.core.kpis import derive_kpis, derive_ledger, sum_energies
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.series_totals import SeriesTotals, total_series
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.core.site.settlement import BILL_COLUMNS
from ev2gym_dashboard.service.datasets.catalogs import LoadedCatalog, load_scenario_catalog
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.demand import compute_demand_kpis
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source, make_unlimited_source, prepare_days
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.tariff import compute_billed_prices, has_tiers
from ev2gym_dashboard.service.scenarios.validation import (
    check_event,
    check_overrides,
    check_params,
    check_strategy,
    require_valid,
)
from ev2gym_dashboard.service.simulation.backend import choose_block_map
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
from ev2gym_dashboard.service.simulation.engine_setup import start_engine
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
    count_alike_steps,
    make_following_control,
)
from ev2gym_dashboard.service.simulation.series_table import list_times, make_series_table
from ev2gym_dashboard.service.simulation.site_cap import count_steps_to_next_cap, find_site_cap
from ev2gym_dashboard.service.simulation.strategy_control import SiteCap, make_control
from ev2gym_dashboard.service.simulation.subscription import resolve_subscribed_kva
from ev2gym_dashboard.service.simulation.trace_tables import make_trace_tables
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice, make_trace, require_traceable


class Simulation:
    """A run that its user steps.

    Parameters
    ----------
    scenario : the inputs of the run
    start : function that makes its engine; the default one makes an engine at step 0
    trace : vehicles whose past is kept: True for all, or their numbers from 0

    Raises
    ------
    ValidationError
        With every issue of the scenario, or of the trace.
    """

    def __init__(
        self, scenario: Scenario, *, start: Callable[..., Engine] = make_engine, trace: VehicleChoice = None
    ) -> None:
        self.scenario = require_valid(scenario)
        if (traced := make_trace(trace, scenario)) is not None:
            start = partial(start, trace=traced)
        self.loaded_catalog: LoadedCatalog = load_scenario_catalog(scenario)
        self.engine: Engine = start_engine(scenario, self.loaded_catalog.catalog, start=start)
        if scenario.sessions is not None:
            # Its vehicles may have models that only the sessions name.
            self.loaded_catalog = replace(self.loaded_catalog, catalog=self.engine.catalog)
        self.engine.map_blocks = choose_block_map(scenario.fleet_size)
        self.strategy, self.v2g, self.params = scenario.strategy, scenario.v2g, scenario.params
        self.folds: RunFolds | None = None
        self.settled: tuple[tuple[int, float], Mapping[str, Floats]] | None = None
        self.base_settled: tuple[int, float] | None = None
        self.subscription: tuple[tuple[Any, ...], float] | None = None
        self.computed_kpis: tuple[tuple[Any, ...], dict[str, float]] | None = None

    @property
    def step(self) -> int:
        """Number of steps since the start."""
        return self.engine.step

    @property
    def time(self) -> datetime:
        """UTC time at which the next step begins."""
        return self.scenario.get_step_time(self.step)

    @property
    def catalog(self) -> Catalog:
        """The vehicle models of the fleet."""
        return self.engine.catalog

    @property
    def fleet(self) -> Fleet:
        """The constant part of the fleet: its vehicles by model."""
        return self.engine.fleet

    @property
    def state(self) -> FleetState:
        """The state of each vehicle; the engine updates its arrays in place."""
        return self.engine.state

    @property
    def model_totals(self) -> ModelTotals:
        """Running totals per model; the engine updates their arrays in place."""
        return self.engine.models

    def series(self, name: str) -> NDArray[Any]:
        """Return the recorded values of a column of `FLEET_COLUMNS`, (steps,), read-only."""
        return self.engine.records.series[name]

    def get_totals(self) -> StepTotals:
        """Return the totals of the last step; before the first step, those of the parked fleet."""
        return self.engine.get_totals()

    def get_moment(self) -> tuple[Moment, str]:
        """Return the exogenous values of the next step and its poste horaire."""
        moment, poste = self.engine.get_moment()
        return moment, POSTES[poste]

    def set(
        self,
        *,
        strategy: str | None = None,
        v2g: bool | None = None,
        params: Mapping[str, float] | None = None,
        event: Mapping[str, float] | None = None,
        overrides: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Change settings from the next step on.

        Parameters
        ----------
        strategy : key of the strategy
        v2g : the V2G switch
        params : strategy parameters by ``"strategy.parameter"``
        event : a demand-response event that begins with the next step: its ``minutes`` and its ``reduction``
        overrides : what the user decides for single vehicles: the number of the ``vehicle``, an ``action`` of
            `ACTIONS`, and with "leave" the minute of the day, ``leave_min``

        Raises
        ------
        ValidationError
            With every issue; then nothing is changed.
        """
        # All checks come first: an invalid change must not leave half of itself behind.
        merged = tuple(sorted((dict(self.params) | dict(params or {})).items()))
        issues = check_params(merged) + ([] if strategy is None else check_strategy(strategy))
        issues += check_event(event or {})
        issues += check_overrides(overrides, fleet_size=self.fleet.size)
        if issues:
            raise ValidationError(issues)
        self.params = merged
        if strategy not in (None, self.strategy):
            # What the former strategy kept means nothing to the next one, even of the same size.
            self.engine.memory = NO_MEMORY
        self.strategy = self.strategy if strategy is None else strategy
        self.v2g = self.v2g if v2g is None else v2g
        if event is not None:
            settings = {f"event_{name}": value for name, value in event.items()}
            self.reschedule_event(event_start=self.time.isoformat(), **settings)
        for override in overrides:
            self._override_vehicle(**override)

    def _override_vehicle(self, *, vehicle: int, action: str, leave_min: float = 0) -> None:
        leave_step = find_leave_step(self.engine.clock, leave_min, self.scenario.timestep_min)
        override_vehicle(self.engine, int(vehicle), action, leave_step)

    def reschedule_event(self, **settings: Any) -> None:
        """Replace the demand-response event by valid event fields of a scenario; past steps stay."""
        self.scenario = replace(self.scenario, **settings)
        # The limits of the current day were computed with the old event.
        self.engine.exogenous, self.engine.day_cache = make_exogenous_source(self.scenario), None

    def advance(self, n_steps: int = 1) -> None:
        """Run ``n_steps`` steps with the current settings; raise `ValidationError` if a dated series ends earlier."""
        end_step = self.step + n_steps
        self.prepare_steps(end_step)
        while self.step < end_step:
            self.engine.advance(*self.begin_stretch(end_step))

    def prepare_steps(self, end_step: int) -> None:
        """Make room for the steps up to one; raise `ValidationError` if a dated series ends earlier."""
        if self.engine.trace is not None:
            require_traceable(len(self.engine.trace.rows), end_step)
        if issues := check_coverage(self.scenario, end_step):
            raise ValidationError(issues)
        self.engine.records.series.reserve(end_step - self.step)

    def begin_stretch(self, end_step: int) -> tuple[int, Control]:
        """Return the number of the next steps under one control, up to a step, and the control."""
        n_steps = min(end_step - self.step, count_steps_to_next_cap(self.scenario, self.step))
        follows, n_alike = count_alike_steps(self.scenario, self.step, self.step + n_steps)
        if self.step > 0 and follows != count_alike_steps(self.scenario, self.step - 1, self.step)[0]:
            # What the strategy kept means nothing to the schedule, and the other way round.
            self.engine.memory = NO_MEMORY
        n_steps = min(n_steps, n_alike)
        prepare_days(self.scenario, self.engine.clock, n_steps)
        return n_steps, self.control

    @property
    def site_cap(self) -> SiteCap:
        """Site cap of the next step."""
        return find_site_cap(self.scenario, self.step, strategy=self.strategy, v2g=self.v2g, params=self.params)

    def _find_last_cap_kw(self) -> float:
        """Return the site cap of the last step, 0 without one [kW]."""
        last = self.engine.records.last
        return last.moment.cap_kw if last and math.isfinite(last.moment.cap_kw) else 0.0

    @property
    def control(self) -> Control:
        """Control of the next step."""
        site_cap = self.site_cap
        if not count_alike_steps(self.scenario, self.step, self.step + 1)[0]:
            return make_control(self.strategy, v2g=self.v2g, params=self.params, site_cap=site_cap)
        # A cap that the strategy has found is a part of its decisions.
        cap_kw = math.inf if site_cap.is_found else site_cap.cap_kw
        return make_following_control(self.scenario, self.step, v2g=self.v2g, site_cap_kw=cap_kw)

    def disable_threads(self) -> None:
        """Step the blocks of the fleet one after the other: for processes that share the cores."""
        self.engine.map_blocks = map

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

    def restart(self, seeds: Sequence[int], *, adopt: Callable[[list[Engine]], None] | None = None) -> list[Simulation]:
        """Return simulations of this scenario under other seeds, each at its start.

        ``adopt`` gives their engines arrays of its own, see `restart_engines`.
        """
        scenarios = [self.scenario.with_seed(seed) for seed in seeds]
        if self.scenario.sessions is not None:
            return [Simulation(scenario) for scenario in scenarios]
        # What the seed does not change is not computed again: ratings, series of the days, expected newcomers.
        engines = restart_engines(self.engine, scenarios, load_charging_sessions(), adopt=adopt)
        runs = [self._copy_with_engine(engine) for engine in engines]
        for run, scenario in zip(runs, scenarios, strict=True):
            run.scenario, run.base_settled = scenario, None
        return runs

    def fork(self, n: int) -> list[Simulation]:
        """Return ``n`` independent simulations that continue from here with the same arrivals."""
        return [self._copy_with_engine(engine) for engine in fork_engine(self.engine, n)]

    def fork_without_records(self) -> Simulation:
        """Return a simulation that continues from here with the same arrivals; its records begin with the next step."""
        # A long run holds a million numbers, which a fork would copy at its next step.
        records, self.engine.records = self.engine.records, Recorder()
        (fork,) = self.fork(1)
        self.engine.records = records
        return fork

    def lift_limit(self) -> None:
        """Remove the limit of the connection from the next step on; the site cap stays."""
        self.engine.exogenous, self.engine.day_cache = make_unlimited_source(self.scenario), None

    def _copy_with_engine(self, engine: Engine) -> Simulation:
        # A shallow copy: everything but the engine is immutable, or replaced as a whole when it changes.
        other = copy(self)
        other.engine, other.settled, other.computed_kpis, other.folds = engine, None, None, None
        return other

    def save_state(self) -> Arrays:
        """Return the state of the engine and its records as named arrays; the arrays are not copies."""
        return save_engine(self.engine)

    def save_state_without_records(self) -> Arrays:
        """Return the state of the engine as `save_state` does, of its records the last step alone."""
        return save_engine_state(self.engine)

    def save_day_plan(self) -> Arrays:
        """Return the arrivals and departures of the current day as named arrays; forks share them."""
        return flatten_arrays(self.engine.plan)

    def restore_state(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a state that `save_state` returned for the same scenario and day plan."""
        self.engine = restore_engine(self.engine, arrays)
        self.settled = self.base_settled = self.computed_kpis = self.folds = None

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

    def select(self, first: int, end: int) -> Mapping[str, NDArray[Any]]:
        """Return the recorded columns from one step to another, each (steps,)."""
        return self.engine.records.series.select(first, end)

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
