"""The public door: a strategy of one's own, what it sees and keeps, and what happens where it is wrong."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, StrategyError, simulate, strategy
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.service.simulation.backend import choose_kernel
from ev2gym_dashboard.strategies import STRATEGIES, Allocation, Reason, declare_quantity
from ev2gym_dashboard.strategies.door.declaration import list_declaration_issues
from tests.strategies.plugins import restore_strategies

DAY = Scenario(fleet_size=40, strategy="mine", departure_guard=False)
RULE = "Charges at once."


@pytest.fixture(autouse=True)
def clean_table() -> Iterator[None]:
    with restore_strategies():
        yield


@dataclass(frozen=True)
class Threshold:
    v2g_min_soc: float = declare_quantity(0.5, "", 0.0, 1.0, "Minimum SOC for V2G")


def charge(view: Any, params: Any) -> Any:
    """Charge at once."""
    return view.charge_to_soc(view.target_soc)


def run_mine(rule: Callable[[Any, Any], Any], **options: Any) -> Simulation:
    strategy(key="mine", rule=RULE, **options)(rule)
    simulation = Simulation(DAY)
    simulation.advance(8)
    return simulation


def test_a_function_with_a_docstring_is_a_strategy() -> None:
    @strategy()
    def half_power(view: Any, params: Any) -> Any:
        """Charges at half power."""
        return 0.5 * view.charge_to_soc(view.target_soc)

    entry = STRATEGIES["half_power"]
    assert (entry.name, entry.rule, entry.uses_v2g) == ("Half power", "Charges at half power.", False)
    assert entry.colour not in {other.colour for key, other in STRATEGIES.items() if key != "half_power"}
    assert simulate(replace(DAY, strategy="half_power", days=0.25)).kpis["g2v_kwh"] > 0.0


def test_a_plug_in_that_does_as_a_built_in_strategy_has_the_same_bits() -> None:
    ours = run_mine(charge, cap="ignored", idle_reason=Reason.TARGET_REACHED).result()
    theirs = Simulation(replace(DAY, strategy="uncontrolled"))
    theirs.advance(8)
    assert ours.series.equals(theirs.result().series)


def test_the_strategies_of_the_package_pass_the_checks_of_the_door() -> None:
    assert [issue for entry in STRATEGIES.values() for issue in list_declaration_issues(entry)] == []


def test_the_view_tells_the_date_the_hours_ahead_and_who_is_plugged_in() -> None:
    seen: list[tuple[Any, ...]] = []

    def look(view: Any, params: Any) -> Any:
        ahead = view.moment.ahead
        seen.append((view.moment.date.isoformat(), view.moment.weekday, view.vehicle_id.copy(), ahead.price_mad_kwh))
        assert len(ahead.solar_kw) == len(ahead.base_load_kw) == len(ahead.limit_kw) == len(ahead.export_mad_kwh) == 96
        return charge(view, params)

    simulation = run_mine(look)
    date, weekday, vehicle_id, prices = seen[0]
    assert (date, weekday) == ("2026-12-15", 1)
    assert prices[0] == simulation.series("price_mad_kwh")[0]
    # The guard of the connection looks at the fleet in a pass of its own: whoever is plugged in at the end is seen.
    assert set(np.flatnonzero(simulation.state.code)) == set(seen[-1][2])
    assert vehicle_id.max() < DAY.fleet_size


def fail_at_noon(view: Any, params: Any) -> Any:
    return 1 / 0


FAULTY_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "NaN or infinite": lambda view, _: np.full(len(view.soc), np.nan),
    "of 1 numbers|of [0-9]+ numbers that it returned are NaN": lambda view, _: np.where(view.soc >= 0, np.inf, 0),
    r"shape \(\d+,\), not \(3,\)": lambda *_: np.zeros(3),
    r"not \(\)": lambda *_: 7.0,
    "not None": lambda *_: None,
    "not list": lambda *_: [[1.0], [1.0, 2.0]],
    "array of numbers, not ndarray": lambda view, _: view.soc * 1j,
    "ZeroDivisionError: division by zero": fail_at_noon,
    "AttributeError: .*no_such_thing": lambda view, _: view.no_such_thing,
    "SystemExit: 3": lambda *_: sys.exit(3),
    "read-only": lambda view, _: view.soc.__setitem__(0, 0.5),
}


@pytest.mark.parametrize("message", FAULTY_RULES)
def test_a_fault_of_a_rule_ends_the_run_with_its_name_its_file_and_the_time(message: str) -> None:
    with pytest.raises(StrategyError, match=message) as error:
        run_mine(FAULTY_RULES[message])
    assert "mine (test_door.py" in str(error.value)
    assert "2026-12-15 16:00 UTC" in str(error.value)


def test_an_error_names_the_line_of_the_plug_in() -> None:
    with pytest.raises(StrategyError, match=f"line {fail_at_noon.__code__.co_firstlineno + 1}"):
        run_mine(fail_at_noon)


FAULTY_OPTIONS: dict[str, dict[str, Any]] = {
    "requests_v2g must return True or False, not None": {"requests_v2g": lambda *_: None},
    "shares_power must return True or False": {"allocate": lambda *_: Allocation(), "shares_power": lambda *_: 0.5},
    "allocate must return an Allocation, not int": {"allocate": lambda *_: 1},
    "v2g_share of its Allocation must be from 0 to 1, not nan": {"allocate": lambda *_: Allocation(v2g_share=np.nan)},
    r"shape \(\d+, 2\), not \(\d+, 1\)": {
        "vehicle_memory": 2,
        "remember_vehicles": lambda v, _: v.memory[:, :1],
    },
    r"shape \(3,\), not \(\)": {"site_memory": 3, "remember_site": lambda *_: 0.0},
    "IndexError": {"site_memory": 3, "remember_site": lambda view, _: view.site_memory[7]},
}


@pytest.mark.parametrize("message", FAULTY_OPTIONS)
def test_a_fault_of_another_function_ends_the_run_in_the_same_way(message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        run_mine(charge, params=Threshold, **FAULTY_OPTIONS[message])


@dataclass(frozen=True)
class WithoutThreshold:
    hour_h: float = declare_quantity(20.0, "h", 0.0, 24.0, "Start of V2G (UTC)")


@dataclass
class NotFrozen:
    v2g_min_soc: float = declare_quantity(0.5, "", 0.0, 1.0, "Minimum SOC for V2G")


@dataclass(frozen=True)
class OutOfBounds:
    v2g_min_soc: float = declare_quantity(1.5, "", 0.0, 1.0, "Minimum SOC for V2G")


DECLARATIONS: dict[str, dict[str, Any]] = {
    "must declare the quantity v2g_min_soc": {"params": WithoutThreshold},
    "v2g_min_soc$": {"params": dict},
    "frozen dataclass": {"params": NotFrozen},
    "whose default is within its bounds": {"params": OutOfBounds},
    "the colour must be #rrggbb": {"colour": "red"},
    "its rule names hour_h, which is no declared parameter": {"rule": "Waits until {hour_h}."},
    "name and rule must be texts": {"name": 7},
    "cap must be one of": {"cap": "always"},
    "need the field v2g_lowers_cap": {"cap": "found"},
    "idle_reason must be a Reason": {"idle_reason": "none"},
    "requests_v2g must be a function of 2 arguments": {"requests_v2g": lambda _: True},
    "allocate must be a function of 3 arguments": {"allocate": "all"},
    "vehicle_memory must be a whole number from 0 to 16": {"vehicle_memory": 17, "remember_vehicles": charge},
    "site_memory and the function remember_site go together": {"site_memory": 2},
    "key must be": {"key": "My Rule"},
    "not a field's name": {"key": "seed"},
    "belongs to price already": {"key": "price"},
    "its key or its name belongs to price already": {"name": "Price optimisation"},
}


@pytest.mark.parametrize("message", DECLARATIONS)
def test_a_wrong_declaration_is_refused_in_one_sentence_and_changes_nothing(message: str) -> None:
    before = dict(STRATEGIES)
    with pytest.raises(StrategyError, match=message):
        strategy(**({"key": "mine", "rule": RULE} | DECLARATIONS[message]))(charge)
    assert dict(STRATEGIES) == before


DECLARATIONS_AT_ONCE: dict[str, Any] = {"key": "mine", "colour": "red", "params": WithoutThreshold, "cap": "no"}


def test_every_issue_of_a_declaration_is_told_at_once() -> None:
    with pytest.raises(StrategyError) as error:
        strategy(**DECLARATIONS_AT_ONCE)(charge)
    assert len(error.value.issues) == 3
    assert "mine" not in STRATEGIES


def test_a_rule_of_one_argument_is_refused() -> None:
    with pytest.raises(StrategyError, match="the rule must be a function of 2 arguments"):
        strategy(key="mine", rule=RULE)(abs)  # type: ignore[arg-type]


def test_an_error_survives_the_way_from_another_process() -> None:
    with pytest.raises(StrategyError) as error:
        run_mine(fail_at_noon)
    again = pickle.loads(pickle.dumps(error.value))
    assert (type(again), again.issues, str(again)) == (StrategyError, error.value.issues, str(error.value))


COUNTING: dict[str, Any] = {
    "vehicle_memory": 1,
    "site_memory": 2,
    "remember_vehicles": lambda view, _: view.memory + 1.0,
    "remember_site": lambda view, _: view.site_memory + np.array([1.0, view.moment.price_mad_kwh]),
}


def test_a_memory_is_updated_once_a_step_before_the_decisions() -> None:
    seen = []

    def look(view: Any, params: Any) -> Any:
        seen.append((view.site_memory[0], view.memory.shape == (view.soc.size, 1)))
        return charge(view, params)

    strategy(key="mine", rule=RULE, allocate=lambda *_: Allocation(), **COUNTING)(look)
    simulation = Simulation(DAY)
    # This kernel asks a strategy that shares its power at least twice in a step.
    simulation.engine.kernel = NUMPY_KERNEL
    simulation.advance(8)
    memory = simulation.engine.memory
    assert memory.vehicles[:, 0].tolist() == simulation.engine.plugged_steps.tolist()
    assert memory.site.tolist() == pytest.approx([8.0, sum(simulation.series("price_mad_kwh"))])
    assert len(seen) >= 16
    assert [count for count, _ in seen] == sorted(count for count, _ in seen)
    assert {count for count, _ in seen} == set(range(1, 9))
    assert all(fits for _, fits in seen)


def hold(view: Any, params: Any) -> Any:
    """Charge every other step that the vehicle is plugged in: a rule whose result depends on its memory."""
    return charge(view, params) * (view.memory[:, 0] % 2.0)


def test_a_memory_goes_through_snapshots_and_forks() -> None:
    straight = run_mine(hold, **COUNTING)
    (fork,) = straight.fork(1)
    saved = {name: array.copy() for name, array in straight.save_state().items()}
    straight.advance(8)
    restored = Simulation(DAY)
    restored.advance(8)
    restored.restore_state(saved)
    for other in (fork, restored):
        other.advance(8)
        assert other.result().series.equals(straight.result().series)
        assert np.array_equal(other.engine.memory.vehicles, straight.engine.memory.vehicles)
    uncontrolled = Simulation(replace(DAY, strategy="uncontrolled"))
    uncontrolled.advance(16)
    assert sum(straight.series("g2v_kw")) < sum(uncontrolled.series("g2v_kw"))


def test_both_kernels_keep_the_same_memory() -> None:
    simulation = run_mine(hold, **COUNTING)
    (other,) = Simulation(DAY).fork(1)
    other.engine.kernel = NUMPY_KERNEL
    other.advance(8)
    assert choose_kernel() is not NUMPY_KERNEL
    assert np.array_equal(other.engine.memory.vehicles, simulation.engine.memory.vehicles)


def test_another_strategy_begins_with_an_empty_memory() -> None:
    simulation = run_mine(charge, **COUNTING)
    strategy(key="theirs", rule=RULE, **COUNTING)(charge)
    simulation.set(strategy="theirs")
    simulation.advance(2)
    assert simulation.engine.memory.site[0] == 2.0
    simulation.set(strategy="theirs")
    simulation.advance()
    assert simulation.engine.memory.site[0] == 3.0
