"""What can be set of the environment: the fields of a scenario, and what is observed and rewarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ev2gym_dashboard.core import schema
from ev2gym_dashboard.core.scenario import Scenario, parse_scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, declare_quantity, declare_switch
from ev2gym_dashboard.service.scenarios.validation import check_scenario

FORBIDDEN_SETTINGS = {
    "seed": "is given to reset(seed=...), not here",
    "strategy": "is what the agent takes the place of",
    "params": "are those of strategies, which the agent takes the place of",
}


@dataclass(frozen=True)
class EnvSettings:
    """What the environment has beside its scenario."""

    hours_ahead: int = declare_quantity(12, "h", 0, 24, "Hours ahead whose prices are observed")
    wear: bool = declare_switch(True, "The wear of the packs counts in the reward")
    unserved_mad_kwh: float = declare_quantity(
        5.0, "MAD/kWh", 0.0, 1000.0, "What the reward takes off for energy missing to the target at a departure"
    )


def parse_settings(values: Mapping[str, Any]) -> tuple[Scenario, EnvSettings]:
    """Read the keywords of ``gymnasium.make``.

    Raises
    ------
    Invalid
        With every issue at once.
    """
    own = {name: values[name] for name in (f.name for f in fields(EnvSettings)) if name in values}
    settings = EnvSettings(**own)
    issues = [Issue(name, why) for name, why in FORBIDDEN_SETTINGS.items() if name in values] + schema.check_declared(
        settings
    )
    others = {name: value for name, value in values.items() if name not in own and name not in FORBIDDEN_SETTINGS}
    try:
        scenario = parse_scenario(others)
    except ValidationError as invalid:
        raise ValidationError([*issues, *invalid.issues]) from None
    wrong = check_scenario(scenario)
    issues += wrong if wrong or scenario.n_steps else [Issue("days", "must last for a step at least")]
    if issues:
        raise ValidationError(issues)
    return scenario, settings
