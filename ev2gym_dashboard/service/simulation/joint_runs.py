"""Joint runs: runs with their counterfactuals that are stepped together, each to its own end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.counterfactuals import (
    CounterfactualRuns,
    add_counterfactuals,
    start_counterfactual_runs,
)
from ev2gym_dashboard.service.simulation.joint_steps import JointSteps
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice

MAX_DAYS_AT_ONCE, MAX_VEHICLE_DAYS = 32, 20_000
"""Days of all runs between two reports of progress, and days times vehicles: a second of work or less."""
ReportSteps = Callable[[int], object]


class JointRuns:
    """Runs with their counterfactuals that are stepped together, with the bits that they have alone.

    Parameters
    ----------
    runs : the runs, which may have other sites, lengths and time steps
    n_threads : threads that share them; None for one per core
    max_steps : steps of a call, for whose records there is room; None for those of a day
    """

    def __init__(
        self, runs: Sequence[CounterfactualRuns], *, n_threads: int | None = None, max_steps: int | None = None
    ) -> None:
        self.runs = tuple(runs)
        self._steps = JointSteps(n_threads, max_steps=max_steps)

    def advance(self, end_steps: Sequence[int]) -> None:
        """Advance each run to a step of its own; nothing is done for those that have passed it."""
        pairs = list(zip(self.runs, end_steps, strict=True))
        while active := [(runs, end_step) for runs, end_step in pairs if runs.simulation.step < end_step]:
            together = [
                (simulation, stop)
                for runs, end_step in active
                for stop in (runs.begin_stretch(end_step),)
                for simulation in _list_simulations(runs)
            ]
            self._steps.advance(*zip(*together, strict=True))
            # A run that its connection has cut just now goes after the others, and from the next call on with them.
            cut = [runs for runs, _ in active if runs.unlimited.needs_steps(runs.simulation)]
            self._steps.advance([runs.unlimited.simulation for runs in cut], [runs.simulation.step for runs in cut])
            for runs, _ in active:
                runs.follow_event()

    def run_to_end(self, report_steps: ReportSteps) -> None:
        """Advance the runs for the days of their scenarios; report the steps of each that are done."""
        while left := [runs for runs in self.runs if runs.simulation.step < runs.simulation.scenario.n_steps]:
            n_days = max(1, min(MAX_DAYS_AT_ONCE, MAX_VEHICLE_DAYS // sum(_count_vehicles(runs) for runs in left)))
            for runs in left:
                _reserve(runs)
            steps = [runs.simulation.step for runs in self.runs]
            self.advance([_find_end(runs.simulation, n_days) for runs in self.runs])
            for runs in left:
                runs.unlimited.drop_records()
            report_steps(sum(runs.simulation.step for runs in self.runs) - sum(steps))


def start_joint_runs(scenarios: Sequence[Scenario]) -> list[CounterfactualRuns]:
    """Start the runs of valid scenarios, with their counterfactuals.

    Scenarios that differ in their seeds alone share what the seed does not change, and their days are drawn at once.
    """
    any_seed = Scenario().seed
    groups: dict[Scenario, list[int]] = {}
    for number, scenario in enumerate(scenarios):
        groups.setdefault(replace(scenario, seed=any_seed), []).append(number)
    simulations: dict[int, Simulation] = {}
    for first, *others in groups.values():
        simulations[first] = Simulation(scenarios[first])
        if others:
            restarted = simulations[first].restart([scenarios[number].seed for number in others])
            simulations |= dict(zip(others, restarted, strict=True))
    return [add_counterfactuals(simulations[number]) for number in range(len(scenarios))]


def simulate(scenario: Scenario, *, progress: Progress = ignore_progress, trace: VehicleChoice = None) -> Result:
    """Run a scenario and its counterfactuals for its ``days``.

    Parameters
    ----------
    scenario : the inputs of the run
    progress : function that gets the share done, 0 to 1, from time to time
    trace : vehicles whose past is kept, as the tables ``vehicles``, ``sessions`` and ``evses`` of the result: True for
        all, or their numbers from 0

    Raises
    ------
    ValidationError
        With every issue of the scenario, or of the trace.
    """
    runs = start_counterfactual_runs(scenario, trace=trace)
    JointRuns([runs]).run_to_end(lambda _: progress(runs.simulation.step / scenario.n_steps))
    return runs.finish()


def _list_simulations(runs: CounterfactualRuns) -> list[Simulation]:
    """Return the simulations of a run that are stepped from now on."""
    unlimited = [runs.unlimited.simulation] if runs.unlimited.active else []
    return [runs.simulation, *runs.counterfactuals.values(), *unlimited]


def _reserve(runs: CounterfactualRuns) -> None:
    """Make room for the records of a whole run: growing by and by, they would take up to twice as much."""
    n_steps = runs.simulation.scenario.n_steps
    for simulation in (runs.simulation, *runs.counterfactuals.values()):
        simulation.engine.records.series.reserve(n_steps - simulation.step)


def _count_vehicles(runs: CounterfactualRuns) -> int:
    return runs.simulation.fleet.size


def _find_end(simulation: Simulation, n_days: int) -> int:
    """Return the step of the last midnight within some days, or that of the end."""
    scenario, clock = simulation.scenario, simulation.engine.clock
    n_steps = n_days * scenario.steps_per_day - clock % scenario.steps_per_day
    return min(simulation.step + n_steps, scenario.n_steps)
