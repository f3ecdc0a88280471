"""A run that its user steps: its engine, its settings, and the states that it can be copied to and restored from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Self

from numpy.typing import NDArray

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
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.service.datasets.catalogs import LoadedCatalog, load_scenario_catalog
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source, make_unlimited_source, prepare_days
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.validation import (
    check_event,
    check_overrides,
    check_params,
    check_strategy,
    require_valid,
)
from ev2gym_dashboard.service.simulation.backend import choose_block_map
from ev2gym_dashboard.service.simulation.engine_setup import start_engine
from ev2gym_dashboard.service.simulation.schedule import (
    count_alike_steps,
    make_following_control,
)
from ev2gym_dashboard.service.simulation.site_cap import count_steps_to_next_cap, find_site_cap
from ev2gym_dashboard.service.simulation.strategy_control import SiteCap, make_control
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice, make_trace, require_traceable


class SteppedRun:
    """A scenario's engine under settings that its user may change between steps.

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

    def restart(self, seeds: Sequence[int], *, adopt: Callable[[list[Engine]], None] | None = None) -> list[Self]:
        """Return simulations of this scenario under other seeds, each at its start.

        ``adopt`` gives their engines arrays of its own, see `restart_engines`.
        """
        scenarios = [self.scenario.with_seed(seed) for seed in seeds]
        if self.scenario.sessions is not None:
            return [type(self)(scenario) for scenario in scenarios]
        # What the seed does not change is not computed again: ratings, series of the days, expected newcomers.
        engines = restart_engines(self.engine, scenarios, load_charging_sessions(), adopt=adopt)
        runs = [self._copy_with_engine(engine) for engine in engines]
        for run, scenario in zip(runs, scenarios, strict=True):
            run.scenario = scenario
            run.drop_results()
        return runs

    def fork(self, n: int) -> list[Self]:
        """Return ``n`` independent simulations that continue from here with the same arrivals."""
        return [self._copy_with_engine(engine) for engine in fork_engine(self.engine, n)]

    def fork_without_records(self) -> Self:
        """Return a simulation that continues from here with the same arrivals; its records begin with the next step."""
        # A long run holds a million numbers, which a fork would copy at its next step.
        records, self.engine.records = self.engine.records, Recorder()
        (fork,) = self.fork(1)
        self.engine.records = records
        return fork

    def lift_limit(self) -> None:
        """Remove the limit of the connection from the next step on; the site cap stays."""
        self.engine.exogenous, self.engine.day_cache = make_unlimited_source(self.scenario), None

    def _copy_with_engine(self, engine: Engine) -> Self:
        # A shallow copy: everything but the engine is immutable, or replaced as a whole when it changes.
        other = copy(self)
        other.engine = engine
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
        self.drop_results()

    def drop_results(self) -> None:
        """Forget what followed from the former steps; a class that keeps such results overrides it."""

    def select(self, first: int, end: int) -> Mapping[str, NDArray[Any]]:
        """Return the recorded columns from one step to another, each (steps,)."""
        return self.engine.records.series.select(first, end)
