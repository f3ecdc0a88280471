"""Tables of docs/validation.md, from the helpers of the tests: ``python -m tools.validation``, or ``make docs``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from tests.core.fleet.test_arrivals import PLACES, PUBLISHED, load_tables, plan_week
from tests.reference.agreement import replay_scenario, step_engine
from tests.reference.test_scalar_simulator import DAY, RULES
from tests.reference.test_single_steps import SAME, Case, charging, discharging, step_fleet
from tools.page_sections import render_table, update_page

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "validation.md"
RECORD = ROOT / "tests" / "reference" / "record.py"
DIFFERENCE = "Largest difference of a SOC"
STEP_TITLES = {
    "ev2gym_charging": "EV2Gym 2.0.0, charging",
    "ev2gym_discharging": "EV2Gym 2.0.0, discharging",
    "acnportal_charging": "acnportal 0.3.3, charging",
}


def compute_quantiles(place: str) -> Iterator[tuple[str, Floats, Floats]]:
    """Yield a quantity of the sessions with its published and its planned quantiles, each (5,) [h] or [kWh]."""
    tables, week = load_tables(place), plan_week(place, "elaadnl")
    quantities = {
        "stay [h]": (tables.stay_quantiles_h, week.stay_h),
        "energy [kWh]": (tables.energy_quantiles_kwh, week.drive_kwh),
    }
    for name, (published, planned) in quantities.items():
        yield name, np.interp(PUBLISHED, tables.quantile_points, published), np.quantile(planned, PUBLISHED)


def render_sessions() -> str:
    """Return the table of the quantiles of each place."""
    rows = []
    for place in PLACES:
        for name, published, planned in compute_quantiles(place):
            deviation = np.abs(planned / published - 1.0).max()
            rows.append((f"{place}, {name}", _join(published), _join(planned), f"{deviation:.1%}"))
    return render_table(("Sessions", "Published", "Planned", "Largest deviation"), rows)


def load_record() -> ModuleType:
    """Return the script of the recorded steps, by its path: acnportal installs a package named ``tests`` too."""
    spec = spec_from_file_location("reference_record", RECORD)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(RECORD)
    # A dataclass looks its module up.
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compute_step_difference(cases: list[Case], kw_per_a: float) -> float:
    """Return the largest difference of the SOC after a step of the engine from the recorded one."""
    if "transition_soc" in cases[0]:
        ours, of = step_fleet(cases, kw_per_a, charging, strategy="uncontrolled", target_soc=1.0)
        theirs = np.clip(of["soc_after"], of["soc"], np.maximum(FULL_SOC, of["soc"]))
    else:
        ours, of = step_fleet(cases, kw_per_a, discharging)
        theirs = of["soc_after"]
    return float(np.abs(ours - theirs).max())


def compute_scalar_difference(strategy: str) -> float:
    """Return the largest difference of a SOC between engine and scalar simulator, of every vehicle in every step."""
    scenario = replace(DAY, strategy=strategy)
    replayed = replay_scenario(scenario)
    return max(
        float(np.abs(simulation.state.soc - soc).max())
        for (soc, *_), simulation in zip(replayed.steps, step_engine(scenario, NUMPY_KERNEL), strict=True)
    )


def render_steps() -> str:
    """Return the table of the steps that were recorded from published simulators."""
    record, rows = load_record(), []
    for key, title in STEP_TITLES.items():
        cases = record.REFERENCES[key].recorded()
        rows.append((title, f"{len(cases):,}", _bound(compute_step_difference(cases, record.power_per_a()))))
    return render_table(("Against", "Random steps", DIFFERENCE), rows)


def render_engine() -> str:
    """Return the table of the runs of the scalar simulator."""
    rows = [
        (f"`{key}`", f"{DAY.fleet_size}", f"{DAY.n_steps}", _bound(compute_scalar_difference(key))) for key in RULES
    ]
    return render_table(("Strategy", "Vehicles", "Steps", DIFFERENCE), rows)


def _bound(difference: float) -> str:
    """Return a difference; below the tolerance of the tests it is rounding, which machines do differently."""
    return f"below {SAME:.0e}".replace("e-0", "e-") if difference <= SAME else f"{difference:.1e}"


def _join(values: Floats) -> str:
    return " / ".join(f"{value:.1f}" for value in values)


SECTIONS = {"sessions": render_sessions, "steps": render_steps, "engine": render_engine}


if __name__ == "__main__":
    update_page(PAGE, SECTIONS)
