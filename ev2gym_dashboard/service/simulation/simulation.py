"""Simulation and Result: a run headless, for notebooks, scripts and the floors above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.initial_state import fork_engine, make_engine
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.kpis import compute_kpis, compute_ledger
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.settlement import settle_bill
from ev2gym_dashboard.service.datasets.catalogs import LoadedCatalog, load_scenario_catalog
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.scenarios.tariff import compute_fixed_mad
from ev2gym_dashboard.service.scenarios.validation import StrategyParams, check_params, check_strategy, require_valid
from ev2gym_dashboard.service.simulation.backend import choose_block_map, choose_kernel
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear, compute_wear_kpis
from ev2gym_dashboard.service.simulation.billing import BillLine, list_bill_lines
from ev2gym_dashboard.service.simulation.notebook_html import render_html
from ev2gym_dashboard.strategies import STRATEGIES


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Parameters
    ----------
    scenario : its inputs
    series : a row per step, indexed by the UTC time at which it begins; the columns are those of `FLEET_COLUMNS`
    models : the fleet table at the end, a row per model, all numeric but the name
    kpis : figures of the whole run, by name with unit
    ledger : energies [kWh] and the residual of their balance
    bill : the lines of the bill, by poste horaire
    """

    scenario: Scenario
    series: pd.DataFrame = field(repr=False)
    models: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]
    ledger: dict[str, float]
    bill: tuple[BillLine, ...]

    def _repr_html_(self) -> str:
        """Show the result in a notebook."""
        return render_html(self)


class Simulation:
    """A run that is stepped by hand.

    Parameters
    ----------
    scenario : what defines the run
    start : how its engine is made, from its beginning if not said otherwise

    Raises
    ------
    ValueError
        One, that lists every issue of the scenario.
    """

    def __init__(self, scenario: Scenario, *, start: Callable[..., Engine] = make_engine) -> None:
        self.scenario = require_valid(scenario)
        self.loaded: LoadedCatalog = load_scenario_catalog(scenario)
        self.engine: Engine = start(
            scenario,
            catalog=self.loaded.catalog,
            tables=load_charging_sessions()[scenario.place],
            exogenous=make_exogenous_source(scenario),
            kernel=choose_kernel(),
        )
        self.engine.map_blocks = choose_block_map(scenario.fleet_size)
        self.strategy, self.v2g, self.params = scenario.strategy, scenario.v2g, scenario.params

    @property
    def step(self) -> int:
        """Steps done since the start."""
        return self.engine.step

    @property
    def time(self) -> datetime:
        """UTC time at which the next step begins."""
        return self.scenario.get_step_time(self.step)

    def set(
        self,
        *,
        strategy: str | None = None,
        v2g: bool | None = None,
        params: Mapping[str, float] | None = None,
        event: Mapping[str, float] | None = None,
    ) -> None:
        """Change the strategy, the V2G switch or strategy parameters (by ``"strategy.parameter"``) from here on.

        ``event`` calls for demand response from here on, by its ``minutes`` and ``reduction``.
        """
        merged = tuple(sorted((dict(self.params) | dict(params or {})).items()))
        issues = check_params(merged) + ([] if strategy is None else check_strategy(strategy))
        if issues:
            raise ValidationError(issues)
        self.params = merged
        self.strategy = self.strategy if strategy is None else strategy
        self.v2g = self.v2g if v2g is None else v2g
        if event is not None:
            self.reschedule_event(
                event_start=self.time.isoformat(), **{f"event_{name}": of for name, of in event.items()}
            )

    def reschedule_event(self, **event: Any) -> None:
        """Give the run another demand-response event, by the fields of its scenario; what is past stays."""
        self.scenario = require_valid(replace(self.scenario, **event))
        self.engine.exogenous, self.engine.moment_cache = make_exogenous_source(self.scenario), None

    def advance(self, n_steps: int = 1) -> None:
        """Run ``n_steps`` steps under the strategy and switch that are set."""
        self.engine.advance(n_steps, make_control(self.strategy, v2g=self.v2g, params=self.params))

    def result(self) -> Result:
        """Return what the run gave so far."""
        models = pd.DataFrame(
            build_model_columns(self.engine) | build_driver_columns(self.engine) | build_wear_columns(self.engine)
        )
        series = self._series()
        return Result(self.scenario, series, models, self.kpis, self.ledger, self.bill)

    def fork(self, n: int) -> list[Simulation]:
        """Return ``n`` simulations that go on from here by themselves, on the same arrivals."""
        return [self._with(engine) for engine in fork_engine(self.engine, n)]

    def _with(self, engine: Engine) -> Simulation:
        other = copy(self)
        other.engine = engine
        return other

    @property
    def kpis(self) -> dict[str, float]:
        """Figures of the run so far."""
        sums = {f"{name}": float(values.sum()) for name, values in self.settled.items()}
        figures = compute_kpis(self.engine.records.series, timestep_h=self.scenario.timestep_h)
        return figures | sums | compute_wear_kpis(compute_battery_wear(self.engine))

    @property
    def bill(self) -> tuple[BillLine, ...]:
        """The lines of the bill so far."""
        return tuple(list_bill_lines(self._series(), timestep_h=self.scenario.timestep_h))

    @property
    def settled(self) -> dict[str, Floats]:
        """What the site costs and emits, by column of `SETTLED`, a value per step."""
        return settle_bill(
            self.engine.records.series,
            timestep_h=self.scenario.timestep_h,
            fixed_mad=compute_fixed_mad(self.scenario, self.step),
            co2_g_kwh=self.scenario.co2_g_kwh,
        )

    @property
    def ledger(self) -> dict[str, float]:
        """Energies of the run so far and the residual of their balance [kWh]."""
        stored = self.engine.stored_kwh - self.engine.stored_at_start_kwh
        return compute_ledger(self.engine.records.series, timestep_h=self.scenario.timestep_h, stored_kwh=stored)

    def _series(self) -> pd.DataFrame:
        freq = pd.Timedelta(minutes=self.scenario.timestep_min)
        index = pd.date_range(self.scenario.start_time, periods=self.step, freq=freq, name="time")
        series = pd.DataFrame(self.engine.records.series | self.settled, index=index)
        return series.assign(
            poste=pd.Categorical([POSTES[int(code)] for code in series["poste"]], categories=list(POSTES))
        )


