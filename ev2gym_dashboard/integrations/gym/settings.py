"""Settings of the environment: the fields of a scenario, and the options of action, observation and reward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ev2gym_dashboard.core import schema
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, declare_choice, declare_quantity, declare_switch
from ev2gym_dashboard.integrations.gym.actions import ACTIONS
from ev2gym_dashboard.integrations.gym.hooks import Hooks
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.serialization import parse_scenario
from ev2gym_dashboard.service.scenarios.validation import check_scenario

FORBIDDEN_SETTINGS = {
    "seed": "is given to reset(seed=...), not here",
    "strategy": "is what the agent takes the place of",
    "params": "are those of strategies, which the agent takes the place of",
}


@dataclass(frozen=True)
class EnvSettings:
    """Options of the environment that a scenario does not have."""

    action: str = declare_choice(
        "model", tuple(ACTIONS), "What has a number in the action: model, evse, vehicle or urgency"
    )
    hours_ahead: int = declare_quantity(12, "h", 0, 24, "Hours ahead whose price, load and sun are observed")
    forecast_error: float = declare_quantity(
        0.0, "", 0.0, 1.0, "Relative standard deviation of the load and sun forecast for 24 hours later; 0 is perfect"
    )
    price_forecast_error: float = declare_quantity(
        0.0, "", 0.0, 1.0, "The same of the price forecast; tariffs are published, so that 0 is the usual value"
    )
    wear: bool = declare_switch(True, "The wear of the packs counts in the reward")
    settle_end: bool = declare_switch(True, "The last step pays for the energy that the batteries owe at the end")


def parse_settings(values: Mapping[str, Any]) -> tuple[Scenario, EnvSettings, Hooks]:
    """Parse the keyword arguments of ``gymnasium.make``.

    Raises
    ------
    ValidationError
        With every issue at once.
    """
    environment_values = {name: values[name] for name in (f.name for f in fields(EnvSettings)) if name in values}
    settings = EnvSettings(**environment_values)
    issues = [Issue(name, reason) for name, reason in FORBIDDEN_SETTINGS.items() if name in values]
    issues += schema.check_declared(settings)
    hook_values = {name: values[name] for name in (f.name for f in fields(Hooks)) if name in values}
    hooks = Hooks(**hook_values)
    issues += hooks.check()
    other_names = environment_values.keys() | hook_values.keys() | FORBIDDEN_SETTINGS.keys()
    scenario_values = {name: value for name, value in values.items() if name not in other_names}
    try:
        scenario = parse_scenario(scenario_values)
    except ValidationError as invalid:
        raise ValidationError([*issues, *invalid.issues]) from None
    scenario_issues = check_scenario(scenario)
    scenario_issues = scenario_issues or check_coverage(scenario, scenario.n_steps)
    if not scenario_issues and not scenario.n_steps:
        scenario_issues = [Issue("days", "must last for a step at least")]
    issues += scenario_issues
    if issues:
        raise ValidationError(issues)
    return scenario, settings, hooks
