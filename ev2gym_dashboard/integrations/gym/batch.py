"""Batch: fleets of one scenario that step together, each with its own arrivals; an environment is a batch of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium import spaces

from ev2gym_dashboard.core.arrays import Booleans, Floats, Floats32
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.gym.actions import ACTIONS, check_slots
from ev2gym_dashboard.integrations.gym.billing import RunningBills, SiteBilling
from ev2gym_dashboard.integrations.gym.hooks import Hooks, Observed, StepRecord
from ev2gym_dashboard.integrations.gym.observation import compute_observation_bounds, list_observation_names
from ev2gym_dashboard.integrations.gym.observer import Observer
from ev2gym_dashboard.integrations.gym.settings import EnvSettings
from ev2gym_dashboard.integrations.gym.stack import FleetStack
from ev2gym_dashboard.integrations.gym.stepping import Steps, start_steps
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.service.simulation.end_settlement import OwedRates, compute_owed_rates
from ev2gym_dashboard.service.simulation.setpoint_control import make_slot_control
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.site_cap import get_declared_cap_kw
from ev2gym_dashboard.service.simulation.subscription import resolve_subscribed_kva

COST_KEYS = {
    "cost_mad": "bill at the meter, fixed charge included; under tiers or above the subscription, its growth [MAD]",
    "wear_mad": "wear of the packs in the step; 0 with `wear=False` [MAD]",
    "unserved_mad": "`unserved_mad_kwh` times `unserved_kwh` [MAD]",
    "owed_mad": "in the last step, purchase of the energy that the batteries hold less than at the start; else 0 [MAD]",
    "owed_wear_mad": "in the last step, wear of charging it; else 0, also with `wear=False` [MAD]",
}
"""Costs of a step, of which the negative sum is the reward."""
SERIES_KEYS = {
    "unserved_kwh": "energy missing to the target at the departures as the step began [kWh]",
    "net_power_kw": "charging less V2G, mean over the step, positive = import [kW]",
    "net_load_kw": "at the meter, positive = import [kW]",
}
"""Series of the run that ``info`` has too."""
METER_COLUMNS = ("import_kw", "export_kw", "price_mad_kwh", "export_mad_kwh")
READ_COLUMNS = {name: list(COLUMNS).index(name) for name in (*METER_COLUMNS, *SERIES_KEYS)}
Costs = dict[str, Floats]


class FleetBatch:
    """Some fleets of a scenario in the same step; what stays the same from episode to episode is made once."""

    def __init__(self, scenario: Scenario, settings: EnvSettings, hooks: Hooks, n_fleets: int) -> None:
        self.settings, self.form, self.hooks, self.n_fleets = settings, ACTIONS[settings.action], hooks, n_fleets
        # The need of an agent is not known beforehand: it gets the subscription of uncontrolled charging.
        subscribed_kva = resolve_subscribed_kva(replace(scenario, strategy=BASELINE_STRATEGY, v2g=False), Simulation)
        self.scenario = scenario = replace(scenario, subscribed_kva=subscribed_kva)
        template = Simulation(scenario)
        engine = template.engine
        if issues := check_slots(settings.action, engine):
            raise ValidationError(issues)
        self.slot_names, self.models = self.form.list_names(engine), engine.catalog.names
        self.names = list_observation_names(self.slot_names, settings.hours_ahead)
        self.bounds = compute_observation_bounds(engine, settings.action, len(self.slot_names), settings.hours_ahead)
        self.stack, self.site_cap_kw = FleetStack(engine, n_fleets), get_declared_cap_kw(scenario)
        self.billing = SiteBilling(scenario, subscribed_kva=subscribed_kva)
        self.template = template
        self.owed_rates: OwedRates | None = None
        self.shares = np.zeros((n_fleets, self.n_slots))
        self.n_steps_run = 0
        self.running: list[Simulation] = []
        self.steps: Steps | None = None

    @property
    def observation_space(self) -> spaces.Space[Any]:
        """Space of the observations of a fleet."""
        if self.hooks.observe is None:
            return spaces.Box(*self.bounds, dtype=np.float32)
        space: spaces.Space[Any] = self.hooks.observation_space
        return space

    @property
    def action_space(self) -> spaces.Space[Any]:
        """Space of the actions of a fleet."""
        return spaces.Box(-1.0, 1.0, (self.n_slots,), np.float32)

    @property
    def n_slots(self) -> int:
        """Number of slots of the action."""
        return len(self.slot_names)

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended."""
        return self.n_steps_run >= self.scenario.n_steps

    @property
    def simulations(self) -> list[Simulation]:
        """The runs of the episode, up to date; whoever has them may also change them."""
        if self.steps is not None:
            self.steps.store()
        return self.running

    def reset(self, seeds: Sequence[int]) -> tuple[Any, Booleans]:
        """Restart all fleets with the arrivals of these seeds; return what `observe` does."""
        self.running = self.template.restart(seeds)
        self.n_steps_run, self.steps = 0, None
        self.start_clock = self.running[0].engine.clock
        for number, simulation in enumerate(self.running):
            self.stack.take_over(simulation.engine, number)
        self.observer = Observer(self.scenario, self.settings, bounds=self.bounds, seeds=seeds)
        self.worn_mad, self.bills = np.zeros(self.n_fleets), RunningBills(self.billing, self.n_fleets)
        self.seen = self._observe_values()
        return self.observe()

    def _get_steps(self) -> Steps:
        if self.steps is None or not self.steps.serve(self.running):
            controls = [
                make_slot_control(
                    simulation.engine,
                    shares,
                    self.form.slots_by,
                    v2g=self.scenario.v2g,
                    site_cap_kw=self.site_cap_kw,
                )
                for simulation, shares in zip(self.running, self.shares, strict=True)
            ]
            self.steps = start_steps(
                self.running, controls, stack=self.stack, form=self.form, observes_wear=self.settings.wear
            )
        return self.steps

    def observe(self) -> tuple[Any, Booleans]:
        """Return the observations of all fleets before the next step, and which slots have a vehicle, (fleets, slots).

        The observations are an array (fleets, numbers), or a list of those of the user.
        """
        observations, masks = self.seen
        if self.hooks.observe is None:
            return observations, masks
        names = tuple(self.names)
        runs = zip(observations, masks, self.simulations, strict=True)
        return [self.hooks.make_observation(Observed(row, names, mask, run)) for row, mask, run in runs], masks

    def compute_rewards(self, infos: Costs, shares: Floats) -> Floats:
        """Return the rewards of the step that has run, (fleets,): the negative cost [MAD], or those of the user."""
        if self.hooks.reward is None:
            return -sum_costs(infos)
        step, records = self.n_steps_run - 1, []
        for number, simulation in enumerate(self.simulations):
            info = {name: float(values[number]) for name, values in infos.items()}
            records.append(StepRecord(step, info, shares[number], simulation, self.is_over))
        return np.array([self.hooks.compute_reward(record) for record in records])

    def _observe_values(self) -> tuple[Floats32, Booleans]:
        engine, steps = self.running[0].engine, self._get_steps()
        site = self.observer.observe_site(engine.exogenous, self.start_clock + self.n_steps_run)
        observations = np.empty((self.n_fleets, len(self.names)), np.float32)
        masks = np.empty((self.n_fleets, self.n_slots), np.bool_)
        observations[:, : site.shape[1]] = site
        steps.observe(observations, masks)
        return observations, masks

    def step(self, shares: Floats) -> Costs:
        """Run a step at shares of rated power, (fleets, slots); return what ``info`` has, (fleets,)."""
        steps = self._get_steps()
        self.shares[:] = shares
        steps.advance()
        self.n_steps_run += 1
        self.observer.pass_step()
        last = steps.read_last()
        columns = {name: last[:, place] for name, place in READ_COLUMNS.items()}
        self.seen = self._observe_values()
        costs = {
            "cost_mad": self.bills.add_step(columns),
            "wear_mad": self._compute_wear_growth_mad(steps),
            "unserved_mad": columns["unserved_kwh"] * self.scenario.unserved_mad_kwh,
            **self._settle_end_mad(),
        }
        return costs | {name: columns[name] for name in SERIES_KEYS}

    def _compute_wear_growth_mad(self, steps: Steps) -> Floats:
        # Wear is a running total, so that a step costs its growth.
        if not self.settings.wear:
            return np.zeros(self.n_fleets)
        worn_mad = self.worn_mad
        self.worn_mad = self.stack.compute_wear_mad(*steps.observe_wear(), n_steps=self.n_steps_run)
        return self.worn_mad - worn_mad

    def _settle_end_mad(self) -> Costs:
        """Return the cost of the energy that the batteries owe, once the episode is over [MAD]."""
        owed = {name: np.zeros(self.n_fleets) for name in ("owed_mad", "owed_wear_mad")}
        if not (self.settings.settle_end and self.is_over):
            return owed
        rates = self._find_owed_rates()
        owed_kwh = np.array([simulation.engine.owed_kwh for simulation in self.running])
        owed["owed_mad"] = owed_kwh * rates.energy_mad
        if self.settings.wear:
            owed["owed_wear_mad"] = owed_kwh * rates.wear_mad
        return owed

    def _find_owed_rates(self) -> OwedRates:
        # Those of every episode: they depend on the scenario and its length alone.
        if self.owed_rates is None:
            self.owed_rates = compute_owed_rates(self.simulations[0].engine)
        return self.owed_rates


def sum_costs(costs: Costs) -> Floats:
    """Return the sum of the costs of a step, (fleets,) [MAD]."""
    total = np.zeros(len(costs["cost_mad"]))
    for name in COST_KEYS:
        total = total + costs[name]
    return total


def check_shares(actions: Floats | Floats32, shape: tuple[int, ...], about: str) -> Floats:
    """Return actions as numbers of this shape.

    Raises
    ------
    ValueError
        If they have another shape, or a number is not from -1 to 1.
    """
    shares = np.asarray(actions, np.float64)
    # Negated, so that NaN is refused.
    if shares.shape != shape or not (np.abs(shares) <= 1.0).all():
        raise ValueError(f"an action must be {shape[-1]} numbers from -1 to 1, one per {about}")
    return shares
