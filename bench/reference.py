"""Times EV2Gym 2.0.0, and this simulator at the same work: a day and more of vehicles that charge as fast as they can.

EV2Gym runs without the packages of its power flow (pandapower and more): with ``simulate_grid: False`` that module is
imported and never used, so that an empty one stands in for it.
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
from bench.report import find_version
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

    In EV2Gym a vehicle is a charger, which may stand empty, so that the shares of those plugged in differ.
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
    """Why EV2Gym cannot be timed here; empty if it can."""
    if find_version("ev2gym") != EV2GYM_VERSION:
        return f"EV2Gym {EV2GYM_VERSION} is not installed: make reference"
    missing = [name for name in EV2GYM_IMPORTS if not find_spec(name)]
    return f"EV2Gym lacks {', '.join(missing)}: make reference" if missing else ""


def measure_simulator(vehicles: int, way: Backend, *, steps: int = REFERENCE_STEPS) -> ReferenceTiming:
    """Time our simulator."""
    simulation = Simulation(Scenario(fleet_size=vehicles, **REFERENCE_SCENARIO))  # type: ignore[arg-type]
    set_backend(simulation, way)
    before = read_clocks()
    simulation.advance(steps)
    spent = compute_elapsed(before)
    connected = sum(simulation.series("n_connected"))
    return _make_reference_timing(("ours", way.kernel, way.threads), vehicles, steps, spent, connected)


def measure_ev2gym(chargers: int, *, steps: int = REFERENCE_STEPS) -> ReferenceTiming:
    """Time EV2Gym, under the configuration of its V2GProfitMax example; making the environment is not timed."""
    env, heuristic = make_ev2gym(chargers, steps=steps)
    connected, done = 0, False
    before = read_clocks()
    while not done:
        _, _, done, _, about = env.step(heuristic.get_action(env))
        connected += int(about["action_mask"].sum())
    return _make_reference_timing(
        (f"EV2Gym {EV2GYM_VERSION}", "", 1), chargers, steps, compute_elapsed(before), connected
    )


def make_ev2gym(chargers: int, *, steps: int) -> tuple[Any, Any]:
    """Return EV2Gym's environment and its heuristic ``ChargeAsFastAsPossible``."""
    folder = find_ev2gym_folder()
    with _stub_modules(folder), tempfile.TemporaryDirectory() as made:
        import yaml  # noqa: PLC0415 (where it is installed)
        from ev2gym.baselines.heuristics import ChargeAsFastAsPossible  # noqa: PLC0415

        example = folder / "example_config_files" / "V2GProfitMax.yaml"
        config = yaml.safe_load(example.read_text(encoding="utf-8")) | {
            "number_of_charging_stations": chargers,
            "simulation_length": steps,
            "random_day": False,
            "ev_specs_file": str(folder / "data" / "ev_specs_v2g_enabled2024.json"),
        }
        path = Path(made) / "config.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return open_ev2gym(path), ChargeAsFastAsPossible()


def open_ev2gym(config: Path, *, seed: int = 0) -> Any:
    """Return EV2Gym's environment of a configuration."""
    with _stub_modules(find_ev2gym_folder()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ev2gym.models.ev2gym_env import EV2Gym  # noqa: PLC0415 (where it is installed)

        return EV2Gym(config_file=str(config), seed=seed)


def find_ev2gym_folder() -> Path:
    """Return where EV2Gym is installed."""
    spec = find_spec("ev2gym")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(explain_unavailable())
    return Path(spec.submodule_search_locations[0])


@contextmanager
def _stub_modules(folder: Path) -> Iterator[None]:
    """Stand in for what EV2Gym imports: its power flow, and the part of setuptools that was removed from it."""
    grid, resources = ModuleType("ev2gym.models.grid"), ModuleType("pkg_resources")
    grid.PowerGrid = None  # type: ignore[attr-defined]
    resources.resource_filename = lambda _, name: str(folder / name)  # type: ignore[attr-defined]
    before = {module.__name__: sys.modules.get(module.__name__) for module in (grid, resources)}
    sys.modules.update({module.__name__: module for module in (grid, resources)})
    try:
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module


def _make_reference_timing(
    how: tuple[str, str, int], vehicles: int, steps: int, spent: Elapsed, connected: float
) -> ReferenceTiming:
    work = vehicles * steps
    return ReferenceTiming(
        *how,
        vehicles=vehicles,
        steps=steps,
        seconds=round(spent.wall_s, 3),
        cpu_s=round(spent.cpu_s, 3),
        vehicle_steps_per_s=round(work / spent.wall_s),
        plugged_share=round(connected / work, 3),
        plugged_vehicle_steps_per_s=round(connected / spent.wall_s),
    )
