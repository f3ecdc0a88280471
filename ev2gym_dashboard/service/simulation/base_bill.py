"""Bill of the site without its EVs, which its own bill less this one sets against the EVs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.run_settlement import settle_run
from ev2gym_dashboard.service.simulation.subscription import resolve_subscribed_kva


class BaseLoadRun:
    """A run of the site without its EVs, whose import is that of its load less its sun."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario, self._import_kw = scenario, np.zeros(0)

    def advance(self, n_steps: int) -> None:
        """Run ``n_steps`` steps."""
        scenario, n_done = self._scenario, len(self._import_kw)
        start = scenario.start_time
        first = (start.hour * MINUTES_PER_HOUR + start.minute) // scenario.timestep_min + n_done
        source, per_day = make_exogenous_source(scenario), scenario.steps_per_day
        days = [source(day) for day in range(first // per_day, (first + n_steps - 1) // per_day + 1)]
        other_kw = np.concatenate([day.base_load_kw - day.solar_kw for day in days])[first % per_day :][:n_steps]
        self._import_kw = np.concatenate([self._import_kw, np.maximum(other_kw, 0.0)])

    def series(self, name: str) -> Floats:
        """Return the import, a value per step [kW]."""
        return {"import_kw": self._import_kw}[name]


def compute_base_cost_mad(scenario: Scenario, series: Mapping[str, Floats]) -> float:
    """Return the bill of the site without its EVs over the steps of a run [MAD].

    Parameters
    ----------
    scenario : Scenario
    series : recorded columns of the run, each (steps,)

    Notes
    -----
    It has its own tiers, its own metered peak and, where that is "auto", its own subscribed power; a declared one is
    the same with and without EVs.
    """
    settled = settle_run(scenario, make_base_meter(series), subscribed_kva=resolve_base_subscribed_kva(scenario))
    return float(settled["cost_mad"].sum())


def resolve_base_subscribed_kva(scenario: Scenario) -> float:
    """Return the subscribed power of the site without its EVs [kVA]."""
    return resolve_subscribed_kva(scenario, BaseLoadRun)


def make_base_meter(series: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the columns of the meter without EVs, each (steps,), from recorded columns of a run."""
    other_kw = np.subtract(series["base_load_kw"], series["solar_kw"])
    return {
        "import_kw": np.maximum(other_kw, 0.0),
        # What the connection cannot take is curtailed, as in the run.
        "export_kw": np.clip(-other_kw, 0.0, series["limit_kw"]),
        "price_mad_kwh": series["price_mad_kwh"],
        "export_mad_kwh": series["export_mad_kwh"],
    }
