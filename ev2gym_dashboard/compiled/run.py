"""Run: the inputs of the compiled loop from the arrays of an engine, and the engine from what the loop has written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.compiled.inputs import (
    ControlTables,
    DayPlanArrays,
    FleetArrays,
    ModelArrays,
    QueueArrays,
    RatingTables,
    SiteArrays,
)
from ev2gym_dashboard.compiled.rules import NUMBERS, make_rule_params
from ev2gym_dashboard.core.arrays import Counts, Floats, Rows
from ev2gym_dashboard.core.control.outlook import Outlook
from ev2gym_dashboard.core.control.step import Control, list_idle_reasons
from ev2gym_dashboard.core.engine.engine import BLOCK_SIZE, Engine
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.engine.transitions import find_arrival_min_soc
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue

NO_NEWCOMERS = np.zeros((0, 0)), np.zeros((0, 0))
NO_MASKS, NO_FLAGS = np.zeros(0, np.int64), np.zeros(0, np.bool_)
NO_EVSES, NO_OFFSETS = np.zeros(0, np.int32), np.zeros(0, np.uint16)


@dataclass
class Workspace:
    """Inputs of the loop that stay the same from call to call, for one state of one engine."""

    state: Any
    fleet: tuple[Any, ...]
    models: tuple[Any, ...]
    ratings: tuple[Any, ...]
    highest_kw: float
    waiting: Any
    since: Any
    code_offset: Any
    queue: tuple[EvseQueue, tuple[Any, ...], Counts] | None = None
    knows_newcomers: bool = False
    plan: tuple[DayPlan, tuple[Any, ...]] | None = None
    site: tuple[Any, tuple[Any, ...]] | None = None
    control: tuple[Any, tuple[Any, ...]] | None = None
    params: tuple[Any, Any] | None = None


def can_run(engine: Engine, control: Control) -> bool:
    """Return whether the loop has compiled the rules of a control, and all that the engine needs of a step."""
    # A vehicle for which the user has decided goes step by step: few runs have one, and the others stay as fast.
    is_left_alone = engine.overrides.rows.size == 0
    return control.request_power in NUMBERS and engine.fleet.size <= BLOCK_SIZE and is_left_alone


def make_workspace(engine: Engine) -> Workspace:
    """Return the inputs that stay the same from call to call."""
    state, wear, limits, ratings = engine.state, engine.state.wear, engine.limits, engine.limits.ratings
    fit, totals = engine.fit, engine.models
    fleet = FleetArrays(
        state.code,
        state.evse,
        state.soc,
        state.expected_soc,
        state.departure_step,
        state.power_kw,
        state.exact_kw,
        state.reason,
        wear.soc_sum,
        wear.swing_sum,
        wear.cycled_soc,
        wear.plugged_steps,
    )
    models = ModelArrays(
        engine.fleet.offsets,
        engine.fleet.capacity_kwh,
        NO_MASKS if fit is None else fit.kind_masks,
        NO_FLAGS if fit is None else fit.chargeable,
        engine.fastest_code,
        totals.n_plugged,
        totals.n_present,
        totals.soc_sum,
        totals.n_departures,
        totals.n_at_target,
        totals.unserved_kwh,
        totals.waited_h,
        totals.energy_cost_mad,
    )
    tables = RatingTables(
        ratings.charge_kw,
        ratings.discharge_kw,
        ratings.charge_efficiency,
        ratings.discharge_efficiency,
        ratings.taper_soc,
        ratings.bins_per_kw,
        ratings.efficiency_by_bin,
        limits.gain,
        limits.taper_gain,
        limits.kw_per_gain,
        limits.kw_per_use,
        limits.capacity_kw,
        limits.required_soc,
        limits.target_soc,
        limits.sufficient_soc,
        float(limits.timestep_h),
        ratings.n_kinds,
        engine.rules.departure_guard,
    )
    highest_kw, size = float(ratings.charge_kw.max()), engine.fleet.size
    line = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint16)
    return Workspace(state, tuple(fleet), tuple(models), tuple(tables), highest_kw, *line)


def make_queue(plugs: EvseQueue, workspace: Workspace) -> tuple[tuple[Any, ...], Counts]:
    """Return the queue as it is now, and the counts that the loop will have changed."""
    n, line = len(plugs.waiting), (workspace.waiting, workspace.since, workspace.code_offset)
    if workspace.queue is None or workspace.queue[0] is not plugs:
        counts = np.zeros(3, np.int64)
        workspace.queue = plugs, tuple(QueueArrays(plugs.kinds, plugs.ring, *line, counts)), counts
    _, inputs, counts = workspace.queue
    for values, target in zip((plugs.waiting, plugs.since, plugs.code_offset), line, strict=True):
        target[:n] = values
    counts[:] = plugs.first, plugs.n_free, n
    return inputs, counts


def store_queue(plugs: EvseQueue, workspace: Workspace, counts: Any) -> None:
    """Set the queue to what the loop has written."""
    plugs.first, plugs.n_free, n = counts.tolist()
    plugs.waiting, plugs.since = workspace.waiting[:n].copy(), workspace.since[:n].copy()
    plugs.code_offset = workspace.code_offset[:n].copy()


def make_plan(plan: DayPlan, workspace: Workspace, donors: Sequence[Workspace] = ()) -> tuple[Any, ...]:
    """Return the plan of the day, that of a donor where it is the same."""
    if workspace.plan is None or workspace.plan[0] is not plan:
        workspace.plan = _find_shared(donors, "plan", lambda own: own is plan) or (plan, _make_plan_arrays(plan))
    return workspace.plan[1]


def _make_plan_arrays(plan: DayPlan) -> tuple[Any, ...]:
    return tuple(
        DayPlanArrays(
            plan.first_step,
            _own(plan.arriving),
            _order_by_time(plan, plan.arrival_tick, plan.arrival_offsets),
            _own(plan.arrival_offsets),
            _own(plan.departure_step),
            _own(plan.drive_kwh),
            _own(plan.leaving),
            _order_by_time(plan, plan.leaving_tick, plan.leaving_offsets),
            _own(plan.leaving_offsets),
            NO_EVSES if plan.evse is None else _own(plan.evse),
            NO_OFFSETS if plan.code_offset is None else _own(plan.code_offset),
            find_arrival_min_soc(plan),
        )
    )


def _order_by_time(plan: DayPlan, ticks: NDArray[Any], offsets: Counts) -> Rows:
    """Return the indices of the arrivals or departures of the day of a plan by step and then by time."""
    # The steps of drawn stays rise with the time; a given stay may have been moved to another step.
    if plan.evse is None:
        today = ticks[: offsets[-1]]
        # The ticks of a day fit 16 bits, which NumPy sorts by radix: in a fifth of the time.
        first_tick = today.min() if today.size else 0
        return (today - first_tick).astype(np.uint16).argsort(kind="stable").astype(np.int32)
    by_time = ticks.argsort(kind="stable").astype(np.int32)
    step = np.repeat(np.arange(len(offsets)), np.diff(offsets, append=len(ticks)))
    return by_time[step[by_time].argsort(kind="stable")]


def _own(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array that may be written, a copy if the given one may not."""
    # To Numba, a read-only array is of another type: it would compile the loop a second time.
    return values if values.flags.writeable else values.copy()


