"""Rules of each strategy, over whole days."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, Simulation
from tests.strategies.scenarios import run_alone

# Little driving: the load without EVs makes the peak, and V2G lowers it.
LITTLE_DRIVING: dict[str, Any] = {"drive_scale": 0.4}
THRESHOLDS = {"grid_support": 0.6, "peak_shaving": 0.7, "price": 0.65, "renewable": 0.6}


@pytest.mark.parametrize(("strategy", "threshold"), THRESHOLDS.items())
def test_v2g_happens_and_only_above_the_threshold(strategy: str, threshold: float) -> None:
    simulation = Simulation(Scenario(strategy=strategy, **LITTLE_DRIVING))
    discharged = 0
    for _ in range(96):
        before = simulation.engine.state.soc.copy()
        simulation.advance()
        state = simulation.engine.state
        discharging = state.power_kw < 0.0
        discharged += int(np.count_nonzero(discharging))
        assert np.all(before[discharging] > threshold)
        assert np.all(state.soc[discharging] >= threshold - 1e-9)
    assert discharged > 0


def hours_of_v2g(strategy: str, **scenario: Any) -> set[float]:
    series = run_alone(Scenario(strategy=strategy, **scenario)).series
    times = series.index[series["v2g_kw"] > 0.0]
    return {time.hour + time.minute / 60.0 for time in times}


def test_grid_support_discharges_from_18_to_21_only() -> None:
    assert hours_of_v2g("grid_support") == set(np.arange(18.0, 21.0, 0.25))


@pytest.mark.parametrize(("start", "peak"), [("2026-12-15T00:00", (17.0, 22.0)), ("2026-06-16T00:00", (18.0, 23.0))])
def test_peak_shaving_discharges_in_the_peak_hours_of_the_season_only(start: str, peak: tuple[float, float]) -> None:
    hours = hours_of_v2g("peak_shaving", start=start, **LITTLE_DRIVING)
    assert hours
    assert hours <= set(np.arange(*peak, 0.25))


def test_peak_shaving_gives_what_the_load_exceeds_the_cap_by_and_no_more() -> None:
    result = run_alone(Scenario(strategy="peak_shaving", **LITTLE_DRIVING))
    series, cap_kw = result.series, result.kpis["site_cap_kw"]
    excess_kw = series["base_load_kw"] - series["solar_kw"] + series["g2v_kw"] - cap_kw
    giving = series["v2g_kw"] > 0.0
    assert giving.any()
    assert (series["v2g_kw"] <= np.maximum(excess_kw, 0.0) + 1e-6)[giving].all()
    assert series["net_load_kw"].max() <= cap_kw + 1e-6


def test_peak_shaving_without_excess_gives_nothing() -> None:
    assert hours_of_v2g("peak_shaving", base_load_kw_per_vehicle=0.0) == set()


def test_price_discharges_only_above_the_threshold() -> None:
    series = run_alone(Scenario(strategy="price")).series
    discharging = series["v2g_kw"] > 0.0
    assert discharging.any()
    assert series["price_mad_kwh"][discharging].min() > 1.5


def test_price_never_discharges_under_a_tariff_whose_peak_is_below_the_threshold() -> None:
    assert hours_of_v2g("price", tariff="mt_general") == set()


def test_a_lower_threshold_makes_price_discharge_under_that_tariff() -> None:
    hours = hours_of_v2g("price", tariff="mt_general", params={"price.price_threshold_mad_kwh": 1.2})
    assert hours == set(np.arange(17.0, 22.0, 0.25))


NO_BASE_LOAD: dict[str, Any] = {"base_load_kw_per_vehicle": 0.0, "limit_kw_per_vehicle": 10.0}


def test_price_exports_no_v2g_where_export_pays_nothing_and_lowers_the_bill_by_it() -> None:
    """BT pays nothing: V2G of a site without other load once raised this bill instead of lowering it."""
    runs = {
        v2g: run_alone(Scenario(strategy="price", v2g=v2g, days=2.0, start="2026-12-15T12:00", **NO_BASE_LOAD))
        for v2g in (True, False)
    }
    series = runs[True].series
    discharging = series[series["v2g_kw"] > 0.0]
    assert len(discharging) > 10
    assert discharging["export_kw"].max() == pytest.approx(0.0, abs=1e-6)
    assert runs[True].kpis["cost_mad"] < runs[False].kpis["cost_mad"] - 100.0


def test_price_exports_v2g_where_export_pays_more_than_the_energy_costs() -> None:
    pay: dict[str, Any] = {"export_peak_mad_kwh": 1.0, "params": {"price.price_threshold_mad_kwh": 1.2}}
    series = run_alone(Scenario(strategy="price", tariff="mt_general", **pay, **NO_BASE_LOAD)).series
    assert series["export_kw"][series["v2g_kw"] > 0.0].max() > 100.0


def test_price_discharges_nothing_under_a_flat_price_above_the_threshold() -> None:
    """Energy that costs as much to buy back is only lost."""
    assert hours_of_v2g("price", tariff="flat", flat_price_mad_kwh=3.0) == set()


def test_price_charges_in_peak_hours_only_whom_the_stay_leaves_no_other() -> None:
    site: dict[str, Any] = {"tariff": "mt_general", "limit_kw_per_vehicle": 10.0, "pv_kwp_per_vehicle": 0.0}
    at_peak_kw = {}
    for key in ("price", "uncontrolled"):
        series = run_alone(Scenario(strategy=key, **site)).series
        at_peak_kw[key] = series["g2v_kw"][series["poste"] == "HP"].sum()
    assert at_peak_kw["price"] < 0.2 * at_peak_kw["uncontrolled"]


@pytest.mark.parametrize("start", ["2026-12-15T00:00", "2026-06-16T00:00"])
def test_renewable_discharges_without_sun_from_18_to_22_only(start: str) -> None:
    series = run_alone(Scenario(strategy="renewable", start=start)).series
    discharging = series[series["v2g_kw"] > 0.0]
    assert discharging["solar_kw_per_kwp"].max() == 0.0
    hours = pd.DatetimeIndex(discharging.index).hour
    assert hours.min() >= 18
    assert hours.max() < 22


def test_in_june_the_sun_delays_renewable_s_discharge() -> None:
    assert min(hours_of_v2g("renewable", start="2026-06-16T00:00")) == 19.75
    assert min(hours_of_v2g("renewable", start="2026-12-15T00:00")) == 18.0


def test_uncontrolled_never_discharges() -> None:
    assert hours_of_v2g("uncontrolled") == set()


def test_peak_shaving_has_a_lower_peak_than_uncontrolled() -> None:
    peaks = {key: run_alone(Scenario(strategy=key)).kpis["site_peak_kw"] for key in ("peak_shaving", "uncontrolled")}
    assert peaks["peak_shaving"] < peaks["uncontrolled"]


def test_a_moved_window_moves_the_discharge() -> None:
    params = {"grid_support.window_start_h": 20.0, "grid_support.window_end_h": 22.0}
    assert hours_of_v2g("grid_support", params=params) == set(np.arange(20.0, 22.0, 0.25))


def test_a_window_may_pass_midnight() -> None:
    params = {"grid_support.window_start_h": 23.0, "grid_support.window_end_h": 1.0}
    hours = hours_of_v2g("grid_support", params=params)
    assert hours
    assert hours <= {23.0, 23.25, 23.5, 23.75, 0.0, 0.25, 0.5, 0.75}
