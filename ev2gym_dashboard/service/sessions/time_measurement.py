"""CPU times of a strategy, measured before the first large fleet under it, so that its work is told as dear."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Lock

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.cached_run import CachedRun
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.step_times import StepTimes
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.strategies.door.errors import StrategyError

MEASURED_VEHICLES, MEASURED_STEPS = 1_000, (1, 4)
"""Fleet of a measurement, and the steps up to which it goes; a larger fleet may take many times as long."""

_measuring = Lock()


def measure_run_strategies(times: StepTimes, run: RunSpec) -> None:
    """Measure those strategies of a run that no run has shown yet, if its fleet is larger than a measured one."""
    if run.scenario.fleet_size <= MEASURED_VEHICLES or not times.list_unknown(run):
        return
    # Who asks at once waits, and finds it measured.
    with _measuring:
        for strategy in times.list_unknown(run):
            _measure_strategy(times, strategy)


def _measure_strategy(times: StepTimes, strategy: str) -> None:
    # A faulty strategy says so to whoever chooses it.
    with suppress(StrategyError):
        run = RunSpec(Scenario(fleet_size=MEASURED_VEHICLES, strategy=strategy))
        cached = CachedRun(run.scenario, start_counterfactual_runs(run.scenario))
        for end_step in MEASURED_STEPS:
            first_step, start_cpu_s = cached.step, time.thread_time()
            cached.replay_run(run, end_step)
            cpu_s = time.thread_time() - start_cpu_s
            times.learn(strategy, MEASURED_VEHICLES, end_step - first_step, cpu_s, is_first=first_step == 0)
