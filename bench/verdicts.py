"""Verdicts on measured results."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.comparison import ComparisonTiming
from bench.ev2gym_reference import ReferenceTiming
from bench.fleets import FleetTiming
from bench.targets import MAX_PARALLEL_S, MILLION, MIN_EV2GYM_RATIO, TARGETS
from bench.year import YEAR_DAYS, YearTiming

FleetTimings = Sequence[FleetTiming]


@dataclass(frozen=True)
class Target:
    """Target of a kernel with the default number of threads; ``measured`` is None if it was not measured."""

    figure: str
    kernel: str
    measured: float | None
    target: float
    reached: bool | None


@dataclass(frozen=True)
class Bound:
    """Figure computed from the rows of a kernel, and its minimum or maximum."""

    figure: str
    compute: Callable[[FleetTimings], float | None]
    minimum: float = -math.inf
    maximum: float = math.inf

    def judge(self, kernel: str, measured: float | None) -> Target:
        reached = None if measured is None else self.minimum <= measured <= self.maximum
        target = self.minimum if self.maximum == math.inf else self.maximum
        return Target(self.figure, kernel, measured, target, reached)


def _select_value(vehicles: int, name: str) -> Callable[[FleetTimings], float | None]:
    """Return the function that selects a value of a fleet."""
    return lambda rows: next((float(getattr(row, name)) for row in rows if row.vehicles == vehicles), None)


def _compute_cost_growth(rows: FleetTimings) -> float | None:
    small, large = (
        _select_value(MILLION // 10, "ns_per_vehicle_step")(rows),
        _select_value(10 * MILLION, "ns_per_vehicle_step")(rows),
    )
    return None if small is None or large is None else round(large / small, 2)


FLEET_BOUNDS = (
    Bound(
        "vehicle-steps per second, 1,000,000 vehicles",
        _select_value(MILLION, "vehicle_steps_per_s"),
        minimum=TARGETS["day_million"],
    ),
    Bound(
        "a step as a multiple of copying the state, 1,000,000 vehicles", _select_value(MILLION, "copies"), maximum=5.0
    ),
    Bound("cost per vehicle-step, 10,000,000 vehicles over 100,000", _compute_cost_growth, maximum=1.5),
    Bound("bytes of state per vehicle, 1,000,000 vehicles", _select_value(MILLION, "state_bytes"), maximum=64.0),
    Bound("bytes per vehicle with plans, plugs, tomorrow", _select_value(MILLION, "kept_bytes"), maximum=64.0),
    Bound("a day (96 steps) of 1,000,000 vehicles [s]", _select_value(MILLION, "steps_s"), maximum=2.0),
    Bound("the same with making the fleet [s]", _select_value(MILLION, "total_s"), maximum=2.0),
    Bound(
        "making the fleet, 1,000,000 vehicles [s]", _select_value(MILLION, "setup_s"), maximum=TARGETS["make_million"]
    ),
    Bound("steps per second, 1,000 vehicles", _select_value(1000, "steps_per_s"), minimum=2000.0),
)
COMPARISON_FIGURE = "the comparison of all strategies, {:g} days of {:,} vehicles, {} processes [s]"
EV2GYM_FIGURE = "vehicle-steps per second as a multiple of EV2Gym's, {:,} vehicles against its {:,}"


def judge_targets(
    rows: FleetTimings,
    reference_timings: Sequence[ReferenceTiming],
    comparisons: Sequence[ComparisonTiming] = (),
    years: Sequence[YearTiming] = (),
) -> list[Target]:
    """Compare the results with the targets, kernel by kernel."""
    kernels = dict.fromkeys(row.kernel for row in rows)
    targets = [
        bound.judge(kernel, bound.compute([row for row in rows if row.kernel == kernel]))
        for bound in FLEET_BOUNDS
        for kernel in kernels
    ]
    years = [year for year in years if year.steps * year.timestep_min == YEAR_DAYS * 1440]
    judged = _judge_ev2gym_ratios(reference_timings) + [_judge_comparison(timing) for timing in comparisons]
    return targets + judged + [target for year in years for target in _judge_year(year)]


def judge_maximum(figure: str, measured: float | None, maximum: float, *, kernel: str = "") -> Target:
    """Compare a measured figure with its maximum."""
    return Bound(figure, _return_none, maximum=maximum).judge(kernel, measured)


def _judge_year(timing: YearTiming) -> list[Target]:
    figure = f"a year of {timing.vehicles:,} vehicles in steps of {timing.timestep_min} min"
    key = f"year_{timing.vehicles}x{timing.timestep_min}"
    figures = ((key, f"{figure} [s]", timing.simulate_s), (f"{key}_memory", f"{figure}, peak [MiB]", timing.peak_mib))
    return [judge_maximum(name, measured, TARGETS[target]) for target, name, measured in figures if target in TARGETS]


def _judge_comparison(timing: ComparisonTiming) -> Target:
    figure = COMPARISON_FIGURE.format(timing.days, timing.vehicles, timing.n_processes)
    return judge_maximum(figure, timing.parallel_s, MAX_PARALLEL_S, kernel=timing.kernel)


def _judge_ev2gym_ratios(timings: Sequence[ReferenceTiming]) -> list[Target]:
    # With the fastest of EV2Gym's fleets: its cost per vehicle hardly depends on their number.
    ev2gym_timings = (timing for timing in timings if not timing.kernel)
    fastest = max(ev2gym_timings, key=lambda timing: timing.vehicle_steps_per_s, default=None)
    if fastest is None:
        return [
            Bound("vehicle-steps per second as a multiple of EV2Gym's", _return_none, minimum=MIN_EV2GYM_RATIO).judge(
                "", None
            )
        ]
    return [
        Bound(EV2GYM_FIGURE.format(timing.vehicles, fastest.vehicles), _return_none, minimum=MIN_EV2GYM_RATIO).judge(
            timing.kernel, round(timing.vehicle_steps_per_s / fastest.vehicle_steps_per_s)
        )
        for timing in timings
        if timing.kernel
    ]


def _return_none(_: FleetTimings) -> None:
    return None
