"""Mixed fleets in runs: each part has its place, its target, its models and its EVSEs, behind one connection."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.engine.initial_state import resume_engine
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.sessions.run_spec import parse_run, serialize_run
from ev2gym_dashboard.service.sweeps.multi_site import split_scenario
from ev2gym_dashboard.strategies import STRATEGIES

MIXED = Scenario(
    fleet_size=100,
    parts="60 x home, target 90%; 30 x work, target 60%; 10 x public, target 80%, models Kia Niro",
    evses="30 x AC 11 at home; 20 x AC 22 V2G at work; 5 x DC 50",
    days=1.5,
)
HOME, WORK, PUBLIC = slice(0, 60), slice(60, 90), slice(90, 100)


def test_a_single_part_is_the_fleet_without_parts_to_the_bit() -> None:
    whole = Scenario(fleet_size=80, days=1.0, place="work", target_soc=0.8)
    part = replace(whole, place="home", target_soc=0.9, parts="100% work, target 80%")
    first, second = simulate(whole), simulate(part)
    assert first.series.equals(second.series)
    assert first.models.drop(columns="model").equals(second.models.drop(columns="model"))
    assert first.kpis == second.kpis
    assert second.models["model"][0] == "Tesla Model 3 (work)"


def test_each_part_uses_the_evses_of_its_place_and_those_for_all() -> None:
    simulation, seen = Simulation(MIXED), []
    for _ in range(MIXED.steps_per_day):
        simulation.advance()
        seen.append(simulation.state.evse.copy())
    evse = np.array(seen)
    # EVSEs 0 to 29 are at home, 30 to 49 at work, 50 to 54 for all.
    assert set(np.unique(evse[:, HOME])) <= {-1, *range(30), *range(50, 55)}
    assert set(np.unique(evse[:, WORK])) <= {-1, *range(30, 55)}
    assert set(np.unique(evse[:, PUBLIC])) <= {-1, *range(50, 55)}
    assert (evse[:, HOME] >= 0).any()
    assert (evse[:, WORK] >= 30).any()
    assert (evse[:, PUBLIC] >= 50).any()


def test_each_part_charges_to_its_own_target() -> None:
    ample = replace(
        MIXED, evses="60 x AC 22 at home; 30 x AC 22 at work; 10 x DC 50", strategy="uncontrolled", days=3.0,
        limit_kw_per_vehicle=1000.0, start="2026-12-14T00:00", drive_scale=0.5,
    )  # fmt: skip
    result = simulate(ample, trace=True)
    sessions = result.sessions
    assert sessions is not None
    for place, target in (("home", 0.9), ("work", 0.6)):
        is_own = sessions["model"].str.endswith(f"({place})") & ~sessions["is_open"]
        charged = sessions[is_own & (sessions["g2v_kwh"] > 1.0) & (sessions["arrival"] > ample.start_time)]
        assert len(charged) > 5
        assert charged["target_soc"].unique().tolist() == [target]
        assert charged["soc_out"].max() <= target + 1e-6
        assert charged["soc_out"].median() == pytest.approx(target, abs=0.006)


def test_the_parts_have_their_models_and_numbers() -> None:
    models = simulate(MIXED).models
    public = models[models["model"].str.endswith("(public)")]
    assert public["model"].tolist() == ["Kia Niro (public)"]
    assert public["n_fleet"].tolist() == [10]
    assert models["n_fleet"][models["model"].str.endswith("(work)")].sum() == 30
    assert models["n_fleet"].sum() == 100


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_balances_the_ledger_of_a_mixed_fleet(strategy: str) -> None:
    result = simulate(replace(MIXED, strategy=strategy, days=1.0, limit_kw_per_vehicle=2.0))
    assert abs(result.ledger["residual_kwh"]) < 1e-6
    assert result.kpis["import_kwh"] > 0.0


def test_a_mixed_run_continues_from_a_saved_state() -> None:
    whole = Simulation(MIXED)
    whole.advance(60)
    arrays, plan = {name: array.copy() for name, array in whole.save_state().items()}, whole.engine.plan
    whole.advance(80)
    again = Simulation(MIXED, start=lambda scenario, **inputs: resume_engine(scenario, **inputs, plan=plan))
    again.restore_state(arrays)
    again.advance(80)
    assert again.state.soc.tobytes() == whole.state.soc.tobytes()
    assert again.series("import_kw").tolist() == whole.series("import_kw").tolist()


def test_a_mixed_run_travels_as_json() -> None:
    run = parse_run({"scenario": {"fleet_size": 10, "parts": [{"place": "work", "share": 1.0, "target_soc": 0.7}]}})
    assert run.scenario.parts == "100% work, target 70%"
    assert parse_run(json.loads(json.dumps(serialize_run(run)))) == run


def test_other_seeds_and_parts_have_other_arrivals() -> None:
    twins = Scenario(fleet_size=40, parts="A: 50% home; B: 50% home", days=1.0)
    departure = Simulation(twins).state.departure_step
    assert departure[:20].tolist() != departure[20:].tolist()


def test_a_mixed_fleet_is_split_over_sites_by_the_shares_of_its_parts() -> None:
    sites = split_scenario(replace(MIXED, evses=""), 4)
    assert [site.fleet_size for site in sites] == [25] * 4
    assert {site.parts for site in sites} == {
        "60% home, target 90%; 30% work, target 60%; 10% public, target 80%, models Kia Niro"
    }
    assert all(check_scenario(site) == [] for site in sites)


def test_parts_and_given_sessions_exclude_each_other() -> None:
    stay = {"vehicle": "a", "arrival": "2026-12-15T17:00", "departure": "2026-12-16T07:00", "energy_kwh": 10.0}
    issues = check_scenario(Scenario(sessions=[stay], parts="100% home"))
    assert [issue.field for issue in issues] == ["parts"]
    assert "must be empty with charging sessions" in str(issues[0])
