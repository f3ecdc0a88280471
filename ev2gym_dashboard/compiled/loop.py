"""Time loop, compiled: the steps of `core.engine.engine`, one after the other, in a single call."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.compiled.inputs import (
    ControlTables,
    DayPlanArrays,
    FleetArrays,
    ModelArrays,
    ProgressArrays,
    QueueArrays,
    RatingTables,
    Run,
    SiteArrays,
    TraceArrays,
)
from ev2gym_dashboard.compiled.kept import load_inputs
from ev2gym_dashboard.compiled.queue import N_WAITING
from ev2gym_dashboard.compiled.records import accumulate_models, write_row
from ev2gym_dashboard.compiled.rules import (
    VehicleView,
    allocate,
    find_thresholds,
    request_power,
    requests_v2g,
    shares_power,
    tabulate_ahead,
)
from ev2gym_dashboard.compiled.trace_log import log_states
from ev2gym_dashboard.compiled.transitions import G2V, OFFER_H, OFFERED, V2G, apply_transitions
from ev2gym_dashboard.core.compiler import compile_kernel, inline_kernel
from ev2gym_dashboard.core.control.allocation import UNLIMITED, allocate_feeder, unpack_demand
from ev2gym_dashboard.core.control.connection_guard import can_guard, guard_connection
from ev2gym_dashboard.core.control.outlook import expect_need_kwh, find_room_kwh
from ev2gym_dashboard.core.engine.engine import SLACK_KW
from ev2gym_dashboard.core.engine.kernel_inputs import PluggedColumns
from ev2gym_dashboard.core.engine.step_numba import _apply_step, _gather_plugged, _sum_demand
from ev2gym_dashboard.core.engine.transitions_numba import _charge_for_steps

CLOCK, ELAPSED, N_DONE, WARMS_UP = range(4)
"""Places of the counters of a run."""
UNKNOWN_THRESHOLDS = np.nan, np.nan, np.nan


@compile_kernel
def advance_runs(runs, first, last, n_steps):  # type: ignore[no-untyped-def]
    """Run up to ``n_steps`` steps of each of the runs ``first:last``.

    Return how many runs have done less: at the end of the day, of the room for records, and where the next step needs
    to know of newcomers that the site does not hold.
    """
    n_behind = 0
    for number in range(first, last):
        n_behind += run_steps(runs, number, n_steps) < n_steps
    return n_behind


@inline_kernel
def run_steps(runs, number, n_steps):  # type: ignore[no-untyped-def]
    """Run steps of one run, and write a row of the series for each; return how many were run."""
    run = name_parts(load_inputs(runs, number))
    counters, rows, moments, plan = run.progress.counters, run.progress.rows, run.site.moments, run.plan
    warms_up = counters[WARMS_UP] > 0
    tables_ahead, tabulated_step, thresholds = np.zeros((0, 0)), 0, UNKNOWN_THRESHOLDS
    for k in range(n_steps):
        clock, elapsed, n_done = counters[CLOCK], counters[ELAPSED], counters[N_DONE]
        step = clock - plan.first_step
        if step >= plan.arrival_offsets.size - 1:
            return k
        if warms_up:
            charge_leaving(run, step, elapsed)
        elif n_done >= rows.shape[0] or needs_newcomers(run, step):
            return k
        departures = apply_transitions(run, clock, elapsed)
        if not warms_up:
            present = find_thresholds(run.control.rule, moments[step], run.params)
            # Most steps have the prices of the one before, and the tables of an earlier step hold all of theirs.
            if present != thresholds:
                thresholds, tabulated_step = present, step
                tables_ahead = tabulate_ahead(
                    run.control.rule,
                    thresholds,
                    run.site.price_ahead_mad_kwh[step:],
                    run.site.surplus_price_ahead_mad_kwh[step:],
                )
            flows = decide_and_apply(run, step, clock, elapsed, tables_ahead[:, step - tabulated_step :])
            run.plugged_kw[OFFERED] += run.plugged_kw[V2G] * run.plugged_kw[OFFER_H]
            accumulate_models(run.models, flows, moments[step])
            write_row(rows[n_done], run, flows, moments[step], departures)
            if run.trace.soc.size > 0:
                log_states(run.trace, n_done, run.fleet, flows, moments[step])
            run.progress.flows[:] = flows
            counters[N_DONE] += 1
        counters[CLOCK] += 1
        counters[ELAPSED] += 1
    return n_steps


@inline_kernel
def name_parts(parts):  # type: ignore[no-untyped-def]
    """Return plain tuples as the parts of a run, by name."""
    return Run(
        FleetArrays(*parts[0]),
        ModelArrays(*parts[1]),
        RatingTables(*parts[2]),
        DayPlanArrays(*parts[3]),
        QueueArrays(*parts[4]),
        SiteArrays(*parts[5]),
        ControlTables(*parts[6]),
        parts[7],
        parts[8],
        TraceArrays(*parts[9]),
        ProgressArrays(*parts[10]),
    )


@inline_kernel
def charge_leaving(run, step, elapsed):  # type: ignore[no-untyped-def]
    """Charge the vehicles that leave in a step of the warm-up for the whole of their stays, as `charge_uncontrolled`.

    Here, the time plugged in is that of the present stay alone.
    """
    fleet, ratings, plan = run.fleet, run.ratings, run.plan
    codes, socs, plugged_steps = fleet.code, fleet.soc, fleet.plugged_steps
    gains, taper_socs, target_socs = ratings.gain, ratings.taper_soc, ratings.target_soc
    leaving = plan.leaving
    for i in range(plan.leaving_offsets[step], plan.leaving_offsets[step + 1]):
        row = leaving[i]
        c, s = codes[row], socs[row]
        if c != 0:
            n_steps = elapsed + plugged_steps[row]
            charged = _charge_for_steps(s, gains[c], taper_socs[c], n_steps, ratings.timestep_h)
            socs[row] = max(s, min(charged, target_socs[c]))
            # The departure adds the time, and leaves nothing of it.
            plugged_steps[row] = -elapsed


@inline_kernel
def needs_newcomers(run, step):  # type: ignore[no-untyped-def]
    """Return whether the step may have to look ahead, for which the energy of newcomers is not known yet."""
    if run.site.newcomers_kwh[0].size > 0 or not (run.ratings.guard_enabled and run.control.guards_connection):
        return False
    n_arriving = run.plan.arrival_offsets[step + 1] - run.plan.arrival_offsets[step]
    most_kw = run.plugged_kw[G2V] + (run.queue.counts[N_WAITING] + n_arriving) * run.site.highest_kw
    return most_kw > run.site.lowest_room_kw[step] - SLACK_KW


@inline_kernel
def decide_and_apply(run, step, clock, elapsed, tables_ahead):  # type: ignore[no-untyped-def]
    """Let the strategy decide, keep to the connection, and apply the step; return its flows."""
    fleet, ratings, control = run.fleet, run.ratings, run.control
    moment, rule = run.site.moments[step], control.rule
    limits = (
        ratings.gain,
        ratings.taper_soc,
        ratings.taper_gain,
        ratings.kw_per_gain,
        ratings.kw_per_use,
        control.discharge_kw,
    )
    scalars = clock, ratings.timestep_h, control.floor_soc
    plugged = _gather_plugged((fleet.code, fleet.soc, fleet.departure_step), limits, scalars, 0, fleet.code.size)
    requested_kw = request_powers(run, plugged, moment, tables_ahead, 1.0)
    is_v2g_requested = requests_v2g(rule, moment, run.params)
    allocation = UNLIMITED
    if shares_power(rule, moment, run.params):
        demand = sum_demand(run, plugged, requested_kw, allocation, False)
        allocation = allocate(rule, moment, run.params, demand)
        if allocation.surplus_share != 1.0:
            requested_kw = request_powers(run, plugged, moment, tables_ahead, allocation.surplus_share)
    allocation = keep_to_connection(run, plugged, requested_kw, allocation, step)
    variant = 0 if not is_v2g_requested else 2 if allocation.keeps_energy else 1
    state = (
        fleet.soc,
        fleet.power_kw,
        fleet.exact_kw,
        fleet.reason,
        fleet.soc_sum,
        fleet.swing_sum,
        fleet.cycled_soc,
        run.models.offsets,
    )
    tables = make_dispatch_tables(ratings, control.idle_reasons[variant])
    return _apply_step(plugged, requested_kw, tables, make_dispatch_scalars(ratings, allocation, elapsed, False), state)


@inline_kernel
def request_powers(run, plugged, moment, tables_ahead, surplus_share):  # type: ignore[no-untyped-def]
    """Return the requested power of each plugged-in vehicle [kW]."""
    columns = PluggedColumns(*plugged)
    codes, socs, hours_left, gains = columns.code, columns.soc, columns.hours_left, columns.gain
    charge_limits_kw, discharge_limits_kw = columns.charge_limit_kw, columns.discharge_limit_kw
    kw_per_gains, kw_per_uses, target_socs = columns.kw_per_gain, columns.kw_per_use, run.ratings.target_soc
    taper_socs, rows, requested_kw = run.ratings.taper_soc, columns.rows, np.empty(codes.size)
    for i in range(codes.size):
        view = VehicleView(
            moment,
            target_socs[codes[i]],
            socs[i],
            hours_left[i],
            gains[i],
            charge_limits_kw[i],
            discharge_limits_kw[i],
            kw_per_gains[i],
            kw_per_uses[i],
            taper_socs[codes[i]],
            tables_ahead,
            surplus_share,
            codes[i],
            rows[i],
        )
        requested_kw[i] = request_power(run.control.rule, codes[i], view, run.params)
    return requested_kw


@inline_kernel
def keep_to_connection(run, plugged, requested_kw, allocation, step):  # type: ignore[no-untyped-def]
    """Return the allocation of the strategy, cut to the connection."""
    site, ratings, moment = run.site, run.ratings, run.site.moments[step]
    is_guarded = ratings.guard_enabled and run.control.guards_connection
    is_short_later = is_guarded and run.plugged_kw[G2V] > site.lowest_room_kw[step] - SLACK_KW
    if not (is_short_later or may_exceed_limit(moment, run.plugged_kw)):
        return allocation
    demand = sum_demand(run, plugged, requested_kw, allocation, is_short_later)
    if is_short_later:
        room_kw = max(moment.limit_kw - moment.other_load_kw, 0.0)
        if can_guard(demand, room_kw):
            room_kwh = find_room_kwh(site.room_kwh, site.timestep_min, step)
            newcomers_kwh = expect_need_kwh(site.newcomers_kwh[0], site.newcomers_kwh[1], step, site.moments.size)
            guarded = guard_connection(allocation, demand, room_kwh, newcomers_kwh, room_kw, ratings.timestep_h)
            if guarded.v2g_share != allocation.v2g_share or guarded.urgent_bin > 0:
                demand = sum_demand(run, plugged, requested_kw, guarded, False)
            allocation = guarded
    return allocate_feeder(allocation, demand, moment.other_load_kw, moment.limit_kw, moment.cap_kw)


@inline_kernel
def may_exceed_limit(moment, plugged_kw):  # type: ignore[no-untyped-def]
    """Return whether the site exceeds its connection or its cap if all plugged-in vehicles run at full power."""
    if moment.other_load_kw + plugged_kw[G2V] > moment.import_limit_kw - SLACK_KW:
        return True
    return plugged_kw[V2G] - moment.other_load_kw > moment.limit_kw - SLACK_KW


@inline_kernel
def sum_demand(run, plugged, requested_kw, allocation, sums_needs):  # type: ignore[no-untyped-def]
    """Return the demand of the fleet under an allocation."""
    scalars = make_dispatch_scalars(run.ratings, allocation, 0, sums_needs)
    tables = make_dispatch_tables(run.ratings, run.control.idle_reasons[0])
    return unpack_demand(_sum_demand(plugged, requested_kw, tables, scalars))


@inline_kernel
def make_dispatch_tables(ratings, idle):  # type: ignore[no-untyped-def]
    """Return the parts of `DispatchTables`."""
    return (
        ratings.gain,
        ratings.taper_soc,
        ratings.required_soc,
        ratings.target_soc,
        ratings.sufficient_soc,
        ratings.charge_efficiency,
        ratings.discharge_efficiency,
        ratings.bins_per_kw,
        ratings.efficiency_by_bin,
        ratings.capacity_kw,
        idle[0],
        idle[1],
        idle[2],
        idle[3],
    )


@inline_kernel
def make_dispatch_scalars(ratings, allocation, elapsed, sums_needs):  # type: ignore[no-untyped-def]
    """Return the parts of `DispatchScalars`."""
    return (
        ratings.guard_enabled,
        ratings.timestep_h,
        allocation.g2v_share,
        allocation.v2g_share,
        allocation.cut_bin,
        allocation.cut_share,
        allocation.export_share,
        allocation.urgent_bin,
        # For a literal, Numba would compile the functions that get it once more.
        bool(sums_needs),
        1.0 / (elapsed + 1),
    )
