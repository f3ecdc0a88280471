"""Optimum of a live run so far: what its own arrivals would have cost at best, and what the run has cost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from ev2gym_dashboard.core.control.overrides import LEAVE
from ev2gym_dashboard.core.optimum.objective import evaluate_objective
from ev2gym_dashboard.core.profile import make_profile
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.optimum.optimum import Bound, Optimum, find_bound, find_optimum
from ev2gym_dashboard.service.optimum.work_limits import (
    MAX_BOUND_VEHICLE_STEPS,
    MAX_PLAN_VEHICLE_STEPS,
    TIME_LIMIT_S,
)
from ev2gym_dashboard.service.scenarios.contents import FindContent
from ev2gym_dashboard.service.sessions.replay import replay_changes, restore_before
from ev2gym_dashboard.service.sessions.run_spec import (
    OVERRIDES,
    RunSpec,
    compute_snapshot_keys,
    parse_run,
    serialize_run,
)
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.sessions.trend_axis import make_trend_axis
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import STRATEGIES

RUN_OPTIMUM = "run_optimum"
"""Key of a request in the queue, whose value is the run."""
MIN_HOURS = 1.0
"""Time below which a run has hardly decided anything."""
AFTER_REPLAY, AFTER_BASELINE, AFTER_OPTIMUM = 0.2, 0.3, 1.0
"""Share of the work that is done, of which most is the search."""


@dataclass(frozen=True)
class RunOptimum:
    """The optimum on the arrivals of a run up to a step, and the costs of the run by the same objective.

    Parameters
    ----------
    step : steps that are compared
    run_mad, baseline_mad : objective of the run, whatever strategies produced it, and of uncontrolled charging [MAD]
    bound_mad : proven lower bound of any strategy, V2G allowed [MAD]
    plan_mad : objective of the plan with perfect foresight, as the engine ran it; None where the run is too large [MAD]
    plans_throughout : whether a strategy that plans produced all of the run
    point_steps : steps per value of ``shadow_price_mad_kwh``
    shadow_price_mad_kwh : points of what a kWh more in each step would have cost the site at best, see `TrendAxis`
        [MAD/kWh]
    """

    step: int
    run_mad: float
    baseline_mad: float
    bound_mad: float
    plan_mad: float | None
    plans_throughout: bool
    point_steps: int = 1
    shadow_price_mad_kwh: list[float] = field(default_factory=list, repr=False)

    @property
    def above_optimum(self) -> float | None:
        """How far the run is above the optimum at most, as a share of the bound; None where that is 0."""
        return (self.run_mad - self.bound_mad) / abs(self.bound_mad) if self.bound_mad else None

    @property
    def captured_share(self) -> float | None:
        """Share of the possible saving that the run has at least; None where nothing can be saved."""
        possible_mad = self.baseline_mad - self.bound_mad
        return (self.baseline_mad - self.run_mad) / possible_mad if possible_mad > 0.0 else None

    @property
    def above_optimum_mad(self) -> tuple[float, float]:
        """What the run costs more than the optimum, at least and at most: the price of not knowing [MAD].

        The optimum lies between the bound and the cheaper one of plan and run: a plan of few steps may cost a little
        more in the engine than a run does.
        """
        best_mad = self.run_mad if self.plan_mad is None else min(self.plan_mad, self.run_mad)
        return self.run_mad - best_mad, self.run_mad - self.bound_mad


def has_plan(run: RunSpec) -> bool:
    """Return whether a run is small enough for its plan, and not for its bound alone."""
    return run.scenario.fleet_size * run.step <= MAX_PLAN_VEHICLE_STEPS


def check_run(run: RunSpec) -> list[Issue]:
    """Return the issues of a run that is too short or too large for its optimum, or whose stays are not its own."""
    scenario = run.scenario
    if any(override["action"] == LEAVE for change in run.changes for override in change.settings.get(OVERRIDES, [])):
        template = "the optimum is that of the planned stays: a departure of this run has been set by hand"
        return [Issue("changes", template)]
    if run.step * scenario.timestep_h < MIN_HOURS:
        template = "the run is too short: there is something to compare after {hours} h of simulated time"
        return [Issue("step", template, (("hours", MIN_HOURS),))]
    work = scenario.fleet_size * run.step
    if work <= MAX_BOUND_VEHICLE_STEPS:
        return []
    values = (("work", work), ("high", MAX_BOUND_VEHICLE_STEPS))
    template = "the run is too large: {work} vehicle-steps, at most {high}; choose a smaller fleet or a shorter run"
    return [Issue("step", template, values)]


def make_job_key(run: RunSpec) -> str:
    """Return the key of a job: equal runs of several browsers are computed once, by every version of the code anew."""
    digest = hashlib.sha256(f"{RUN_OPTIMUM} {compute_snapshot_keys(run)[-1]} {run.step}".encode())
    return digest.hexdigest()


def encode_run_optimum_request(run: RunSpec) -> str:
    """Return the request of a job as JSON, with the contents of the user's files."""
    return json.dumps({RUN_OPTIMUM: serialize_run(run)})


