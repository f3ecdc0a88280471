"""Our strategies as agents of EV2Gym 2.0.0: its ports become a view of the step, our engine's decision its action."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.control.allocation import UNCAPPED, Caps, demand_of, feeder_caps
from ev2gym_dashboard.core.control.dispatch import Plugged, decide, demand
from ev2gym_dashboard.core.control.observation import Moment
from ev2gym_dashboard.core.control.power_limits import Floats
from ev2gym_dashboard.core.control.step import Step, make_step
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.core.site.exogenous import moments_of
from ev2gym_dashboard.integrations.ev2gym.ports import limits_of_ports, plugged_of, ports_of, rules_of
from ev2gym_dashboard.service.scenarios.exogenous import surroundings_of
from ev2gym_dashboard.service.scenarios.validation import check_params, check_strategy, require_valid
from ev2gym_dashboard.service.simulation.simulation import control_of
from ev2gym_dashboard.strategies import STRATEGIES

NOBODY = FleetState.empty(0, soc=0.0)


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
            raise Invalid(issues)
        own = tuple((f"{strategy}.{name}", value) for name, value in params.items())
        issues = check_params(own)
        if issues:
            raise Invalid(issues)
        self.scenario = require_valid(scenario or Scenario())
        merged = tuple((dict(self.scenario.params) | dict(own)).items())
        self.control = control_of(strategy, v2g=self.scenario.v2g, params=merged)
        self.mad_per_eur = mad_per_eur
        self.algo_name = STRATEGIES[strategy].name
        self.days: dict[str, list[Moment]] = {}

    def get_action(self, env: Any) -> Floats:
        """Return the action of the next step, (ports,) from -1, V2G at full current, to 1, charging at it."""
        ports, timestep_h = ports_of(env), env.timescale / 60.0
        if not len(ports.soc):
            return np.zeros(env.number_of_ports)
        rules = rules_of(ports, reserve_soc=self.scenario.reserve_soc, departure_guard=self.scenario.departure_guard)
        step = make_step(
            NOBODY,
            np.zeros(1, np.int64),
            limits_of_ports(ports, rules, timestep_h=timestep_h),
            rules,
            self._moment(env),
            self.control,
            clock=env.current_step,
            elapsed=env.current_step,
        )
        plugged = plugged_of(ports, timestep_h=timestep_h)
        decision = decide(plugged, replace(step, caps=_caps(plugged, step)))
        return ports.action_of(decision.power_kw, env.number_of_ports)

    def _moment(self, env: Any) -> Moment:
        """Return what surrounds the step: hours and prices of the tariff, the rest from the environment."""
        day, k = env.sim_date.strftime("%Y-%m-%d"), env.current_step
        usual = self._of_day(day, env.timescale)[(env.sim_date.hour * 60 + env.sim_date.minute) // env.timescale]
        transformers = env.transformers
        own = {
            "base_load_kw": sum(float(each.inflexible_load[k]) for each in transformers),
            "solar_kw": sum(-float(each.solar_power[k]) for each in transformers),
            "limit_kw": sum(float(each.max_power[k]) for each in transformers),
        }
        moment: Moment = replace(usual, **own, **self._prices(env))
        return moment

    def _of_day(self, day: str, timestep_min: int) -> list[Moment]:
        if day not in self.days:
            of_day = surroundings_of(replace(self.scenario, start=f"{day}T00:00", timestep_min=timestep_min))
            self.days = {day: moments_of(of_day(0), of_day(1))}
        return self.days[day]

    def _prices(self, env: Any) -> dict[str, float]:
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


def _caps(plugged: Plugged, step: Step) -> Caps:
    """Return the strategy's shares, and what the transformers together carry, as our engine does."""
    moment, control, caps = step.moment, step.control, UNCAPPED
    if control.shares is not None:
        caps = control.shares(moment, control.params, demand_of(demand(plugged, step)))
    asked = demand_of(demand(plugged, replace(step, caps=caps)))
    return feeder_caps(caps, asked, other_load_kw=moment.other_load_kw, limit_kw=moment.limit_kw)
