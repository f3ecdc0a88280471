"""Gymnasium environment of a fleet: the agent sets the power of each vehicle model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from ev2gym_dashboard.core.arrays import Floats, Floats32
from ev2gym_dashboard.core.fleet.evse import compute_ratings
from ev2gym_dashboard.core.fleet.installation import install_evses
from ev2gym_dashboard.core.scenario import MAX_SEED
from ev2gym_dashboard.core.site.demand import DemandCharge
from ev2gym_dashboard.core.site.settlement import settle_bill
from ev2gym_dashboard.integrations.gym.observation import (
    Observer,
    compute_observation_highs,
    compute_observation_lows,
    list_observation_names,
)
from ev2gym_dashboard.integrations.gym.settings import parse_settings
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.scenarios.demand import compute_demand_charge, has_demand_charge
from ev2gym_dashboard.service.scenarios.tariff import has_tiers
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.service.simulation.setpoint_control import make_setpoint_control
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.site_cap import get_declared_cap_kw
from ev2gym_dashboard.service.simulation.subscription import resolve_subscribed_kva

INFO_KEYS = {
    "cost_mad": "bill at the meter, fixed charge included; under tiers or above the subscription, its growth [MAD]",
    "wear_mad": "wear of the packs in the step; 0 with `wear=False` [MAD]",
    "unserved_mad": "`unserved_mad_kwh` times `unserved_kwh` [MAD]",
    "owed_mad": "in the last step, purchase of the energy that the batteries hold less than at the start; else 0 [MAD]",
    "owed_wear_mad": "in the last step, wear of charging it; else 0, also with `wear=False` [MAD]",
    "unserved_kwh": "energy missing to the target at the departures as the step began [kWh]",
    "net_power_kw": "charging less V2G, mean over the step, positive = import [kW]",
    "net_load_kw": "at the meter, positive = import [kW]",
}
"""Entries of ``info`` after a step; after a reset it holds the ``seed``."""
OWED_KEYS = ("owed_mad", "owed_wear_mad")
METER_COLUMNS = ("import_kw", "export_kw", "price_mad_kwh", "export_mad_kwh")


class FleetEnv(gymnasium.Env[Floats32, Floats32]):
    """A fleet behind one meter for the days of a scenario.

    Parameters
    ----------
    render_mode : ``"ansi"`` for a line of text about the last step from `render`
    settings : fields of a `Scenario` but ``seed``, ``strategy`` and ``params``, and those of `EnvSettings`

    Raises
    ------
    ValidationError
        With every issue of the settings.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012 (Gymnasium declares it so)

    def __init__(self, render_mode: str | None = None, **settings: Any) -> None:
        self.render_mode = render_mode
        self.scenario, self.settings = parse_settings(settings)
        catalog = load_scenario_catalog(self.scenario).catalog
        self.models = catalog.names
        self.names = list_observation_names(catalog, self.settings.hours_ahead)
        kinds = install_evses(self.scenario).kinds
        ratings = compute_ratings(catalog, transition_soc=self.scenario.transition_soc, kinds=kinds)
        highs = compute_observation_highs(self.scenario, catalog, ratings, self.settings.hours_ahead)
        lows = compute_observation_lows(self.scenario, highs, self.settings.hours_ahead)
        self.observation_space = spaces.Box(lows, highs, dtype=np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (len(catalog),), np.float32)
        # The need of an agent is not known beforehand: it gets the subscription of uncontrolled charging.
        subscribed_kva = resolve_subscribed_kva(
            replace(self.scenario, strategy=BASELINE_STRATEGY, v2g=False), Simulation
        )
        self.scenario = replace(self.scenario, subscribed_kva=subscribed_kva)
        no_import_kw = [0.0] * self.scenario.n_steps
        self.fixed_mad = compute_demand_charge(self.scenario, no_import_kw, subscribed_kva=subscribed_kva).fixed_mad

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats32, dict[str, Any]]:
        """Restart the scenario; ``seed`` gives the arrivals of `Scenario(seed=seed)`."""
        super().reset(seed=seed, options=options)
        env_seed = int(self.np_random.integers(MAX_SEED, endpoint=True)) if seed is None else seed
        self.simulation = Simulation(replace(self.scenario, seed=env_seed))
        self.observer = Observer(self.scenario, self.settings.hours_ahead)
        self.worn_mad = self.billed_mad = 0.0
        self.exceeds_subscription = False
        return self.observer.observe(self.simulation.engine), {"seed": env_seed}

    def step(self, action: Floats32) -> tuple[Floats32, float, bool, bool, dict[str, Any]]:
        """Run a step at the setpoints; the reward is its negative cost [MAD]."""
        engine = self.simulation.engine
        control = make_setpoint_control(
            engine.limits.ratings,
            self._check_action(action),
            v2g=self.scenario.v2g,
            site_cap_kw=get_declared_cap_kw(self.scenario),
        )
        engine.advance(1, control)
        truncated = engine.step >= self.scenario.n_steps
        costs = self._compute_costs_mad() | self._settle_end_mad()
        series = engine.records.series
        info = costs | {name: float(series[name][-1]) for name in ("unserved_kwh", "net_power_kw", "net_load_kw")}
        return self.observer.observe(engine), -sum(costs.values()), False, truncated, info

    def render(self) -> str | None:
        """Return a line about the last step in mode ``"ansi"``, else None."""
        if self.render_mode != "ansi":
            return None
        row = self.simulation.engine.get_totals().to_row()
        return (
            f"{self.simulation.time:%Y-%m-%d %H:%M} UTC: {row['n_charging']:.0f} charge, "
            f"{row['n_discharging']:.0f} discharge, {row['n_idle']:.0f} idle, {row['net_power_kw']:.1f} kW net\n"
        )

    def _check_action(self, action: Floats32) -> Floats:
        shares = np.asarray(action, np.float64)
        # Negated, so that NaN is refused.
        if shares.shape != self.action_space.shape or not (np.abs(shares) <= 1.0).all():
            raise ValueError(f"an action must be {len(self.models)} numbers from -1 to 1, one per model")
        return shares

    def _compute_costs_mad(self) -> dict[str, float]:
        """Return the cost of the last step: bill at the meter, wear, and unserved energy [MAD]."""
        engine, worn_mad = self.simulation.engine, self.worn_mad
        series = engine.records.series
        cost_mad = self._compute_bill_growth_mad() if self._is_month_open() else self._settle_last_step_mad()
        # Wear is a running total, so that a step costs its growth.
        if self.settings.wear:
            self.worn_mad = float(compute_battery_wear(engine).cost_mad.sum())
        return {
            "cost_mad": cost_mad,
            "wear_mad": self.worn_mad - worn_mad,
            "unserved_mad": float(series["unserved_kwh"][-1]) * self.scenario.unserved_mad_kwh,
        }

    def _settle_end_mad(self) -> dict[str, float]:
        """Return the cost of the energy that the batteries owe, once the episode is over [MAD]."""
        if not (self.settings.settle_end and self.simulation.step >= self.scenario.n_steps):
            return dict.fromkeys(OWED_KEYS, 0.0)
        kpis = self.simulation.kpis
        return {"owed_mad": kpis["owed_mad"], "owed_wear_mad": kpis["owed_wear_mad"] if self.settings.wear else 0.0}

    def _settle_last_step_mad(self) -> float:
        engine = self.simulation.engine
        cost = settle_bill(
            {name: engine.records.series[name][-1:] for name in METER_COLUMNS},
            timestep_h=self.scenario.timestep_h,
            demand_charge=DemandCharge(np.zeros(1), self.fixed_mad[engine.step - 1 :][:1], np.zeros(1)),
            co2_g_kwh=self.scenario.co2_g_kwh,
        )["cost_mad"]
        self.billed_mad += float(cost[0])
        return float(cost[0])

    def _is_month_open(self) -> bool:
        """Return whether a step can change what earlier steps of its month cost."""
        power_kva = float(self.simulation.series("import_kw")[-1]) / self.scenario.power_factor
        # The mean over a metering interval exceeds the subscription only if a step of it does.
        self.exceeds_subscription |= power_kva > self.simulation.subscribed_kva
        return has_tiers(self.scenario) or (self.exceeds_subscription and has_demand_charge(self.scenario))

    def _compute_bill_growth_mad(self) -> float:
        billed_mad, self.billed_mad = self.billed_mad, float(self.simulation.settlement["cost_mad"].sum())
        return self.billed_mad - billed_mad
