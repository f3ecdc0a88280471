"""What the engine is to reach, and whether it does; nothing here is asserted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.duel import DuelCost
from bench.fleets import Row
from bench.reference import Work

MILLION = 1_000_000
Rows = Sequence[Row]


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
    of: Callable[[Rows], float | None]
    least: float = -math.inf
    most: float = math.inf

    def judge(self, kernel: str, measured: float | None) -> Target:
        reached = None if measured is None else self.least <= measured <= self.most
        target = self.least if self.most == math.inf else self.most
        return Target(self.figure, kernel, measured, target, reached)


def _at(vehicles: int, name: str) -> Callable[[Rows], float | None]:
    """Give a figure of a fleet."""
    return lambda rows: next((float(getattr(row, name)) for row in rows if row.vehicles == vehicles), None)


def _growth(rows: Rows) -> float | None:
    small, large = _at(MILLION // 10, "ns")(rows), _at(10 * MILLION, "ns")(rows)
    return None if small is None or large is None else round(large / small, 2)


BOUNDS = (
    Bound("vehicle-steps per second, 1,000,000 vehicles", _at(MILLION, "vehicle_steps_per_s"), least=100e6),
    Bound("a step as a multiple of copying the state, 1,000,000 vehicles", _at(MILLION, "copies"), most=5.0),
    Bound("cost per vehicle-step, 10,000,000 vehicles over 100,000", _growth, most=1.5),
    Bound("bytes of state per vehicle, 1,000,000 vehicles", _at(MILLION, "state_bytes"), most=64.0),
    Bound("bytes per vehicle with plans, plugs, tomorrow", _at(MILLION, "kept_bytes"), most=64.0),
    Bound("a day (96 steps) of 1,000,000 vehicles [s]", _at(MILLION, "steps_s"), most=2.0),
    Bound("the same with making the fleet [s]", _at(MILLION, "total_s"), most=2.0),
    Bound("steps per second, 1,000 vehicles", _at(1000, "steps_per_s"), least=2000.0),
)
AS_DUEL = "the duel of all strategies, {:g} days of {:,} vehicles, {} processes [s]"
AS_EV2GYM = "vehicle-steps per second as a multiple of EV2Gym's, {:,} vehicles against its {:,}"


def targets(rows: Rows, works: Sequence[Work], duels: Sequence[DuelCost] = ()) -> list[Target]:
    """Judge what was measured, kernel by kernel."""
    kernels = dict.fromkeys(row.kernel for row in rows)
    judged = [
        bound.judge(kernel, bound.of([row for row in rows if row.kernel == kernel]))
        for bound in BOUNDS
        for kernel in kernels
    ]
    return judged + _against_ev2gym(works) + [_duel(duel) for duel in duels]


def _duel(duel: DuelCost) -> Target:
    """Judge a duel in as many processes as there are cores."""
    figure = AS_DUEL.format(duel.days, duel.vehicles, duel.processes)
    return Bound(figure, _nothing, most=duel.at_most).judge(duel.kernel, duel.shared_s)


def _against_ev2gym(works: Sequence[Work]) -> list[Target]:
    """Compare each of our fleets with the fastest of EV2Gym's: its cost per vehicle hardly depends on their number."""
    theirs = max((w for w in works if not w.kernel), key=lambda w: w.vehicle_steps_per_s, default=None)
    if theirs is None:
        return [Bound("vehicle-steps per second as a multiple of EV2Gym's", _nothing, least=1000.0).judge("", None)]
    return [
        Bound(AS_EV2GYM.format(ours.vehicles, theirs.vehicles), _nothing, least=1000.0).judge(
            ours.kernel, round(ours.vehicle_steps_per_s / theirs.vehicle_steps_per_s)
        )
        for ours in works
        if ours.kernel
    ]


def _nothing(_: Rows) -> None:
    return None
