"""Single steps of our battery, battery side, are those of EV2Gym 2.0.0 and acnportal 0.3.3, to 1e-9."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from types import ModuleType

import numpy as np
import pytest

from ev2gym_dashboard.core.battery import FULL_SOC, soc_after_charging, taper_start_soc
from ev2gym_dashboard.core.catalog import ModelSpec, catalog_of
from ev2gym_dashboard.core.decide import Control, Plugged, decide
from ev2gym_dashboard.core.evse import code_of, rate
from ev2gym_dashboard.core.limits import Rules, limits_of
from ev2gym_dashboard.core.reasons import Reason
from ev2gym_dashboard.core.view import Floats, Moment, StepView
from ev2gym_dashboard.strategies.grid_support import GridSupport

CHARGING = ("ev2gym_charging", "acnportal_charging")
DISCHARGING = ("ev2gym_discharging",)
SAME = 1e-9
N_LIVE = 3000
LIVE_SEED = 99
EFFICIENCIES = ("charge_efficiency", "discharge_efficiency")
MODEL = ModelSpec("any", 1, 50.0, 22.0, 50.0, 11.0, 11.0)

Case = dict[str, float]
Wish = Callable[[StepView, GridSupport], Floats]


@pytest.fixture(scope="module", params=["recorded", "live"])
def cases(request: pytest.FixtureRequest, record: ModuleType, key: str) -> list[Case]:
    reference = record.REFERENCES[key]
    if request.param == "recorded":
        return reference.recorded()
    if reference.why_not_live:
        pytest.skip(reference.why_not_live)
    return [case | {"soc_after": reference.soc_after(case)} for case in reference.cases(LIVE_SEED, N_LIVE)]


@pytest.mark.parametrize("key", CHARGING, scope="module")
def test_the_equation_of_charging_agrees(cases: list[Case], record: ModuleType) -> None:
    of = columns(cases)
    max_power_kw = of["max_power_kw"]
    power_kw = np.minimum(of["current_a"] * record.power_per_a(), max_power_kw)
    ours = soc_after_charging(
        of["soc"],
        rate_per_h=power_kw * of["efficiency"] / of["capacity_kwh"],
        taper_soc=taper_start_soc(power_kw, max_power_kw, transition_soc=of["transition_soc"]),
        duration_h=of["timestep_min"] / 60.0,
    )
    assert np.abs(ours - of["soc_after"]).max() <= SAME


@pytest.mark.parametrize("key", CHARGING, scope="module")
def test_a_step_of_the_engine_charges_as_much_and_stops_at_full(cases: list[Case], record: ModuleType) -> None:
    ours, of = in_groups(cases, lambda group: charged(group, record.power_per_a()))
    theirs = np.clip(of["soc_after"], of["soc"], np.maximum(FULL_SOC, of["soc"]))
    assert np.abs(ours - theirs).max() <= SAME


@pytest.mark.parametrize("key", DISCHARGING, scope="module")
def test_a_step_of_the_engine_discharges_as_much_and_stops_at_the_floor(cases: list[Case], record: ModuleType) -> None:
    ours, of = in_groups(cases, lambda group: discharged(group, record.power_per_a()))
    assert np.abs(ours - of["soc_after"]).max() <= SAME


def test_the_recorded_cases_charge_on_both_sides_of_the_taper_and_across_it(record: ModuleType) -> None:
    for key in CHARGING:
        of = columns(record.REFERENCES[key].recorded())
        power_kw = np.minimum(of["current_a"] * record.power_per_a(), of["max_power_kw"])
        taper = taper_start_soc(power_kw, of["max_power_kw"], transition_soc=of["transition_soc"])
        kinds = [of["soc_after"] < taper, (of["soc"] < taper) & (of["soc_after"] > taper), of["soc"] > taper]
        assert all(np.count_nonzero(kind) > 200 for kind in kinds)
        assert np.count_nonzero(of["current_a"] * record.power_per_a() > of["max_power_kw"]) > 200


def test_the_recorded_cases_discharge_down_to_the_floor_and_end_above_it(record: ModuleType) -> None:
    of = columns(record.REFERENCES["ev2gym_discharging"].recorded())
    at_floor = of["soc_after"] <= of["floor_soc"] + SAME
    assert 200 < np.count_nonzero(at_floor) < len(at_floor) - 200


@pytest.mark.parametrize("key", CHARGING + DISCHARGING)
def test_what_was_recorded_is_what_the_published_code_gives(record: ModuleType, key: str) -> None:
    reference = record.REFERENCES[key]
    if reference.why_not_live:
        pytest.skip(reference.why_not_live)
    recorded = reference.recorded()
    assert [reference.soc_after(case) for case in recorded] == pytest.approx(columns(recorded)["soc_after"], abs=1e-12)


def columns(cases: list[Case]) -> dict[str, Floats]:
    return {name: np.array([case[name] for case in cases], dtype=float) for name in cases[0]}


def in_groups(cases: list[Case], step: Callable[[dict[str, Floats]], Floats]) -> tuple[Floats, dict[str, Floats]]:
    """Step cases of the same length and floor together; return our SOC after the step, and the cases in that order."""
    alike = sorted(cases, key=alike_by)
    groups = [columns(list(group)) for _, group in groupby(alike, key=alike_by)]
    return np.concatenate([step(group) for group in groups]), columns(alike)


def alike_by(case: Case) -> tuple[float, float]:
    return case["timestep_min"], case.get("floor_soc", 0.0)


def charged(of: dict[str, Floats], kw_per_a: float) -> Floats:
    power_kw = np.minimum(of["current_a"] * kw_per_a, of["max_power_kw"])
    taper_soc = taper_start_soc(power_kw, of["max_power_kw"], transition_soc=of["transition_soc"])
    return soc_after_step(of, as_fast_as_possible, charge_kw=power_kw, taper_soc=taper_soc)


def discharged(of: dict[str, Floats], kw_per_a: float) -> Floats:
    """Return our SOC after a step; what leaves EV2Gym's battery is its power times the efficiency, ours the reverse."""
    battery_kw = of["efficiency"] * np.minimum(of["current_a"] * kw_per_a, of["max_power_kw"])
    return soc_after_step(of, give_all, discharge_kw=battery_kw * of["efficiency"])


