"""What the engine is to reach, and whether it does; nothing here is asserted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.duel import ComparisonTiming
from bench.fleets import FleetTiming
from bench.reference import ReferenceTiming

MILLION = 1_000_000
FleetTimings = Sequence[FleetTiming]


@dataclass(frozen=True)
class Target:
    """A figure to reach by a kernel, with the threads that the simulator chooses; None where it was not measured."""

    figure: str
    kernel: str
    measured: float | None
    target: float
    reached: bool | None


@dataclass(frozen=True)
class Bound:
    """What is measured of one kernel's rows, and the least or the most that it is to be."""

    figure: str
    of: Callable[[FleetTimings], float | None]
    least: float = -math.inf
    most: float = math.inf

    def judge(self, kernel: str, measured: float | None) -> Target:
        reached = None if measured is None else self.least <= measured <= self.most
        target = self.least if self.most == math.inf else self.most
        return Target(self.figure, kernel, measured, target, reached)


def _select_value(vehicles: int, name: str) -> Callable[[FleetTimings], float | None]:
    """Give a figure of a fleet."""
    return lambda rows: next((float(getattr(row, name)) for row in rows if row.vehicles == vehicles), None)


def _compute_cost_growth(rows: FleetTimings) -> float | None:
    small, large = _select_value(MILLION // 10, "ns")(rows), _select_value(10 * MILLION, "ns")(rows)
    return None if small is None or large is None else round(large / small, 2)


FLEET_BOUNDS = (
    Bound("vehicle-steps per second, 1,000,000 vehicles", _select_value(MILLION, "vehicle_steps_per_s"), least=100e6),
    Bound("a step as a multiple of copying the state, 1,000,000 vehicles", _select_value(MILLION, "copies"), most=5.0),
    Bound("cost per vehicle-step, 10,000,000 vehicles over 100,000", _compute_cost_growth, most=1.5),
    Bound("bytes of state per vehicle, 1,000,000 vehicles", _select_value(MILLION, "state_bytes"), most=64.0),
    Bound("bytes per vehicle with plans, plugs, tomorrow", _select_value(MILLION, "kept_bytes"), most=64.0),
    Bound("a day (96 steps) of 1,000,000 vehicles [s]", _select_value(MILLION, "steps_s"), most=2.0),
    Bound("the same with making the fleet [s]", _select_value(MILLION, "total_s"), most=2.0),
    Bound("steps per second, 1,000 vehicles", _select_value(1000, "steps_per_s"), least=2000.0),
)
COMPARISON_FIGURE = "the duel of all strategies, {:g} days of {:,} vehicles, {} processes [s]"
EV2GYM_FIGURE = "vehicle-steps per second as a multiple of EV2Gym's, {:,} vehicles against its {:,}"


def judge_targets(
    rows: FleetTimings, works: Sequence[ReferenceTiming], duels: Sequence[ComparisonTiming] = ()
) -> list[Target]:
    """Judge what was measured, kernel by kernel."""
    kernels = dict.fromkeys(row.kernel for row in rows)
    judged = [
        bound.judge(kernel, bound.of([row for row in rows if row.kernel == kernel]))
        for bound in FLEET_BOUNDS
        for kernel in kernels
    ]
    return judged + _judge_ev2gym_ratios(works) + [_judge_comparison(duel) for duel in duels]


def _judge_comparison(duel: ComparisonTiming) -> Target:
    """Judge a duel in as many processes as there are cores."""
    figure = COMPARISON_FIGURE.format(duel.days, duel.vehicles, duel.processes)
    return Bound(figure, _return_none, most=duel.at_most).judge(duel.kernel, duel.shared_s)


def _judge_ev2gym_ratios(works: Sequence[ReferenceTiming]) -> list[Target]:
    """Compare each of our fleets with the fastest of EV2Gym's: its cost per vehicle hardly depends on their number."""
    theirs = max((w for w in works if not w.kernel), key=lambda w: w.vehicle_steps_per_s, default=None)
    if theirs is None:
        return [Bound("vehicle-steps per second as a multiple of EV2Gym's", _return_none, least=1000.0).judge("", None)]
    return [
        Bound(EV2GYM_FIGURE.format(ours.vehicles, theirs.vehicles), _return_none, least=1000.0).judge(
            ours.kernel, round(ours.vehicle_steps_per_s / theirs.vehicle_steps_per_s)
        )
        for ours in works
        if ours.kernel
    ]


def _return_none(_: FleetTimings) -> None:
    return None
