"""Energy flow: as much flows into each node as out of it, exactly and in the rounded figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.energy_flow import (
    SUPPLIES,
    USES,
    EnergyFlow,
    make_energy_flow,
    round_energy_flow,
)
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import STRATEGIES

SITE = Scenario(fleet_size=60, pv_kwp_per_vehicle=6.0, limit_kw_per_vehicle=1.0)
N_DAYS = 2

powers_kw = st.one_of(st.just(0.0), st.floats(0.0, 5e6), st.floats(0.0, 2.0))
shares = st.floats(0.0, 1.0)


@st.composite
def flows(draw: st.DrawFn) -> EnergyFlow:
    base, sun, g2v, v2g = (draw(powers_kw) for _ in range(4))
    net_kw = base + g2v - v2g - sun
    lost = [draw(shares) * g2v, draw(shares) * v2g]
    return EnergyFlow(max(net_kw, 0.0), max(-net_kw, 0.0), sun, draw(powers_kw), base, g2v, v2g, *lost)


@given(flows())
def test_rounded_figures_add_up_and_stay_within_a_tenth(flow: EnergyFlow) -> None:
    tenths = round_energy_flow(flow)
    assert sum(tenths[name] for name in SUPPLIES) == sum(tenths[name] for name in USES)
    for name, power_kw in vars(flow).items():
        assert tenths[name] == pytest.approx(10 * power_kw, abs=1 + 1e-6)
        assert tenths[name] >= 0
        assert power_kw > 0.0 or tenths[name] == 0
    assert tenths["charge_loss_kw"] <= tenths["g2v_kw"]


def test_the_vehicles_keep_the_figure_of_their_tiles_where_others_can_give_way() -> None:
    flow = EnergyFlow(0.28, 0.0, 0.14, 0.0, 0.14, 0.28, 0.0, 0.0, 0.0)
    tenths = round_energy_flow(flow)
    assert tenths["g2v_kw"] == 3
    assert (tenths["used_solar_kw"], tenths["import_kw"], tenths["base_load_kw"]) == (1, 3, 1)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_flow_of_every_step_closes_under_every_strategy(strategy: str) -> None:
    simulation = Simulation(replace(SITE, strategy=strategy))
    seen = set()
    for _ in range(N_DAYS * simulation.scenario.steps_per_day):
        simulation.advance(1)
        flow = make_energy_flow(simulation.get_totals().to_row())
        supply_kw, use_kw = (sum(getattr(flow, name) for name in names) for names in (SUPPLIES, USES))
        assert supply_kw == pytest.approx(use_kw, abs=1e-9)
        assert flow.charge_loss_kw <= flow.g2v_kw
        tenths = round_energy_flow(flow)
        assert sum(tenths[name] for name in SUPPLIES) == sum(tenths[name] for name in USES)
        seen |= {name for name, power_kw in vars(flow).items() if power_kw > 0.0}
    assert seen >= {"import_kw", "used_solar_kw", "base_load_kw", "g2v_kw", "charge_loss_kw"}
