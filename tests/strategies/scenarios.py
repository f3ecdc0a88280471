"""Scenarios of every kind, for property tests, and a run without its counterfactuals."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ev2gym_dashboard import Result, Scenario, Simulation
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.service.datasets.session_file.reader import read_session_bytes

SHARES = st.sampled_from([(1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.25, 0.25, 0.25, 0.25), (0.0, 0.0, 0.0, 1.0)])


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    ac_7, ac_11, ac_22, dc_50 = draw(SHARES)
    target_soc = draw(st.floats(0.1, 1.0))
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
        target_soc=target_soc,
        reserve_soc=draw(st.floats(0.0, target_soc)),
        departure_guard=draw(st.booleans()),
        evse_per_vehicle=draw(st.floats(0.0, 2.0)),
        evse_ac_7_share=ac_7,
        evse_ac_11_share=ac_11,
        evse_ac_22_share=ac_22,
        evse_dc_50_share=dc_50,
        bidirectional_share=draw(st.floats(0.0, 1.0)),
    )


SESSION_COLUMNS = "vehicle,capacity_kwh,power_kw,discharge_kw,arrival,departure,energy_kwh,soc,target_soc,evse\n"
MIDNIGHT = datetime(2026, 12, 11, tzinfo=UTC)
KINDS = ("AC 3.7", "AC 11", "AC 22", "DC 50", "DC 150", "AC 11 V2G", "AC 22 V2G", "DC 50 V2G")


@st.composite
def session_rows(draw: st.DrawFn, vehicle: int) -> str:
    """Draw the rows of a vehicle in a file: up to four stays, at any minute, each less than two days long."""
    power_kw = draw(st.sampled_from([3.7, 7.4, 11.0, 22.0, 50.0, 150.0]))
    discharge_kw = draw(st.sampled_from(["", 0, 7.4]))
    minute, rows = 0, ""
    for _ in range(draw(st.integers(1, 4))):
        arrival = minute + draw(st.integers(0, 900))
        minute = arrival + draw(st.integers(1, 2000))
        times = (str(MIDNIGHT + timedelta(minutes=m)) for m in (arrival, minute))
        energy_kwh, soc = draw(st.sampled_from([(9, ""), (33.3, ""), ("", 0), ("", 0.31), ("", 0.9), (15, 0.4)]))
        # A row with both energy and SOC says the target; no target lies below the SOC.
        target_soc = draw(st.sampled_from(["", 0.9, 0.95, 1])) if not (energy_kwh and soc) else ""
        evse = draw(st.sampled_from(["", "", f"own {vehicle}"]))
        row = (vehicle, 60, power_kw, discharge_kw, *times, energy_kwh, soc, target_soc, evse)
        rows += ",".join(map(str, row)) + "\n"
    return rows


@st.composite
def session_scenarios(draw: st.DrawFn) -> Scenario:
    """Draw scenarios with a file of charging sessions, most of them with fewer EVSEs than vehicles."""
    # Its stay covers every start: a run must fall into the dates of its file.
    rows = "guest,60,11,,2026-12-11 00:40:00+00:00,2026-12-12 21:00:00+00:00,20,,,\n"
    rows += "".join(draw(session_rows(vehicle)) for vehicle in range(draw(st.integers(2, 7))))
    counts = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(KINDS)), max_size=3, unique_by=lambda pair: pair[1])
    return Scenario(
        sessions=read_session_bytes((SESSION_COLUMNS + rows).encode()),
        evses="; ".join(f"{n} x {kind}" for n, kind in draw(counts)),
        start=draw(st.sampled_from(["2026-12-11T00:00", "2026-12-11T13:00", "2026-12-12T08:00"])),
        days=1.0,
        timestep_min=draw(st.sampled_from([30, 60])),
        seed=draw(st.integers(0, MAX_SEED)),
        v2g=draw(st.booleans()),
        tariff=draw(st.sampled_from(["bt_bi_horaire", "mt_general"])),
        target_soc=draw(st.floats(0.3, 1.0)),
        departure_guard=draw(st.booleans()),
        bidirectional_share=draw(st.floats(0.0, 1.0)),
        limit_kw_per_vehicle=draw(st.sampled_from([2.0937, 6.0, 200.0])),
        base_load_kw_per_vehicle=draw(st.sampled_from([0.0, 0.8131])),
    )


def run_alone(scenario: Scenario) -> Result:
    """Run a scenario without its counterfactuals, which cost twice as much again."""
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    return simulation.result()
