"""What can be set of the environment: the fields of a scenario, and what is observed and rewarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ev2gym_dashboard.core import schema
from ev2gym_dashboard.core.scenario import Scenario, scenario_from
from ev2gym_dashboard.core.schema import Invalid, Issue, quantity, switch
from ev2gym_dashboard.service.scenarios.validation import check_scenario

NOT_SET_HERE = {
    "seed": "is given to reset(seed=...), not here",
    "strategy": "is what the agent takes the place of",
    "params": "are those of strategies, which the agent takes the place of",
}


@dataclass(frozen=True)
class Settings:
    """What the environment has beside its scenario."""

    hours_ahead: int = quantity(12, "h", 0, 24, "Hours ahead whose prices are observed")
    wear: bool = switch(True, "The wear of the packs counts in the reward")
    unserved_mad_kwh: float = quantity(
        5.0, "MAD/kWh", 0.0, 1000.0, "What the reward takes off for energy missing to the target at a departure"
    )


def settings_from(values: Mapping[str, Any]) -> tuple[Scenario, Settings]:
    """Read the keywords of ``gymnasium.make``.

    Raises
    ------
    Invalid
        With every issue at once.
    """
    own = {name: values[name] for name in (f.name for f in fields(Settings)) if name in values}
    settings = Settings(**own)
    issues = [Issue(name, why) for name, why in NOT_SET_HERE.items() if name in values] + schema.check(settings)
    others = {name: value for name, value in values.items() if name not in own and name not in NOT_SET_HERE}
    try:
        scenario = scenario_from(others)
    except Invalid as invalid:
        raise Invalid([*issues, *invalid.issues]) from None
    wrong = check_scenario(scenario)
    issues += wrong if wrong or scenario.n_steps else [Issue("days", "must last for a step at least")]
    if issues:
        raise Invalid(issues)
    return scenario, settings
