"""A new strategy by the recipe: one module with the decorator, and one line that imports it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ev2gym_dashboard.strategies import STRATEGIES

ROOT = Path(__file__).parents[2]
TOY_MODULE = """
from dataclasses import dataclass

from ev2gym_dashboard import strategy
from ev2gym_dashboard.strategies import Moment, Reason, declare_quantity


@dataclass(frozen=True)
class Toy:
    v2g_min_soc: float = declare_quantity(0.5, "", 0.0, 1.0, "V2G only above this SOC")
    toy_hour_h: float = declare_quantity(20.0, "h", 0.0, 24.0, "V2G from this time of day (UTC)")


def is_toy_hour(moment: Moment, params: Toy) -> bool:
    return moment.hour_h >= params.toy_hour_h


@strategy(
    key="toy", name="Toy", rule="V2G from {toy_hour_h} above {v2g_min_soc} SOC.", colour="#123456",
    params=Toy, requests_v2g=is_toy_hour, idle_reason=Reason.OUTSIDE_WINDOW,
)
def toy(view, params):
    if is_toy_hour(view.moment, params):
        return view.discharge_to_soc(params.v2g_min_soc)
    return view.charge_to_soc(view.target_soc)
"""


def run_with_toy(folder: Path, *arguments: str) -> str:
    """Run Python in a process of its own, which can import the module ``toy_strategy``; return its output."""
    (folder / "toy_strategy.py").write_text(TOY_MODULE, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_registered_strategy_is_simulated_with_its_parameters_and_compared(tmp_path: Path) -> None:
    program = """
from ev2gym_dashboard import Scenario, compare, simulate
from ev2gym_dashboard.strategies import STRATEGIES
before = list(STRATEGIES)
import toy_strategy
assert list(STRATEGIES) == [*before, "toy"]
assert list(STRATEGIES["toy"].quantities) == ["v2g_min_soc", "toy_hour_h"]
scenario = Scenario(strategy="toy", fleet_size=200, params={"toy.toy_hour_h": 21.0})
series = simulate(scenario).series
v2g_hours = set(series.index[series["v2g_kw"] > 0.0].hour)
assert v2g_hours and min(v2g_hours) == 21, v2g_hours
table = compare(Scenario(fleet_size=60, days=0.25))
assert set(table["strategy"]) == set(STRATEGIES), table["strategy"]
"""
    run_with_toy(tmp_path, "-c", program)


def test_the_property_tests_run_over_a_registered_strategy(tmp_path: Path) -> None:
    options = ("--collect-only", "-q", "-p", "no:cacheprovider", "-p", "toy_strategy")
    collected = run_with_toy(tmp_path, "-m", "pytest", *options, "tests/strategies/test_properties.py")
    tests_by_strategy = {
        key: set(re.findall(rf"::(\w+)\[.*\b{key}\b", collected)) for key in (*STRATEGIES.built_in, "toy")
    }
    assert tests_by_strategy["toy"]
    assert all(names == tests_by_strategy["toy"] for names in tests_by_strategy.values())


def test_every_strategy_has_its_own_colour() -> None:
    colours = [strategy.colour for strategy in STRATEGIES.values()]
    assert len(set(colours)) == len(colours)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in colours)


def test_every_module_of_a_strategy_is_imported() -> None:
    modules = {path.stem for path in (ROOT / "ev2gym_dashboard" / "strategies").glob("*.py")}
    assert modules - {"__init__"} == set(STRATEGIES.built_in)
