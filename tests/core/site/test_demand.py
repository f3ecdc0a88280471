"""Demand charge: metered power, excess and needed subscription, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.billing_period import compute_fixed_charge_mad
from ev2gym_dashboard.core.site.demand import compute_excess_charge_mad, compute_metered_kva, compute_needed_kva
from ev2gym_dashboard.core.site.legal_time import convert_to_legal_time
from ev2gym_dashboard.service.datasets.packaged import load_tariffs

MT = load_tariffs()["mt_general"]


def meter(
    import_kw: list[float],
    *,
    timestep_min: int,
    interval_min: int,
    start_min: int = 0,
    power_factor: float = 1.0,
) -> list[float]:
    metered_kva: Floats = compute_metered_kva(
        np.array(import_kw),
        start_min=start_min,
        timestep_min=timestep_min,
        interval_min=interval_min,
        power_factor=power_factor,
    )
    return list(map(float, metered_kva))


def bill_excess_mad(
    first: str, n_hours: int, metered_kva: Floats, *, subscribed_kva: float, billed_peak_kva: float = 0.0
) -> float:
    time = np.datetime64(first, "m") + np.arange(n_hours) * np.timedelta64(60, "m")
    per_kva_mad = compute_fixed_charge_mad(MT, time, timestep_h=1.0, subscribed_kva=1.0)
    charge_mad = compute_excess_charge_mad(
        time.astype("datetime64[M]"),
        metered_kva,
        per_kva_mad,
        subscribed_kva=subscribed_kva,
        billed_peak_kva=billed_peak_kva,
        price_factor=1.5,
    )
    return float(charge_mad.sum())


def make_peak_kva(n_hours: int, hour: int, kva: float) -> Floats:
    return np.where(np.arange(n_hours) == hour, kva, 20.0)


def test_steps_of_five_minutes_are_averaged_over_ten_or_fifteen() -> None:
    import_kw = [0.0, 60.0, 120.0, 60.0, 0.0, 0.0]
    # 10 min: (0 + 60) / 2, (120 + 60) / 2, 0; 15 min: (0 + 60 + 120) / 3, 60 / 3
    assert meter(import_kw, timestep_min=5, interval_min=10) == [30.0, 30.0, 90.0, 90.0, 0.0, 0.0]
    assert meter(import_kw, timestep_min=5, interval_min=15) == [60.0, 60.0, 60.0, 20.0, 20.0, 20.0]


def test_a_step_that_reaches_into_the_next_interval_counts_in_both() -> None:
    # 10 min in intervals of 15: (30 * 10 + 60 * 5) / 15 and (60 * 5 + 90 * 10) / 15
    assert meter([30.0, 60.0, 90.0], timestep_min=10, interval_min=15) == [40.0, 40.0, 80.0]


def test_intervals_begin_on_the_full_hour_and_minutes_outside_the_run_count_as_zero() -> None:
    assert meter([90.0, 90.0, 90.0], timestep_min=5, interval_min=10, start_min=16 * 60 + 5) == [45.0, 90.0, 90.0]
    assert meter([90.0, 90.0, 90.0], timestep_min=5, interval_min=10) == [90.0, 90.0, 45.0]


@pytest.mark.parametrize("interval_min", [10, 15])
def test_steps_as_long_as_the_interval_or_longer_count_as_they_are(interval_min: int) -> None:
    assert meter([30.0, 60.0], timestep_min=15, interval_min=interval_min) == [30.0, 60.0]


def test_the_power_factor_turns_kilowatts_into_kva() -> None:
    assert meter([90.0], timestep_min=15, interval_min=10, power_factor=0.9) == pytest.approx([100.0])
    assert meter([90.0, 90.0], timestep_min=5, interval_min=10, power_factor=0.9) == pytest.approx([100.0, 100.0])


@given(
    import_kw=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=50),
    timestep_min=st.sampled_from([1, 2, 3, 4, 5, 6, 8, 9, 10, 12]),
    start_step=st.integers(0, 100),
)
def test_the_metered_power_agrees_with_a_meter_that_counts_minutes(
    import_kw: list[float], timestep_min: int, start_step: int
) -> None:
    start_min = start_step * timestep_min
    energy_by_interval: dict[int, float] = {}
    for step, kw in enumerate(import_kw):
        for minute in range(start_min + step * timestep_min, start_min + (step + 1) * timestep_min):
            energy_by_interval[minute // 15] = energy_by_interval.get(minute // 15, 0.0) + kw
    expected_kva = [energy_by_interval[(start_min + k * timestep_min) // 15] / 15 for k in range(len(import_kw))]
    metered_kva = meter(import_kw, timestep_min=timestep_min, interval_min=15, start_min=start_min)
    assert metered_kva == pytest.approx(expected_kva, rel=1e-9, abs=1e-6)


def test_a_month_with_a_known_peak_costs_its_excess_one_and_a_half_times() -> None:
    # 130 - 100 kVA in December: 1.5 * 30 * 512.62 * 31 / 365 = 1959.19 MAD
    peak_kva = make_peak_kva(31 * 24, 400, 130.0)
    assert bill_excess_mad("2026-12-01", 31 * 24, peak_kva, subscribed_kva=100.0) == pytest.approx(1959.19, abs=0.005)


def test_a_part_of_a_month_costs_its_part_by_hours() -> None:
    # Three of the 365 days of the year: 1.5 * 30 * 512.62 * 3 / 365 = 189.60 MAD
    peak_kva = make_peak_kva(72, 20, 130.0)
    assert bill_excess_mad("2026-12-15", 72, peak_kva, subscribed_kva=100.0) == pytest.approx(189.60, abs=0.005)


def test_each_month_is_charged_for_its_own_peak() -> None:
    # A day of January with 120 kVA, a day of February with 150: 1.5 * 512.62 / 365 * (20 + 50) = 147.47 MAD
    metered_kva = np.maximum(make_peak_kva(48, 20, 120.0), make_peak_kva(48, 30, 150.0))
    assert bill_excess_mad("2026-01-31", 48, metered_kva, subscribed_kva=100.0) == pytest.approx(147.47, abs=0.005)


def test_a_peak_that_is_already_billed_costs_nothing_more() -> None:
    peak_kva = make_peak_kva(24, 20, 130.0)
    assert bill_excess_mad("2026-12-15", 24, peak_kva, subscribed_kva=100.0, billed_peak_kva=140.0) == 0.0
    # Only the 10 kVA above it: 1.5 * 10 * 512.62 / 365 = 21.07 MAD
    mad = bill_excess_mad("2026-12-15", 24, peak_kva, subscribed_kva=100.0, billed_peak_kva=120.0)
    assert mad == pytest.approx(21.07, abs=0.005)


def test_the_peak_already_billed_belongs_to_the_month_of_the_start_alone() -> None:
    # Nothing in January, a day of February: 1.5 * 50 * 512.62 / 365 = 105.33 MAD
    metered_kva = np.full(48, 150.0)
    mad = bill_excess_mad("2026-01-31", 48, metered_kva, subscribed_kva=100.0, billed_peak_kva=150.0)
    assert mad == pytest.approx(105.33, abs=0.005)


def test_a_peak_at_the_subscription_costs_nothing_and_neither_does_an_empty_run() -> None:
    assert bill_excess_mad("2026-12-15", 24, np.full(24, 100.0 + 1e-9), subscribed_kva=100.0) == 0.0
    assert bill_excess_mad("2026-12-15", 0, np.zeros(0), subscribed_kva=100.0) == 0.0


def test_the_needed_subscription_is_the_peak_rounded_up_to_whole_kva() -> None:
    assert compute_needed_kva(np.array([20.0, 130.2, 90.0])) == 131.0
    assert compute_needed_kva(np.array([130.0 + 1e-9])) == 130.0
    assert compute_needed_kva(np.zeros(0)) == 0.0


def test_legal_time_is_an_hour_ahead_until_september_2026() -> None:
    times = np.array(["2026-06-30T23:00", "2026-12-31T23:00"], dtype="datetime64[m]")
    assert (
        convert_to_legal_time(times).tolist()
        == np.array(["2026-07-01T00:00", "2026-12-31T23:00"], dtype="datetime64[m]").tolist()
    )
