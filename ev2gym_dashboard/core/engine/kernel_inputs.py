"""Kernel inputs: named tuples of the arrays and numbers that the Numba step reads and writes."""

from __future__ import annotations

from typing import NamedTuple

from ev2gym_dashboard.core.arrays import Codes, Counts, Floats, Floats32, Reasons, Rows
from ev2gym_dashboard.core.control.step import Step


class PlugColumns(NamedTuple):
    """Columns of the fleet that say which vehicles are plugged in, and until when, each (n,)."""

    code: Codes
    soc: Floats
    departure_step: Rows


class StateColumns(NamedTuple):
    """Columns of the fleet that a step writes, each (n,), and the first row of each model."""

    soc: Floats
    power_kw: Floats32
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
    charge_efficiency: Floats
    discharge_efficiency: Floats
    bins_per_kw: Floats
    efficiency_by_bin: Floats
    capacity_kw: Floats
    below_target: Reasons
    at_target: Reasons
    ready: Reasons


class GatherScalars(NamedTuple):
    """Numbers of the step that the limits depend on."""

    clock: int
    timestep_h: float
    floor_soc: float


class DispatchScalars(NamedTuple):
    """Numbers of the step that a decision depends on."""

    target_soc: float
    guard_enabled: bool
    timestep_h: float
    g2v_share: float
    v2g_share: float
    cut_bin: int
    cut_share: float
    export_share: float
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
    charge_efficiency: float
    discharge_efficiency: float
    bins_per_kw: float


def get_plug_columns(step: Step) -> PlugColumns:
    """Return the columns that the kernel gathers plugged-in vehicles from."""
    return PlugColumns(code=step.state.code, soc=step.state.soc, departure_step=step.state.departure_step)


def get_limit_tables(step: Step) -> LimitTables:
    """Return the limits of a step by code."""
    limits = step.limits
    return LimitTables(
        gain=limits.gain,
        taper_soc=limits.ratings.taper_soc,
        taper_gain=limits.taper_gain,
        kw_per_gain=limits.kw_per_gain,
        kw_per_use=limits.kw_per_use,
        discharge_kw=step.discharge_kw,
    )


def make_gather_scalars(step: Step) -> GatherScalars:
    """Return the numbers that the limits depend on."""
    return GatherScalars(clock=step.clock, timestep_h=float(step.limits.timestep_h), floor_soc=float(step.floor_soc))


def make_dispatch_tables(step: Step) -> DispatchTables:
    """Return the ratings and idle reasons by code."""
    limits, ratings = step.limits, step.limits.ratings
    below_target, at_target, ready = step.idle_reasons
    return DispatchTables(
        gain=limits.gain,
        taper_soc=ratings.taper_soc,
        required_soc=limits.required_soc,
        charge_efficiency=ratings.charge_efficiency,
        discharge_efficiency=ratings.discharge_efficiency,
        bins_per_kw=ratings.bins_per_kw,
        efficiency_by_bin=ratings.efficiency_by_bin,
        capacity_kw=limits.capacity_kw,
        below_target=below_target,
        at_target=at_target,
        ready=ready,
    )


def get_state_columns(step: Step) -> StateColumns:
    """Return the columns that the step writes into."""
    state, wear = step.state, step.state.wear
    return StateColumns(
        soc=state.soc,
        power_kw=state.power_kw,
        reason=state.reason,
        soc_sum=wear.soc_sum,
        swing_sum=wear.swing_sum,
        cycled_soc=wear.cycled_soc,
        offsets=step.offsets,
    )


def make_dispatch_scalars(step: Step) -> DispatchScalars:
    """Return the numbers that a decision depends on."""
    # float(): a whole number given by a user would make Numba compile a second version of every kernel.
    return DispatchScalars(
        target_soc=float(step.rules.target_soc),
        guard_enabled=step.rules.departure_guard,
        timestep_h=float(step.limits.timestep_h),
        g2v_share=float(step.allocation.g2v_share),
        v2g_share=float(step.allocation.v2g_share),
        cut_bin=step.allocation.cut_bin,
        cut_share=float(step.allocation.cut_share),
        export_share=float(step.allocation.export_share),
        per_elapsed_step=step.per_elapsed_step,
    )