def parse_run_optimum_request(value: object, find: FindContent | None = None) -> RunSpec:
    """Return the run of a request that a browser or the queue holds; its content is untrusted.

    Raises
    ------
    ContentsMissing
        With the digests of the user's files that are not found.
    ValidationError
        With every issue of the run, and if it is too short or too large.
    """
    run = parse_run(value, find)
    if issues := check_run(run):
        raise ValidationError(issues)
    return run


def find_run_optimum(store: SnapshotStore, run: RunSpec, *, progress: Progress = ignore_progress) -> RunOptimum:
    """Return the optimum of a run from its start to its step.

    Parameters
    ----------
    store : snapshots, from which the run is restored; without one, it is replayed
    run : the run; changes of its strategy are what they are, only its events belong to the site
    """
    simulation, changes = restore_before(store, run, run.step)
    replay_changes(simulation, changes, run.step)
    progress(AFTER_REPLAY)
    scenario = make_site_scenario(run, simulation)
    baseline = Simulation(replace(scenario, strategy=BASELINE_STRATEGY, v2g=False))
    baseline.advance(run.step)
    progress(AFTER_BASELINE)
    find = find_optimum if has_plan(run) else find_bound
    optimum: Bound = find(scenario, time_limit_s=TIME_LIMIT_S)
    progress(AFTER_OPTIMUM)
    axis = make_trend_axis(simulation)
    return RunOptimum(
        step=run.step,
        run_mad=evaluate_objective(optimum.objective, simulation.kpis),
        baseline_mad=evaluate_objective(optimum.objective, baseline.kpis),
        bound_mad=optimum.bound_mad,
        plan_mad=optimum.objective_mad if isinstance(optimum, Optimum) else None,
        plans_throughout=all(STRATEGIES[key].plans for key in list_strategies(run)),
        point_steps=axis.point_steps,
        shadow_price_mad_kwh=axis.draw(optimum.shadow_price_mad_kwh),
    )


def make_site_scenario(run: RunSpec, simulation: Simulation) -> Scenario:
    """Return the scenario of the steps of a run so far, with V2G allowed, and with the limit that its site really had.

    A scenario declares a single event, and a run may have had several: its limit is given as a series.
    """
    scenario = replace(run.scenario, days=run.step / run.scenario.steps_per_day, v2g=True)
    if not any("event" in change.settings for change in run.changes):
        return scenario
    limit_kw = simulation.series("limit_kw")
    # The step after the last one belongs to the run too: a dated series has to cover it.
    values = [*limit_kw.tolist(), float(limit_kw[-1])]
    profile = make_profile(np.array(values), step_min=scenario.timestep_min, start=scenario.start_time)
    return replace(scenario, event_start="", limit_profile=profile)


def list_strategies(run: RunSpec) -> list[str]:
    """Return the strategies that produced the steps of a run."""
    chosen = [(0, run.scenario.strategy)]
    chosen += [(change.step, change.settings["strategy"]) for change in run.changes if "strategy" in change.settings]
    ends = [step for step, _ in chosen[1:]] + [run.step]
    return [key for (first, key), end in zip(chosen, ends, strict=True) if end > first]


def encode_run_optimum(optimum: RunOptimum) -> bytes:
    """Return an optimum as bytes."""
    return json.dumps(asdict(optimum)).encode()


def decode_run_optimum(data: bytes) -> RunOptimum:
    """Return the optimum that `encode_run_optimum` returned, equal to the bit."""
    return RunOptimum(**json.loads(data))
