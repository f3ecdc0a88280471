"""The scalar simulator, written from docs/physics.md, and the engine agree for each vehicle in each step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from ev2gym_dashboard import Scenario
from ev2gym_dashboard import strategy as register
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.strategies import STRATEGIES
from tests.reference.agreement import KERNELS, Replay, assert_agreement, replay_scenario
from tests.reference.scalar_inputs import find_twin
from tests.reference.scalar_strategies import TWINS, Twin, share_all
from tests.strategies.plugins import restore_strategies
from tests.strategies.scenarios import scenarios

PAGE_TEXT = (Path(__file__).parents[2] / "docs" / "physics.md").read_text(encoding="utf-8")

REASONS = {reason.key for reason in Reason}
# The user's, for single vehicles: no rule of the scalar simulator decides so.
REASONS_BY_HAND = {Reason.SET_CHARGE.key, Reason.SET_NO_V2G.key}

# Lower currents that are more efficient, currents that are not accepted, equally near ones, and a model without lists.
ODD_LISTS = {
    "ch_current": [6, 10, 14, 18, 22, 32],
    "1ph_ch_efficiency": [95, 0, 80, 0, 70, 60],
    "3ph_ch_efficiency": [97, 0, 75, 60, 0, 0],
}
ODD_MODEL = {
    "number_of_registrations": 3,
    "battery_capacity": 30,
    "max_ac_charge_power": 22,
    "max_dc_charge_power": 50,
    "max_ac_discharge_power": 11,
    "max_dc_discharge_power": 20,
}
ODD_SPEC = json.dumps({"odd": ODD_MODEL | ODD_LISTS, "plain": ODD_MODEL | {"number_of_registrations": 1}})
DC_ALONE = {"evse_ac_7_share": 0.0, "evse_ac_11_share": 0.0, "evse_ac_22_share": 0.0, "evse_dc_50_share": 1.0}
ODD_MODELS = {"catalog_spec": ODD_SPEC, "transition_soc": 0.6, "target_soc": 0.98}

LOW_FLOOR = {f"{key}.v2g_min_soc": 0.3 for key in STRATEGIES.built_in if key != "uncontrolled"}
DAY = Scenario(fleet_size=40, evse_per_vehicle=0.6, return_share=0.9)
# Uneven numbers: where the charging fills the connection exactly, rounding decides which bin is cut.
TIGHT = {"limit_kw_per_vehicle": 1.0937, "base_load_kw_per_vehicle": 0.8131}
WIDE: dict[str, Any] = {"limit_kw_per_vehicle": 50.0}
NARROW_EXPORT = {"limit_kw_per_vehicle": 0.3019, "base_load_kw_per_vehicle": 0.0, "pv_kwp_per_vehicle": 2.0}
VARIANTS: dict[str, dict[str, Any]] = {
    "tight": TIGHT | {"tariff": "mt_general"},
    "tight without V2G": TIGHT | {"v2g": False, "timestep_min": 60},
    "former stays": TIGHT | {"stay_model": "hour_mean", "timestep_min": 60, "days": 2.0, "return_share": 1.0},
    "wide": WIDE | {"timestep_min": 60, "seed": 3, "params": LOW_FLOOR, "place": "public"},
    "wide without V2G": WIDE | {"v2g": False, "timestep_min": 30, "start": "2026-06-20T05:00", "catalog": "2023"},
    "narrow export": NARROW_EXPORT
    | {"departure_guard": False, "timestep_min": 30, "start": "2026-06-22T09:00", "bidirectional_share": 1.0},
    "short steps": TIGHT | {"timestep_min": 5, "days": 0.3, "fleet_size": 16, "target_soc": 0.7, "reserve_soc": 0.4},
    "odd models": TIGHT | ODD_MODELS | {"place": "public", "seed": 5},
    "capped": WIDE | {"site_cap_kw_per_vehicle": 1.9, "timestep_min": 30, "seed": 7},
    "DC alone": DC_ALONE | {"catalog": "ev_phev", "seed": 2},
    "no guard": TIGHT | {"departure_guard": False, "place": "work", "start": "2026-09-30T06:00", "target_soc": 1.0},
}
every_kernel = pytest.mark.parametrize("kernel", KERNELS)
# A plan is no rule that a page could state for one vehicle at a time: a scalar twin would be the optimum written again.
# Its vehicles keep to the physics by the property tests, and tests/strategies/test_predictive.py checks the plan.
RULES = [key for key, strategy in STRATEGIES.built_in.items() if not strategy.plans]
every_strategy = pytest.mark.parametrize("strategy", RULES)
every_variant = pytest.mark.parametrize("variant", VARIANTS)


def make_scenario(strategy: str, variant: str) -> Scenario:
    return replace(DAY, strategy=strategy, **VARIANTS[variant])


@cache
def replay_variant(strategy: str, variant: str) -> Replay:
    return replay_scenario(make_scenario(strategy, variant))


@every_kernel
@every_variant
@every_strategy
def test_every_vehicle_agrees_in_every_step(strategy: str, variant: str, kernel: str) -> None:
    assert_agreement(replay_variant(strategy, variant), make_scenario(strategy, variant), KERNELS[kernel])


@every_strategy
@given(scenarios())
@settings(max_examples=2)
def test_random_scenarios_agree(strategy: str, scenario: Scenario) -> None:
    changed = replace(scenario, strategy=strategy)
    replayed = replay_scenario(changed)
    for kernel in KERNELS.values():
        assert_agreement(replayed, changed, kernel)


def test_the_runs_show_every_reason_and_every_cut() -> None:
    steps = [step for strategy in RULES for variant in VARIANTS for step in replay_variant(strategy, variant).steps]
    shown = {pair for _, power_kw, reason, _ in steps for pair in zip(reason, map(np.sign, power_kw), strict=True)}
    assert {reason for reason, _ in shown} == REASONS - REASONS_BY_HAND
    assert {("feeder", -1.0), ("feeder", 0.0), ("feeder", 1.0), ("guard", 1.0)} <= shown


@dataclass(frozen=True)
class Reckless:
    v2g_min_soc: float = declare_quantity(0.2, "", 0.0, 1.0, "Minimum SOC for V2G")


@every_kernel
def test_the_guard_stops_a_strategy_that_gives_until_the_departure(
    kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give(view: StepView, params: Reckless) -> Floats:
        return view.discharge_to_soc(params.v2g_min_soc)

    twin = Twin(lambda *_: True, lambda _, limits, params: limits.give(params["v2g_min_soc"]), share_all, "no_need")
    with restore_strategies():
        # No strategy of the package takes out more than the stay can charge again.
        register(key="reckless", rule="Gives.", params=Reckless, idle_reason=Reason.NO_NEED)(give)
        monkeypatch.setitem(TWINS, "reckless", twin)
        scenario = replace(DAY, strategy="reckless", bidirectional_share=1.0, **WIDE)
        replayed = replay_scenario(scenario)
        pairs = [pair for _, power_kw, reason, _ in replayed.steps for pair in zip(reason, power_kw, strict=True)]
        assert any(reason == "guard" and power_kw < 0.0 for reason, power_kw in pairs)
        assert_agreement(replayed, scenario, KERNELS[kernel])


def test_a_strategy_without_a_scalar_twin_is_told_what_to_add() -> None:
    with pytest.raises(LookupError, match=r"toy has no scalar twin: .*physics\.md.* add a Twin"):
        find_twin("toy")


def test_a_changed_rule_is_detected() -> None:
    scenario = make_scenario("grid_support", "tight")
    changed = replay_scenario(replace(scenario, departure_guard=False))
    with pytest.raises(AssertionError):
        assert_agreement(changed, scenario, NUMPY_KERNEL)


@pytest.mark.parametrize(("section", "keys"), {"requests": STRATEGIES.built_in, "reasons": REASONS}.items())
def test_the_page_lists_every_strategy_and_every_reason(section: str, keys: Iterable[str]) -> None:
    table = PAGE_TEXT.split(f"<!-- {section} -->\n")[1].split(f"<!-- /{section} -->")[0]
    listed = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    assert sorted(listed) == sorted(keys)


@pytest.mark.parametrize("strategy", STRATEGIES.built_in)
def test_the_page_states_the_defaults_of_every_strategy(strategy: str) -> None:
    section = PAGE_TEXT.split("## The requests of the strategies\n")[1].split("\n## ")[0]
    numbers = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", section)}
    assert {quantity.default for quantity in STRATEGIES[strategy].quantities.values()} <= numbers
