"""A step: what the user holds in hand, and what all blocks of the fleet share in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Reasons
from ev2gym_dashboard.core.control.allocation import UNLIMITED, Allocation, Demand
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.power_limits import Rules, StepLimits
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.site.moment import Moment

FLOWS = ("n_charging", "n_discharging", "g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw", "soc_change")
"""What is summed over the vehicles of a model, in this order."""


class ControlParams(Protocol):
    """Parameters of a control: a strategy's own, of which the engine reads the SOC at which V2G stops."""

    @property
    def v2g_min_soc(self) -> float: ...


@dataclass(frozen=True)
class Control:
    """What the user holds in hand during a run: the strategy's functions with their parameters, and the V2G switch."""

    request_power: Callable[[StepView, Any], Floats]
    requests_v2g: Callable[[Moment, Any], bool]
    idle_reason: Reason
    params: ControlParams
    v2g: bool
    allocate: Callable[[Moment, Any, Demand], Allocation] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What all blocks of a step share.

    Parameters
    ----------
    state, offsets : the fleet's
    limits, rules, moment, control : what a decision depends on
    clock : steps from midnight of day 0
    floor_soc : SOC that V2G leaves: the reserve, or what the strategy leaves
    discharge_kw : (codes,) V2G limits, 0 with the switch off [kW]
    idle_reasons : three tables by code, see `find_idle_reasons`
    per_elapsed_step : 1 / steps since the start of the run, this one included
    allocation : what the site as a whole imposes
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
    idle_reasons: tuple[Reasons, Reasons, Reasons]
    per_elapsed_step: float
    allocation: Allocation = UNLIMITED


StepBlock = Callable[[Step, int, int], Floats]
"""``(step, first, last) -> sums (flows, models)`` of the rows ``first:last``; writes the state of these rows alone."""

ComputeBlockDemand = Callable[[Step, int, int], Floats]
"""``(step, first, last) -> sums (3 + N_LAXITY,)`` of what the rows ``first:last`` would do; writes nothing."""


def make_step(
    state: FleetState,
    offsets: NDArray[np.int64],
    limits: StepLimits,
    rules: Rules,
    moment: Moment,
    control: Control,
    *,
    clock: int,
    elapsed: int,
) -> Step:
    """Work out once what all blocks of a step share; ``elapsed`` counts the steps before it."""
    return Step(
        state=state,
        offsets=offsets,
        limits=limits,
        rules=rules,
        moment=moment,
        control=control,
        clock=clock,
        floor_soc=max(rules.reserve_soc, control.params.v2g_min_soc),
        discharge_kw=limits.ratings.discharge_kw * float(control.v2g),
        idle_reasons=find_idle_reasons(limits, moment, control),
        per_elapsed_step=1.0 / (elapsed + 1),
    )


def find_idle_reasons(limits: StepLimits, moment: Moment, control: Control) -> tuple[Reasons, Reasons, Reasons]:
    """Return by code why a vehicle idles: below its target, at its target, and at its target while ready for V2G.

    While V2G is called for, that is why it does not discharge; otherwise, why it does not charge, or what it waits for.
    """
    if control.requests_v2g(moment, control.params):
        otherwise = np.uint8(Reason.AT_RESERVE if control.v2g else Reason.V2G_OFF)
        reasons = np.where(limits.no_v2g_reason == 0, otherwise, limits.no_v2g_reason)
        return reasons, reasons, reasons
    table = limits.reason_table
    return table[Reason.DEFERRED], table[Reason.TARGET_REACHED], table[control.idle_reason]