def make_control(strategy: str, *, v2g: bool, params: StrategyParams) -> Control:
    """Return what the engine needs of a strategy, with the parameters of its own out of ``params``."""
    chosen = STRATEGIES[strategy]
    own = {name.partition(".")[2]: value for name, value in params if name.partition(".")[0] == strategy}
    return Control(
        request_power=chosen.request_power,
        requests_v2g=chosen.requests_v2g,
        idle_reason=chosen.idle_reason,
        params=chosen.params(**own),
        v2g=v2g,
        allocate=chosen.allocate,
    )


def build_model_columns(engine: Engine) -> dict[str, list[Any]]:
    """Return the fleet table by column, one entry per model, in plain Python values."""
    catalog, fleet, last = engine.catalog, engine.fleet, engine.get_totals()
    n_charging, n_discharging = (last.get_flow(name).astype(int) for name in ("n_charging", "n_discharging"))
    columns: dict[str, Any] = build_spec_columns(catalog) | {
        "n_fleet": fleet.counts,
        "n_connected": last.n_connected,
        "n_charging": n_charging,
        "n_discharging": n_discharging,
        "n_idle": last.n_connected - n_charging - n_discharging,
        "n_waiting": last.n_waiting,
        "soc_mean": last.soc_sum / np.maximum(fleet.counts, 1),
        "power_kw": last.get_flow("g2v_kw") - last.get_flow("v2g_kw"),
    }
    return {"model": list(catalog.names)} | {name: values.tolist() for name, values in columns.items()}


def build_spec_columns(catalog: Catalog) -> dict[str, Any]:
    """Return what is known of each model of a catalog, by column, each (models,)."""
    return {
        "registrations": catalog.registrations,
        "battery_kwh": catalog.capacity_kwh,
        "ac_max_kw": catalog.max_ac_charge_kw,
        "dc_max_kw": catalog.max_dc_charge_kw,
        "v2g_ac_kw": catalog.max_ac_discharge_kw,
        "v2g_dc_kw": catalog.max_dc_discharge_kw,
        "v2g_capable": catalog.v2g_capable,
    }


def build_driver_columns(engine: Engine) -> dict[str, list[float]]:
    """Return what the drivers of each model got so far, by column."""
    models = engine.models
    share = np.divide(
        models.n_at_target, models.n_departures, out=np.ones(len(models.soc_sum)), where=models.n_departures > 0
    )
    columns = {
        "n_departures": models.n_departures,
        "share_at_target": share,
        "unserved_kwh": models.unserved_kwh,
        "waited_h": models.waited_h,
    }
    return {name: values.tolist() for name, values in columns.items()}


def build_wear_columns(engine: Engine) -> dict[str, list[float]]:
    """Return the wear of each model so far, by column: mean shares of the capacity lost, and the cost."""
    wear, fleet = compute_battery_wear(engine), engine.fleet
    counts = np.maximum(fleet.counts, 1)
    columns = {
        "calendar_loss": fleet.sum_by_model(wear.calendar_loss) / counts,
        "cyclic_loss": fleet.sum_by_model(wear.cyclic_loss) / counts,
        "wear_mad": fleet.sum_by_model(wear.cost_mad),
    }
    return {name: values.tolist() for name, values in columns.items()}
