"""Declared EVSEs in runs: kinds of one's own charge at their power, and each vehicle takes one that fits."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet.installation import install_evses
from ev2gym_dashboard.service.sessions.run_spec import parse_run, serialize_run
from ev2gym_dashboard.service.sessions.share_link import build_share_document
from ev2gym_dashboard.strategies import STRATEGIES

BUS = {
    "number_of_registrations": 1, "battery_capacity": 500, "max_ac_charge_power": 0, "max_dc_charge_power": 350,
    "max_ac_discharge_power": 0, "max_dc_discharge_power": 350,
}  # fmt: skip
CAR = BUS | {"battery_capacity": 60, "max_ac_charge_power": 22, "max_dc_charge_power": 100, "max_dc_discharge_power": 0}
DEPOT = Scenario(
    catalog_spec=json.dumps({"Bus": BUS}),
    fleet_size=20,
    evses="10 x AC 22; 6 x DC 350 V2G; 4 x DC 50",
    limit_kw_per_vehicle=400.0,
    return_share=1.0,
    drive_scale=5.0,
    days=2.0,
    strategy="uncontrolled",
)


def advance_day(simulation: Simulation) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the EVSEs and powers of all vehicles in each step of a day."""
    steps = []
    for _ in range(simulation.scenario.steps_per_day):
        simulation.advance()
        steps.append((simulation.state.evse.copy(), simulation.state.power_kw.copy()))
    return steps


def test_dc_only_buses_charge_at_dc_alone_and_at_350_kw() -> None:
    steps = advance_day(Simulation(DEPOT))
    evses = np.concatenate([evse[evse >= 0] for evse, _ in steps])
    power_kw = np.concatenate([power for _, power in steps])
    # Numbered by group: 0 to 9 are the AC ones.
    assert evses.min() >= 10
    assert evses.max() < 20
    assert power_kw.max() == pytest.approx(350.0)
    at_slow = np.concatenate([power[evse >= 16] for evse, power in steps])
    assert at_slow.max() == pytest.approx(50.0)


def test_buses_that_no_evse_charges_wait_and_say_so() -> None:
    simulation = Simulation(replace(DEPOT, evses="20 x AC 22"))
    simulation.advance(40)
    assert np.all(simulation.state.code == UNPLUGGED)
    assert set(simulation.state.reason[simulation.engine.plugs.waiting].tolist()) == {Reason.CANNOT_CHARGE}


def test_cars_and_buses_share_a_site() -> None:
    both = replace(DEPOT, catalog_spec=json.dumps({"Bus": BUS, "Car": CAR}), evses="10 x AC 22; 10 x DC 350")
    simulation = Simulation(both)
    for evse, _ in advance_day(simulation):
        assert np.all((evse[:10] >= 10) | (evse[:10] < 0))
    assert (simulation.engine.plugged_steps[10:] > 0).any()


def test_every_evse_has_a_name() -> None:
    installation = install_evses(replace(DEPOT, evses="2 x AC 22; Fast: 1 x DC 350 V2G; 1 x AC 22"))
    names = installation.list_names()
    assert names == ["AC 22 kW #1", "AC 22 kW #2", "Fast #1", "AC 22 kW (2) #1"]
    assert [installation.find_name(evse) for evse in range(len(names))] == names


def test_an_evse_has_its_name_where_kinds_before_it_have_none() -> None:
    installation = install_evses(Scenario(fleet_size=30))
    assert not installation.counts.all()
    names = installation.list_names()
    assert [installation.find_name(evse) for evse in range(len(names))] == names


def test_the_built_in_kinds_by_number_give_the_run_of_their_shares() -> None:
    shares = Scenario(fleet_size=40, days=0.5)
    kinds = ("AC 7.4", "AC 7.4 V2G", "AC 11", "AC 11 V2G", "AC 22", "AC 22 V2G", "DC 50", "DC 50 V2G")
    lines = [f"{n} x {kind}" for n, kind in zip((4, 4, 4, 4, 1, 1, 1, 1), kinds, strict=True)]
    numbers = replace(shares, evses="; ".join(lines))
    first, second = simulate(shares), simulate(numbers)
    assert first.series.equals(second.series)
    assert second.kpis == pytest.approx(first.kpis)
    assert second.evse_counts["DC 50 kW V2G"] == 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_runs_at_declared_evses_and_balances_its_ledger(strategy: str) -> None:
    result = simulate(replace(DEPOT, strategy=strategy, days=1.0))
    assert abs(result.ledger["residual_kwh"]) < 1e-6
    assert result.kpis["import_kwh"] > 0.0


def test_a_run_with_declared_evses_travels_as_json() -> None:
    run = parse_run({"scenario": {"evses": [{"kind": "DC 350", "count": 6, "bidirectional": True}]}})
    assert run.scenario.evses == "6 x DC 350 kW V2G"
    assert parse_run(json.loads(json.dumps(serialize_run(run)))) == run
    assert build_share_document(run)["run"]["scenario"]["evses"] == run.scenario.evses
