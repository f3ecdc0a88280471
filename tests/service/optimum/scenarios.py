"""Random scenarios of every kind that the bound has to hold for."""

from __future__ import annotations

from hypothesis import strategies as st

from ev2gym_dashboard import Scenario

TARIFFS = ("bt_bi_horaire", "mt_general", "grands_comptes", "bt_domestique", "bt_patente", "flat")
SUBSCRIPTIONS: list[float | str] = ["connection", 5.0, 60.0]
shares, starts = st.floats(0.0, 1.0), st.sampled_from(["2026-12-15T16:00", "2026-07-04T05:00", "2026-03-31T12:00"])


@st.composite
def draw_scenarios(draw: st.DrawFn, *, max_vehicles: int = 30, timesteps: tuple[int, ...] = (15, 30, 60)) -> Scenario:
    """Draw a small scenario: scarce EVSEs, tight connections, tariffs of all kinds, several stays per vehicle."""
    target_soc = draw(st.floats(0.3, 1.0))
    return Scenario(
        fleet_size=draw(st.integers(1, max_vehicles)),
        days=draw(st.sampled_from([0.25, 1.0, 2.0, 3.0])),
        timestep_min=draw(st.sampled_from(timesteps)),
        start=draw(starts),
        seed=draw(st.integers(0, 10_000)),
        place=draw(st.sampled_from(["home", "work", "public"])),
        tariff=draw(st.sampled_from(TARIFFS)),
        return_share=draw(shares),
        drive_scale=draw(st.floats(0.0, 3.0)),
        target_soc=target_soc,
        reserve_soc=draw(st.floats(0.0, target_soc)),
        transition_soc=draw(st.floats(0.5, 0.99)),
        departure_guard=draw(st.booleans()),
        evse_per_vehicle=draw(st.sampled_from([0.2, 0.5, 1.0, 1.5])),
        bidirectional_share=draw(shares),
        base_load_kw_per_vehicle=draw(st.floats(0.0, 4.0)),
        limit_kw_per_vehicle=draw(st.floats(0.0, 6.0)),
        pv_kwp_per_vehicle=draw(st.floats(0.0, 8.0)),
        export_peak_mad_kwh=draw(st.floats(0.0, 3.0)),
        export_other_mad_kwh=draw(st.floats(0.0, 3.0)),
        subscribed_kva=draw(st.sampled_from(SUBSCRIPTIONS)),
        billed_peak_kva=draw(st.sampled_from([0.0, 20.0])),
        metering_interval_min=draw(st.sampled_from([10, 15, 30, 60])),
        unserved_mad_kwh=draw(st.sampled_from([0.0, 0.5, 5.0, 50.0])),
        battery_chemistry=draw(st.sampled_from(["nmc", "lfp"])),
    )


PRICES = st.fixed_dictionaries(
    {},
    optional={
        "v2g_wear_mad_kwh": st.sampled_from([0.0, 0.05, 0.4]),
        "co2_mad_t": st.floats(0.0, 2000.0),
        "peak_mad_kw": st.floats(0.0, 20.0),
        "calendar_share": shares,
        "owed_mad_kwh": st.floats(0.0, 3.0),
    },
)
"""Prices of the objective that differ from those of the scenario."""
