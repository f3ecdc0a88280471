"""Step in Numba: one block of vehicles, with the equations of `step_numpy` and `dispatch`, in two passes."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.compiler import compile_kernel, inline_kernel
from ev2gym_dashboard.core.control.allocation import FIRST_NEED, LAXITY_BIN_H, N_DEMAND_SUMS, N_LAXITY_BINS
from ev2gym_dashboard.core.control.dispatch import DEAD_BAND_KW, SOC_TOLERANCE
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.room import DEADLINE_BIN_H, N_DEADLINE_BINS
from ev2gym_dashboard.core.control.step import FLOWS, Step
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.kernel_inputs import (
    DispatchScalars,
    DispatchTables,
    GatherScalars,
    KernelTuple,
    LimitTables,
    PlugColumns,
    PluggedColumns,
    StateColumns,
    Vehicle,
    VehicleRating,
    get_dispatch_scalars,
    get_dispatch_tables,
    get_gather_scalars,
    get_limit_tables,
    get_plug_columns,
    get_state_columns,
)
from ev2gym_dashboard.core.engine.transitions_numba import apply_arrivals, apply_departures, apply_plug_ins
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.fleet.evse import N_CURRENT_BINS

CHARGING, DISCHARGING = np.uint8(Reason.CHARGING), np.uint8(Reason.DISCHARGING)
GUARD, FEEDER, CONNECTION_GUARD = np.uint8(Reason.GUARD), np.uint8(Reason.FEEDER), np.uint8(Reason.CONNECTION_GUARD)
UNGUARDED = np.uint8(0)
N_FLOWS = len(FLOWS)


def step_block(step: Step, first: int, last: int) -> Floats:
    """Decide and apply a step for a block; only the strategy itself runs in NumPy."""
    sums: Floats = _apply_step(*_make_dispatch_inputs(step, first, last), get_state_columns(step))
    return sums


def compute_block_demand(step: Step, first: int, last: int) -> Floats:
    """Return the demand of the vehicles of a block under the allocation, in the order of `unpack_demand`."""
    sums: Floats = _sum_demand(*_make_dispatch_inputs(step, first, last))
    return sums


def _make_dispatch_inputs(step: Step, first: int, last: int) -> tuple[KernelTuple, Floats, KernelTuple, KernelTuple]:
    # The passes of a step differ in the allocation alone, of which the request knows only the share of the surplus.
    cache, key = step.inputs_by_block, (first, step.allocation.surplus_share)
    if cache is not None and key in cache:
        plugged, requested_kw = cache[key]
    else:
        plugged = _gather_plugged(get_plug_columns(step), get_limit_tables(step), get_gather_scalars(step), first, last)
        requested_kw = _request_power(step, PluggedColumns(*plugged))
        if cache is not None:
            cache[key] = plugged, requested_kw
    return plugged, requested_kw, get_dispatch_tables(step), get_dispatch_scalars(step)


def _request_power(step: Step, plugged: PluggedColumns) -> Floats:
    view = StepView(
        step.moment,
        step.limits.find_target_soc(plugged.code),
        plugged.soc,
        plugged.hours_left,
        plugged.gain,
        plugged.charge_limit_kw,
        plugged.discharge_limit_kw,
        plugged.kw_per_gain,
        plugged.kw_per_use,
        plugged.code,
        plugged.rows,
        step.limits.ratings.taper_soc,
        step.tables,
        step.allocation.surplus_share,
        step.memory,
    )
    return step.control.request_power(view, step.control.params)


# The kernels release the GIL, so that threads step several blocks at a time. Named tuples of arrays are taken apart
# before a loop: within it, Numba would count a reference to the array for every vehicle.
@compile_kernel
def _gather_plugged(columns, tables, scalars, first, last):  # type: ignore[no-untyped-def]
    """Gather the plugged-in vehicles of a block and compute their limits."""
    columns, tables, scalars = PlugColumns(*columns), LimitTables(*tables), GatherScalars(*scalars)
    fleet_code, fleet_soc, departure_step = columns.code, columns.soc, columns.departure_step
    gains, taper_socs, taper_gains = tables.gain, tables.taper_soc, tables.taper_gain
    kw_per_gains, kw_per_uses, discharge_kws = tables.kw_per_gain, tables.kw_per_use, tables.discharge_kw
    clock, timestep_h, floor_soc = scalars.clock, scalars.timestep_h, scalars.floor_soc
    # Every row is written and the counter moves on only past a plugged-in one: who is plugged in is as good as random,
    # so that a branch would be mispredicted in most blocks.
    rows = np.empty(last - first, np.int32)
    size = 0
    for row in range(first, last):
        rows[size] = row
        size += fleet_code[row] != 0
    rows, code = rows[:size], np.empty(size, np.uint16)
    soc, hours_left, gain = np.empty(size), np.empty(size), np.empty(size)
    charge_limit_kw, discharge_limit_kw = np.empty(size), np.empty(size)
    kw_per_gain, kw_per_use = np.empty(size), np.empty(size)
    for i in range(size):
        row = rows[i]
        c = fleet_code[row]
        s, g, taper_soc = fleet_soc[row], gains[c], taper_socs[c]
        headroom = min(g, (1.0 - s) * taper_gains[c])
        # Only the step that crosses into the taper needs an exponential; on either side the table holds it.
        if (s < taper_soc) & (s + g > taper_soc):
            rate = g / timestep_h
            taper_time_h = max(timestep_h - (taper_soc - s) / rate, 0.0)
            headroom = 1.0 - (1.0 - taper_soc) * np.exp(-rate / (1.0 - taper_soc) * taper_time_h) - s
        code[i], soc[i], gain[i] = c, s, g
        hours_left[i] = (departure_step[row] - clock) * timestep_h
        kw_per_gain[i], kw_per_use[i] = kw_per_gains[c], kw_per_uses[c]
        charge_limit_kw[i] = min(headroom, max(FULL_SOC - s, 0.0)) * kw_per_gain[i]
        discharge_limit_kw[i] = min(discharge_kws[c], max(s - floor_soc, 0.0) * kw_per_use[i])
    return rows, code, soc, hours_left, gain, charge_limit_kw, discharge_limit_kw, kw_per_gain, kw_per_use


@compile_kernel
def _apply_step(plugged, requested_kw, tables, scalars, state):  # type: ignore[no-untyped-def]
    """Decide, cut to the connection, write the state back, and add up the flows per model."""
    plugged, tables, scalars = PluggedColumns(*plugged), DispatchTables(*tables), DispatchScalars(*scalars)
    state = StateColumns(*state)
    rows, codes, socs, hours_left = plugged.rows, plugged.code, plugged.soc, plugged.hours_left
    charge_limits_kw, discharge_limits_kw = plugged.charge_limit_kw, plugged.discharge_limit_kw
    kw_per_gains, kw_per_uses = plugged.kw_per_gain, plugged.kw_per_use
    gains, taper_socs, required_socs = tables.gain, tables.taper_soc, tables.required_soc
    target_socs, sufficient_socs = tables.target_soc, tables.sufficient_soc
    charge_efficiencies, discharge_efficiencies = tables.charge_efficiency, tables.discharge_efficiency
    bins_per_kws, efficiency_by_bin = tables.bins_per_kw, tables.efficiency_by_bin
    capacity_kws, below_target, below_target_ready, at_target, ready = (
        tables.capacity_kw, tables.below_target, tables.below_target_ready, tables.at_target, tables.ready,
    )  # fmt: skip
    fleet_soc, fleet_power_kw, fleet_reason = state.soc, state.power_kw, state.reason
    exact_kw, is_traced = state.exact_kw, state.exact_kw.size > 0
    soc_sum, swing_sum, cycled_soc, offsets = state.soc_sum, state.swing_sum, state.cycled_soc, state.offsets
    per_elapsed_step = scalars.per_elapsed_step
    is_limited = (scalars.cut_bin < N_LAXITY_BINS) | (scalars.export_share < 1.0)
    sums = np.zeros((N_FLOWS, offsets.size - 1))
    model = 0
    for i in range(rows.size):
        row, c, s = rows[i], codes[i], socs[i]
        vehicle = Vehicle(
            requested_kw[i], s, hours_left[i], charge_limits_kw[i], discharge_limits_kw[i], kw_per_gains[i],
            kw_per_uses[i],
        )  # fmt: skip
        rating = VehicleRating(
            c, gains[c], taper_socs[c], required_socs[c], target_socs[c], sufficient_socs[c], charge_efficiencies[c],
            discharge_efficiencies[c], bins_per_kws[c],
        )  # fmt: skip
        power, change, guarded = _dispatch_vehicle(vehicle, rating, scalars, efficiency_by_bin)
        cut = False
        if is_limited:
            power, change, cut = _cut_to_connection(power, change, vehicle, rating, scalars)
        after = max(s + change, 0.0)
        fleet_soc[row], fleet_power_kw[row] = after, power
        if is_traced:
            exact_kw[row] = power
        short = s < rating.sufficient_soc - SOC_TOLERANCE
        if vehicle.discharge_limit_kw > 0.0:
            reason = below_target_ready[c] if short else ready[c]
        else:
            reason = below_target[c] if short else at_target[c]
        reason = CHARGING if power > 0.0 else (DISCHARGING if power < 0.0 else reason)
        fleet_reason[row] = FEEDER if cut else (guarded or reason)
        total = soc_sum[row] + after
        soc_sum[row] = total
        # Rounded before it is added, as NumPy rounds: both kernels then hold the same bits in these sums.
        swing_sum[row] += np.float32(abs(after - total * per_elapsed_step))
        cycled_soc[row] += np.float32(abs(change))
        # Rows rise and vehicles are sorted by model, so that the model only ever moves on.
        while row >= offsets[model + 1]:
            model += 1
        _add_flows(sums, model, power, change, capacity_kws[c])
    return sums


@inline_kernel
def _cut_to_connection(power, change, vehicle, rating, scalars):  # type: ignore[no-untyped-def]
    share = scalars.export_share
    # Most vehicles of a long stay are full: they need no laxity.
    if power > 0.0:
        laxity_bin, cut_bin = _compute_laxity_bin(vehicle, rating, scalars), scalars.cut_bin
        share = 1.0 if laxity_bin < cut_bin else (scalars.cut_share if laxity_bin == cut_bin else 0.0)
    return power * share, change * share, (share < 1.0) & (power != 0.0)


# Every sum is added to for every vehicle, with 0 where it does not apply: what a vehicle does is as good as random, and
# a mispredicted branch costs more than the additions.
@inline_kernel
def _add_flows(sums, model, power, change, capacity_kw):  # type: ignore[no-untyped-def]
    """Add `FLOWS` of a vehicle to those of its model, in their order."""
    loss = power - change * capacity_kw
    sums[0, model] += power > 0.0
    sums[1, model] += power < 0.0
    sums[2, model] += max(power, 0.0)
    sums[3, model] += max(-power, 0.0)
    sums[4, model] += loss if power > 0.0 else 0.0
    sums[5, model] += loss if power < 0.0 else 0.0
    sums[6, model] += change


@compile_kernel
def _sum_demand(plugged, requested_kw, tables, scalars):  # type: ignore[no-untyped-def]
    """Add up the requested power, V2G, charging by laxity, and, where asked for, the needs by deadline."""
    plugged, tables, scalars = PluggedColumns(*plugged), DispatchTables(*tables), DispatchScalars(*scalars)
    codes, socs, hours_left = plugged.code, plugged.soc, plugged.hours_left
    charge_limits_kw, discharge_limits_kw = plugged.charge_limit_kw, plugged.discharge_limit_kw
    kw_per_gains, kw_per_uses = plugged.kw_per_gain, plugged.kw_per_use
    gains, taper_socs, required_socs = tables.gain, tables.taper_soc, tables.required_soc
    target_socs, sufficient_socs = tables.target_soc, tables.sufficient_soc
    charge_efficiencies, discharge_efficiencies = tables.charge_efficiency, tables.discharge_efficiency
    bins_per_kws, efficiency_by_bin = tables.bins_per_kw, tables.efficiency_by_bin
    sums = np.zeros(N_DEMAND_SUMS if scalars.sums_needs else FIRST_NEED)
    timestep_h, sums_needs = scalars.timestep_h, scalars.sums_needs
    for i in range(codes.size):
        c = codes[i]
        vehicle = Vehicle(
            requested_kw[i], socs[i], hours_left[i], charge_limits_kw[i], discharge_limits_kw[i], kw_per_gains[i],
            kw_per_uses[i],
        )  # fmt: skip
        rating = VehicleRating(
            c, gains[c], taper_socs[c], required_socs[c], target_socs[c], sufficient_socs[c], charge_efficiencies[c],
            discharge_efficiencies[c], bins_per_kws[c],
        )  # fmt: skip
        power, change, _ = _dispatch_vehicle(vehicle, rating, scalars, efficiency_by_bin)
        requested = min(max(vehicle.requested_kw, -vehicle.discharge_limit_kw), vehicle.charge_limit_kw)
        sums[0] += max(requested, 0.0)
        sums[1] += max(-requested, 0.0)
        sums[2] += max(-power, 0.0)
        missing = rating.sufficient_soc - socs[i]
        # Most vehicles of a long stay are full and idle: they add nothing to the sums below.
        if (power == 0.0) & (missing <= 0.0):
            continue
        laxity_bin = _compute_laxity_bin(vehicle, rating, scalars)
        sums[3 + laxity_bin] += max(power, 0.0)
        if not sums_needs:
            continue
        deadline_bin = int(min(max(np.ceil(hours_left[i] / DEADLINE_BIN_H) - 1.0, 0.0), N_DEADLINE_BINS - 1.0))
        reachable, kwh_per_soc = rating.gain / timestep_h * (hours_left[i] - timestep_h), kw_per_gains[i] * timestep_h
        kept = min(max(missing - max(change, 0.0), 0.0), reachable) * kwh_per_soc
        left = min(max(missing - change, 0.0), reachable) * kwh_per_soc
        sums[FIRST_NEED + deadline_bin] += kept
        sums[FIRST_NEED + N_DEADLINE_BINS + deadline_bin] += left - kept
        urgent = min(charge_limits_kw[i], max(missing, 0.0) * kw_per_gains[i])
        sums[FIRST_NEED + 2 * N_DEADLINE_BINS + laxity_bin] += urgent
    return sums


@inline_kernel
def _dispatch_vehicle(vehicle, rating, scalars, efficiency_by_bin):  # type: ignore[no-untyped-def]
    """Return power, change of SOC and the reason of the guard that overruled, before the connection cuts."""
    most, least = vehicle.charge_limit_kw, vehicle.discharge_limit_kw
    up, down = vehicle.kw_per_gain, vehicle.kw_per_use
    power = min(max(vehicle.requested_kw, -least), most)
    power *= scalars.g2v_share if power > 0.0 else scalars.v2g_share
    power = power if abs(power) >= DEAD_BAND_KW else 0.0
    change = power / (up if power > 0.0 else down)
    partial = ((most if power > 0.0 else least) - abs(power) > DEAD_BAND_KW) & (power != 0.0)
    if partial & (abs(power - (rating.target_soc - vehicle.soc) * up) > DEAD_BAND_KW):
        efficiency = efficiency_by_bin[rating.code, int(min(abs(power) * rating.bins_per_kw, N_CURRENT_BINS - 1))]
        ratio = efficiency / rating.charge_efficiency if power > 0.0 else rating.discharge_efficiency / efficiency
        change = min(max(change * ratio, -least / down), most / up)
    guarded = UNGUARDED
    timestep_h, hours_left = scalars.timestep_h, vehicle.hours_left
    # The straight line bounds the required SOC from above: far from its departure, no vehicle needs the exact one.
    bound = rating.required_soc - rating.gain * (hours_left / timestep_h - 1.0)
    if scalars.guard_enabled & (vehicle.soc + change < bound):
        required = _compute_required_soc(
            rating.sufficient_soc, hours_left - timestep_h, rating.gain / timestep_h, rating.taper_soc
        )
        if (vehicle.soc + change < required - SOC_TOLERANCE) & (most - power > DEAD_BAND_KW):
            guarded = GUARD
            missing = required - vehicle.soc
            # Above the required SOC only discharging can go too far: it keeps its current for a share of the step.
            power = min(missing * up, most) if missing > 0.0 else power * (missing / change)
            change = power / up if missing > 0.0 else missing
            if abs(power) < DEAD_BAND_KW:
                power, change = 0.0, 0.0
    if scalars.guard_enabled & (scalars.urgent_bin > 0):
        urgent = min(most, max(rating.sufficient_soc - vehicle.soc, 0.0) * up)
        is_slow = urgent > max(power, 0.0) + DEAD_BAND_KW
        if is_slow and _compute_laxity_bin(vehicle, rating, scalars) < scalars.urgent_bin:
            power, change, guarded = urgent, urgent / up, CONNECTION_GUARD
    return power, change, guarded


@inline_kernel
def _compute_laxity_bin(vehicle, rating, scalars):  # type: ignore[no-untyped-def]
    missing = max(rating.sufficient_soc - vehicle.soc, 0.0)
    hours_needed = missing / rating.gain * scalars.timestep_h if rating.gain > 0.0 else 0.0
    return int(min(max((vehicle.hours_left - hours_needed) / LAXITY_BIN_H, 0.0), N_LAXITY_BINS - 1.0))


@compile_kernel
def _compute_required_soc(target_soc, hours_left, rate_per_h, taper_soc):  # type: ignore[no-untyped-def]
    if rate_per_h <= 0.0:
        return target_soc
    hours = max(hours_left, 0.0)
    top = min(taper_soc, target_soc)
    tapered_h = (1.0 - taper_soc) * np.log((1.0 - top) / (1.0 - target_soc)) / rate_per_h
    if hours > tapered_h:
        return top - rate_per_h * (hours - tapered_h)
    return 1.0 - (1.0 - target_soc) * np.exp(rate_per_h / (1.0 - taper_soc) * min(hours, tapered_h))


NUMBA_KERNEL = Kernel(step_block, compute_block_demand, apply_departures, apply_arrivals, apply_plug_ins)
