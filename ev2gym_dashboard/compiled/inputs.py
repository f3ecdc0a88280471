"""Inputs of the compiled loop: named tuples of the arrays and numbers of an engine, which the loop reads and writes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import (
    Booleans,
    CodeOffsets,
    Codes,
    Counts,
    Evses,
    Floats,
    Floats32,
    Indices,
    Kinds,
    Reasons,
    Rows,
    Steps,
)
from ev2gym_dashboard.core.fleet.evse_fit import KindMasks


class FleetArrays(NamedTuple):
    """State of the vehicles as in `FleetState`, each (n,)."""

    code: Codes
    evse: Evses
    soc: Floats
    expected_soc: Floats
    departure_step: Steps
    power_kw: Floats32
    exact_kw: Floats
    reason: Reasons
    soc_sum: Floats
    swing_sum: Floats32
    cycled_soc: Floats32
    plugged_steps: Steps


class ModelArrays(NamedTuple):
    """Constants and running totals by model as in `Fleet`, `EvseFit` and `ModelTotals`.

    ``kind_masks`` and ``chargeable`` are empty where every EVSE charges every vehicle.
    """

    offsets: Counts
    capacity_kwh: Floats
    kind_masks: KindMasks
    chargeable: Booleans
    fastest_code: Indices
    n_plugged: Counts
    n_present: Counts
    soc_sum: Floats
    n_departures: Counts
    n_at_target: Counts
    unserved_kwh: Floats
    waited_h: Floats
    energy_cost_mad: Floats


class RatingTables(NamedTuple):
    """Ratings and limits by code, as in `Ratings` and `StepLimits`."""

    charge_kw: Floats
    discharge_kw: Floats
    charge_efficiency: Floats
    discharge_efficiency: Floats
    taper_soc: Floats
    bins_per_kw: Floats
    efficiency_by_bin: Floats
    gain: Floats
    taper_gain: Floats
    kw_per_gain: Floats
    kw_per_use: Floats
    capacity_kw: Floats
    required_soc: Floats
    target_soc: Floats
    sufficient_soc: Floats
    timestep_h: float
    n_kinds: int
    guard_enabled: bool


class DayPlanArrays(NamedTuple):
    """Arrivals and departures of a day as in `DayPlan`.

    ``arrival_order`` and ``leaving_order`` are indices in the order of time, which rise with the step. ``evse`` and
    ``code_offset`` are empty where stays are drawn. ``min_soc`` is the lowest SOC on arrival.
    """

    first_step: int
    arriving: Rows
    arrival_order: Rows
    arrival_offsets: Counts
    departure_step: Steps
    drive_kwh: Floats32
    leaving: Rows
    leaving_order: Rows
    leaving_offsets: Counts
    evse: Evses
    code_offset: CodeOffsets
    min_soc: float


class QueueArrays(NamedTuple):
    """EVSEs and waiting vehicles as in `EvseQueue`; the line has room for the whole fleet."""

    kinds: Kinds
    ring: Evses
    waiting: Rows
    since: Steps
    code_offset: CodeOffsets
    counts: Counts


class SiteArrays(NamedTuple):
    """A day of the site as in `SiteDay` and `Outlook`.

    ``newcomers_kwh`` holds the tables of today and tomorrow, each (quarters, quarters), which are empty while unknown.
    ``highest_kw`` is the highest rating of all codes.
    """

    moments: NDArray[np.void]
    price_ahead_mad_kwh: Floats
    surplus_price_ahead_mad_kwh: Floats
    room_kwh: Floats
    lowest_room_kw: Floats
    newcomers_kwh: tuple[Floats, Floats]
    timestep_min: int
    highest_kw: float


class ControlTables(NamedTuple):
    """Settings of a control.

    ``discharge_kw`` is 0 by code with the V2G switch off. ``idle_reasons`` holds the four tables of `find_idle_reasons`
    by code: without a request for V2G, with one, and with one that the connection guard refuses.
    """

    rule: int
    floor_soc: float
    guards_connection: bool
    discharge_kw: Floats
    idle_reasons: Reasons


class TraceArrays(NamedTuple):
    """Records of a `Trace` for the steps of a call, all of them empty without one; steps that are not run stay unused.

    ``counts`` holds the stays of the run, and the rows so far of ``arrivals``, ``plug_ins`` and ``departures``, whose
    columns are named in `compiled.trace_log`. ``soc`` to ``stay`` are (steps, k), ``prices_mad_kwh`` (steps, 2); they
    have no steps where the stays alone are kept.
    """

    rows: Rows
    position: Rows
    current_stay: Rows
    last_arrival: Steps
    last_plug_in: Steps
    counts: Counts
    arrivals: Floats
    plug_ins: Floats
    departures: Floats
    soc: Floats
    power_kw: Floats
    reason: Reasons
    evse: Evses
    stay: Rows
    prices_mad_kwh: Floats


class ProgressArrays(NamedTuple):
    """Where a run is, and the records of the steps that it has run since the engine was up to date.

    ``counters`` holds the clock, the steps since the start, the steps in ``rows``, and 1 in a warm-up. ``rows`` is
    (steps, columns), ``flows`` are the `FLOWS` of the last step, (flows, models).
    """

    counters: Counts
    rows: Floats
    flows: Floats


class Run(NamedTuple):
    """All that the loop reads and writes.

    ``params`` are those of `RuleParams`, ``plugged_kw`` the summed charge and discharge ratings of the plugged-in
    vehicles [kW], the V2G energy offered so far [kWh], and the hours of a step in which V2G is offered.
    """

    fleet: FleetArrays
    models: ModelArrays
    ratings: RatingTables
    plan: DayPlanArrays
    queue: QueueArrays
    site: SiteArrays
    control: ControlTables
    params: Any
    plugged_kw: Floats
    trace: TraceArrays
    progress: ProgressArrays
