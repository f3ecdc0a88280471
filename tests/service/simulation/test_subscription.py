"""Subscribed power of runs: a number, the connection, or the peak of a simulated year; and its bill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.service.scenarios.demand import meter_power_kva
from ev2gym_dashboard.service.simulation.subscription import resolve_subscribed_kva
from ev2gym_dashboard.strategies import STRATEGIES

FIXED_MAD_PER_KVA_YEAR = 512.62
ALONE = Scenario(
    fleet_size=1,
    return_share=0.0,
    evse_per_vehicle=0.0,
    pv_kwp_per_vehicle=0.0,
    limit_kw_per_vehicle=200.0,
    tariff="mt_general",
    start="2026-12-15T00:00",
)
"""A vehicle that never comes: the load of the site is its base load."""
EVENING_PEAK = (tuple(130.2 if hour == 19 else 20.0 for hour in range(24)),)
FLEET = Scenario(fleet_size=30, tariff="mt_general", limit_kw_per_vehicle=10.0, start="2026-12-15T00:00")


IMPORT_KW_BY_MONTH = dict(zip(range(1, 13), [5, 7, 9, 11, 13, 15, 16.5, 14, 12, 10, 8, 6], strict=True))


class PeakOfTheMonth:
    """A run whose import is that of a table by month, with a higher first day, in place of a simulated one."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.import_kw = scenario, list[float]()

    def advance(self, n_steps: int) -> None:
        kw = IMPORT_KW_BY_MONTH[self.scenario.start_time.month] * self.scenario.fleet_size
        run_in_steps = self.scenario.steps_per_day
        self.import_kw = [100.0 * kw] * run_in_steps + [kw] * (n_steps - run_in_steps)

    def series(self, name: str) -> list[float]:
        assert name == "import_kw"
        return self.import_kw


def run(scenario: Scenario) -> Simulation:
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    return simulation


def test_the_connection_is_subscribed_by_default_in_kva() -> None:
    assert Simulation(ALONE).subscribed_kva == 200.0
    assert Simulation(replace(ALONE, power_factor=0.8)).subscribed_kva == 250.0


def test_a_day_above_the_subscription_has_the_bill_that_was_worked_out_by_hand() -> None:
    simulation = run(replace(ALONE, base_load_profile=EVENING_PEAK, subscribed_kva=100.0))
    lines = {line.kind: line.cost_mad for line in simulation.bill if line.poste == ""}
    # 100 kVA for a day: 100 * 512.62 / 365 = 140.444; 30.2 kVA too much: 1.5 * 30.2 * 512.62 / 365 = 63.621
    assert lines["fixed"] == pytest.approx(140.444, abs=0.001)
    assert lines["excess"] == pytest.approx(63.621, abs=0.001)
    # 4 h at 20 kW and 1 h at 130.2 in HP, 10 h at 20 in HPL, 9 h at 20 in HC
    energy_mad = 210.2 * 1.4157 + 200 * 1.0101 + 180 * 0.7398
    kpis = simulation.kpis
    assert kpis["cost_mad"] == pytest.approx(energy_mad + 140.444 + 63.621, abs=0.01)
    assert kpis["metered_peak_kva"] == pytest.approx(130.2)
    assert kpis["needed_subscription_kva"] == 131.0
    assert kpis["subscription_mad_year"] == pytest.approx(131 * FIXED_MAD_PER_KVA_YEAR)
    assert kpis["excess_mad"] == lines["excess"]


def test_the_needed_subscription_leaves_no_excess_and_one_kva_less_does() -> None:
    scenario = replace(ALONE, base_load_profile=EVENING_PEAK)
    needed_kva = run(scenario).kpis["needed_subscription_kva"]
    assert run(replace(scenario, subscribed_kva=needed_kva)).kpis["excess_mad"] == 0.0
    assert run(replace(scenario, subscribed_kva=needed_kva - 1.0)).kpis["excess_mad"] > 0.0


def test_the_peak_already_billed_and_the_price_factor_change_the_excess() -> None:
    scenario = replace(ALONE, base_load_profile=EVENING_PEAK, subscribed_kva=100.0)
    assert run(replace(scenario, billed_peak_kva=130.2)).kpis["excess_mad"] == 0.0
    assert run(replace(scenario, excess_price_factor=3.0)).kpis["excess_mad"] == pytest.approx(127.242, abs=0.001)


@pytest.mark.parametrize(("interval_min", "peak_kva"), [(10, 65.0), (15, 50.0)])
def test_a_short_peak_is_averaged_over_the_metering_interval(interval_min: int, peak_kva: float) -> None:
    # 5 min of 110 kW on 20: (110 + 20) / 2, (110 + 20 + 20) / 3
    load_kw = tuple(110.0 if step == 120 else 20.0 for step in range(288))
    scenario = replace(ALONE, base_load_profile=(load_kw,), timestep_min=5, metering_interval_min=interval_min)
    assert run(scenario).kpis["metered_peak_kva"] == pytest.approx(peak_kva)


def test_a_tariff_without_a_charge_for_power_has_a_peak_and_no_cost() -> None:
    scenario = replace(ALONE, base_load_profile=EVENING_PEAK, tariff="bt_bi_horaire", subscribed_kva=100.0)
    kpis = run(scenario).kpis
    assert kpis["metered_peak_kva"] == pytest.approx(130.2)
    assert kpis["needed_subscription_kva"] == kpis["subscription_mad_year"] == 0.0
    assert kpis["fixed_mad"] == kpis["excess_mad"] == 0.0
    assert resolve_subscribed_kva(replace(scenario, subscribed_kva="auto"), PeakOfTheMonth) == scenario.connection_kva


