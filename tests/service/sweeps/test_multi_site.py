"""Fleets over sites: the split keeps every vehicle and kW, and KPIs are aggregated by their rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.schema import ValidationError, list_declared
from ev2gym_dashboard.service.simulation.run_groups import run_group
from ev2gym_dashboard.service.sweeps.multi_site import (
    PEAK_COLUMNS,
    SiteSummary,
    aggregate_sites,
    derive_site_seed,
    split_scenario,
    summarize_site,
)
from ev2gym_dashboard.service.sweeps.runner import simulate_sites

SCENARIO = Scenario(fleet_size=101, days=0.5, base_load_profile=((150.0, 210.0),), seed=3)


def run_site(scenario: Scenario) -> SiteSummary:
    (summary,) = run_group([scenario], summarize_site, catch=ZeroDivisionError)
    assert isinstance(summary, SiteSummary)
    return summary


@pytest.fixture(scope="module")
def sites() -> list[SiteSummary]:
    return [run_site(site) for site in split_scenario(SCENARIO, 3)]


def test_every_vehicle_and_every_kw_belongs_to_one_site() -> None:
    parts = split_scenario(SCENARIO, 3)
    assert sorted(part.fleet_size for part in parts) == [33, 34, 34]
    assert sum(part.limit_kw for part in parts) == pytest.approx(SCENARIO.limit_kw)
    assert np.sum([part.base_load_profile.values for part in parts], axis=0) == pytest.approx(np.array([150.0, 210.0]))


def test_the_sites_share_a_subscription_and_the_peak_already_billed() -> None:
    parts = split_scenario(replace(SCENARIO, subscribed_kva=404.0, billed_peak_kva=202.0), 3)
    assert sorted(float(part.subscribed_kva) for part in parts) == pytest.approx([132.0, 136.0, 136.0])
    assert sum(part.billed_peak_kva for part in parts) == pytest.approx(202.0)
    assert {part.subscribed_kva for part in split_scenario(replace(SCENARIO, subscribed_kva="auto"), 3)} == {"auto"}


def test_subscriptions_add_up_over_sites_and_their_metered_peaks_do_not() -> None:
    sites = [run_site(site) for site in split_scenario(replace(SCENARIO, tariff="mt_general"), 3)]
    result = aggregate_sites(sites)
    metered_kva = np.sum([site.series["metered_kva"].to_numpy() for site in sites], axis=0)
    assert result.kpis["metered_peak_kva"] == pytest.approx(metered_kva.max())
    assert result.kpis["metered_peak_kva"] < sum(site.kpis["metered_peak_kva"] for site in sites)
    for name in ("needed_subscription_kva", "subscription_mad_year", "excess_mad"):
        assert result.kpis[name] == sum(site.kpis[name] for site in sites)
    assert result.kpis["needed_subscription_kva"] >= result.kpis["metered_peak_kva"]


def test_ten_million_vehicles_are_apportioned_exactly() -> None:
    parts = split_scenario(Scenario(fleet_size=10_000_000), 100)
    assert {part.fleet_size for part in parts} == {100_000}
    assert len({part.seed for part in parts}) == 100


def test_the_seed_of_a_site_does_not_depend_on_the_number_of_sites() -> None:
    assert [part.seed for part in split_scenario(SCENARIO, 7)[:3]] == [
        part.seed for part in split_scenario(SCENARIO, 3)
    ]
    assert derive_site_seed(3, 0) != derive_site_seed(4, 0)
    for seed, index in product((0, 2**53 - 1), range(50)):
        assert not list_declared(Scenario)["seed"].check("seed", derive_site_seed(seed, index))


def test_one_site_is_the_scenario_itself_with_its_kpis() -> None:
    assert split_scenario(SCENARIO, 1) == (SCENARIO,)
    result = simulate(SCENARIO)
    one_site = simulate_sites(SCENARIO, 1)
    assert one_site.kpis == result.kpis
    assert one_site.series.equals(result.series)


@pytest.mark.parametrize("n", [0, -1, 102])
def test_more_sites_than_vehicles_or_none_are_refused(n: int) -> None:
    with pytest.raises(ValidationError, match="sites: must be from 1 to 101"):
        split_scenario(SCENARIO, n)


def test_powers_and_counts_add_up_and_prices_stay(sites: list[SiteSummary]) -> None:
    series = aggregate_sites(sites).series
    for name in ("g2v_kw", "v2g_kw", "import_kw", "export_kw", "cost_mad", "n_connected", "unserved_kwh"):
        expected = np.sum([site.series[name].to_numpy() for site in sites], axis=0)
        assert series[name].to_numpy() == pytest.approx(expected)
    assert series["price_mad_kwh"].equals(sites[0].series["price_mad_kwh"])
    assert series["poste"].equals(sites[0].series["poste"])
    assert list(series.columns) == list(sites[0].series.columns)
    assert series.dtypes.equals(sites[0].series.dtypes)


def test_peaks_and_their_savings_are_those_of_the_summed_series(sites: list[SiteSummary]) -> None:
    total = aggregate_sites(sites)
    assert PEAK_COLUMNS
    for peak, column in PEAK_COLUMNS.items():
        assert total.kpis[peak] == total.series[column].max()
        assert total.kpis[peak] <= sum(site.kpis[peak] for site in sites)
        counterfactual_kw = np.sum([site.counterfactual_kw[peak, "uncontrolled"] for site in sites], axis=0).max()
        assert total.kpis[f"{peak}_saved_vs_uncontrolled"] == pytest.approx(counterfactual_kw - total.kpis[peak])


def test_money_and_energy_add_up_and_every_kpi_is_aggregated(sites: list[SiteSummary]) -> None:
    kpis = aggregate_sites(sites).kpis
    assert kpis.keys() == sites[0].kpis.keys()
    for name in ("cost_mad", "wear_mad", "v2g_net_mad", "import_kwh", "cost_mad_saved_vs_without_v2g", "n_departures"):
        assert kpis[name] == pytest.approx(sum(site.kpis[name] for site in sites))
    for name in ("load_factor", "share_at_target", "soc_mean", "self_consumption", "wear_mad_kwh", "calendar_loss"):
        values = [site.kpis[name] for site in sites]
        assert min(values) - 0.05 <= kpis[name] <= max(values) + 0.05


def test_means_are_weighted_by_the_declared_quantity() -> None:
    small, large = run_site(replace(SCENARIO, fleet_size=10)), run_site(replace(SCENARIO, fleet_size=90))
    kpis = aggregate_sites([small, large]).kpis
    assert kpis["calendar_loss"] == pytest.approx(0.1 * small.kpis["calendar_loss"] + 0.9 * large.kpis["calendar_loss"])
    cyclic_mad = [site.kpis["wear_mad_kwh"] * site.cycled_kwh for site in (small, large)]
    assert kpis["wear_mad_kwh"] == pytest.approx(sum(cyclic_mad) / (small.cycled_kwh + large.cycled_kwh))
    assert kpis["wear_mad_kwh"] == pytest.approx(SCENARIO.pack_price_mad_kwh / kpis["cycle_life"])
    assert kpis["wear_mad"] == pytest.approx(kpis["calendar_mad"] + kpis["cyclic_mad"])
    n_at_target = [site.series["n_at_target"].sum() for site in (small, large)]
    n_departures = [site.kpis["n_departures"] for site in (small, large)]
    assert kpis["share_at_target"] == pytest.approx(sum(n_at_target) / sum(n_departures))


def test_equal_sites_have_the_means_of_one_site_to_the_bit(sites: list[SiteSummary]) -> None:
    kpis = aggregate_sites([sites[0]] * 3).kpis
    for name in ("calendar_loss", "cyclic_loss", "wear_mad_kwh", "soc_mean", "v2g_spread_mad_kwh", "self_consumption"):
        assert kpis[name] == sites[0].kpis[name]


def test_a_site_that_cannot_run_is_an_error_of_the_whole_run() -> None:
    with pytest.raises(RuntimeError, match=r"2 of 2 sites could not be run.*strategy: must be one of"):
        simulate_sites(replace(SCENARIO, strategy="magic"), 2)


def test_charging_sessions_are_those_of_one_site() -> None:
    stay = {"arrival": "2026-12-15T18:00", "departure": "2026-12-16T06:00", "energy_kwh": 10.0}
    scenario = Scenario(sessions=[stay, stay], start="2026-12-15T16:00")
    assert split_scenario(scenario, 1) == (scenario,)
    with pytest.raises(ValidationError, match="sites: must be 1 with charging sessions"):
        split_scenario(scenario, 2)
