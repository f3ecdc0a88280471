"""Set-up of an engine for a scenario: its models, charging sessions, exogenous series and kernel."""

from __future__ import annotations

from collections.abc import Callable

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.initial_state import make_engine
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.backend import choose_kernel
from ev2gym_dashboard.service.simulation.planning_prices import make_plan_pricing


def start_engine(scenario: Scenario, catalog: Catalog, *, start: Callable[..., Engine] = make_engine) -> Engine:
    """Return the engine of a valid scenario; ``start`` makes it, by default at step 0."""
    places = load_charging_sessions()
    engine = start(
        scenario,
        catalog=catalog,
        tables=places[scenario.place],
        tables_by_place=places,
        exogenous=make_exogenous_source(scenario),
        kernel=choose_kernel(),
    )
    engine.price_plans = make_plan_pricing(scenario)
    return engine
