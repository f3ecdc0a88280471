"""Our strategies as agents of EV2Gym 2.0.0: its ports become a view of the step, our engine's decision its action."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import UNLIMITED, Allocation, allocate_feeder, unpack_demand
from ev2gym_dashboard.core.control.dispatch import PluggedVehicles, compute_demand, dispatch_vehicles
from ev2gym_dashboard.core.control.step import Step, make_step
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.exogenous import make_moments
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.integrations.ev2gym.ports import make_port_limits, make_rules, read_ports, to_plugged_vehicles
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.scenarios.validation import check_params, check_strategy, require_valid
from ev2gym_dashboard.service.simulation.simulation import make_control
from ev2gym_dashboard.strategies import STRATEGIES

EMPTY_FLEET_STATE = FleetState.empty(0, soc=0.0)


class StrategyAgent:
    """One of our strategies where EV2Gym expects an agent: ``env.step(agent.get_action(env))``.

    Parameters
    ----------
    strategy : its key
    scenario : whose tariff, V2G switch, reserve and departure guard count; prices and hours are those of the tariff at
        the date of the environment [MAD/kWh], load, sun and limit the environment's own
    mad_per_eur : None, or what a euro is worth [MAD/EUR]: then prices are EV2Gym's, at this rate
    params : parameters of the strategy that differ from their defaults, by their names

    Raises
    ------
    Invalid
        With every issue of the strategy, its parameters and the scenario.
    """

    def __init__(
        self, strategy: str, *, scenario: Scenario | None = None, mad_per_eur: float | None = None, **params: float
    ) -> None:
        issues = check_strategy(strategy)
        if issues:
            raise ValidationError(issues)
        strategy_params = tuple((f"{strategy}.{name}", value) for name, value in params.items())
        issues = check_params(strategy_params)
        if issues:
            raise ValidationError(issues)
        self.scenario = require_valid(scenario or Scenario())
        merged = tuple((dict(self.scenario.params) | dict(strategy_params)).items())
        self.control = make_control(strategy, v2g=self.scenario.v2g, params=merged)
        self.mad_per_eur = mad_per_eur
        self.algo_name = STRATEGIES[strategy].name
        self.days: dict[str, list[Moment]] = {}

    def get_action(self, env: Any) -> Floats:
        """Return the action of the next step, (ports,) from -1, V2G at full current, to 1, charging at it."""
        ports, timestep_h = read_ports(env), env.timescale / 60.0
        if not len(ports.soc):
            return np.zeros(env.number_of_ports)
        rules = make_rules(ports, reserve_soc=self.scenario.reserve_soc, departure_guard=self.scenario.departure_guard)
        step = make_step(
            EMPTY_FLEET_STATE,
            np.zeros(1, np.int64),
            make_port_limits(ports, rules, timestep_h=timestep_h),
            rules,
            self._make_moment(env),
            self.control,
            clock=env.current_step,
            elapsed=env.current_step,
        )
        plugged = to_plugged_vehicles(ports, timestep_h=timestep_h)
        decision = dispatch_vehicles(plugged, replace(step, allocation=_allocate(plugged, step)))
        return ports.to_action(decision.power_kw, env.number_of_ports)

    def _make_moment(self, env: Any) -> Moment:
        """Return what surrounds the step: hours and prices of the tariff, the rest from the environment."""
        day, k = env.sim_date.strftime("%Y-%m-%d"), env.current_step
        usual = self._get_day_moments(day, env.timescale)[
            (env.sim_date.hour * 60 + env.sim_date.minute) // env.timescale
        ]
        transformers = env.transformers
        environment_values = {
            "base_load_kw": sum(float(each.inflexible_load[k]) for each in transformers),
            "solar_kw": sum(-float(each.solar_power[k]) for each in transformers),
            "limit_kw": sum(float(each.max_power[k]) for each in transformers),
        }
        moment: Moment = replace(usual, **environment_values, **self._read_prices(env))
        return moment

    def _get_day_moments(self, day: str, timestep_min: int) -> list[Moment]:
        if day not in self.days:
            exogenous_source = make_exogenous_source(
                replace(self.scenario, start=f"{day}T00:00", timestep_min=timestep_min)
            )
            self.days = {day: make_moments(exogenous_source(0), exogenous_source(1))}
        return self.days[day]

    def _read_prices(self, env: Any) -> dict[str, float]:
        """Return EV2Gym's prices where they count; it keeps what charging earns, so that they are negative there."""
        if self.mad_per_eur is None:
            return {}
        ahead = -env.charge_prices[0, env.current_step :][: 24 * 60 // env.timescale] * self.mad_per_eur
        export = float(env.discharge_prices[0, env.current_step]) * self.mad_per_eur
        return {
            "price_mad_kwh": float(ahead[0]),
            "price_low_mad_kwh": float(ahead.min()),
            "export_mad_kwh": export,
        }


def _allocate(plugged: PluggedVehicles, step: Step) -> Allocation:
    """Return the strategy's shares, and what the transformers together carry, as our engine does."""
    moment, control, allocation = step.moment, step.control, UNLIMITED
    if control.allocate is not None:
        allocation = control.allocate(moment, control.params, unpack_demand(compute_demand(plugged, step)))
    site_demand = unpack_demand(compute_demand(plugged, replace(step, allocation=allocation)))
    return allocate_feeder(allocation, site_demand, other_load_kw=moment.other_load_kw, limit_kw=moment.limit_kw)