def soc_after_step(of: dict[str, Floats], wish: Wish, **rating: Floats) -> Floats:
    """Decide a step of the engine for vehicles of a model each, rated as the cases say."""
    floor_soc = float(of.get("floor_soc", np.zeros(1))[0])
    rules = Rules(target_soc=FULL_SOC, reserve_soc=floor_soc, departure_guard=False)
    control = Control(wish, lambda *_: True, Reason.OUTSIDE_WINDOW, GridSupport(v2g_min_soc=floor_soc), v2g=True)
    n, timestep_h = len(of["soc"]), float(of["timestep_min"][0]) / 60.0
    code = code_of(np.arange(n), 1)
    ratings = rate(catalog_of([MODEL] * n), transition_soc=0.8)
    rating |= {"capacity_kwh": of["capacity_kwh"]} | dict.fromkeys(EFFICIENCIES, of["efficiency"])
    for name, values in rating.items():
        getattr(ratings, name)[code] = values
    plugged = Plugged(code, of["soc"], np.full(n, 100.0))
    moment = Moment(12.0, timestep_h, 1.0, 1.0, False, np.inf, 0.0, 0.0)
    limits = limits_of(ratings, rules, timestep_h=timestep_h)
    return of["soc"] + decide(plugged, limits, moment, rules, control).soc_change


def as_fast_as_possible(view: StepView, params: GridSupport) -> Floats:
    return view.charge_limit_kw


def give_all(view: StepView, params: GridSupport) -> Floats:
    return -view.discharge_limit_kw
