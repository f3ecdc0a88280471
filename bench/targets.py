"""Targets: every figure that a benchmark is judged by, and the table of goals of the work on speed."""

from __future__ import annotations

from dataclasses import dataclass

MILLION = 1_000_000
MAX_PARALLEL_S = 0.8
"""Wall-clock time of the comparison of all strategies over a week of 10,000 vehicles, one process per core [s]."""
MIN_EFFICIENCY = 0.85
"""Parallel efficiency of a sweep."""
MAX_COUNTERFACTUAL_RATIO = 3.3
"""Time of a run with its two counterfactuals over that of the run alone."""
MIN_EV2GYM_RATIO = 1000.0
"""Vehicle-steps per second over EV2Gym's."""


@dataclass(frozen=True)
class LoadCase:
    """Sessions that tick once a second each.

    Parameters
    ----------
    vehicles : vehicles in the fleet of each session
    max_p95_ms : 95th percentile of a tick at most [ms]
    before : the 95th percentile at the beginning of the work on it, as it was noted
    """

    sessions: int
    vehicles: int
    max_p95_ms: float
    before: str = "-"

    @property
    def key(self) -> str:
        """Name of the measurement."""
        return f"load_{self.sessions}x{self.vehicles}"

    @property
    def work(self) -> str:
        """The work in words."""
        return f"a tick under load, sessions x vehicles: {self.sessions} x {self.vehicles:,}, 95th percentile"


LOAD_CASES = (LoadCase(200, 1_000, 60.0, "135"), LoadCase(20, 100_000, 250.0), LoadCase(1, MILLION, 300.0))


@dataclass(frozen=True)
class Goal:
    """A row of the table of `make bench`.

    Parameters
    ----------
    key : name of the measurement, see `bench.goals`
    work, unit : what is measured; time and memory should be small, everything else large
    before : value at the beginning of the work on speed, as it was noted
    chargax : value of Chargax 0.3.6 (JAX) on the same processor at that time; None where it has no such work
    target : value to reach
    """

    key: str
    work: str
    unit: str
    before: str
    chargax: float | None
    target: float

    @property
    def is_maximum(self) -> bool:
        """Whether the target is the largest value that reaches it."""
        return self.unit in ("s", "ms", "MiB")

    def compute_ratio(self, measured: float) -> float:
        """Return how far a value is: 1 or more where the target is reached."""
        return self.target / measured if self.is_maximum else measured / self.target


GOALS = (
    Goal("advance_25", "advance(n), 25 vehicles", "steps/s", "16,000", 59_000.0, 300_000.0),
    Goal("gym_1x25", "Gymnasium, 1 fleet of 25, a step a call", "env-steps/s", "5,100", None, 30_000.0),
    Goal("gym_256x25", "256 fleets of 25, vector form", "env-steps/s", "5,800", 320_000.0, 1e6),
    Goal("gym_16x1024", "16 fleets of 1,024, vector form", "env-steps/s", "4,700", 11_000.0, 50_000.0),
    Goal("year_25x15", "simulate, a year of 25 vehicles, 15 min", "s", "8.5", None, 0.5),
    Goal("year_1000x15", "simulate, a year of 1,000 vehicles, 15 min", "s", "11.2", None, 3.0),
    Goal("year_10x1", "simulate, a year of 10 vehicles, 1 min", "s", "minutes", None, 8.0),
    Goal("year_10x1_memory", "memory of one run of a year of 10 vehicles, 1 min", "MiB", "1,900", None, 300.0),
    Goal("sweep_1000", "1,000 runs of a week of 100 vehicles, two cores", "s", "-", None, 15.0),
    Goal("day_million", "1,000,000 vehicles, one day", "vehicle-steps/s", "55,000,000", 11e6, 150e6),
    Goal("comparison", "comparison of all strategies, a week of 10,000, two cores", "s", "1.4", None, MAX_PARALLEL_S),
    Goal("make_million", "making a fleet of 1,000,000", "s", "0.9 to 1.5", None, 0.3),
    Goal("tick_1000", "a tick's simulation, 1,000 vehicles with counterfactuals", "ms", "-", None, 1.0),
    Goal("tick_100000", "a tick's simulation, 100,000 vehicles with counterfactuals", "ms", "-", None, 10.0),
    *(Goal(case.key, case.work, "ms", case.before, None, case.max_p95_ms) for case in LOAD_CASES),
    Goal("browser", "browser: open to first moving number, warm server", "s", "2.0 to 2.8", None, 1.5),
)
"""The table of issue 14, and the loads of issue 17, two cores."""
TARGETS = {goal.key: goal.target for goal in GOALS}
"""Targets by the name of the measurement."""
