"""Meaning of the elementwise operations for one vehicle, and the plain functions that compiled code may call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.extending import overload, register_jitable

from ev2gym_dashboard.core.control import allocation, connection_guard, elementwise, observation, outlook, room
from ev2gym_dashboard.core.fleet import newcomers
from ev2gym_dashboard.core.site import moment, settlement


# The arguments of an overload are types; what it returns is compiled in the place of the function.
@overload(elementwise.select)
def _select(condition: Any, yes: Any, no: Any) -> Callable[..., Any]:  # noqa: ARG001
    def select(condition: Any, yes: Any, no: Any) -> Any:
        return yes if condition else no

    return select


@overload(elementwise.truncate)
def _truncate(values: Any) -> Callable[..., Any]:  # noqa: ARG001
    def truncate(values: Any) -> Any:
        return int(values)

    return truncate


@overload(elementwise.divide_where_positive)
def _divide_where_positive(values: Any, by: Any, otherwise: Any) -> Callable[..., Any]:  # noqa: ARG001
    def divide_where_positive(values: Any, by: Any, otherwise: Any) -> Any:
        return values / by if by > 0.0 else otherwise

    return divide_where_positive


for function in (
    allocation.compute_covered_share,
    allocation.compute_own_load_share,
    allocation.share_requests,
    allocation.unpack_demand,
    allocation.allocate_feeder,
    allocation.find_cut,
    connection_guard.guard_connection,
    connection_guard.can_guard,
    connection_guard.compute_gain_kw,
    connection_guard.compute_v2g_share,
    connection_guard.find_urgent_bin,
    observation.charge_to_soc,
    observation.discharge_to_soc,
    observation.compute_power_to_soc,
    observation.compute_power_above_soc,
    observation.find_last_step,
    observation.compute_steps_to_soc,
    observation.compute_steps_between,
    observation.can_recharge,
    elementwise.count_ahead,
    elementwise.count_until,
    outlook.find_room_kwh,
    outlook.expect_need_kwh,
    newcomers.find_newcomers_kwh,
    room.compute_slack_kwh,
    moment.is_in_hours,
    moment.count_steps_outside,
    settlement.compute_ev_prices,
    settlement.compute_bill_mad_h,
    settlement.compute_curtailed_kw,
):
    register_jitable(function)
