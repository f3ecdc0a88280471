"""Folds of a live run: its figures are those of all steps at once, whenever they were read before."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView, make_site_view
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs
from ev2gym_dashboard.service.simulation.run_folds import FOLD_STEPS, RUNNING_TOTALS

HOURLY: dict[str, Any] = {"fleet_size": 3, "timestep_min": 60, "strategy": "price", "start": "2026-01-20T09:00"}
SUBSCRIBED: dict[str, Any] = {"tariff": "mt_general", "subscribed_kva": 2.0}
SCENARIOS = {
    "peak hours": Scenario(**HOURLY, tariff="bt_bi_horaire", pv_kwp_per_vehicle=3.0),
    "tiers": Scenario(**HOURLY, tariff="bt_patente"),
    "subscribed power": Scenario(**HOURLY, **SUBSCRIBED, billed_peak_kva=5.0),
    "subscribed by the strategy": Scenario(**HOURLY, tariff="mt_general", subscribed_kva="auto"),
    "metering over two steps": Scenario(**HOURLY | {"timestep_min": 20}, **SUBSCRIBED, metering_interval_min=60),
    "metering against the steps": Scenario(
        **HOURLY | {"timestep_min": 4, "start": "2026-01-30T21:04"}, tariff="mt_general"
    ),
    "series of CO2": Scenario(**HOURLY, co2_profile=((400.0,), (600.0,), (500.0,))),
}
N_STEPS = 2 * FOLD_STEPS + 300
STEPS = (1, 300, FOLD_STEPS + 200, N_STEPS)


def read_view(runs: CounterfactualRuns, window: str = "all") -> SiteView:
    return make_site_view(RunSpec(runs.simulation.scenario, (), runs.simulation.step), runs, window=window)


def keep_folds(runs: CounterfactualRuns) -> None:
    for simulation in (runs.simulation, *runs.counterfactuals.values()):
        simulation.keep_folds()


def list_figures(view: SiteView) -> dict[str, Any]:
    return {name: value for name, value in asdict(view).items() if name not in ("run", "loaded_catalog")}


def list_leaves(value: object) -> list[object]:
    """Return the leaves of nested values in order."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in list_leaves(inner)]
    if isinstance(value, list | tuple):
        return [leaf for inner in value for leaf in list_leaves(inner)]
    return [value]


def is_close(value: object, other: object) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        return bool(np.isclose(value, other, rtol=1e-9, atol=1e-9, equal_nan=True))
    return value == other


@pytest.fixture(scope="module", params=SCENARIOS.values(), ids=[*SCENARIOS])
def whole(request: pytest.FixtureRequest) -> CounterfactualRuns:
    runs = start_counterfactual_runs(request.param)
    runs.advance(N_STEPS)
    return runs


@pytest.fixture(scope="module")
def live(whole: CounterfactualRuns) -> CounterfactualRuns:
    """Return the same run, read several times on its way."""
    runs = start_counterfactual_runs(whole.simulation.scenario)
    keep_folds(runs)
    for step in STEPS:
        runs.advance(step - runs.simulation.step)
        read_view(runs)
    return runs


def test_the_settlement_of_each_step_is_that_of_all_steps_at_once(
    whole: CounterfactualRuns, live: CounterfactualRuns
) -> None:
    expected, settled = whole.simulation, live.simulation
    for name, values in expected.settlement.items():
        assert np.array_equal(settled.settlement[name], values), name
    assert np.array_equal(settled.billed_prices_mad_kwh, expected.billed_prices_mad_kwh)
    for name in RUNNING_TOTALS:
        assert np.array_equal(settled.get_running_total(name), expected.get_running_total(name)), name


@pytest.mark.parametrize("window", ["all", "day"])
def test_all_figures_are_those_of_all_steps_but_for_the_rounding_of_sums(
    whole: CounterfactualRuns, live: CounterfactualRuns, window: str
) -> None:
    expected, view = (list_leaves(list_figures(read_view(runs, window))) for runs in (whole, live))
    assert len(view) == len(expected)
    assert [pair for pair in zip(view, expected, strict=True) if not is_close(*pair)] == []


def test_figures_depend_on_the_step_not_on_the_steps_at_which_they_were_read(
    whole: CounterfactualRuns, live: CounterfactualRuns
) -> None:
    late = start_counterfactual_runs(whole.simulation.scenario)
    keep_folds(late)
    late.advance(N_STEPS)
    assert repr(asdict(read_view(late))) == repr(asdict(read_view(live)))


def test_a_run_shorter_than_a_block_has_the_bits_of_all_steps_at_once() -> None:
    runs, expected = (start_counterfactual_runs(SCENARIOS["peak hours"]) for _ in range(2))
    keep_folds(runs)
    for each in (runs, expected):
        each.advance(FOLD_STEPS - 1)
    assert repr(asdict(read_view(runs))) == repr(asdict(read_view(expected)))
