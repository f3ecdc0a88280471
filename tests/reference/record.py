"""Records random single steps of two published simulators: ``python tests/reference/record.py`` writes them anew.

It needs ``ev2gym==2.0.0`` and ``acnportal==0.3.3``, both installed with ``--no-deps``, and NumPy.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

HERE = Path(__file__).parent
LINE_TO_LINE_V = 400.0
N_RECORDED = 2000
SMALLEST_KW = 0.5

Case = dict[str, float]


@dataclass(frozen=True)
class Reference:
    """A step of a published simulator: how to draw its inputs, and the SOC that its own code ends the step with."""

    key: str
    package: str
    version: str
    draw: Callable[[np.random.Generator], Case]
    soc_after: Callable[[Case], float]
    seed: int

    @property
    def path(self) -> Path:
        return HERE / f"{self.key}.json"

    @property
    def why_not_live(self) -> str:
        """Why its own code cannot be run here; empty if it can."""
        try:
            installed = metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return f"{self.package} {self.version} is not installed"
        return "" if installed == self.version else f"{self.package} is {installed}, not {self.version}"

    def cases(self, seed: int, number: int) -> Iterator[Case]:
        rng = np.random.default_rng(seed)
        return (self.draw(rng) for _ in range(number))

    def record(self) -> None:
        """Write the inputs and the SOC after the step, a line per case."""
        rows = [[*case.values(), self.soc_after(case)] for case in self.cases(self.seed, N_RECORDED)]
        columns = [*self.draw(np.random.default_rng(self.seed)), "soc_after"]
        head = json.dumps({"package": self.package, "version": self.version, "columns": columns})[:-1]
        body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        self.path.write_text(f'{head}, "cases": [\n{body}\n]}}\n', encoding="utf-8")

    def recorded(self) -> list[Case]:
        stored = json.loads(self.path.read_text(encoding="utf-8"))
        return [dict(zip(stored["columns"], row, strict=True)) for row in stored["cases"]]


def draw_charging(rng: np.random.Generator) -> Case:
    """Draw a step at up to twice the power of the vehicle, which then is what limits it."""
    transition_soc = round(rng.uniform(0.3, 0.99), 3)
    soc = round(rng.choice([rng.uniform(), 0.0, transition_soc, 1.0], p=[0.94, 0.02, 0.02, 0.02]), 4)
    max_power_kw = round(rng.uniform(2.0, 60.0), 1)
    return {
        "soc": float(soc),
        "capacity_kwh": _capacity(rng),
        "current_a": _current(rng, max_power_kw * rng.uniform(0.05, 2.0)),
        "max_power_kw": max_power_kw,
        "transition_soc": transition_soc,
        "efficiency": round(rng.uniform(0.5, 1.0), 3),
        "timestep_min": int(rng.integers(1, 61)),
    }


def draw_discharging(rng: np.random.Generator) -> Case:
    """Draw a step from the floor or above it: below it EV2Gym refills the battery, and we do not."""
    floor_soc = int(rng.integers(0, 19)) / 20
    max_power_kw = round(rng.uniform(2.0, 60.0), 1)
    return {
        "soc": round(rng.choice([rng.uniform(floor_soc, 1.0), floor_soc, 1.0], p=[0.96, 0.02, 0.02]), 4),
        "capacity_kwh": _capacity(rng),
        "current_a": _current(rng, max_power_kw * rng.uniform(0.05, 2.0)),
        "max_power_kw": max_power_kw,
        "floor_soc": floor_soc,
        "efficiency": round(rng.uniform(0.5, 1.0), 3),
        "timestep_min": int(rng.integers(1, 61)),
    }


def _capacity(rng: np.random.Generator) -> float:
    return round(float(10.0 ** rng.uniform(0.0, math.log10(500.0))), 1)


def _current(rng: np.random.Generator, power_kw: float) -> float:
    return round(max(power_kw, SMALLEST_KW) / power_per_a(), 1)


def power_per_a() -> float:
    """Return EV2Gym's power of an ampere on three phases, its voltage being that between two lines [kW/A]."""
    return LINE_TO_LINE_V * math.sqrt(3.0) / 1000.0


def ev2gym_charging(case: Case) -> float:
    """Return the SOC after EV2Gym's ``EV._charge``: what ``EV.step`` does before it rounds up to 0.01 kWh."""
    vehicle = _ev2gym_vehicle(
        case,
        max_ac_charge_power=case["max_power_kw"],
        transition_soc=case["transition_soc"],
        transition_soc_multiplier=1,
    )
    vehicle._charge(case["current_a"], LINE_TO_LINE_V, phases=3)
    return float(vehicle.get_soc())


def ev2gym_discharging(case: Case) -> float:
    """Return the SOC after EV2Gym's ``EV._discharge``."""
    floor_kwh = case["floor_soc"] * case["capacity_kwh"]
    vehicle = _ev2gym_vehicle(case, max_discharge_power=-case["max_power_kw"], min_battery_capacity=floor_kwh)
    vehicle._discharge(-case["current_a"], LINE_TO_LINE_V, phases=3)
    return float(vehicle.get_soc())


def _ev2gym_vehicle(case: Case, **specs: float) -> Any:
    return _ev2gym().EV(
        id=0,
        location=0,
        battery_capacity_at_arrival=case["soc"] * case["capacity_kwh"],
        time_of_arrival=0,
        time_of_departure=1,
        battery_capacity=case["capacity_kwh"],
        charge_efficiency=case["efficiency"],
        discharge_efficiency=case["efficiency"],
        timescale=case["timestep_min"],
        **specs,
    )


def acnportal_charging(case: Case) -> float:
    """Return the SOC after a step of acnportal's battery, which knows no efficiency: its powers are the battery's."""
    battery = _acnportal().Linear2StageBattery(
        capacity=case["capacity_kwh"],
        init_charge=case["soc"] * case["capacity_kwh"],
        max_power=case["efficiency"] * case["max_power_kw"],
        transition_soc=case["transition_soc"],
    )
    battery.charge(case["efficiency"] * case["current_a"], power_per_a() * 1000.0, case["timestep_min"])
    return float(battery._soc)


def _ev2gym() -> ModuleType:
    return _load_module("reference_ev2gym", _find_folder("ev2gym") / "models" / "ev.py")


def _acnportal() -> ModuleType:
    # The battery alone: the whole of acnportal needs packages of its time, such as pkg_resources.
    base = ModuleType("reference_acnportal.base")
    vars(base)["BaseSimObj"] = object
    sys.modules.setdefault("reference_acnportal", ModuleType("reference_acnportal"))
    sys.modules.setdefault("reference_acnportal.models", ModuleType("reference_acnportal.models"))
    sys.modules.setdefault("reference_acnportal.base", base)
    folder = _find_folder("acnportal") / "acnsim" / "models"
    return _load_module("reference_acnportal.models.battery", folder / "battery.py")


def _find_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0])


def _load_module(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]


REFERENCES = {
    reference.key: reference
    for reference in (
        Reference("ev2gym_charging", "ev2gym", "2.0.0", draw_charging, ev2gym_charging, seed=1),
        Reference("ev2gym_discharging", "ev2gym", "2.0.0", draw_discharging, ev2gym_discharging, seed=2),
        Reference("acnportal_charging", "acnportal", "0.3.3", draw_charging, acnportal_charging, seed=3),
    )
}


if __name__ == "__main__":
    for each in REFERENCES.values():
        each.record()
