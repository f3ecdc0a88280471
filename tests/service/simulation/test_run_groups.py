"""Run groups: a failed run costs the others nothing, and only runs that gain by it are grouped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.engine.engine import BLOCK_SIZE
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.joint_steps import can_join
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.run_groups import (
    MAX_GROUP_RUNS,
    can_step_together,
    fits_group,
    run_group,
)
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.door.plugins import load_strategy_files, read_strategy_file
from tests.strategies.plugins import restore_strategies

SITE = Scenario(fleet_size=6, days=0.25, timestep_min=60)
PLUGIN = '''
from ev2gym_dashboard import strategy

@strategy()
def half(view, params):
    """Charges at half power."""
    return 0.5 * view.charge_to_soc(view.target_soc)
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "half.py"
    file.write_text(PLUGIN, encoding="utf-8")
    with restore_strategies():
        load_strategy_files((read_strategy_file(file),))
        yield "half"


def get_result(runs: CounterfactualRuns) -> Result:
    return runs.result()


def test_every_run_of_a_group_has_the_result_of_the_run_alone() -> None:
    runs = [replace(SITE, strategy=key, seed=seed) for key in STRATEGIES for seed in (1, 2)]
    assert run_group(runs, get_result, catch=Exception, n_threads=1) == [simulate(run) for run in runs]


@pytest.mark.parametrize("failing", [(0,), (1,), (0, 2), (0, 1, 2)])
def test_a_run_that_fails_leaves_the_others_their_results(failing: tuple[int, ...]) -> None:
    def fail_some(runs: CounterfactualRuns) -> int:
        if (seed := runs.simulation.scenario.seed) in failing:
            raise FloatingPointError(f"run {seed}")
        return seed

    outcomes = run_group([replace(SITE, seed=seed) for seed in range(3)], fail_some, catch=ArithmeticError)
    assert [str(outcome) for outcome in outcomes] == [
        f"run {seed}" if seed in failing else str(seed) for seed in range(3)
    ]


def test_errors_of_another_kind_are_raised() -> None:
    def fail(_: CounterfactualRuns) -> None:
        raise KeyError("a fault of our own")

    with pytest.raises(KeyError):
        run_group([SITE, replace(SITE, seed=1)], fail, catch=ArithmeticError)


def test_an_invalid_run_fails_alone() -> None:
    valid, invalid = run_group([SITE, replace(SITE, strategy="magic")], get_result, catch=ValueError)
    assert valid == simulate(SITE)
    assert "strategy: must be one of" in str(invalid)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_strategies_that_step_together_are_those_that_are_compiled(strategy: str) -> None:
    scenario = replace(SITE, strategy=strategy)
    assert can_step_together(scenario) == can_join(Simulation(scenario))


def test_a_plugin_is_stepped_alone(plugin: str) -> None:
    scenario = replace(SITE, strategy=plugin)
    assert not can_step_together(scenario)
    assert not can_join(Simulation(scenario))
    assert fits_group([], scenario)
    assert not fits_group([scenario], SITE)
    assert not fits_group([SITE], scenario)


def test_a_run_with_a_schedule_is_stepped_alone() -> None:
    scenario = replace(SITE, setpoint_profile=[[5.0] * 24])
    assert not can_step_together(scenario)
    assert not can_join(Simulation(scenario))


def test_a_fleet_of_several_blocks_is_stepped_alone() -> None:
    assert can_step_together(replace(SITE, fleet_size=BLOCK_SIZE))
    assert not can_step_together(replace(SITE, fleet_size=BLOCK_SIZE + 1))


@pytest.mark.parametrize(
    ("n", "changes", "fits"),
    [
        (1, {}, True),
        (MAX_GROUP_RUNS - 1, {}, True),
        (MAX_GROUP_RUNS, {}, False),
        (1, {"fleet_size": 10_000}, True),
        (2, {"fleet_size": 10_000}, False),
        (1, {"days": 365.0, "timestep_min": 10}, False),
    ],
)
def test_a_group_has_so_many_runs_vehicles_and_steps(n: int, changes: dict[str, Any], fits: bool) -> None:
    scenario = replace(SITE, **changes)
    assert fits_group([scenario] * n, scenario) == fits
    assert not fits_group([scenario] * n, scenario, max_runs=n)
