"""The examples of docs/extending.md, as a reader would try them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

from ev2gym_dashboard import Result, Scenario
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.site.ahead import Ahead
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.plugins import StrategyFile, load_strategy_files
from tests.strategies.plugins import restore_strategies
from tests.strategies.scenarios import run_alone

TEXT = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
FIRST, SECOND = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
JUNE = Scenario(fleet_size=100, start="2026-06-16T00:00", v2g=False, days=3.0)


@pytest.fixture(autouse=True)
def clean_table() -> Iterator[None]:
    with restore_strategies():
        load_strategy_files((StrategyFile("first.py", FIRST), StrategyFile("second.py", SECOND)))
        yield


def test_the_cheapest_hours_with_a_solar_forecast_take_at_most_30_lines() -> None:
    assert len(FIRST.splitlines()) <= 30


@cache
def run_june(strategy: str) -> Result:
    return run_alone(replace(JUNE, strategy=strategy))


def test_the_cheapest_hours_cost_less_than_charging_at_once_and_use_more_sun() -> None:
    ours, uncontrolled = (run_june(key).kpis for key in ("cheapest_hours", "uncontrolled"))
    assert ours["total_mad"] < 0.95 * uncontrolled["total_mad"]
    assert ours["self_consumption"] > 1.05 * uncontrolled["self_consumption"]
    assert ours["unserved_kwh"] == pytest.approx(uncontrolled["unserved_kwh"], rel=0.02)


def test_the_example_of_a_memory_buys_at_lower_prices() -> None:
    means = {}
    for key in ("below_average", "uncontrolled"):
        series = run_june(key).series
        means[key] = (series["price_mad_kwh"] * series["g2v_kw"]).sum() / series["g2v_kw"].sum()
    assert means["below_average"] < 0.9 * means["uncontrolled"]


@pytest.mark.parametrize("cls", [StepView, Moment, Ahead])
def test_every_name_of_the_tables_exists(cls: type) -> None:
    names = {f.name for c in (StepView, Moment, Ahead) for f in fields(c)} | set(
        dir(StepView) + dir(Moment) + dir(Ahead)
    )
    section = TEXT.partition("## What the function sees")[2].partition("\n## ")[0]
    told = {name.partition("(")[0].rpartition(".")[2] for name in re.findall(r"`([^`]+)`", section)} - {"view"}
    assert told <= names
    # What only the strategies of this package need.
    hidden = {
        "code",
        "taper_soc_by_code",
        "tables",
        "kept",
        "read",
        "day_ordinal",
        "surplus_share",
        "moment",
        "solar_kw_per_kwp",
    }
    older = {"price_low_mad_kwh", "price_ahead_mad_kwh", "surplus_price_ahead_mad_kwh"}
    assert {f.name for f in fields(cls)} - hidden - older <= told
