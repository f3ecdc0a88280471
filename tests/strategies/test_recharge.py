"""V2G takes out only what the stay charges again: no driver leaves with less because of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.site.moment import count_steps_outside, is_in_hours
from ev2gym_dashboard.strategies import STRATEGIES
from tests.core.site.test_settlement import make_moment
from tests.strategies.scenarios import run_alone

ROUNDING_KWH = 1e-4
PEAK_LOAD_KW = tuple(np.where((np.arange(24) >= 18) & (np.arange(24) < 22), 2500.0, 0.0))
# A plan weighs what is missing at its price against all else: tests/strategies/test_predictive.py has its own bound.
WITH_V2G = [key for key, strategy in STRATEGIES.items() if strategy.uses_v2g and not strategy.plans]
SITE = Scenario(fleet_size=25, days=2.0, evse_per_vehicle=1.0, bidirectional_share=1.0, limit_kw_per_vehicle=1000.0)
# The load fills the cap in the peak hours, where peak shaving gives back, and leaves it to all vehicles outside them.
SHAVED: dict[str, Any] = {"base_load_profile": PEAK_LOAD_KW, "site_cap_kw_per_vehicle": 60.0}
EVENING: dict[str, Any] = {"base_load_kw_per_vehicle": 20.0}
NOISE = tuple(np.random.default_rng(7).normal(0.8, 0.6, 24).round(3))
PRICES: list[dict[str, Any]] = [{}, {"price_profile": NOISE}, {"price_profile": (1.0,) * 24}, {"tariff": "mt_general"}]


HOURS = st.floats(0.0, 24.0).map(lambda hour_h: round(hour_h, 3))


def choose_load(strategy: str) -> dict[str, Any]:
    return SHAVED if strategy == "peak_shaving" else EVENING


def list_stays(scenario: Scenario) -> pd.DataFrame:
    stays = simulate(scenario, trace=True).sessions
    assert stays is not None
    return stays[~stays["is_open"].astype(bool)]


@pytest.mark.parametrize("strategy", WITH_V2G)
@settings(max_examples=5, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    place=st.sampled_from(["home", "work", "public"]),
    start=st.sampled_from(["2026-12-15T00:00", "2026-06-16T05:00"]),
    seed=st.integers(0, 10_000),
    target_soc=st.sampled_from([0.8, 0.9, 1.0]),
    timestep_min=st.sampled_from([15, 60]),
    departure_guard=st.booleans(),
    pv_kwp_per_vehicle=st.sampled_from([0.0, 30.0]),
    prices=st.sampled_from(PRICES),
)
def test_no_stay_ends_with_less_than_without_v2g(strategy: str, prices: dict[str, Any], **changes: Any) -> None:
    scenario = replace(SITE, strategy=strategy, **choose_load(strategy), **prices, **changes)
    ours, without = (list_stays(replace(scenario, v2g=v2g)) for v2g in (True, False))
    both = ours.merge(without, on=["vehicle", "arrival"], suffixes=("", "_without"))
    assert len(both) == len(ours) == len(without)
    assert (both["unserved_kwh"] - both["unserved_kwh_without"]).max() <= ROUNDING_KWH


@pytest.mark.parametrize("strategy", WITH_V2G)
def test_the_site_of_the_property_sees_v2g(strategy: str) -> None:
    site = replace(SITE, strategy=strategy, departure_guard=False, **choose_load(strategy))
    assert run_alone(site).kpis["v2g_kwh"] > 10.0


@given(
    window=st.tuples(HOURS, HOURS) | st.sampled_from([(0.0, 24.0), (22.0, 2.0), (2.0, 1.0)]),
    timestep_min=st.sampled_from([5, 15, 60]),
    step=st.integers(0, 287),
    steps_left=st.integers(1, 700),
)
def test_the_steps_outside_a_window_are_those_that_do_not_begin_in_it(
    window: tuple[float, float], timestep_min: int, step: int, steps_left: int
) -> None:
    per_day = 1440 // timestep_min
    moment = make_moment(hour_h=step % per_day * timestep_min / 60, timestep_h=timestep_min / 60)
    later = [(step + k) % per_day * timestep_min / 60 for k in range(1, steps_left)]
    outside = sum(not is_in_hours(hour_h, *window) for hour_h in later)
    if is_in_hours(moment.hour_h, *window):
        assert count_steps_outside(moment, *window, steps_left) == pytest.approx(outside, abs=1e-9)


@pytest.mark.parametrize("place", ["work", "public"])
def test_who_leaves_before_the_end_of_the_window_gives_nothing(place: str) -> None:
    """Charged again before the end of the window, V2G would only add its losses to the evening."""
    stays = list_stays(replace(SITE, strategy="grid_support", place=place, days=4.0, fleet_size=60, **EVENING))
    giving = stays[stays["v2g_kwh"] > 0.1]
    assert len(giving)
    departure, arrival = (pd.DatetimeIndex(giving[name]) for name in ("departure", "arrival"))
    # Who gives and leaves on the day of the arrival leaves after the window, at 21:00.
    assert ((departure.hour >= 21) | (departure.normalize() > arrival.normalize())).all()


@pytest.mark.parametrize("window", [(0.0, 24.0), (18.0, 18.0), (17.0, 16.0)])
def test_a_window_without_an_end_or_without_a_length_gives_nothing_that_a_driver_misses(
    window: tuple[float, float],
) -> None:
    names = ("grid_support.window_start_h", "grid_support.window_end_h")
    params: Any = dict(zip(names, window, strict=True))
    scenario = replace(SITE, departure_guard=False, params=params, **EVENING)
    ours, without = (list_stays(replace(scenario, v2g=v2g)) for v2g in (True, False))
    assert ours["unserved_kwh"].sum() <= without["unserved_kwh"].sum() + ROUNDING_KWH
