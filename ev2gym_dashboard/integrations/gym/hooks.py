"""Hooks: a reward and an observation of one's own, checked where they return."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gymnasium import spaces

from ev2gym_dashboard.core.arrays import Booleans, Floats, Floats32
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.simulation.simulation import Simulation


class HookError(RuntimeError):
    """A function of the user failed, or returned what cannot be used."""


@dataclass(frozen=True, eq=False)
class StepRecord:
    """A step that has run, as a reward of one's own reads it.

    Parameters
    ----------
    step : number of the step, from 0
    info : costs [MAD], energies and powers of the step, by the names of ``info``
    shares : (slots,) the action
    simulation : the run after the step, to read: its series, state, moment and totals
    is_over : whether it was the last step
    """

    step: int
    info: Mapping[str, float]
    shares: Floats
    simulation: Simulation
    is_over: bool


@dataclass(frozen=True, eq=False)
class Observed:
    """What an observation of one's own is made from.

    Parameters
    ----------
    values : (numbers,) the default observation
    names : their names
    slot_mask : (slots,) which slots have a vehicle
    simulation : the run before the next step, to read
    """

    values: Floats32
    names: tuple[str, ...]
    slot_mask: Booleans
    simulation: Simulation


Reward = Callable[[StepRecord], float]
Observe = Callable[[Observed], Any]


@dataclass(frozen=True)
class Hooks:
    """Functions of the user that take the place of reward and observation; None for the default ones."""

    reward: Reward | Any = None
    observe: Observe | Any = None
    observation_space: spaces.Space[Any] | Any = None

    def check(self) -> list[Issue]:
        """Return an issue for each hook that is none."""
        issues = [
            Issue(name, "must be a function")
            for name in ("reward", "observe")
            if not (getattr(self, name) is None or callable(getattr(self, name)))
        ]
        if self.observation_space is not None and not isinstance(self.observation_space, spaces.Space):
            issues.append(Issue("observation_space", "must be a space of Gymnasium, such as gymnasium.spaces.Box"))
        if self.observe is not None and self.observation_space is None:
            issues.append(Issue("observation_space", "must be given with observe: the space of its observations"))
        if self.observe is None and self.observation_space is not None:
            issues.append(Issue("observe", "must be given with observation_space: the function that observes"))
        return issues

    def compute_reward(self, record: StepRecord) -> float:
        """Return the reward of the user for a step.

        Raises
        ------
        HookError
            If the function fails, or does not return a finite number.
        """
        hook = _name_hook("reward", self.reward, record.step)
        try:
            value = float(self.reward(record))
        except Exception as error:
            raise HookError(f"{hook} failed: {type(error).__name__}: {error}") from error
        if not math.isfinite(value):
            raise HookError(f"{hook} returned {value}: it must return a finite number")
        return value

    def make_observation(self, observed: Observed) -> Any:
        """Return the observation of the user.

        Raises
        ------
        HookError
            If the function fails, or its observation is not in its space.
        """
        hook = _name_hook("observe", self.observe, observed.simulation.step)
        try:
            value = self.observe(observed)
        except Exception as error:
            raise HookError(f"{hook} failed: {type(error).__name__}: {error}") from error
        with warnings.catch_warnings():
            # Gymnasium warns of what is no array; it gets a sentence of its own below.
            warnings.simplefilter("ignore")
            is_inside = self.observation_space.contains(value)
        if not is_inside:
            raise HookError(f"{hook} returned an observation outside of observation_space: {self.observation_space}")
        return value


def _name_hook(name: str, function: object, step: int) -> str:
    return f"{name}={getattr(function, '__name__', type(function).__name__)} in step {step}"
