"""Times whole days of fleets, by each kernel, with threads and without."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import product

from bench.memory import collect_arrays, count_kept_bytes, time_copy
from ev2gym_dashboard.core.engine.engine import MapBlocks
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.backend import MIN_THREADED_FLEET, map_in_threads
from ev2gym_dashboard.service.simulation.simulation import Simulation

MONDAY_START = "2026-12-14T16:00"
UNLIMITED_CONNECTION_KW = 1000.0
"""Fleets are timed at a connection that suffices; what one that binds costs is timed on its own, in `bench.site`."""


@dataclass(frozen=True)
class Backend:
    """A way of stepping blocks."""

    kernel: str
    threads: int
    stepped: Kernel
    map_blocks: MapBlocks

    def chosen_for(self, vehicles: int) -> bool:
        """Tell whether the simulator itself chooses these threads for a fleet."""
        side_by_side = self.kernel != "NumPy" and vehicles >= MIN_THREADED_FLEET
        return (self.threads > 1) == side_by_side


@dataclass(frozen=True)
class Workload:
    """Runs to time: ``days`` by each way, the first from a Monday afternoon on; of ``rounds`` the fastest counts."""

    vehicles: int
    timestep_min: int = 15
    days: int = 1
    rounds: int = 1


@dataclass(frozen=True)
class Elapsed:
    """Time that something took on the clock, on all cores, and of it on the clock in drawing the days."""

    wall_s: float
    cpu_s: float
    draws_s: float = 0.0


@dataclass(frozen=True)
class FleetTiming:
    """What a fleet costs by one way; seconds with no other name are the clock's, of the fastest round.

    Parameters
    ----------
    steps : full steps that were timed, the draws of their days among them
    draws_share : share of the time that the draws took, one a day
    ns, cpu_ns : time per vehicle and step, on the clock and on all cores [ns]
    copy_ms, copies : time of copying the state with as many threads; a step as a multiple of it
    setup_s, total_s : time of making the fleet; of making it and of all steps
    state_bytes, kept_bytes : per vehicle, of its state; and with plans, plugs and the arrivals of tomorrow
    """

    vehicles: int
    kernel: str
    threads: int
    timestep_min: int
    steps: int
    steps_per_s: float
    vehicle_steps_per_s: float
    ns: float
    cpu_ns: float
    draws_share: float
    copy_ms: float
    copies: float
    steps_s: float
    setup_s: float
    total_s: float
    state_bytes: float
    kept_bytes: float


@dataclass
class TimedDays:
    """The days of a run, with the time that their draws have taken."""

    days: Iterator[DayPlan]
    seconds: float = 0.0

    def __iter__(self) -> Iterator[DayPlan]:
        return self

    def __next__(self) -> DayPlan:
        before = time.perf_counter()
        plan = next(self.days)
        self.seconds += time.perf_counter() - before
        return plan


def list_backends() -> list[Backend]:
    """Return the kernels that are installed, each without threads and with one per core."""
    kernels: dict[str, Kernel] = {"NumPy": NUMPY_KERNEL}
    if find_spec("numba"):
        from ev2gym_dashboard.core.engine import step_numba  # noqa: PLC0415 (where it is installed)

        kernels["Numba"] = step_numba.NUMBA_KERNEL
    maps: dict[int, MapBlocks] = {1: map, os.cpu_count() or 1: map_in_threads}
    return [Backend(name, threads, kernels[name], maps[threads]) for name, threads in product(kernels, maps)]


def warm_up_backends(all_ways: Sequence[Backend]) -> None:
    """Load the data and compile, so that no timing holds it."""
    for way in all_ways:
        set_backend(simulation := Simulation(Scenario(fleet_size=100, start=MONDAY_START)), way)
        simulation.advance(simulation.scenario.steps_per_day)


def measure_fleet(case: Workload, all_ways: Sequence[Backend]) -> list[FleetTiming]:
    """Return a row per way; in a round they follow each other on one fleet, day after day."""
    runs: dict[Backend, list[tuple[float, FleetTiming]]] = {way: [] for way in all_ways}
    for _ in range(case.rounds):
        simulation, setup = make_timed_simulation(case)
        for way in all_ways:
            steps = time_steps(simulation, way)
            runs[way].append((steps.wall_s, _make_fleet_timing(simulation, way, setup, steps)))
    return [min(rounds, key=lambda run: run[0])[1] for rounds in runs.values()]


def make_timed_simulation(case: Workload) -> tuple[Simulation, Elapsed]:
    """Make the fleet of a case; return with it how long that took."""
    before = read_clocks()
    scenario = Scenario(
        fleet_size=case.vehicles,
        timestep_min=case.timestep_min,
        days=case.days,
        start=MONDAY_START,
        limit_kw_per_vehicle=UNLIMITED_CONNECTION_KW,
    )
    return Simulation(scenario), compute_elapsed(before)


def time_steps(simulation: Simulation, way: Backend) -> Elapsed:
    """Run the days of the scenario by a way; return how long that took, and of it the draws."""
    set_backend(simulation, way)
    days = simulation.engine.days
    simulation.engine.days = timed = TimedDays(days)
    before = read_clocks()
    simulation.advance(simulation.scenario.n_steps)
    spent = compute_elapsed(before)
    simulation.engine.days = days
    return replace(spent, draws_s=timed.seconds)


def set_backend(simulation: Simulation, way: Backend) -> None:
    """Let a simulation step by a way."""
    simulation.engine.kernel, simulation.engine.map_blocks = way.stepped, way.map_blocks


def read_clocks() -> Elapsed:
    """Return what the clock and the processor show."""
    return Elapsed(time.perf_counter(), time.process_time())


def compute_elapsed(before: Elapsed) -> Elapsed:
    """Return what was spent since then."""
    after = read_clocks()
    return Elapsed(after.wall_s - before.wall_s, after.cpu_s - before.cpu_s)


def _make_fleet_timing(simulation: Simulation, way: Backend, setup: Elapsed, steps: Elapsed) -> FleetTiming:
    engine, n_steps, vehicles = simulation.engine, simulation.scenario.n_steps, simulation.scenario.fleet_size
    work = vehicles * n_steps
    copy_s = time_copy(collect_arrays(engine.state), way.map_blocks, parts=way.threads)
    return FleetTiming(
        vehicles=vehicles,
        kernel=way.kernel,
        threads=way.threads,
        timestep_min=simulation.scenario.timestep_min,
        steps=n_steps,
        steps_per_s=round(n_steps / steps.wall_s, 2),
        vehicle_steps_per_s=round(work / steps.wall_s),
        ns=round(steps.wall_s / work * 1e9, 2),
        cpu_ns=round(steps.cpu_s / work * 1e9, 2),
        draws_share=round(steps.draws_s / steps.wall_s, 3),
        copy_ms=round(copy_s * 1e3, 4),
        copies=round(steps.wall_s / n_steps / copy_s, 2),
        steps_s=round(steps.wall_s, 3),
        setup_s=round(setup.wall_s, 3),
        total_s=round(setup.wall_s + steps.wall_s, 3),
        state_bytes=round(count_kept_bytes(engine.state) / vehicles, 1),
        kept_bytes=round(count_kept_bytes(engine) / vehicles, 1),
    )
