"""Batch: fleets of one scenario that step together, each with its own arrivals; an environment is a batch of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from gymnasium import spaces

from ev2gym_dashboard.core.arrays import Booleans, Floats, Floats32
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.gym.actions import ACTIONS, check_slots
from ev2gym_dashboard.integrations.gym.billing import RunningBills, SiteBilling
from ev2gym_dashboard.integrations.gym.hooks import Hooks, Observed, StepRecord
from ev2gym_dashboard.integrations.gym.observation import compute_observation_bounds, list_observation_names
from ev2gym_dashboard.integrations.gym.observer import Observer
from ev2gym_dashboard.integrations.gym.settings import EnvSettings
from ev2gym_dashboard.integrations.gym.stack import FleetStack
from ev2gym_dashboard.integrations.gym.stepping import METER_COLUMNS, SERIES_KEYS, Steps, start_steps
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
INFO_KEYS = {**COST_KEYS, **SERIES_KEYS}
"""Entries of ``info`` after a step; after a reset it holds the ``seed``."""
N_COSTS = len(COST_KEYS)
COST, WEAR, UNSERVED, OWED, OWED_WEAR = range(N_COSTS)
T = TypeVar("T")


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
        # Kept: every step asks for it.
        self.n_steps, self.n_steps_run = scenario.n_steps, 0
        self.running: list[Simulation] = []
        self.is_shared = False
        self.observer = Observer(scenario, settings, bounds=self.bounds)
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
        return self.n_steps_run >= self.n_steps

    @property
    def simulations(self) -> list[Simulation]:
        """The runs of the episode, up to date; whoever has them may also change them, and keep them."""
        self.is_shared = True
        if self.steps is not None:
            self.steps.store()
        return self.running

    def reset(self, seeds: Sequence[int]) -> tuple[Any, Booleans]:
        """Restart all fleets with the arrivals of these seeds; return what `observe` does."""
        if self.is_shared:
            for simulation in self.simulations:
                self.stack.release(simulation.engine)
            self.is_shared = False
        self.running = self.template.restart(seeds, adopt=self._adopt)
        self.n_steps_run = 0
        self.start_clock = self.running[0].engine.clock
        for number, simulation in enumerate(self.running):
            self.stack.take_over_start(simulation.engine, number)
        if self.steps is not None and not self.steps.restart(self.running):
            self.steps = None
        self.observer.restart(seeds)
        self.worn_mad, self.bills = np.zeros(self.n_fleets), RunningBills(self.billing, self.n_fleets)
        self.seen = self._observe_values()
        return self.observe()

    def _adopt(self, engines: list[Engine]) -> None:
        """Let cold engines write to the arrays of the stack, and warm up where they will be stepped."""
        for number, engine in enumerate(engines):
            self.stack.take_over(engine, number)
        if self.steps is not None:
            self.steps.adopt(engines)

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

    def compute_rewards(self, infos: Floats, shares: Floats) -> Floats:
        """Return the rewards of the step that has run, (fleets,): the negative cost [MAD], or those of the user."""
        if self.hooks.reward is None:
            rewards: Floats = -infos[:N_COSTS].sum(axis=0)
            return rewards
        step, records = self.n_steps_run - 1, []
        for number, simulation in enumerate(self.simulations):
            info = name_infos(infos[:, number].tolist())
            records.append(StepRecord(step, info, shares[number], simulation, self.is_over))
        return np.array([self.hooks.compute_reward(record) for record in records])

    def _observe_values(self) -> tuple[Floats32, Booleans]:
        engine, (slots, masks) = self.running[0].engine, self._get_steps().observe()
        site = self.observer.observe_site(engine.exogenous, self.start_clock + self.n_steps_run)
        observations = np.empty((self.n_fleets, len(self.names)), np.float32)
        n_site = site.shape[1]
        observations[:, :n_site], observations[:, n_site:] = site, slots
        return observations, masks

    def step(self, shares: Floats) -> Floats:
        """Run a step at shares of rated power, (fleets, slots); return ``info``, (keys, fleets), by `INFO_KEYS`."""
        steps, n_meters = self._get_steps(), len(METER_COLUMNS)
        self.shares[:] = shares
        steps.advance()
        self.n_steps_run += 1
        self.observer.pass_step()
        columns = steps.read_columns()
        self.seen = self._observe_values()
        infos = np.zeros((len(INFO_KEYS), self.n_fleets))
        infos[COST] = self.bills.add_step(*columns[:n_meters])
        if self.settings.wear:
            # Wear is a running total, so that a step costs its growth.
            worn_mad, self.worn_mad = self.worn_mad, steps.compute_worn_mad()
            infos[WEAR] = self.worn_mad - worn_mad
        infos[N_COSTS:] = columns[n_meters:]
        infos[UNSERVED] = infos[N_COSTS] * self.scenario.unserved_mad_kwh
        if self.is_over and self.settings.settle_end:
            self._settle_end_mad(infos)
        return infos

    def _settle_end_mad(self, infos: Floats) -> None:
        """Write the cost of the energy that the batteries owe at the end [MAD]."""
        rates, owed_kwh = self._find_owed_rates(), np.array([run.engine.owed_kwh for run in self.running])
        infos[OWED] = owed_kwh * rates.energy_mad
        if self.settings.wear:
            infos[OWED_WEAR] = owed_kwh * rates.wear_mad

    def _find_owed_rates(self) -> OwedRates:
        # Those of every episode: they depend on the scenario and its length alone.
        if self.owed_rates is None:
            self.owed_rates = compute_owed_rates(self.simulations[0].engine)
        return self.owed_rates


def name_infos(values: Iterable[T]) -> dict[str, T]:
    """Return values by `INFO_KEYS`."""
    return dict(zip(INFO_KEYS, values, strict=True))


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
