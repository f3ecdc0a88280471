"""Bills of days worked out by hand, to the centime, for each tariff and at its edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.billing_period import compute_fixed_charge_mad
from ev2gym_dashboard.core.site.demand import DemandCharge
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.settlement import settle_bill
from ev2gym_dashboard.core.site.tariff import (
    compute_export_price_mad_kwh,
    compute_import_price_mad_kwh,
    find_postes,
    make_flat_tariff,
)
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.simulation.billing import list_bill_lines

HOURS = np.arange(24.0)
TARIFFS = load_tariffs() | {"flat": make_flat_tariff(1.4)}
CENTIME = 0.005

# 10 kW at all hours, 240 kWh; a connection of 36.5 kVA, of which MT costs 512.62 / 365 * 36.5 = 51.262 MAD a day.
ROUND_THE_CLOCK = {
    # 5 h * 10 * 2.4250 = 121.25; 19 h * 10 * 1.3472 = 255.968
    "bt_bi_horaire": {"HP": (50.0, 121.25), "HN": (190.0, 255.97), "fixed": (0.0, 0.0)},
    # 5 h * 10 * 1.4157 = 70.785; 10 h * 10 * 1.0101 = 101.01; 9 h * 10 * 0.7398 = 66.582
    "mt_general": {"HP": (50.0, 70.785), "HPL": (100.0, 101.01), "HC": (90.0, 66.582), "fixed": (0.0, 51.262)},
    # 5 h * 10 * 1.3645 = 68.225; 10 h * 10 * 0.9736 = 97.36; 9 h * 10 * 0.7131 = 64.179; 494.09 / 365 * 36.5
    "grands_comptes": {"HP": (50.0, 68.225), "HPL": (100.0, 97.36), "HC": (90.0, 64.179), "fixed": (0.0, 49.409)},
    # 240 kWh a day are above every bound in a month: the last tier for all of them
    "bt_patente": {"HN": (240.0, 410.16), "fixed": (0.0, 0.0)},
    "bt_force_motrice": {"HN": (240.0, 402.192), "fixed": (0.0, 0.0)},
    "bt_domestique": {"HN": (240.0, 382.992), "fixed": (0.0, 0.0)},
    "flat": {"HN": (240.0, 336.0), "fixed": (0.0, 0.0)},
}


def settle_day(
    key: str, day: date, *, import_kw: Floats | None = None, export_kw: Floats | None = None, kva: float = 36.5
) -> dict[str, tuple[float, float]]:
    """Settle one day of hours by tariff alone, and return energy [kWh] and cost [MAD] by line."""
    tariff, zeros = TARIFFS[key], np.zeros(24)
    poste = find_postes(tariff, day, HOURS)
    series: dict[str, Any] = {
        "import_kw": zeros if import_kw is None else import_kw,
        "export_kw": zeros if export_kw is None else export_kw,
        "price_mad_kwh": compute_import_price_mad_kwh(tariff, day, HOURS),
        "export_mad_kwh": compute_export_price_mad_kwh(tariff, day, HOURS),
    }
    time = np.datetime64(day) + np.arange(24) * np.timedelta64(1, "h")
    fixed = compute_fixed_charge_mad(tariff, time, timestep_h=1.0, subscribed_kva=kva)
    charge = DemandCharge(series["import_kw"], fixed, zeros)
    settlement = settle_bill(series, timestep_h=1.0, demand_charge=charge, co2_g_kwh=551.0)
    columns = pd.DataFrame(series | settlement).assign(
        poste=pd.Categorical([POSTES[code] for code in poste], categories=list(POSTES))
    )
    lines = list_bill_lines(columns, timestep_h=1.0)
    assert sum(line.cost_mad for line in lines) == pytest.approx(settlement["cost_mad"].sum())
    return {line.poste or line.kind: (line.energy_kwh, line.cost_mad) for line in lines}


def make_hourly_kw(*hours: int, kw: float) -> Floats:
    power_kw = np.zeros(24)
    power_kw[list(hours)] = kw
    return power_kw


@pytest.mark.parametrize("key", TARIFFS)
def test_a_day_of_ten_kw_costs_what_it_costs_by_hand(key: str) -> None:
    lines_by_kind = settle_day(key, date(2026, 12, 15), import_kw=np.full(24, 10.0))
    for line, (energy_kwh, cost_mad) in ROUND_THE_CLOCK[key].items():
        assert lines_by_kind[line][0] == energy_kwh
        assert lines_by_kind[line][1] == pytest.approx(cost_mad, abs=CENTIME)
    assert set(lines_by_kind) == set(ROUND_THE_CLOCK[key]) | {"export", "excess"}


def test_every_tariff_that_can_be_chosen_has_a_day_by_hand() -> None:
    assert set(ROUND_THE_CLOCK) == set(TARIFFS)


@pytest.mark.parametrize(
    ("key", "day", "of_17h_mad", "of_22h_mad"),
    [
        ("bt_bi_horaire", date(2026, 3, 31), 24.250, 13.472),
        ("bt_bi_horaire", date(2026, 4, 1), 13.472, 24.250),
        ("bt_bi_horaire", date(2026, 9, 30), 13.472, 24.250),
        ("bt_bi_horaire", date(2026, 10, 1), 24.250, 13.472),
        ("mt_general", date(2026, 3, 31), 14.157, 7.398),
        ("mt_general", date(2026, 4, 1), 10.101, 14.157),
        ("mt_general", date(2026, 9, 30), 10.101, 14.157),
        ("mt_general", date(2026, 10, 1), 14.157, 7.398),
        ("grands_comptes", date(2026, 3, 31), 13.645, 7.131),
        ("grands_comptes", date(2026, 4, 1), 9.736, 13.645),
        ("bt_patente", date(2026, 3, 31), 17.090, 17.090),
        ("bt_patente", date(2026, 4, 1), 17.090, 17.090),
    ],
)
def test_the_hours_at_the_edge_of_the_peak_change_their_price_with_the_season(
    key: str, day: date, of_17h_mad: float, of_22h_mad: float
) -> None:
    for hour, mad in ((17, of_17h_mad), (22, of_22h_mad)):
        lines_by_kind = settle_day(key, day, import_kw=make_hourly_kw(hour, kw=10.0), kva=0.0)
        assert sum(cost for _kwh, cost in lines_by_kind.values()) == pytest.approx(mad, abs=CENTIME)


def test_the_hours_on_both_sides_of_a_poste_go_to_their_own_line() -> None:
    lines_by_kind = settle_day(
        "mt_general", date(2026, 12, 15), import_kw=make_hourly_kw(6, 7, 16, 17, 21, 22, kw=1.0), kva=0.0
    )
    assert lines_by_kind == {
        "HP": (2.0, pytest.approx(2.8314)),
        "HPL": (2.0, pytest.approx(2.0202)),
        "HC": (2.0, pytest.approx(1.4796)),
        "export": (0.0, 0.0),
        "fixed": (0.0, 0.0),
        "excess": (0.0, 0.0),
    }


@pytest.mark.parametrize(
    ("key", "day", "credit_mad"),
    [
        ("mt_general", date(2026, 2, 28), 0.0),
        # 5 kWh in the peak at 0.21, 5 kWh outside at 0.18
        ("mt_general", date(2026, 3, 1), 1.95),
        ("mt_general", date(2027, 2, 28), 1.95),
        ("mt_general", date(2027, 3, 1), 0.0),
        ("grands_comptes", date(2026, 12, 15), 1.95),
        ("bt_bi_horaire", date(2026, 12, 15), 0.0),
        ("bt_domestique", date(2026, 12, 15), 0.0),
        ("flat", date(2026, 12, 15), 0.0),
    ],
)
def test_export_is_credited_from_mt_up_while_the_decision_holds(key: str, day: date, credit_mad: float) -> None:
    lines_by_kind = settle_day(key, day, export_kw=make_hourly_kw(12, 19, kw=5.0), kva=0.0)
    energy_kwh, cost_mad = lines_by_kind["export"]
    assert energy_kwh == 10.0
    assert -cost_mad == pytest.approx(credit_mad, abs=CENTIME)


def test_the_fixed_charge_of_a_day_follows_the_length_of_the_year() -> None:
    for day, mad in ((date(2027, 12, 31), 140.44), (date(2028, 1, 1), 140.06)):
        assert settle_day("mt_general", day, kva=100.0)["fixed"][1] == pytest.approx(mad, abs=CENTIME)


@pytest.mark.parametrize("key", TARIFFS)
def test_a_run_without_evs_has_the_bill_that_was_worked_out_by_hand(key: str) -> None:
    """The same 10 kW through the whole of a run; one vehicle that never comes, its 36.5 kVA the connection."""
    day = date(2026, 12, 15)
    alone = Scenario(fleet_size=1, return_share=0.0, evse_per_vehicle=0.0, pv_kwp_per_vehicle=0.0)
    site = replace(alone, start=f"{day}T00:00", tariff=key, limit_kw_per_vehicle=36.5, base_load_profile=((10.0,),))
    simulation = Simulation(site)
    simulation.advance(site.steps_per_day)
    lines_by_kind = {line.poste or line.kind: (line.energy_kwh, line.cost_mad) for line in simulation.bill}
    for line, (energy_kwh, cost_mad) in ROUND_THE_CLOCK[key].items():
        assert lines_by_kind[line][0] == pytest.approx(energy_kwh)
        assert lines_by_kind[line][1] == pytest.approx(cost_mad, abs=CENTIME)
    assert simulation.time.date() == day + timedelta(days=1)
