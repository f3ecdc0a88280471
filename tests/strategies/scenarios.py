"""Scenarios of every kind, for property tests, and a run without its counterfactuals."""

from hypothesis import strategies as st

from ev2gym_dashboard import Result, Scenario, Simulation
from ev2gym_dashboard.core.scenario import MAX_SEED

SHARES = st.sampled_from([(1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.25, 0.25, 0.25, 0.25), (0.0, 0.0, 0.0, 1.0)])


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    ac_7, ac_11, ac_22, dc_50 = draw(SHARES)
    return Scenario(
        catalog=draw(st.sampled_from(["2024", "2023", "ev_phev", "2024_2023"])),
        fleet_size=draw(st.integers(1, 60)),
        v2g=draw(st.booleans()),
        tariff=draw(st.sampled_from(["bt_bi_horaire", "mt_general"])),
        start=draw(st.sampled_from(["2026-12-15T16:00", "2026-06-20T05:00", "2026-09-30T12:00"])),
        days=0.5,
        timestep_min=draw(st.sampled_from([5, 15, 60])),
        seed=draw(st.integers(0, MAX_SEED)),
        place=draw(st.sampled_from(["home", "public", "work"])),
        return_share=draw(st.floats(0.0, 1.0)),
        target_soc=draw(st.floats(0.1, 1.0)),
        reserve_soc=draw(st.floats(0.0, 1.0)),
        departure_guard=draw(st.booleans()),
        evse_per_vehicle=draw(st.floats(0.0, 2.0)),
        evse_ac_7_share=ac_7,
        evse_ac_11_share=ac_11,
        evse_ac_22_share=ac_22,
        evse_dc_50_share=dc_50,
        bidirectional_share=draw(st.floats(0.0, 1.0)),
    )


def run_alone(scenario: Scenario) -> Result:
    """Run a scenario without its counterfactuals, which cost twice as much again."""
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    return simulation.result()
