"""Flexibility: the power up and down that a fleet can promise at each hour of a day, and what keeping it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError
from ev2gym_dashboard.service.comparison.flexibility_runs import (
    DIRECTIONS,
    FOLLOW_DAYS,
    PromiseTask,
    Replays,
    ReplayTask,
    find_promises,
    list_starts,
    replay_promises,
)
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool, run_serially
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress

SEED_COUNT = Quantity(20, "", 1, 1000, "Seeds that a promise holds over")
CONFIDENCE = Quantity(0.95, "", 0.5, 1.0, "Share of the seeds in which a promise can be kept")
DURATION = Quantity(1.0, "h", 1.0 / 60.0, 24.0, "Time for which a promise is kept")
USUAL_DURATIONS_H = (0.25, 1.0, 4.0)
MAX_DURATIONS = 10


@dataclass(frozen=True, eq=False)
class Flexibility:
    """What a fleet can promise by hour, direction and duration.

    Parameters
    ----------
    scenario : the scenario, whose strategy runs without a promise
    confidence : share of the seeds in which a promise can be kept
    seeds : number of seeds
    table : a row per start, direction and duration: ``time`` of the day at the start (UTC), ``direction`` ("up", more
        import, or "down"), ``duration_h``; ``promised_kw``, the change that can be kept in the share of the seeds, and
        ``mean_kw``, its mean over the seeds; of the runs that keep it, ``kept_share`` of the seeds, and means of
        ``unserved_kwh``, energy missing at departures beyond that without the promise, and of ``cost_mad_kw_h``, what
        it costs beyond that [MAD/kW/h]
    """

    scenario: Scenario
    confidence: float
    seeds: int
    table: pd.DataFrame


def compute_flexibility(
    scenario: Scenario,
    *,
    durations_h: Sequence[float] | None = None,
    confidence: float = CONFIDENCE.default,
    seeds: int = SEED_COUNT.default,
    workers: WorkerPool | None = None,
    progress: Progress = ignore_progress,
) -> Flexibility:
    """Compute how much more and how much less power a fleet can promise from each hour of a day on.

    Parameters
    ----------
    scenario : the fleet and its strategy; the day is the first one of the run
    durations_h : times for which a promise is kept, whole steps each [h]; by default those of 15 min, 1 h and 4 h that
        are whole steps
    confidence : share of the seeds in which a promise can be kept
    seeds : number of seeds; they begin with that of the scenario
    workers : processes that share the seeds
    progress : called with the share that is done, 0 to 1

    Raises
    ------
    ValidationError
        With every issue of scenario, durations, confidence and seeds.

    Notes
    -----
    A promise is a constant change of the fleet's power against that of its strategy. It can be kept if the vehicles
    that are plugged in at its start follow it, and leave with their targets. Each promise is then kept in a run of
    every seed: its cost is the objective of that run until a day after the start, beyond that without the promise.
    """
    given = durations_h if durations_h is not None else _list_usual_durations(scenario)
    _require_valid(scenario, given, confidence, seeds)
    lengths = tuple(sorted({round(hours / scenario.timestep_h) for hours in given}))
    scenarios = [replace(scenario, seed=scenario.seed + k) for k in range(seeds)]
    run_tasks, total = run_serially if workers is None else workers.run, len(list_starts(scenario)) * seeds
    tasks = [PromiseTask(each, lengths) for each in scenarios]
    found_kw = np.array(run_tasks(find_promises, tasks, total=total, progress=lambda x: progress(x / 2.0)))
    promised_kw = choose_promises(found_kw, confidence)
    replays = run_tasks(
        replay_promises,
        [ReplayTask(each, lengths, promised_kw) for each in scenarios],
        total=total,
        progress=lambda x: progress((1.0 + x) / 2.0),
    )
    table = _make_table(scenario, lengths, promised_kw, found_kw.mean(axis=0), replays)
    return Flexibility(scenario, confidence, seeds, table)


def choose_promises(found_kw: Floats, confidence: float) -> Floats:
    """Return the largest promise that at least a share of the seeds, the first axis, can keep [kW]."""
    n_seeds = len(found_kw)
    # The tolerance keeps 19 of 20 seeds a share of 95 %, which is a little less in binary.
    n_failing = math.floor((1.0 - confidence) * n_seeds + 1e-9)
    promised_kw: Floats = np.sort(found_kw, axis=0)[n_failing if n_failing < n_seeds else -1]
    return promised_kw


def check_flexibility(durations_h: Sequence[object], confidence: object, seeds: object) -> list[Issue]:
    """Return the issues of the arguments that do not depend on the scenario."""
    issues = CONFIDENCE.check("confidence", confidence) + SEED_COUNT.check("seeds", seeds)
    if not 0 < len(durations_h) <= MAX_DURATIONS:
        return [*issues, Issue("durations_h", "must be 1 to {high} numbers", (("high", MAX_DURATIONS),))]
    return issues + [issue for hours in durations_h for issue in DURATION.check("durations_h", hours)]


def _list_usual_durations(scenario: Scenario) -> list[float]:
    # An invalid step is reported with all other issues.
    timestep_min = scenario.timestep_min
    is_valid = isinstance(timestep_min, int) and timestep_min > 0
    return [hours for hours in USUAL_DURATIONS_H if not is_valid or _is_whole(hours, scenario)] or [1.0]


def _is_whole(hours: float, scenario: Scenario) -> bool:
    return abs(hours / scenario.timestep_h - round(hours / scenario.timestep_h)) < 1e-6


def require_valid_flexibility(scenario: Scenario) -> None:
    """Raise `ValidationError` with every issue of a scenario for the usual durations and seeds."""
    _require_valid(scenario, _list_usual_durations(scenario), CONFIDENCE.default, SEED_COUNT.default)


def _require_valid(scenario: Scenario, durations_h: Sequence[float], confidence: float, seeds: int) -> None:
    issues = check_scenario(scenario)
    issues += check_flexibility(durations_h, confidence, seeds)
    if not issues:
        template = "must be whole steps of {value} min"
        values = (("value", scenario.timestep_min),)
        issues = [Issue("durations_h", template, values) for hours in durations_h if not _is_whole(hours, scenario)]
    if not issues:
        issues = check_coverage(scenario, list_starts(scenario)[-1] + FOLLOW_DAYS * scenario.steps_per_day)
    if issues:
        raise ValidationError(list(dict.fromkeys(issues)))


def _make_table(
    scenario: Scenario, lengths: tuple[int, ...], promised_kw: Floats, mean_kw: Floats, replays: Sequence[Replays]
) -> pd.DataFrame:
    times = [f"{scenario.get_step_time(step):%H:%M}" for step in list_starts(scenario)]
    hours = [n * scenario.timestep_h for n in lengths]
    index = pd.MultiIndex.from_product([times, list(DIRECTIONS), hours], names=["time", "direction", "duration_h"])
    is_kept, unserved_kwh, cost_mad = (
        np.mean([getattr(each, name) for each in replays], axis=0) for name in ("is_kept", "unserved_kwh", "cost_mad")
    )
    energy_kwh = promised_kw * np.array(hours)
    columns = {
        "promised_kw": promised_kw,
        "mean_kw": mean_kw,
        "kept_share": is_kept,
        "unserved_kwh": unserved_kwh,
        "cost_mad_kw_h": np.divide(cost_mad, energy_kwh, out=np.full(cost_mad.shape, np.nan), where=energy_kwh > 0.0),
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index).reset_index()
