"""Agent for EV2Gym 2.0.0: a strategy decides on its ports, and the decision becomes its action."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.core.control.allocation import UNLIMITED, Allocation, allocate_feeder, unpack_demand
from ev2gym_dashboard.core.control.dispatch import PluggedVehicles, compute_demand, dispatch_vehicles
from ev2gym_dashboard.core.control.step import Step, make_step
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.core.site.exogenous import make_moments
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.integrations.ev2gym.env_ahead import MINUTES_PER_DAY, extend_series, make_env_ahead
from ev2gym_dashboard.integrations.ev2gym.ports import make_port_limits, make_rules, read_ports, to_plugged_vehicles
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.scenarios.validation import check_params, check_strategy, require_valid
from ev2gym_dashboard.service.simulation.site_cap import get_declared_cap_kw
from ev2gym_dashboard.service.simulation.strategy_control import SiteCap, make_control
from ev2gym_dashboard.strategies import STRATEGIES

# A step needs a fleet, but the agent's vehicles come from the ports and keep their state in EV2Gym.
EMPTY_FLEET_STATE = FleetState.empty(0, soc=0.0)


class StrategyAgent:
    """A strategy as an EV2Gym agent: ``env.step(agent.get_action(env))``.

    Parameters
    ----------
    strategy : key of the strategy
    scenario : source of tariff, V2G switch, reserve, departure guard and site cap, if that is a number; prices and
        hours are those of the tariff at the date of the environment [MAD/kWh], load, PV output and limit those of the
        environment
    mad_per_eur : exchange rate [MAD/EUR] at which EV2Gym's prices apply; None keeps those of the tariff
    params : parameters of the strategy that differ from their defaults, by name

    Raises
    ------
    ValidationError
        With every issue of the strategy, its parameters and the scenario.
    """

    def __init__(
        self, strategy: str, *, scenario: Scenario | None = None, mad_per_eur: float | None = None, **params: float
    ) -> None:
        issues = check_strategy(strategy) or _check_memory(strategy)
        if issues:
            raise ValidationError(issues)
        strategy_params = tuple((f"{strategy}.{name}", value) for name, value in params.items())
        issues = check_params(strategy_params)
        if issues:
            raise ValidationError(issues)
        self.scenario = require_valid(scenario or Scenario())
        merged = tuple((dict(self.scenario.params) | dict(strategy_params)).items())
        # An environment has no days to try a cap on: only a declared number applies.
        site_cap = SiteCap(get_declared_cap_kw(self.scenario))
        self.control = make_control(strategy, v2g=self.scenario.v2g, params=merged, site_cap=site_cap)
        self.mad_per_eur = mad_per_eur
        self.algo_name = STRATEGIES[strategy].name
        self.days: dict[str, list[Moment]] = {}

    def get_action(self, env: Any) -> Floats:
        """Return the action of the next step, (ports,) from -1, V2G at full current, to 1, charging at full current."""
        ports, timestep_h = read_ports(env), env.timescale / 60.0
        if not len(ports.soc):
            return np.zeros(env.number_of_ports)
        rules = make_rules(ports, reserve_soc=self.scenario.reserve_soc, departure_guard=self.scenario.departure_guard)
        step = make_step(
            EMPTY_FLEET_STATE,
            np.zeros(1, np.int64),
            limits=make_port_limits(ports, rules, timestep_h=timestep_h),
            rules=rules,
            moment=self._make_moment(env),
            control=self.control,
            clock=env.current_step,
            elapsed=env.current_step,
        )
        plugged = to_plugged_vehicles(ports, timestep_h=timestep_h)
        decision = dispatch_vehicles(plugged, step._replace(allocation=_allocate(plugged, step)))
        return ports.to_action(decision.power_kw, env.number_of_ports)

    def _make_moment(self, env: Any) -> Moment:
        """Return the moment of the step: hours and prices of the tariff, the rest from the environment."""
        day, k = env.sim_date.strftime("%Y-%m-%d"), env.current_step
        tariff_moment = self._get_day_moments(day, env.timescale)[
            (env.sim_date.hour * 60 + env.sim_date.minute) // env.timescale
        ]
        transformers = env.transformers
        environment_values = {
            "base_load_kw": sum(float(transformer.inflexible_load[k]) for transformer in transformers),
            "solar_kw": sum(-float(transformer.solar_power[k]) for transformer in transformers),
            "limit_kw": sum(float(transformer.max_power[k]) for transformer in transformers),
            "cap_kw": self.control.site_cap_kw,
        }
        values = environment_values | self._read_prices(env, tariff_moment.price_ahead_mad_kwh)
        price_ahead = values.get("price_ahead_mad_kwh", tariff_moment.price_ahead_mad_kwh)
        has_surplus = _read_surplus(transformers, k, len(price_ahead))
        moment: Moment = replace(
            tariff_moment,
            **values,
            surplus_price_ahead_mad_kwh=np.where(has_surplus, 0.0, price_ahead),
            day_ordinal=env.sim_date.toordinal(),
            ahead=make_env_ahead(
                env, price_mad_kwh=price_ahead, export_mad_kwh=self._read_export_ahead(env, tariff_moment)
            ),
        )
        return moment

    def _read_export_ahead(self, env: Any, moment: Moment) -> Floats:
        if self.mad_per_eur is None:
            return moment.ahead.export_mad_kwh
        known = env.discharge_prices[0, env.current_step :] * self.mad_per_eur
        return extend_series(known, MINUTES_PER_DAY // env.timescale, float(known[-1]))

    def _get_day_moments(self, day: str, timestep_min: int) -> list[Moment]:
        if day not in self.days:
            exogenous_source = make_exogenous_source(
                replace(self.scenario, start=f"{day}T00:00", timestep_min=timestep_min)
            )
            self.days = {day: make_moments(exogenous_source(0), exogenous_source(1))}
        return self.days[day]

    def _read_prices(self, env: Any, tariff_ahead_mad_kwh: Floats) -> dict[str, Any]:
        """Return EV2Gym's prices at the exchange rate, or none; EV2Gym's prices of charging are negative."""
        if self.mad_per_eur is None:
            return {}
        # EV2Gym stores prices of charging as negative revenue.
        known = -env.charge_prices[0, env.current_step :] * self.mad_per_eur
        ahead = known[: 24 * 60 // env.timescale]
        export = float(env.discharge_prices[0, env.current_step]) * self.mad_per_eur
        return {
            "price_mad_kwh": float(ahead[0]),
            "price_low_mad_kwh": float(ahead.min()),
            "export_mad_kwh": export,
            "price_ahead_mad_kwh": extend_series(known, len(tariff_ahead_mad_kwh), float(known[-1])),
        }


def _check_memory(strategy: str) -> list[Issue]:
    """Return an issue for a strategy that keeps numbers of a vehicle or of the site, which EV2Gym does not carry."""
    template = "keeps numbers from step to step, which EV2Gym's environment does not carry"
    return [] if STRATEGIES[strategy].memory_rule is None else [Issue("strategy", template)]


def _read_surplus(transformers: Any, k: int, n_ahead: int) -> Booleans:
    """Return whether the PV output of all transformers exceeds their other load, from step k on, (n_ahead,)."""
    surplus_kw = sum(-np.asarray(t.solar_power)[k:] - np.asarray(t.inflexible_load)[k:] for t in transformers)
    return extend_series(surplus_kw, n_ahead, 0.0) > 0.0


def _allocate(plugged: PluggedVehicles, step: Step) -> Allocation:
    """Return the strategy's shares, cut to the limit of all transformers together, as the engine does."""
    moment, control, allocation = step.moment, step.control, UNLIMITED
    if control.allocate is not None and control.shares_power(moment, control.params):
        allocation = control.allocate(moment, control.params, unpack_demand(compute_demand(plugged, step)))
    site_demand = unpack_demand(compute_demand(plugged, step._replace(allocation=allocation)))
    return allocate_feeder(allocation, site_demand, other_load_kw=moment.other_load_kw, limit_kw=moment.limit_kw)
