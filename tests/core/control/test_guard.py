"""Departure guard: it acts on the SOC that a power really gives, with powers and efficiencies by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.control.dispatch import Decision, PluggedVehicles, dispatch_vehicles
from ev2gym_dashboard.core.control.power_limits import Rules, make_step_limits
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import Control, make_step
from ev2gym_dashboard.core.fleet.battery import TARGET_TOLERANCE_SOC, compute_required_soc
from ev2gym_dashboard.core.fleet.catalog import Catalog, ModelSpec, make_catalog
from ev2gym_dashboard.core.fleet.evse import compute_ratings
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.grid_support import GridSupport

AC_22_BOTH_WAYS = 6
FULL_KW, HALF_KW = 3 * 230.0 * 32.0 / 1000.0, 3 * 230.0 * 16.0 / 1000.0
CAPACITY_KWH, TIMESTEP_H, TARGET_SOC = 60.0, 0.25, 0.9
NOON = Moment(12.0, TIMESTEP_H, 1.0, 1.0, False, 6.0, 0.0, 0.0, 0.0, 0.0, 1e6, 0.0, np.ones(8), np.ones(8))


def make_models(half_efficiency: float, full_efficiency: float) -> Catalog:
    """Return a catalog of one model with efficiencies at 16 A and at 32 A."""
    efficiency = (half_efficiency, full_efficiency)
    way: dict[str, Any] = {"max_dc_charge_kw": 0.0, "max_dc_discharge_kw": 0.0}
    return make_catalog(
        [
            ModelSpec(
                "any", 1, CAPACITY_KWH, max_ac_charge_kw=22.08, max_ac_discharge_kw=22.08, **way,
                current_a=(16.0, 32.0), efficiency_1ph=efficiency, efficiency_3ph=efficiency,
            )
        ]
    )  # fmt: skip


def dispatch_one(models: Catalog, power_kw: float, soc: float, *, hours_left: float) -> Decision:
    """Return the decision for a vehicle of which the strategy requests a power."""
    rules = Rules(TARGET_SOC, 0.0, departure_guard=True)
    step = make_step(
        FleetState.empty(1, soc=soc),
        np.array([0, 1]),
        limits=make_step_limits(compute_ratings(models, transition_soc=0.8), rules, timestep_h=TIMESTEP_H),
        rules=rules,
        moment=NOON,
        control=Control(
            lambda _view, _params: np.array([power_kw]),
            lambda _moment, _params: power_kw < 0.0,
            Reason.OUTSIDE_WINDOW,
            GridSupport(v2g_min_soc=0.1),
            v2g=True,
        ),
        clock=0,
        elapsed=0,
    )
    code, vehicle_id = np.array([AC_22_BOTH_WAYS]), np.zeros(1, np.intp)
    return dispatch_vehicles(PluggedVehicles(code, np.array([soc]), np.array([hours_left]), vehicle_id), step)


def find_required_soc(full_efficiency: float, hours_left: float) -> float:
    rate_per_h = full_efficiency * FULL_KW / CAPACITY_KWH
    required = compute_required_soc(
        TARGET_SOC - TARGET_TOLERANCE_SOC, hours_left=np.array([hours_left]), rate_per_h=rate_per_h, taper_soc=0.8
    )
    return float(required[0])


def test_a_lower_current_that_reaches_in_the_taper_is_left_alone() -> None:
    # The straight line back from the departure asks for more than the taper needs here.
    required = find_required_soc(0.85, 0.25)
    gained = 0.95 * HALF_KW * TIMESTEP_H / CAPACITY_KWH
    decision = dispatch_one(make_models(0.95, 0.85), HALF_KW, required - gained + 1e-6, hours_left=0.5)
    assert decision.power_kw.tolist() == [HALF_KW]
    assert decision.soc_change == pytest.approx([gained])
    assert decision.reason.tolist() == [Reason.CHARGING]


def test_a_lower_current_that_misses_gives_way_to_a_lower_power_at_full_current() -> None:
    required = find_required_soc(0.9, 0.25)
    soc = required - 0.04
    decision = dispatch_one(make_models(0.75, 0.9), HALF_KW, soc, hours_left=0.5)
    assert 0.75 * HALF_KW * TIMESTEP_H / CAPACITY_KWH < 0.04
    assert decision.power_kw == pytest.approx([0.04 * CAPACITY_KWH / 0.9 / TIMESTEP_H])
    assert decision.power_kw[0] < HALF_KW
    assert soc + decision.soc_change == pytest.approx([required])
    assert decision.reason.tolist() == [Reason.GUARD]


def test_the_power_is_raised_no_further_than_to_the_required_soc() -> None:
    required = find_required_soc(0.9, 0.75)
    decision = dispatch_one(make_models(0.9, 0.9), 0.0, required - 0.01, hours_left=1.0)
    assert decision.power_kw == pytest.approx([0.01 * CAPACITY_KWH / 0.9 / TIMESTEP_H])
    assert decision.reason.tolist() == [Reason.GUARD]


def test_discharging_keeps_its_current_down_to_the_required_soc() -> None:
    required = find_required_soc(0.9, 0.75)
    decision = dispatch_one(make_models(0.75, 0.9), -HALF_KW, required + 0.02, hours_left=1.0)
    assert decision.soc_change == pytest.approx([-0.02])
    assert decision.power_kw == pytest.approx([-0.02 * CAPACITY_KWH * 0.75 / TIMESTEP_H])
    assert decision.reason.tolist() == [Reason.GUARD]


@pytest.mark.parametrize(("missing", "reason"), [(0.0049, Reason.OUTSIDE_WINDOW), (0.006, Reason.GUARD)])
def test_half_a_percent_below_the_target_still_counts_as_the_target(missing: float, reason: Reason) -> None:
    decision = dispatch_one(make_models(0.9, 0.9), 0.0, TARGET_SOC - missing, hours_left=0.25)
    expected_soc = max(TARGET_SOC - missing, TARGET_SOC - TARGET_TOLERANCE_SOC)
    assert TARGET_SOC - missing + decision.soc_change == pytest.approx([expected_soc])
    assert decision.reason.tolist() == [reason]
