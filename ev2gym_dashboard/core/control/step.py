"""Step: the control of the user, and the inputs that all blocks of the fleet share in one step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Reasons
from ev2gym_dashboard.core.control.allocation import UNLIMITED, Allocation, Demand
from ev2gym_dashboard.core.control.memory import NO_MEMORY, Memory, MemoryRule
from ev2gym_dashboard.core.control.observation import NO_TABLES, StepView
from ev2gym_dashboard.core.control.power_limits import Rules, StepLimits
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.site.moment import Moment

FLOWS = ("n_charging", "n_discharging", "g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw", "soc_change")
"""Sums over the vehicles of a model that a step returns, in this order."""


class ControlParams(Protocol):
    """Parameters of a control: a strategy's own, of which the engine reads the SOC at which V2G stops."""

    @property
    def v2g_min_soc(self) -> float: ...


def always_share_power(_moment: Moment, _params: Any) -> bool:
    """Return True: a strategy with an allocation shares its power in every step unless it says otherwise."""
    return True


@dataclass(frozen=True)
class Control:
    """Settings that may change during a run: the strategy's functions, its parameters, the V2G switch, the site cap.

    ``shares_power`` says in which steps ``allocate`` applies. ``site_cap_kw`` is the net load that charging must not
    exceed; infinite without a cap [kW]. ``guards_connection`` says whether V2G and waiting leave the room that the
    fleet needs later; a control whose V2G was tried out on the days of the run does without. ``memory_rule`` says what
    the strategy keeps from one step to the next; None for nothing. ``tabulate`` makes the tables of the steps ahead
    that its decisions read.
    """

    request_power: Callable[[StepView, Any], Floats]
    requests_v2g: Callable[[Moment, Any], bool]
    idle_reason: Reason
    params: ControlParams
    v2g: bool
    allocate: Callable[[Moment, Any, Demand], Allocation] | None = None
    shares_power: Callable[[Moment, Any], bool] = always_share_power
    site_cap_kw: float = math.inf
    guards_connection: bool = True
    memory_rule: MemoryRule | None = None
    tabulate: Callable[[Moment, Floats, Floats, Any], Floats] | None = None


def offers_v2g(control: Control) -> bool:
    """Return whether a control lets vehicles give back: with its switch on, and by a strategy with V2G."""
    return control.v2g and control.params.v2g_min_soc < 1.0


IdleReasons = tuple[Reasons, Reasons, Reasons, Reasons]


class Step(NamedTuple):
    """Inputs that all blocks of a step share.

    Parameters
    ----------
    state, offsets : of the fleet
    limits, rules, moment, control : inputs of every decision
    clock : steps from midnight of day 0
    floor_soc : SOC at which V2G stops: the larger one of the reserve and the strategy's threshold
    discharge_kw : (codes,) V2G limits, 0 with the switch off [kW]
    idle_reasons : four tables by code, see `find_idle_reasons`
    per_elapsed_step : 1 / steps since the start of the run, this one included
    allocation : shares of the power that the site as a whole allows
    sums_needs : whether the demand also sums what vehicles need until their departures
    inputs_by_block : what a kernel has gathered of each block, for its other passes in the step; None to gather again
    memory : what the strategy keeps of the run
    tables : (tables, k) of the steps ahead, which the strategy makes
    """

    state: FleetState
    offsets: NDArray[np.int64]
    limits: StepLimits
    rules: Rules
    moment: Moment
    control: Control
    clock: int
    floor_soc: float
    discharge_kw: Floats
    idle_reasons: IdleReasons
    per_elapsed_step: float
    allocation: Allocation = UNLIMITED
    sums_needs: bool = False
    inputs_by_block: dict[tuple[int, float], tuple[Any, ...]] | None = None
    memory: Memory = NO_MEMORY
    tables: Floats = NO_TABLES


StepBlock = Callable[[Step, int, int], Floats]
"""``(step, first, last) -> sums (flows, models)`` of the rows ``first:last``; writes the state of these rows only."""

ComputeBlockDemand = Callable[[Step, int, int], Floats]
"""``(step, first, last) -> sums``, the demand of some rows in the order of `unpack_demand`; writes nothing."""


def make_step(
    state: FleetState,
    offsets: NDArray[np.int64],
    *,
    limits: StepLimits,
    rules: Rules,
    moment: Moment,
    control: Control,
    clock: int,
    elapsed: int,
    inputs_by_block: dict[tuple[int, float], tuple[Any, ...]] | None = None,
) -> Step:
    """Return the shared inputs of a step; ``elapsed`` counts the steps of the run before it."""
    return Step(
        state=state,
        offsets=offsets,
        limits=limits,
        rules=rules,
        moment=moment,
        control=control,
        clock=clock,
        floor_soc=max(rules.reserve_soc, control.params.v2g_min_soc),
        # The switch zeroes the limits, so that no later stage has to know of it.
        discharge_kw=limits.ratings.discharge_kw * float(control.v2g),
        idle_reasons=find_idle_reasons(limits, moment, control),
        per_elapsed_step=1.0 / (elapsed + 1),
        inputs_by_block=inputs_by_block,
        tables=_tabulate_ahead(moment, control),
    )


def _tabulate_ahead(moment: Moment, control: Control) -> Floats:
    if control.tabulate is None:
        return NO_TABLES
    return control.tabulate(moment, moment.price_ahead_mad_kwh, moment.surplus_price_ahead_mad_kwh, control.params)


def find_idle_reasons(
    limits: StepLimits, moment: Moment, control: Control, *, keeps_energy: bool = False
) -> IdleReasons:
    """Return the idle reasons by code: below the target SOC, the same while ready for V2G, and both at the target.

    While the strategy requests V2G, they explain why a vehicle does not discharge; otherwise, why it does not charge.
    """
    variant = 0 if not control.requests_v2g(moment, control.params) else 2 if keeps_energy else 1
    return list_idle_reasons(limits, control)[variant]


def list_idle_reasons(limits: StepLimits, control: Control) -> tuple[IdleReasons, IdleReasons, IdleReasons]:
    """Return the tables of `find_idle_reasons` without a request for V2G, with one, and with one that is refused."""
    # Tables by code instead of conditions by vehicle: a step gathers reasons as it gathers ratings.
    table = limits.reason_table
    deferred, otherwise = table[Reason.DEFERRED], np.uint8(Reason.AT_RESERVE if control.v2g else Reason.V2G_OFF)
    unable = np.where(limits.no_v2g_reason == 0, otherwise, limits.no_v2g_reason)
    return (
        (deferred, deferred, table[Reason.TARGET_REACHED], table[control.idle_reason]),
        (unable, table[Reason.NO_NEED], unable, table[Reason.NO_NEED]),
        (unable, table[Reason.CONNECTION_RESERVE], unable, table[Reason.CONNECTION_RESERVE]),
    )


def set_allocation(step: Step, allocation: Allocation) -> Step:
    """Return the step under another allocation."""
    if allocation is step.allocation:
        return step
    if not allocation.keeps_energy:
        return step._replace(allocation=allocation)
    idle_reasons = find_idle_reasons(step.limits, step.moment, step.control, keeps_energy=True)
    return step._replace(allocation=allocation, idle_reasons=idle_reasons)
