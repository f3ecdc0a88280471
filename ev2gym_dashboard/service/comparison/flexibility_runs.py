"""Flexibility of a seed: what its fleet can promise from each hour of a day on, and the runs that keep the promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.dispatch import PluggedVehicles
from ev2gym_dashboard.core.control.flexibility import (
    DOWN,
    FOLLOWED_KW,
    FOLLOWED_SHARE,
    UP,
    FleetAhead,
    find_promises_kw,
)
from ev2gym_dashboard.core.control.following import Schedule, count_calendar_steps, make_schedule_control
from ev2gym_dashboard.core.control.memory import NO_MEMORY
from ev2gym_dashboard.core.control.step import Step, make_step
from ev2gym_dashboard.core.engine.step_numpy import gather_plugged
from ev2gym_dashboard.core.optimum.objective import evaluate_objective
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY, MINUTES_PER_HOUR
from ev2gym_dashboard.service.execution.worker_pool import StepReporter
from ev2gym_dashboard.service.optimum.objective import make_objective
from ev2gym_dashboard.service.simulation.simulation import Simulation

DIRECTIONS = {"up": UP, "down": DOWN}
FOLLOW_DAYS = 1
"""Days after the start of a promise for which what it changes is followed."""


N_TRIALS = 5
"""Halvings of a promise that the engine does not keep, each with a run."""
MISSING_SHARE = 1e-3
"""Energy that may be missing at departures beyond that without a promise, as a share of what is charged meanwhile: a
vehicle that leaves at its target instead of above it may miss some in a later, short stay."""


@dataclass(frozen=True)
class PromiseTask:
    """The promises of a scenario under its own seed, for some lengths [steps], rising."""

    scenario: Scenario
    n_steps: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class ReplayTask:
    """The same, with the promises that its runs keep: (starts, directions, lengths) [kW]."""

    scenario: Scenario
    n_steps: tuple[int, ...]
    promised_kw: Floats


@dataclass(frozen=True, eq=False)
class Replays:
    """Runs that keep promises, each (starts, directions, lengths); NaN where nothing is promised.

    Parameters
    ----------
    is_kept : whether the power was that without the promise and the promised change, and the departures got what they
        get without it; 1 or 0
    unserved_kwh : energy missing at departures until a day after the start, beyond that without the promise [kWh]
    cost_mad : objective until then, beyond that without the promise [MAD]
    """

    is_kept: Floats
    unserved_kwh: Floats
    cost_mad: Floats


def list_starts(scenario: Scenario) -> list[int]:
    """Return the first step at or after each hour of the first day, which differ."""
    hours = range(MINUTES_PER_DAY // MINUTES_PER_HOUR)
    return list(dict.fromkeys(-(-hour * MINUTES_PER_HOUR // scenario.timestep_min) for hour in hours))


def find_promises(task: PromiseTask, report_steps: StepReporter) -> Floats:
    """Return what the fleet can promise, (starts, directions, lengths) [kW]."""
    pair = _RunPair(task.scenario)
    promises_kw = []
    for start in list_starts(task.scenario):
        pair.advance(start)
        promises_kw.append([pair.find_promises_kw(task.n_steps, sign) for sign in DIRECTIONS.values()])
        report_steps(1)
    return np.array(promises_kw)


def replay_promises(task: ReplayTask, report_steps: StepReporter) -> Replays:
    """Run the fleet under each promise, and after it as without."""
    pair, outcomes = _RunPair(task.scenario), np.full((3, *task.promised_kw.shape), np.nan)
    for i, start in enumerate(list_starts(task.scenario)):
        pair.advance(start)
        for j, sign in enumerate(DIRECTIONS.values()):
            for k, n_steps in enumerate(task.n_steps):
                if (promised_kw := float(task.promised_kw[i, j, k])) > 0.0:
                    outcomes[:, i, j, k] = pair.keep(sign * promised_kw, n_steps)
        report_steps(1)
    return Replays(*outcomes)


class _RunPair:
    """A run at the start of promises, and the same run a day later, which has kept none."""

    def __init__(self, scenario: Scenario) -> None:
        self.run = Simulation(scenario)
        (self.later,) = self.run.fork(1)
        self.n_day = FOLLOW_DAYS * scenario.steps_per_day
        self.past = PastPowers()

    def advance(self, start: int) -> None:
        """Advance the run to a step, and the other one to a day after it."""
        self.run.advance(start - self.run.step)
        while self.later.step < start + self.n_day:
            self.past.advance(self.later)

    def find_promises_kw(self, n_steps: Sequence[int], sign: float) -> Floats:
        """Return what can be promised for some lengths, and what the engine keeps of it [kW]."""
        fleet = self.past.look_ahead(self.run, n_steps[-1])
        promises_kw = find_promises_kw(fleet, n_steps, sign)
        for i, n in enumerate(n_steps):
            most_kw = float(promises_kw[: i + 1].min())
            promises_kw[i] = self._find_kept(most_kw, n, sign)
        return promises_kw

    def _find_kept(self, most_kw: float, n_steps: int, sign: float) -> float:
        if most_kw <= FOLLOWED_KW:
            return 0.0
        if self._is_kept(sign * most_kw, n_steps):
            return most_kw
        low_kw, high_kw = 0.0, most_kw
        for _ in range(N_TRIALS):
            middle_kw = (low_kw + high_kw) / 2.0
            if self._is_kept(sign * middle_kw, n_steps):
                low_kw = middle_kw
            else:
                high_kw = middle_kw
        return low_kw

    def keep(self, change_kw: float, n_steps: int) -> tuple[float, float, float]:
        """Keep a promise; return whether it was kept, and the energy [kWh] and the cost [MAD] as in `Replays`."""
        kept, is_followed = self._follow(change_kw, n_steps)
        missing_kwh, objective = self._run_on(kept), make_objective(self.later.engine, {})
        cost_mad = evaluate_objective(objective, kept.kpis) - evaluate_objective(objective, self.later.kpis)
        return float(is_followed and self._is_served(missing_kwh)), missing_kwh, cost_mad

    def _is_kept(self, change_kw: float, n_steps: int) -> bool:
        kept, is_followed = self._follow(change_kw, n_steps)
        return is_followed and self._is_served(self._run_on(kept))

    def _follow(self, change_kw: float, n_steps: int) -> tuple[Simulation, bool]:
        """Return a run that has followed a promise, and whether it could."""
        promised = slice(self.run.step, self.run.step + n_steps)
        setpoint_kw = self.later.series("net_power_kw")[promised] + change_kw
        kept = _follow(self.run, setpoint_kw)
        error_kw = np.abs(kept.series("net_power_kw")[promised] - setpoint_kw).max()
        return kept, bool(error_kw <= FOLLOWED_SHARE * abs(change_kw) + FOLLOWED_KW)

    def _run_on(self, kept: Simulation) -> float:
        """Run to the step of the later run; return the energy that departures lack because of the promise [kWh]."""
        kept.advance(self.later.step - kept.step)
        kwh, base_kwh = (float(run.series("unserved_kwh")[self.run.step :].sum()) for run in (kept, self.later))
        return kwh - base_kwh

    def _is_served(self, missing_kwh: float) -> bool:
        charged_kw = float(self.later.series("g2v_kw")[self.run.step :].sum())
        return missing_kwh <= MISSING_SHARE * (charged_kw * self.later.scenario.timestep_h)


def _follow(run: Simulation, setpoint_kw: Floats) -> Simulation:
    """Return a fork of a run that follows setpoints from its step on, and is then under the control of the run."""
    (fork,) = run.fork(1)
    engine, memory = fork.engine, fork.engine.memory
    schedule = Schedule(setpoint_kw, count_calendar_steps(fork.get_moment()[0]))
    control = make_schedule_control(schedule, v2g=fork.v2g, site_cap_kw=fork.control.site_cap_kw)
    # What the strategy keeps of the run is not that of the schedule.
    engine.memory = NO_MEMORY
    engine.advance(len(setpoint_kw), control)
    engine.memory = memory
    return fork


@dataclass(frozen=True, eq=False)
class PastPowers:
    """Powers of a run by step: of each vehicle, and what the connection leaves above and below the load [kW]."""

    vehicles_kw: list[NDArray[np.float32]] = field(default_factory=list)
    rooms_kw: list[tuple[float, float]] = field(default_factory=list)

    def advance(self, run: Simulation) -> None:
        """Run a step."""
        moment, cap_kw = run.get_moment()[0], run.control.site_cap_kw
        run.advance(1)
        load_kw = moment.other_load_kw + float(run.series("net_power_kw")[-1])
        self.rooms_kw.append((min(moment.limit_kw, cap_kw) - load_kw, moment.limit_kw + load_kw))
        self.vehicles_kw.append(run.state.power_kw.copy())

    def look_ahead(self, run: Simulation, n_steps: int) -> FleetAhead:
        """Return the fleet of a run that these powers are ahead of, at the start of a promise."""
        first, (plugged, step) = run.step, _observe(run)
        steps_left = np.rint(plugged.hours_left / step.limits.timestep_h)
        own_kw = [
            float(self.vehicles_kw[first + k][plugged.vehicle_id[steps_left > k]].sum(dtype=np.float64))
            for k in range(n_steps)
        ]
        up_kw, down_kw = np.maximum(self.rooms_kw[first : first + n_steps], 0.0).T
        return FleetAhead(plugged, step, np.array(own_kw), up_kw, down_kw)


def _observe(run: Simulation) -> tuple[PluggedVehicles, Step]:
    """Return the vehicles that stay for the next step, and the inputs of their decisions."""
    engine = run.engine
    step = make_step(
        engine.state,
        engine.fleet.offsets,
        limits=engine.limits,
        rules=engine.rules,
        moment=engine.get_moment()[0],
        control=make_schedule_control(Schedule(np.zeros(0), 0), v2g=run.v2g, site_cap_kw=np.inf),
        clock=engine.clock,
        elapsed=engine.step,
    )
    plugged = gather_plugged(step, 0, engine.fleet.size)[1]
    return plugged.select(plugged.hours_left > 0.0), step
