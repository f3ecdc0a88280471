"""Engine: the state of a run and the only time loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Indices, Rows
from ev2gym_dashboard.core.control.allocation import UNLIMITED, Allocation, Demand, allocate_feeder, unpack_demand
from ev2gym_dashboard.core.control.connection_guard import can_guard, guard_connection
from ev2gym_dashboard.core.control.memory import NO_MEMORY, Memory
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.outlook import Outlook, make_outlook
from ev2gym_dashboard.core.control.overrides import NO_OVERRIDES, Overrides, find_places, mark_reasons, override_control
from ev2gym_dashboard.core.control.planning import PlanningInputs, PlanningPrices
from ev2gym_dashboard.core.control.power_limits import Rules, StepLimits
from ev2gym_dashboard.core.control.step import FLOWS, Control, Step, StepBlock, make_step, offers_v2g, set_allocation
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.recorder import ModelTotals, Recorder, StepTotals
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.engine.strategy_memory import remember_step
from ev2gym_dashboard.core.engine.trace import Trace
from ev2gym_dashboard.core.engine.transitions import apply_transitions, find_plan_now
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet.evse_fit import EvseFit
from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue
from ev2gym_dashboard.core.fleet.fleet import Fleet, FleetState
from ev2gym_dashboard.core.fleet.installation import Installation
from ev2gym_dashboard.core.fleet.newcomers import ExpectNewcomers
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.exogenous import ExogenousSource, SiteDay, make_site_day
from ev2gym_dashboard.core.site.moment import Moment

BLOCK_SIZE = 32_768
"""Vehicles per block: its arrays fit the processor's cache from the first operation of a step to the last."""

SLACK_KW = 1e-3
"""Margin for the rounding errors that the running sums of the ratings add up."""

ZERO_SUM: Floats = np.zeros(())
ALL_ROWS = slice(None)
MapBlocks = Callable[[Callable[[int], Floats], Iterable[int]], Iterable[Floats]]


def price_unserved_alone(engine: Engine) -> PlanningPrices:
    """Return the prices of a site without a demand charge, whose batteries do not wear."""
    return PlanningPrices(0.0, engine.scenario.unserved_mad_kwh)


