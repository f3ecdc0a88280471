"""Benchmark of EV2Gym 2.0.0 and of this simulator at the same work: 112 steps of uncontrolled charging.

EV2Gym runs without the packages of its power flow (pandapower and others): with ``simulate_grid: False`` that module is
imported but not used, and an empty module replaces it.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.fleets import Backend, Elapsed, compute_elapsed, read_clocks, set_backend
from bench.record import find_version
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation

EV2GYM_VERSION = "2.0.0"
REFERENCE_STEPS = 112
EV2GYM_IMPORTS = ("gymnasium", "matplotlib", "networkx", "pandas", "yaml")
REFERENCE_SCENARIO = {
    "catalog": "2024",
    "strategy": "uncontrolled",
    "v2g": False,
    "place": "work",
    "start": "2022-01-17T05:00",
    "evse_per_vehicle": 1.0,
}


@dataclass(frozen=True)
class ReferenceTiming:
    """``steps`` of 15 min at one EVSE per vehicle.

    In EV2Gym a vehicle is a charger, which may be empty; the shares of connected vehicles differ.
    """

    simulator: str
    kernel: str
    threads: int
    vehicles: int
    steps: int
    seconds: float
    cpu_s: float
    vehicle_steps_per_s: float
    plugged_share: float
    plugged_vehicle_steps_per_s: float


def explain_unavailable() -> str:
    """Return the reason why EV2Gym cannot be timed; empty if it can."""
    if find_version("ev2gym") != EV2GYM_VERSION:
        return f"EV2Gym {EV2GYM_VERSION} is not installed: make reference"
    missing = [name for name in EV2GYM_IMPORTS if not find_spec(name)]
    return f"EV2Gym lacks {', '.join(missing)}: make reference" if missing else ""


def measure_simulator(vehicles: int, backend: Backend, *, steps: int = REFERENCE_STEPS) -> ReferenceTiming:
    """Time this simulator."""
    simulation = Simulation(Scenario(fleet_size=vehicles, **REFERENCE_SCENARIO))  # type: ignore[arg-type]
    set_backend(simulation, backend)
    start = read_clocks()
    simulation.advance(steps)
    elapsed = compute_elapsed(start)
    connected = sum(simulation.series("n_connected"))
    return _make_reference_timing(("ours", backend.kernel, backend.threads), vehicles, steps, elapsed, connected)


def measure_ev2gym(chargers: int, *, steps: int = REFERENCE_STEPS) -> ReferenceTiming:
    """Time EV2Gym under the configuration of its V2GProfitMax example, without the set-up of the environment."""
    env, heuristic = make_ev2gym(chargers, steps=steps)
    connected, done = 0, False
    start = read_clocks()
    while not done:
        _, _, done, _, info = env.step(heuristic.get_action(env))
        connected += int(info["action_mask"].sum())
    return _make_reference_timing(
        (f"EV2Gym {EV2GYM_VERSION}", "", 1), chargers, steps, compute_elapsed(start), connected
    )


def make_ev2gym(chargers: int, *, steps: int) -> tuple[Any, Any]:
    """Return EV2Gym's environment and its heuristic ``ChargeAsFastAsPossible``."""
    folder = find_ev2gym_folder()
    with _stub_modules(folder), tempfile.TemporaryDirectory() as config_folder:
        import yaml  # noqa: PLC0415 (optional package)
        from ev2gym.baselines.heuristics import ChargeAsFastAsPossible  # noqa: PLC0415

        example = folder / "example_config_files" / "V2GProfitMax.yaml"
        config = yaml.safe_load(example.read_text(encoding="utf-8")) | {
            "number_of_charging_stations": chargers,
            "simulation_length": steps,
            "random_day": False,
            "ev_specs_file": str(folder / "data" / "ev_specs_v2g_enabled2024.json"),
        }
        path = Path(config_folder) / "config.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return open_ev2gym(path), ChargeAsFastAsPossible()


def open_ev2gym(config: Path, *, seed: int = 0) -> Any:
    """Return EV2Gym's environment of a configuration."""
    with _stub_modules(find_ev2gym_folder()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ev2gym.models.ev2gym_env import EV2Gym  # noqa: PLC0415 (optional package)

        return EV2Gym(config_file=str(config), seed=seed)


def find_ev2gym_folder() -> Path:
    """Return the folder in which EV2Gym is installed."""
    spec = find_spec("ev2gym")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(explain_unavailable())
    return Path(spec.submodule_search_locations[0])


@contextmanager
def _stub_modules(folder: Path) -> Iterator[None]:
    """Replace modules that EV2Gym imports: its power flow, and pkg_resources, which setuptools has removed."""
    grid, resources = ModuleType("ev2gym.models.grid"), ModuleType("pkg_resources")
    grid.PowerGrid = None  # type: ignore[attr-defined]
    resources.resource_filename = lambda _, name: str(folder / name)  # type: ignore[attr-defined]
    originals = {module.__name__: sys.modules.get(module.__name__) for module in (grid, resources)}
    sys.modules.update({module.__name__: module for module in (grid, resources)})
    try:
        yield
    finally:
        for name, module in originals.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module


def _make_reference_timing(
    identity: tuple[str, str, int], vehicles: int, steps: int, elapsed: Elapsed, connected: float
) -> ReferenceTiming:
    vehicle_steps = vehicles * steps
    return ReferenceTiming(
        *identity,
        vehicles=vehicles,
        steps=steps,
        seconds=round(elapsed.wall_s, 3),
        cpu_s=round(elapsed.cpu_s, 3),
        vehicle_steps_per_s=round(vehicle_steps / elapsed.wall_s),
        plugged_share=round(connected / vehicle_steps, 3),
        plugged_vehicle_steps_per_s=round(connected / elapsed.wall_s),
    )
