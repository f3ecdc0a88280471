"""Checks a scenario against every table that it names a key of."""

from __future__ import annotations

from collections.abc import Collection

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_key, check_names
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, check_catalog_spec
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.strategies import STRATEGIES

StrategyParams = tuple[tuple[str, float], ...]


def check_scenario(scenario: Scenario) -> list[Issue]:
    """Return every issue of a scenario, an empty list if it can run."""
    return scenario.validate(list_allowed_keys()) + check_params(scenario.params) + check_catalog_spec(scenario)


def list_allowed_keys() -> dict[str, Collection[str]]:
    """Return the keys that are allowed for each field that names one of a table."""
    return {"catalog": CATALOGS, "strategy": STRATEGIES, "tariff": list_tariff_keys()}


def require_valid(scenario: Scenario) -> Scenario:
    """Return the scenario, or raise `ValidationError` with every issue."""
    issues = check_scenario(scenario)
    if issues:
        raise ValidationError(issues)
    return scenario


def check_params(params: StrategyParams) -> list[Issue]:
    """Return the issues of strategy parameters given as ``("strategy.parameter", value)``."""
    known = {f"{key}.{name}": what for key, s in STRATEGIES.items() for name, what in s.quantities.items()}
    issues = check_names(dict(params), known)
    return issues + [issue for name, value in params if name in known for issue in known[name].check(name, value)]


def check_strategy(key: object) -> list[Issue]:
    """Return an issue if there is no such strategy."""
    return check_key("strategy", key, STRATEGIES)
