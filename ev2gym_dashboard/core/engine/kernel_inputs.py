"""Kernel inputs: named tuples of the arrays and numbers that the Numba step reads and writes."""

from __future__ import annotations

from typing import Any, NamedTuple

from ev2gym_dashboard.core.arrays import Codes, Counts, Floats, Floats32, Reasons, Rows
from ev2gym_dashboard.core.control.step import Step

KernelTuple = tuple[Any, ...]
"""Parts of one of the named tuples below, in its order."""


class PlugColumns(NamedTuple):
    """Columns of the fleet that say which vehicles are plugged in, and until when, each (n,)."""

    code: Codes
    soc: Floats
    departure_step: Rows


class StateColumns(NamedTuple):
    """Columns of the fleet that a step writes, as in `FleetState`, and the first row of each model."""

    soc: Floats
    power_kw: Floats32
    exact_kw: Floats
    reason: Reasons
    soc_sum: Floats
    swing_sum: Floats32
    cycled_soc: Floats32
    offsets: Counts


class LimitTables(NamedTuple):
    """Limits of a step by code, as in `StepLimits`; ``discharge_kw`` is 0 with the V2G switch off."""

    gain: Floats
    taper_soc: Floats
    taper_gain: Floats
    kw_per_gain: Floats
    kw_per_use: Floats
    discharge_kw: Floats


class DispatchTables(NamedTuple):
    """Ratings and idle reasons by code, as in `Ratings`, `StepLimits` and `Step`.

    ``capacity_kw`` is the mean power that fills the empty battery in a step.
    """

    gain: Floats
    taper_soc: Floats
    required_soc: Floats
    target_soc: Floats
    sufficient_soc: Floats
    charge_efficiency: Floats
    discharge_efficiency: Floats
    bins_per_kw: Floats
    efficiency_by_bin: Floats
    capacity_kw: Floats
    below_target: Reasons
    below_target_ready: Reasons
    at_target: Reasons
    ready: Reasons


class GatherScalars(NamedTuple):
    """Numbers of the step that the limits depend on."""

    clock: int
    timestep_h: float
    floor_soc: float


class DispatchScalars(NamedTuple):
    """Numbers of the step that a decision depends on."""

    guard_enabled: bool
    timestep_h: float
    g2v_share: float
    v2g_share: float
    cut_bin: int
    cut_share: float
    export_share: float
    urgent_bin: int
    sums_needs: bool
    per_elapsed_step: float


class PluggedColumns(NamedTuple):
    """Plugged-in vehicles of a block, m of them: their rows, and the columns of `StepView`, each (m,)."""

    rows: Rows
    code: Codes
    soc: Floats
    hours_left: Floats
    gain: Floats
    charge_limit_kw: Floats
    discharge_limit_kw: Floats
    kw_per_gain: Floats
    kw_per_use: Floats


class Vehicle(NamedTuple):
    """One plugged-in vehicle in the step."""

    requested_kw: float
    soc: float
    hours_left: float
    charge_limit_kw: float
    discharge_limit_kw: float
    kw_per_gain: float
    kw_per_use: float


class VehicleRating(NamedTuple):
    """The tables at the code of one vehicle."""

    code: int
    gain: float
    taper_soc: float
    required_soc: float
    target_soc: float
    sufficient_soc: float
    charge_efficiency: float
    discharge_efficiency: float
    bins_per_kw: float


# Plain tuples in the order of the named ones: a kernel names its parts inside, where that is free. In Python, naming
# them would cost a small fleet 5 to 10 % of a step. A test holds each order.
def get_plug_columns(step: Step) -> KernelTuple:
    """Return the parts of `PlugColumns`."""
    return step.state.code, step.state.soc, step.state.departure_step


def get_limit_tables(step: Step) -> KernelTuple:
    """Return the parts of `LimitTables`."""
    limits = step.limits
    return (
        limits.gain,
        limits.ratings.taper_soc,
        limits.taper_gain,
        limits.kw_per_gain,
        limits.kw_per_use,
        step.discharge_kw,
    )


def get_gather_scalars(step: Step) -> KernelTuple:
    """Return the parts of `GatherScalars`."""
    return step.clock, float(step.limits.timestep_h), float(step.floor_soc)


def get_dispatch_tables(step: Step) -> KernelTuple:
    """Return the parts of `DispatchTables`."""
    limits, ratings = step.limits, step.limits.ratings
    return (
        limits.gain,
        ratings.taper_soc,
        limits.required_soc,
        limits.target_soc,
        limits.sufficient_soc,
        ratings.charge_efficiency,
        ratings.discharge_efficiency,
        ratings.bins_per_kw,
        ratings.efficiency_by_bin,
        limits.capacity_kw,
        *step.idle_reasons,
    )


def get_state_columns(step: Step) -> KernelTuple:
    """Return the parts of `StateColumns`."""
    state, wear = step.state, step.state.wear
    powers = state.power_kw, state.exact_kw
    return state.soc, *powers, state.reason, wear.soc_sum, wear.swing_sum, wear.cycled_soc, step.offsets


def get_dispatch_scalars(step: Step) -> KernelTuple:
    """Return the parts of `DispatchScalars`."""
    rules, allocation = step.rules, step.allocation
    # float(): a whole number given by a user would make Numba compile a second version of every kernel.
    return (
        rules.departure_guard,
        float(step.limits.timestep_h),
        float(allocation.g2v_share),
        float(allocation.v2g_share),
        allocation.cut_bin,
        float(allocation.cut_share),
        float(allocation.export_share),
        allocation.urgent_bin,
        step.sums_needs,
        step.per_elapsed_step,
    )
