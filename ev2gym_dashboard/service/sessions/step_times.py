"""CPU time of requests, estimated before their work begins from the steps that a process has computed lately."""

from __future__ import annotations

from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.work_budget import N_SIMULATIONS

CHEAP_S = 0.1
"""CPU time of a request from which on it is dear, and needs a place [s]; a step of 1,000 vehicles takes 0.0003 s."""
VEHICLE_STEP_S = 25e-9
"""CPU time of a step per vehicle at least, and under a strategy of which none has been measured [s]."""
OVERHEAD_VEHICLES = 2_000
"""Vehicles whose step takes as long as what a step of any fleet takes besides."""
REMEMBERED_SHARE = 0.5
"""Share of an estimate that stays if the next steps take less: one after a change may be dear, and others are not."""
START_STEPS = 60
"""Steps of the run that take as long as making its fleet, with its warm-up, or reading it from a snapshot."""
LIST_STEPS = 30
"""Steps of the run that take as long as listing its vehicles, or the wear of one."""


class StepTimes:
    """CPU time per vehicle under each strategy, of a first step and of the others.

    A strategy that plans may take fifty times that of the others for each step, and one that searches for a limit as
    long as a week of steps for the first one, and for the one after a change.
    """

    def __init__(self) -> None:
        self._vehicle_s: dict[tuple[str, bool], float] = {}

    def list_unknown(self, run: RunSpec) -> list[str]:
        """Return the strategies of a run of which the first step or the others have not been measured."""
        strategies = dict.fromkeys(_list_strategies(run, 0))
        return [one for one in strategies if not {(one, True), (one, False)} <= self._vehicle_s.keys()]

    def learn(self, strategy: str, fleet_size: int, n_steps: int, cpu_s: float, *, is_first: bool) -> None:
        """Note what steps of a run with its counterfactuals have taken; of the first one alone if ``is_first``."""
        measured_s = cpu_s / (n_steps * N_SIMULATIONS * (fleet_size + OVERHEAD_VEHICLES))
        remembered_s = REMEMBERED_SHARE * self._get(strategy, is_first=is_first)
        self._vehicle_s[strategy, is_first] = max(VEHICLE_STEP_S, measured_s, remembered_s)

    def estimate_opening(self, run: RunSpec, first_step: int) -> float:
        """Return the CPU time of making the fleet of a run, or reading it from a snapshot, and of the rest [s]."""
        fleet_size = run.scenario.fleet_size
        first_s = self._get(run.scenario.strategy, is_first=True) * N_SIMULATIONS * (fleet_size + OVERHEAD_VEHICLES)
        return START_STEPS * fleet_size * VEHICLE_STEP_S + first_s + self.estimate_replay(run, first_step)

    def estimate_replay(self, run: RunSpec, first_step: int) -> float:
        """Return the CPU time of a run from a step to its own, its counterfactuals included [s]."""
        strategies, n_steps = _list_strategies(run, first_step), max(run.step - first_step, 0)
        changed_s = sum(self._get(strategy, is_first=True) for strategy in strategies[1:])
        vehicle_s = n_steps * max(map(self._get, strategies)) + changed_s
        return N_SIMULATIONS * (run.scenario.fleet_size + OVERHEAD_VEHICLES) * vehicle_s

    def estimate_view(self, run: RunSpec, n_steps: int) -> float:
        """Return the CPU time of a view that takes as long as steps of one simulation of a run [s]."""
        vehicle_s = max(map(self._get, _list_strategies(run, run.step)))
        return n_steps * (run.scenario.fleet_size + OVERHEAD_VEHICLES) * vehicle_s

    def _get(self, strategy: str, *, is_first: bool = False) -> float:
        return self._vehicle_s.get((strategy, is_first), VEHICLE_STEP_S)


def _list_strategies(run: RunSpec, first_step: int) -> list[str]:
    """Return the strategy of a run at a step, and that after each change from there on."""
    strategies = [run.scenario.strategy]
    for change in run.changes:
        strategy = next((value for name, value in change.items if name == "strategy"), strategies[-1])
        strategies = [strategy] if change.step < first_step else [*strategies, strategy]
    return strategies