@dataclass
class Engine:
    """A run: frozen inputs, the state of the fleet, and the series recorded so far.

    ``step`` counts from the start of the run, ``clock`` from the midnight before it. ``plugged_g2v_kw`` and
    ``plugged_v2g_kw`` are the summed ratings of the plugged-in vehicles [kW], ``offered_kwh`` is the
    latter times the hours in which the control could use it. ``kernel`` and ``map_blocks`` set how
    blocks are stepped, and whether in parallel; neither changes the results. ``installation`` holds the EVSEs by kind;
    ``fit`` is None where every EVSE charges every vehicle. ``fastest_code`` is the code of each model at the EVSE of
    the site that charges it fastest. ``expect_newcomers`` tells how much energy those who have yet to arrive may need.
    ``price_plans`` returns the prices by which a strategy that plans judges its plan in the next step.
    ``trace`` keeps the past of some vehicles, ``memory`` what the strategy keeps of the run, ``overrides`` what the
    user has decided for single vehicles. ``workspace`` belongs to the kernel.
    """

    scenario: Scenario
    catalog: Catalog
    exogenous: ExogenousSource
    fleet: Fleet
    limits: StepLimits
    rules: Rules
    state: FleetState
    plugs: EvseQueue
    installation: Installation
    fit: EvseFit | None
    fastest_code: Indices
    expect_newcomers: ExpectNewcomers = field(repr=False)
    days: Iterator[DayPlan] = field(repr=False)
    plan: DayPlan = field(repr=False)
    models: ModelTotals
    clock: int
    step: int = 0
    stored_at_start_kwh: float = 0.0
    cap_kw: float = math.inf
    day_cache: tuple[int, SiteDay, Outlook] | None = field(default=None, repr=False)
    records: Recorder = field(default_factory=Recorder)
    plugged_g2v_kw: float = 0.0
    plugged_v2g_kw: float = 0.0
    offered_kwh: float = 0.0
    kernel: Kernel = NUMPY_KERNEL
    map_blocks: MapBlocks = map
    memory: Memory = NO_MEMORY
    price_plans: Callable[[Engine], PlanningPrices] = field(default=price_unserved_alone, repr=False)
    trace: Trace | None = field(default=None, repr=False)
    overrides: Overrides = NO_OVERRIDES
    workspace: Any = field(default=None, repr=False, compare=False)

    def advance(self, n_steps: int, control: Control) -> None:
        """Run ``n_steps`` steps under one control."""
        self.set_cap(control.site_cap_kw)
        end_step, run_steps = self.step + n_steps, self.kernel.run_steps
        while self.step < end_step:
            if not (run_steps and run_steps(self, control, end_step - self.step)):
                self._advance_step(control)

    def set_cap(self, cap_kw: float) -> None:
        """Keep to a site cap from the next step on [kW]."""
        if cap_kw != self.cap_kw:
            # The moments of the day carry the cap.
            self.cap_kw, self.day_cache = cap_kw, None

    def follow(self, trace: Trace) -> None:
        """Let a trace follow its vehicles from now on; `Trace.begin` begins its records."""
        # The rounded powers of the state would not add up to the energies of the ledger.
        self.state = replace(self.state, exact_kw=self.state.power_kw.astype(np.float64))
        self.trace = trace

    @property
    def stored_kwh(self) -> float:
        """Energy in all batteries [kWh]."""
        return float(self.fleet.sum_by_model(self.state.soc) @ self.fleet.capacity_kwh)

    @property
    def owed_kwh(self) -> float:
        """Energy that the batteries hold less than at the start; negative if they hold more [kWh]."""
        return self.stored_at_start_kwh - self.stored_kwh

    @property
    def plugged_steps(self) -> NDArray[np.int64]:
        """Steps that each vehicle was plugged in since the start, (n,)."""
        return self.count_plugged_steps(ALL_ROWS)

    def count_plugged_steps(self, rows: Rows | slice) -> NDArray[np.int64]:
        """Return the steps that some vehicles were plugged in since the start, (m,)."""
        counted = self.state.wear.plugged_steps[rows].astype(np.int64)
        return counted + np.where(self.state.code[rows] != UNPLUGGED, self.step, 0)

    @property
    def mean_soc(self) -> Floats:
        """Mean SOC of each vehicle since the start, (n,); on the road the last known SOC counts."""
        return self.compute_mean_soc(ALL_ROWS)

    def compute_mean_soc(self, rows: Rows | slice) -> Floats:
        """Return the mean SOC of some vehicles since the start, (m,), as `mean_soc`."""
        state, unplugged_since = self.state, self.state.departure_step.copy()
        unplugged_since[self.plugs.waiting] = self.plugs.since
        away = np.clip(self.clock - unplugged_since[rows].astype(np.int64), 0, self.step)
        soc = state.soc[rows]
        # Steps do not touch absent vehicles: their part of the sum is added here, when it is read.
        sums = state.wear.soc_sum[rows] + soc * away
        return np.where(self.step > 0, sums / max(self.step, 1), soc)

    def get_totals(self) -> StepTotals:
        """Return the totals of the last step, or of the fleet at rest before the first step."""
        if self.records.last:
            return self.records.last
        return self.make_totals(*self.get_moment(), np.zeros((len(FLOWS), len(self.catalog.names))))

    def _advance_step(self, control: Control) -> None:
        moment, poste = self.get_moment()
        transitions = apply_transitions(self, find_plan_now(self))
        flows = self._step_blocks(moment, control)
        self.models.accumulate(flows, moment)
        if self.trace is not None and self.trace.keeps_states:
            self.trace.record_step(self.state, moment, flows)
        served = transitions.n_departures, transitions.n_at_target, transitions.unserved_kwh
        self.records.append(self.make_totals(moment, poste, flows, transitions.driven_kwh, *served))
        if offers_v2g(control):
            self.offered_kwh += self.plugged_v2g_kw * moment.timestep_h
        self.step += 1
        self.clock += 1

    def get_moment(self) -> tuple[Moment, int]:
        """Return the moment of the next step, and the index of its poste horaire."""
        step, (_, day, _) = self.clock % self.scenario.steps_per_day, self.get_day()
        return day.make_moment(step), int(day.moments["poste"][step])

    def _step_blocks(self, moment: Moment, control: Control) -> Floats:
        """Step all blocks under the allocation of the site."""
        control = override_control(control, self.overrides, self.clock)
        step = make_step(
            self.state,
            self.fleet.offsets,
            limits=self.limits,
            rules=self.rules,
            moment=moment,
            control=control,
            clock=self.clock,
            elapsed=self.step,
            # Of a large fleet, gathering again costs less than the memory of all blocks at once.
            inputs_by_block={} if self.fleet.size <= BLOCK_SIZE else None,
        )
        if control.memory_rule is not None:
            step = remember_step(step, control.memory_rule, self.memory, self._look_ahead)
            self.memory = step.memory
        flows = self._sum_blocks(self.kernel.step_block, set_allocation(step, self._allocate(step)))
        mark_reasons(self.state.reason, self.overrides, self.clock)
        return flows

    def _allocate(self, step: Step) -> Allocation:
        """Return the allocation of the strategy, cut to the connection."""
        moment, allocation = step.moment, UNLIMITED
        if step.control.allocate is not None and step.control.shares_power(moment, step.control.params):
            demand = self._sum_demand(step, UNLIMITED)
            allocation = step.control.allocate(moment, step.control.params, demand)
        # A second pass over the fleet: only steps in which the connection is or becomes too small pay for it.
        is_guarded = step.rules.departure_guard and step.control.guards_connection
        is_short_later = is_guarded and self._may_run_short()
        if not (is_short_later or self._may_exceed_limit(moment)):
            return allocation
        demand = self._sum_demand(step, allocation, sums_needs=is_short_later)
        if is_short_later:
            guarded = self._guard_connection(step, allocation, demand)
            # A third pass, as V2G and charging have changed: only where the needs do not fit.
            demand = demand if guarded == allocation else self._sum_demand(step, guarded)
            allocation = guarded
        return allocate_feeder(allocation, demand, moment.other_load_kw, moment.limit_kw, moment.cap_kw)

    def _sum_demand(self, step: Step, allocation: Allocation, *, sums_needs: bool = False) -> Demand:
        step = set_allocation(step, allocation)
        step = step._replace(sums_needs=True) if sums_needs else step
        return unpack_demand(self._sum_blocks(self.kernel.compute_block_demand, step))

    def _guard_connection(self, step: Step, allocation: Allocation, demand: Demand) -> Allocation:
        moment, (*_, outlook) = step.moment, self.get_day()
        room_kw = max(moment.limit_kw - moment.other_load_kw, 0.0)
        # Most steps have nothing that could be guarded, and a look ahead costs as much as a pass over a small fleet.
        if not can_guard(demand, room_kw):
            return allocation
        step_of_day = self.clock % self.scenario.steps_per_day
        return guard_connection(
            allocation,
            demand,
            outlook.compute_room_kwh(step_of_day),
            outlook.expect_need_kwh(step_of_day),
            room_kw,
            moment.timestep_h,
        )

    def _look_ahead(self, step: Step, view: StepView) -> PlanningInputs:
        """Return what a plan of the step starts from."""
        outlook, discharge_kw = self.get_day()[2], step.discharge_kw.take(view.code)
        discharge_kw[find_places(view.vehicle_id, self.overrides.find_barred(self.clock))] = 0.0
        return PlanningInputs(
            prices=self.price_plans(self),
            discharge_kw=discharge_kw,
            floor_soc=step.floor_soc,
            newcomers=outlook.list_expected_needs(self.clock % self.scenario.steps_per_day),
        )

    def _may_run_short(self) -> bool:
        """Return whether the connection may ever be too small, until tomorrow, for all vehicles now plugged in."""
        room_kw = self.get_day()[2].lowest_room_kw[self.clock % self.scenario.steps_per_day]
        return bool(self.plugged_g2v_kw > room_kw - SLACK_KW)

    def get_day(self) -> tuple[int, SiteDay, Outlook]:
        """Return the number of the day, the day of the site, and the outlook on it."""
        day = self.clock // self.scenario.steps_per_day
        if self.day_cache is None or self.day_cache[0] != day:
            today, tomorrow = self.exogenous(day), self.exogenous(day + 1)
            outlook = make_outlook(today, tomorrow, self.expect_newcomers)
            self.day_cache = day, make_site_day(today, tomorrow, cap_kw=self.cap_kw), outlook
        return self.day_cache

    def _may_exceed_limit(self, moment: Moment) -> bool:
        """Return whether the site exceeds its connection or its cap if all plugged-in vehicles run at full power."""
        # Ratings bound the power from above, so that a step in which even they fit needs no pass over the fleet.
        max_load_kw = moment.other_load_kw + self.plugged_g2v_kw
        min_load_kw = moment.other_load_kw - self.plugged_v2g_kw
        return max_load_kw > moment.import_limit_kw - SLACK_KW or -min_load_kw > moment.limit_kw - SLACK_KW

    def _sum_blocks(self, block_function: StepBlock, step: Step) -> Floats:
        """Run a function on all blocks, in any order or in parallel, and sum its results in one order.

        Floating-point addition depends on the order: a fixed one keeps the bits whatever the number of threads.
        """
        sums = self.map_blocks(
            lambda first: block_function(step, first, min(first + BLOCK_SIZE, self.fleet.size)),
            range(0, self.fleet.size, BLOCK_SIZE),
        )
        # Not NumPy's sum, which takes several times as long for the single block of a small fleet.
        return sum(sums, start=ZERO_SUM)

    def make_totals(self, moment: Moment, poste: int, flows: Floats, *transitions: Any) -> StepTotals:
        """Return the totals of the step whose state the engine has."""
        models = self.models
        counts = models.n_plugged.copy(), models.n_waiting, models.soc_sum.copy()
        return StepTotals(moment, poste, self.fleet.size, flows, *counts, *transitions)
