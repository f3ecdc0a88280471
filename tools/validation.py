"""Tables of docs/validation.md, from the helpers of the tests: ``python -m tools.validation``, or ``make docs``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.service.optimum.decomposition import decompose
from ev2gym_dashboard.service.optimum.problem import Problem
from tests.core.fleet.test_arrivals import PLACES, PUBLISHED, TOLERANCE, load_tables, plan_week
from tests.reference.agreement import replay_scenario, step_engine
from tests.reference.test_scalar_simulator import DAY, RULES
from tests.reference.test_single_steps import SAME, Case, charging, discharging, step_fleet
from tests.service.optimum.linear_programme import solve_exactly
from tests.service.optimum.problems import make_random_problem
from tests.service.optimum.test_decomposition import CASES, MAX_PLAN_GAP
from tools.page_sections import render_table, update_page

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "validation.md"
RECORD = ROOT / "tests" / "reference" / "record.py"
OPTIMUM_TOLERANCE = 5e-4
SAME_TEXT = f"{SAME:g}".replace("e-0", "e-")
RECORDED_STEPS = {
    "ev2gym_charging": ("a step of charging", "EV2Gym 2.0.0"),
    "ev2gym_discharging": ("a step of discharging", "EV2Gym 2.0.0"),
    "acnportal_charging": ("a step of charging", "acnportal 0.3.3"),
}
"""Subject and simulator of the recorded steps."""


@dataclass(frozen=True)
class Check:
    """A row of the table: the part that is compared, with its reference and cases, and the bound that tests hold."""

    subject: str
    reference: str
    cases: str
    deviation: str
    allowed: str


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


def compute_optimum_gaps(problem: Problem) -> tuple[float, float]:
    """Return how far the bound is below the optimum of the linear programme, and the plan above it, as shares of it."""
    exact_mad = solve_exactly(problem)
    found = decompose(problem, tolerance=OPTIMUM_TOLERANCE, time_limit_s=60.0)
    scale_mad = abs(exact_mad)
    return (exact_mad - found.model_bound_mad) / scale_mad, (found.model_mad - exact_mad) / scale_mad


def list_session_checks() -> list[Check]:
    """Return the check of the planned sessions."""
    deviation = max(
        float(np.abs(planned / published - 1.0).max())
        for place in PLACES
        for _name, published, planned in compute_quantiles(place)
    )
    cases = f"{len(PLACES)} places, stay and energy, {len(PUBLISHED)} quantiles"
    figure = f"{deviation:.1%} of a quantile"
    return [Check("sessions of a week", "ElaadNL's published quantiles", cases, figure, f"{TOLERANCE:.0%}")]


def list_step_checks() -> list[Check]:
    """Return the checks of the steps that were recorded from published simulators."""
    record, checks = load_record(), []
    for key, (subject, simulator) in RECORDED_STEPS.items():
        cases = record.REFERENCES[key].recorded()
        difference = compute_step_difference(cases, record.power_per_a())
        checks.append(Check(subject, simulator, f"{len(cases):,} random steps", _bound(difference), SAME_TEXT))
    return checks


def list_engine_checks() -> list[Check]:
    """Return the check of whole runs: the SOC of every vehicle in every step."""
    difference = max(map(compute_scalar_difference, RULES))
    cases = f"{len(RULES)} strategies, {DAY.fleet_size} vehicles, {DAY.n_steps} steps"
    return [Check("runs of the engine", "scalar simulator", cases, _bound(difference), SAME_TEXT)]


def list_optimum_checks() -> list[Check]:
    """Return the checks of bound and plan of the optimum."""
    gaps = [compute_optimum_gaps(make_random_problem(n, n, **settings)) for n, settings in CASES]
    sizes = [n for n, _ in CASES]
    cases = f"{len(CASES)} problems of {min(sizes)} to {max(sizes):,} vehicles"
    below, above = (max(values) for values in zip(*gaps, strict=True))
    programme = "linear programme (HiGHS)"
    return [
        Check("bound of the optimum", programme, cases, f"at most {below:.2%} below", "not above"),
        Check("plan of the optimum", programme, cases, f"at most {above:.2%} above", f"{MAX_PLAN_GAP:.2%}"),
    ]


CHECKS: Mapping[str, Callable[[], list[Check]]] = {
    "sessions": list_session_checks,
    "steps": list_step_checks,
    "engine": list_engine_checks,
    "optimum": list_optimum_checks,
}


def render_rows(checks: Iterable[Check]) -> str:
    """Return the table of checks."""
    header = ("Checked", "Against", "Cases", "Largest deviation", "Allowed by the tests")
    return render_table(header, map(astuple, checks))


def render_checks() -> str:
    """Return the table of all checks."""
    return render_rows(check for list_checks in CHECKS.values() for check in list_checks())


def _bound(difference: float) -> str:
    """Return a difference; below the tolerance of the tests it is rounding, which machines do differently."""
    return f"SOC below {SAME_TEXT}" if difference <= SAME else f"SOC {difference:.1e}"


def _join(values: Floats) -> str:
    return " / ".join(f"{value:.1f}" for value in values)


SECTIONS = {"checks": render_checks, "sessions": render_sessions}


if __name__ == "__main__":
    update_page(PAGE, SECTIONS)
