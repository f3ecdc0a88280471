"""Benchmark of whole days of fleets, by kernel, with threads and without."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from bench.memory import collect_arrays, count_kept_bytes, time_copy
from ev2gym_dashboard.compiled.kernel import COMPILED_KERNEL
from ev2gym_dashboard.core.engine.engine import MapBlocks
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.backend import MIN_THREADED_FLEET, map_in_threads
from ev2gym_dashboard.service.simulation.simulation import Simulation

MONDAY_START = "2026-12-14T16:00"
UNLIMITED_CONNECTION_KW = 1000.0
"""Fleets are timed with a connection that never binds; `bench.site` times one that does."""


@dataclass(frozen=True)
class Backend:
    """Kernel and threads that step the blocks of a fleet."""

    kernel: str
    threads: int
    step_kernel: Kernel
    map_blocks: MapBlocks

    def is_default(self, vehicles: int) -> bool:
        """Return whether the simulator chooses this number of threads for a fleet."""
        threaded = self.kernel != "NumPy" and vehicles >= MIN_THREADED_FLEET
        return (self.threads > 1) == threaded


@dataclass(frozen=True)
class Workload:
    """Runs to time: ``days`` by each backend, from a Monday afternoon on; the fastest of ``rounds`` counts."""

    vehicles: int
    timestep_min: int = 15
    days: int = 1
    rounds: int = 1


@dataclass(frozen=True)
class Elapsed:
    """Wall-clock time, CPU time on all cores, and the part of the wall-clock time spent on drawing days."""

    wall_s: float
    cpu_s: float
    draws_s: float = 0.0


@dataclass(frozen=True)
class FleetTiming:
    """Cost of a fleet by one backend; times are wall-clock times of the fastest round unless named otherwise.

    Parameters
    ----------
    steps : number of complete steps, draws of their days included
    draws_share : share of the time spent on the draws, one per day
    ns_per_vehicle_step, cpu_ns_per_vehicle_step : wall-clock and CPU time [ns]
    copy_ms, copies : time to copy the state with as many threads; time of a step as a multiple of it
    setup_s, total_s : time to make the fleet; the same with all steps
    state_bytes, kept_bytes : per vehicle, of its state; with plans, plugs and the arrivals of the next day
    """

    vehicles: int
    kernel: str
    threads: int
    timestep_min: int
    steps: int
    steps_per_s: float
    vehicle_steps_per_s: float
    ns_per_vehicle_step: float
    cpu_ns_per_vehicle_step: float
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
    """Days of a run, with the time spent on drawing them."""

    days: Iterator[DayPlan]
    seconds: float = 0.0

    def __iter__(self) -> Iterator[DayPlan]:
        return self

    def __next__(self) -> DayPlan:
        start_s = time.perf_counter()
        plan = next(self.days)
        self.seconds += time.perf_counter() - start_s
        return plan


def list_backends() -> list[Backend]:
    """List the kernels, each without threads and with one thread per core."""
    kernels: dict[str, Kernel] = {"NumPy": NUMPY_KERNEL, "Numba": COMPILED_KERNEL}
    maps: dict[int, MapBlocks] = {1: map, os.cpu_count() or 1: map_in_threads}
    return [Backend(name, threads, kernels[name], maps[threads]) for name, threads in product(kernels, maps)]


def warm_up_backends(backends: Sequence[Backend]) -> None:
    """Load the data files and compile the kernels before anything is timed."""
    for backend in backends:
        set_backend(simulation := Simulation(Scenario(fleet_size=100, start=MONDAY_START)), backend)
        simulation.advance(simulation.scenario.steps_per_day)


def measure_fleet(workload: Workload, backends: Sequence[Backend]) -> list[FleetTiming]:
    """Return a row per backend, of its fastest round."""
    # In a round, the backends follow each other on one fleet, so that a noisy moment does not hit one backend alone.
    runs: dict[Backend, list[tuple[float, FleetTiming]]] = {backend: [] for backend in backends}
    for _ in range(workload.rounds):
        simulation, setup = make_timed_simulation(workload)
        for backend in backends:
            steps = time_steps(simulation, backend)
            runs[backend].append((steps.wall_s, _make_fleet_timing(simulation, backend, setup, steps)))
    return [min(rounds, key=lambda run: run[0])[1] for rounds in runs.values()]


def make_timed_simulation(workload: Workload) -> tuple[Simulation, Elapsed]:
    """Return the simulation of a workload, and the time to make it."""
    start = read_clocks()
    scenario = Scenario(
        fleet_size=workload.vehicles,
        timestep_min=workload.timestep_min,
        days=workload.days,
        start=MONDAY_START,
        limit_kw_per_vehicle=UNLIMITED_CONNECTION_KW,
    )
    return Simulation(scenario), compute_elapsed(start)


def time_steps(simulation: Simulation, backend: Backend) -> Elapsed:
    """Run the days of the scenario by a backend; return the time, and the part of the draws."""
    set_backend(simulation, backend)
    days = simulation.engine.days
    simulation.engine.days = timed = TimedDays(days)
    start = read_clocks()
    simulation.advance(simulation.scenario.n_steps)
    elapsed = compute_elapsed(start)
    simulation.engine.days = days
    return replace(elapsed, draws_s=timed.seconds)


def set_backend(simulation: Simulation, backend: Backend) -> None:
    """Set the kernel and the threads of a simulation."""
    simulation.engine.kernel, simulation.engine.map_blocks = backend.step_kernel, backend.map_blocks


def read_clocks() -> Elapsed:
    """Read the wall clock and the CPU clock."""
    return Elapsed(time.perf_counter(), time.process_time())


def compute_elapsed(start: Elapsed) -> Elapsed:
    """Return the time since a reading of the clocks."""
    end = read_clocks()
    return Elapsed(end.wall_s - start.wall_s, end.cpu_s - start.cpu_s)


def _make_fleet_timing(simulation: Simulation, backend: Backend, setup: Elapsed, steps: Elapsed) -> FleetTiming:
    engine, n_steps, vehicles = simulation.engine, simulation.scenario.n_steps, simulation.scenario.fleet_size
    vehicle_steps = vehicles * n_steps
    copy_s = time_copy(collect_arrays(engine.state), backend.map_blocks, parts=backend.threads)
    return FleetTiming(
        vehicles=vehicles,
        kernel=backend.kernel,
        threads=backend.threads,
        timestep_min=simulation.scenario.timestep_min,
        steps=n_steps,
        steps_per_s=round(n_steps / steps.wall_s, 2),
        vehicle_steps_per_s=round(vehicle_steps / steps.wall_s),
        ns_per_vehicle_step=round(steps.wall_s / vehicle_steps * 1e9, 2),
        cpu_ns_per_vehicle_step=round(steps.cpu_s / vehicle_steps * 1e9, 2),
        draws_share=round(steps.draws_s / steps.wall_s, 3),
        copy_ms=round(copy_s * 1e3, 4),
        copies=round(steps.wall_s / n_steps / copy_s, 2),
        steps_s=round(steps.wall_s, 3),
        setup_s=round(setup.wall_s, 3),
        total_s=round(setup.wall_s + steps.wall_s, 3),
        state_bytes=round(count_kept_bytes(engine.state) / vehicles, 1),
        kept_bytes=round(count_kept_bytes(engine) / vehicles, 1),
    )
