"""Validation of scenarios, strategies, their parameters and demand-response events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ev2gym_dashboard.core.control.overrides import ACTIONS, LEAVE
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.schema import Choice, Issue, Quantity, ValidationError, check_key, check_names, list_declared
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, check_catalog_spec
from ev2gym_dashboard.service.scenarios.fleet_checks import check_declared_fleet
from ev2gym_dashboard.service.scenarios.sessions import check_sessions_catalog
from ev2gym_dashboard.service.scenarios.tariff import check_tariff_spec, list_tariff_keys
from ev2gym_dashboard.strategies import STRATEGIES

StrategyParams = tuple[tuple[str, float], ...]
RETIRED_PARAMS: dict[str, Issue] = {
    issue.field: issue
    for issue in (
        Issue("peak_shaving.target_share", "is gone: set site_cap_kw_per_vehicle"),
        Issue("renewable.hold_before_h", "is gone: charging waits for the surplus or the lowest price"),
    )
}
"""Parameters of former versions: an issue where somebody writes them, dropped where a stored run has them."""
EVENT_QUANTITIES: dict[str, Any] = {name: list_declared(Scenario)[f"event_{name}"] for name in ("minutes", "reduction")}

MAX_OVERRIDES = 50
"""Vehicles for which one change decides at most."""
OVERRIDE_ACTION = Choice("", ACTIONS, "What the user decides for a vehicle")
LEAVE_MINUTE = Quantity(0, "min", 0, 24 * 60 - 1, "Time of the day at which a vehicle leaves")


def check_scenario(scenario: Scenario) -> list[Issue]:
    """Return every issue of a scenario; an empty list if it is valid."""
    issues = scenario.validate(list_allowed_keys())
    # Values of another type than the declared one have their issue, and no further check could read them.
    if isinstance(scenario.params, tuple):
        issues += check_params(scenario.params)
    issues += check_catalog_spec(scenario) if isinstance(scenario.catalog_spec, str) else []
    issues += _check_tariff(scenario)
    return issues or _check_reserve(scenario) + check_declared_fleet(scenario) + check_sessions_catalog(scenario)


def _check_reserve(scenario: Scenario) -> list[Issue]:
    """Return an issue of a reserve that no vehicle would have at its departure."""
    if scenario.reserve_soc <= scenario.target_soc:
        return []
    values = (("high", scenario.target_soc),)
    return [Issue("reserve_soc", "must not be above the target SOC at departure, {high}", values)]


def _check_tariff(scenario: Scenario) -> list[Issue]:
    # A value that is no text has its issue already.
    is_text = isinstance(scenario.tariff, str) and isinstance(scenario.tariff_spec, str)
    return check_tariff_spec(scenario) if is_text else []


def list_allowed_keys() -> dict[str, Collection[str]]:
    """Return the allowed keys by field, for the fields that refer to a table."""
    return {"catalog": CATALOGS, "strategy": list_strategy_keys(), "tariff": (*list_tariff_keys(), OWN_TARIFF)}


def require_valid(scenario: Scenario) -> Scenario:
    """Return a scenario; raise `ValidationError` with every issue if it is not valid."""
    issues = check_scenario(scenario)
    if issues:
        raise ValidationError(issues)
    return scenario


def check_params(params: StrategyParams) -> list[Issue]:
    """Return the issues of strategy parameters, pairs of ``"strategy.parameter"`` and its value."""
    if not params:
        # Most of the changes of a run have none, and a run may have a thousand.
        return []
    known = {
        f"{key}.{name}": quantity
        for key, strategy in STRATEGIES.items()
        for name, quantity in strategy.quantities.items()
    }
    issues = check_retired_params(dict(params))
    issues += check_names(drop_retired_params(dict(params)), known)
    return issues + [issue for name, value in params if name in known for issue in known[name].check(name, value)]


def check_retired_params(names: Iterable[str], prefix: str = "") -> list[Issue]:
    """Return an issue for each parameter of a former version, which says what replaced it."""
    return [replace(RETIRED_PARAMS[name], field=prefix + name) for name in names if name in RETIRED_PARAMS]


def drop_retired_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored strategy parameters without those of former versions."""
    return {name: value for name, value in params.items() if name not in RETIRED_PARAMS}


def check_strategy(key: object) -> list[Issue]:
    """Return an issue if no strategy has this key."""
    return check_key("strategy", key, list_strategy_keys())


def list_strategy_keys() -> tuple[str, ...]:
    """Return the keys of all strategies, and the names of plug-ins that failed: running one reports its error."""
    return *STRATEGIES, *STRATEGIES.errors


def check_event(event: Mapping[str, object], prefix: str = "event_") -> list[Issue]:
    """Return the issues of a demand-response event given by ``minutes`` and ``reduction``, both optional."""
    return check_names(event, EVENT_QUANTITIES) + [
        issue
        for name, quantity in EVENT_QUANTITIES.items()
        if name in event
        for issue in quantity.check(prefix + name, event[name])
    ]


def check_overrides(overrides: object, *, fleet_size: int, prefix: str = "overrides") -> list[Issue]:
    """Return the issues of what a user decides for vehicles: a list of at most `MAX_OVERRIDES` objects."""
    if not isinstance(overrides, list | tuple) or len(overrides) > MAX_OVERRIDES:
        return [Issue(prefix, "must be a list of at most {high}", (("high", MAX_OVERRIDES),))]
    return [
        issue
        for k, override in enumerate(overrides)
        for issue in _check_override(f"{prefix}.{k}", override, fleet_size=fleet_size)
    ]


def _check_override(name: str, override: object, *, fleet_size: int) -> list[Issue]:
    """Return the issues of the ``vehicle`` and the ``action`` of an override, and of the ``leave_min`` of `LEAVE`."""
    if not isinstance(override, Mapping):
        return [Issue(name, "must be an object")]
    number = Quantity(0, "", 0, fleet_size - 1, "Number of a vehicle")
    declared: dict[str, Choice | Quantity] = {"vehicle": number, "action": OVERRIDE_ACTION}
    declared |= {"leave_min": LEAVE_MINUTE} if override.get("action") == LEAVE else {}
    issues = check_names(override, declared)
    issues += [Issue(f"{name}.{key}", "is missing") for key in declared if key not in override]
    return issues + [
        issue for key in declared if key in override for issue in declared[key].check(f"{name}.{key}", override[key])
    ]
