"""Billing: after each step, the costs of the steps are the settlement of the run so far."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import read_tariff
from ev2gym_dashboard.integrations.gym import FleetEnv, FleetVectorEnv

MONTH_END: dict[str, Any] = {"fleet_size": 6, "days": 1.5, "start": "2026-01-31T12:00"}
MONTHLY_PEAK = """
name = "Peak of the month"
time_zone = "Europe/Paris"
fixed_per_month = 16.0
demand_charge = { per_kva_month = 40.0, basis = "monthly_peak" }
[periods.all]
price_per_kwh = 1.2
"""
PROGRESSIVE = """
name = "Tiers up to a bound"
time_zone = "Africa/Casablanca"
progressive_up_to_kwh = 9000
tiers = [{ up_to_kwh = 6000, price_per_kwh = 1.0 }, { up_to_kwh = 9000, price_per_kwh = 1.2 }, { price_per_kwh = 1.5 }]
"""
MT: dict[str, Any] = {"tariff": "mt_general", "subscribed_kva": 8.0}


def list_growing_bills(env: FleetEnv) -> tuple[list[float], list[float]]:
    """Return the sum of the costs after each step, and the settlement of the run."""
    env.reset(seed=1)
    env.action_space.seed(1)
    costs, settled = [], []
    for _ in range(env.scenario.n_steps):
        costs.append(env.step(env.action_space.sample())[-1]["cost_mad"])
        settled.append(float(env.simulation.settlement["cost_mad"].sum()))
    return np.cumsum(costs).tolist(), settled


@pytest.mark.parametrize(
    "settings",
    [
        {"timestep_min": 60},
        {"timestep_min": 5},
        # Steps of 8 min reach from one metering interval into the next.
        {"timestep_min": 8},
        {"timestep_min": 5, "metering_interval_min": 15, "power_factor": 0.9},
        {"timestep_min": 20, "billed_peak_kva": 20.0, "tariff_clock": "legal"},
        {"timestep_min": 15, "excess_price_factor": 0.0},
    ],
)
def test_each_step_above_the_subscription_costs_the_growth_of_the_bill(settings: dict[str, Any]) -> None:
    env = FleetEnv(**MONTH_END, **MT, **settings)
    bills, settled = list_growing_bills(env)
    assert bills == pytest.approx(settled, abs=1e-9)
    assert env.simulation.kpis["metered_peak_kva"] > 8.0


@pytest.mark.parametrize("text", [MONTHLY_PEAK, PROGRESSIVE])
def test_each_step_costs_the_growth_of_the_bill_by_a_tariff_of_ones_own(text: str, tmp_path: Any) -> None:
    path = tmp_path / "tariff.toml"
    path.write_text(text)
    bills, settled = list_growing_bills(FleetEnv(**MONTH_END, tariff=read_tariff(path), timestep_min=30))
    assert bills == pytest.approx(settled, abs=1e-9)


def test_each_step_under_tiers_costs_the_growth_of_the_bill_also_where_the_tier_changes() -> None:
    household: dict[str, Any] = {"fleet_size": 1, "base_load_kw_per_vehicle": 0.2, "drive_scale": 0.3}
    env = FleetEnv(**(MONTH_END | household), tariff="bt_domestique", timestep_min=30)
    bills, settled = list_growing_bills(env)
    assert bills == pytest.approx(settled, abs=1e-9)
    january_kwh = np.cumsum(env.simulation.series("import_kw")[:24]) * 0.5
    mean_prices = np.array(settled[:24])[january_kwh > 0.0] / january_kwh[january_kwh > 0.0]
    assert mean_prices.max() > 1.1 * mean_prices.min()


def test_bills_of_fleets_that_step_together_are_those_one_by_one() -> None:
    together, alone = FleetVectorEnv(2, **MONTH_END, **MT), [FleetEnv(**MONTH_END, **MT) for _ in range(2)]
    together.reset(seed=4)
    for number, env in enumerate(alone):
        env.reset(seed=4 + number)
    together.action_space.seed(0)
    for _ in range(60):
        actions = together.action_space.sample()
        info = together.step(actions)[-1]
        own = [env.step(action)[-1]["cost_mad"] for env, action in zip(alone, actions, strict=True)]
        assert info["cost_mad"].tolist() == own