def test_the_month_of_the_bill_follows_the_clock_of_the_tariff() -> None:
    # 23:00 UTC on 30 June is already July by legal time: the peak already billed in July covers that hour.
    load_kw = tuple(130.0 if hour == 23 else 20.0 for hour in range(24))
    july = replace(ALONE, start="2026-06-30T23:00", days=1 / 24, base_load_profile=(load_kw,), subscribed_kva=100.0)
    assert len(run(replace(july, tariff_clock="legal")).series("import_kw")) == 4
    both = replace(july, days=2 / 24, billed_peak_kva=200.0, base_load_profile=((130.0,),))
    # By GMT the second hour begins a month of its own, whose peak is not billed yet.
    assert run(replace(both, tariff_clock="legal")).kpis["excess_mad"] == 0.0
    assert run(both).kpis["excess_mad"] == pytest.approx(1.5 * 30.0 * FIXED_MAD_PER_KVA_YEAR / 8760)


@pytest.mark.parametrize(("fleet_size", "kva"), [(3, 50.0), (1000, 16_500.0), (4000, 66_000.0)])
def test_auto_is_the_highest_month_of_the_year_rounded_up_without_the_first_day(fleet_size: int, kva: float) -> None:
    scenario = Scenario(fleet_size=fleet_size, tariff="mt_general", subscribed_kva="auto")
    assert resolve_subscribed_kva(scenario, PeakOfTheMonth) == kva


def test_auto_keeps_the_days_of_a_profile_on_their_dates() -> None:
    # Days from 15 December on: the seventh of them, 21 December, is not simulated; the eighteenth, 1 January, only as
    # the first day of its week; the nineteenth is.
    def make_days(peak_day: int) -> tuple[tuple[float, ...], ...]:
        return tuple((150.0 if day == peak_day else 20.0,) for day in range(365))

    peaks_kva = {
        day: run(replace(ALONE, base_load_profile=make_days(day), subscribed_kva="auto", days=0.0)).subscribed_kva
        for day in (6, 17, 18)
    }
    assert peaks_kva == {6: 20.0, 17: 20.0, 18: 150.0}


def test_auto_needs_more_for_uncontrolled_charging_than_for_none() -> None:
    without_evs = resolve_subscribed_kva(replace(FLEET, return_share=0.0, subscribed_kva="auto"), Simulation)
    uncontrolled = replace(FLEET, strategy="uncontrolled", v2g=False, subscribed_kva="auto")
    # Base load alone peaks at 60 kW; at most 10 kW per vehicle pass the connection.
    assert without_evs == 60.0
    assert without_evs < resolve_subscribed_kva(uncontrolled, Simulation) <= 300.0


def test_auto_does_not_depend_on_seed_start_in_the_year_or_event() -> None:
    auto = replace(FLEET, strategy="uncontrolled", v2g=False, subscribed_kva="auto")
    others = [
        replace(auto, seed=7),
        replace(auto, start="2026-03-02T11:00", days=3.0),
        replace(auto, event_start="2026-12-15T18:00", event_reduction=1.0),
    ]
    kva = {resolve_subscribed_kva(scenario, Simulation) for scenario in (auto, *others)}
    assert len(kva) == 1


def test_auto_follows_the_settings_in_force_so_that_each_strategy_gets_its_own() -> None:
    result = simulate(replace(FLEET, strategy="price", subscribed_kva="auto", days=0.25))
    for strategy in ("price", "uncontrolled"):
        simulation = Simulation(replace(FLEET, subscribed_kva="auto"))
        simulation.set(strategy=strategy, v2g=strategy == "price")
        own = replace(FLEET, strategy=strategy, v2g=strategy == "price", subscribed_kva="auto")
        assert simulation.subscribed_kva == resolve_subscribed_kva(own, Simulation)
    assert result.kpis["subscription_kva"] == resolve_subscribed_kva(
        replace(FLEET, strategy="price", subscribed_kva="auto"), Simulation
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_bill_adds_up_and_the_metered_peak_is_that_of_the_series(strategy: str) -> None:
    result = simulate(replace(FLEET, strategy=strategy, subscribed_kva=60.0, timestep_min=5))
    kpis = result.kpis
    assert sum(line.cost_mad for line in result.bill) == pytest.approx(kpis["cost_mad"])
    assert kpis["excess_mad"] > 0.0
    metered_kva: Floats = meter_power_kva(result.scenario, result.series["import_kw"].tolist())
    assert np.array_equal(result.series["metered_kva"].to_numpy(), metered_kva)
    assert kpis["metered_peak_kva"] == metered_kva.max()
    # The mean over an interval is never above the highest step.
    assert kpis["metered_peak_kva"] <= kpis["site_peak_kw"] * (1.0 + 1e-12)


def test_a_fork_and_a_restored_run_settle_their_own_steps() -> None:
    simulation = run(replace(FLEET, strategy="grid_support", start="2026-12-15T12:00", days=0.25))
    saved = {name: array.copy() for name, array in simulation.save_state().items()}
    cost_mad = simulation.kpis["cost_mad"]
    (fork,) = simulation.fork(1)
    fork.set(strategy="uncontrolled")
    fork.advance(24)
    simulation.advance(24)
    assert fork.kpis["cost_mad"] != simulation.kpis["cost_mad"]
    simulation.restore_state(saved)
    assert simulation.kpis["cost_mad"] == cost_mad


def test_the_weeks_of_the_year_have_arrivals_of_their_own() -> None:
    seeds = []

    class SeededRun(PeakOfTheMonth):
        def __init__(self, scenario: Scenario) -> None:
            super().__init__(scenario)
            seeds.append(scenario.seed)

    resolve_subscribed_kva(Scenario(fleet_size=7, tariff="mt_general", subscribed_kva="auto", seed=99), SeededRun)
    assert seeds == list(range(1, 13))