def make_site(engine: Engine, workspace: Workspace, donors: Sequence[Workspace] = ()) -> tuple[Any, ...]:
    """Return the day of the site, that of a donor where it is the same."""
    _, day, outlook = engine.get_day()
    key = day, workspace.knows_newcomers
    if workspace.site is not None and workspace.site[0] == key:
        return workspace.site[1]
    workspace.site = _find_shared(donors, "site", lambda own: own == key)
    if workspace.site is None:
        newcomers_kwh = _tabulate_newcomers(outlook) if workspace.knows_newcomers else NO_NEWCOMERS
        arrays = SiteArrays(
            day.moments,
            day.price_ahead_mad_kwh,
            day.surplus_price_ahead_mad_kwh,
            outlook.room_kwh,
            np.ascontiguousarray(outlook.lowest_room_kw),
            newcomers_kwh,
            outlook.timestep_min,
            workspace.highest_kw,
        )
        workspace.site = key, tuple(arrays)
    return workspace.site[1]


def _tabulate_newcomers(outlook: Outlook) -> tuple[Floats, Floats]:
    # Two tables instead of one of both days: forks share them, and each would hold its own.
    today, tomorrow = (np.ascontiguousarray(outlook.expect_newcomers(weekend=weekend)) for weekend in outlook.weekends)
    return today, tomorrow


def make_control(
    engine: Engine, control: Control, workspace: Workspace, donors: Sequence[Workspace] = ()
) -> tuple[Any, ...]:
    """Return the tables of a control, those of a donor where they are the same, and the parameters of its rule."""
    rule, floor_soc = NUMBERS[control.request_power], float(max(engine.rules.reserve_soc, control.params.v2g_min_soc))
    key = rule, floor_soc, control.v2g, control.guards_connection, control.idle_reason
    if workspace.control is None or workspace.control[0] != key:
        shared = _find_shared(donors, "control", lambda own: own == key)
        workspace.control = shared or (key, _make_control_tables(engine, control, rule, floor_soc))
    # Apart from the tables: the setpoints of an agent are others in every step.
    if workspace.params is None or workspace.params[0] != (rule, control.params):
        workspace.params = (rule, control.params), make_rule_params(rule, control.params)
    return workspace.control[1], workspace.params[1]


def _make_control_tables(engine: Engine, control: Control, rule: int, floor_soc: float) -> tuple[Any, ...]:
    return tuple(
        ControlTables(
            rule,
            floor_soc,
            control.guards_connection,
            engine.limits.ratings.discharge_kw * float(control.v2g),
            np.stack([np.stack(reasons) for reasons in list_idle_reasons(engine.limits, control)]),
        )
    )


def _find_shared(donors: Sequence[Workspace], name: str, is_same: Callable[[Any], bool]) -> Any:
    """Return the named inputs of the first donor that has the same ones, with their key; None without one."""
    found = (getattr(donor, name) for donor in donors)
    return next((inputs for inputs in found if inputs is not None and is_same(inputs[0])), None)


def record_rows(engine: Engine, rows: Floats, flows: Floats) -> None:
    """Append steps to the records of an engine; ``flows`` are those of the last one."""
    step_of_day = (engine.clock + len(rows) - 1) % engine.scenario.steps_per_day
    _, day, _ = engine.get_day()
    last = dict(zip(COLUMNS, rows[-1].tolist(), strict=True))
    engine.records.extend(rows)
    engine.records.last = engine.make_totals(
        day.make_moment(step_of_day),
        int(last["poste"]),
        flows,
        last["driven_kwh"],
        int(last["n_departures"]),
        int(last["n_at_target"]),
        last["unserved_kwh"],
    )
