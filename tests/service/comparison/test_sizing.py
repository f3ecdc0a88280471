"""Sizing: yearly costs over sizes, with the optimum below every strategy and capital that is counted once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, SizingCurve, compute_sizing_curve, simulate
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison.sizing import SIZED_PARTS
from ev2gym_dashboard.service.simulation.investment import compute_present_value_factor

SITE = Scenario(fleet_size=8, days=1.0, timestep_min=60, tariff="mt_general", start="2026-06-15T00:00")
SIZES = {"subscribed": [5.0, 60.0], "connection": [30.0, 60.0], "solar": [0.0, 20.0], "bidirectional": [0.0, 4.0]}


@pytest.fixture(scope="module", params=sorted(SIZED_PARTS))
def curve(request: pytest.FixtureRequest) -> SizingCurve:
    return compute_sizing_curve(SITE, request.param, SIZES[request.param])


def test_every_strategy_is_above_the_bound_at_every_size(curve: SizingCurve) -> None:
    assert curve.table.index.tolist() == SIZES[curve.part]
    assert not curve.table.isna().any(axis=None)
    assert (curve.table.min(axis=1) == curve.table["bound"]).all()
    # The plan of eight vehicles may be dearer than a strategy, by what the search leaves open.
    assert (curve.table["optimum"] <= curve.table.drop(columns=["bound", "optimum"]).min(axis=1) * 1.005).all()


def test_the_cheapest_size_is_that_of_the_lowest_cost(curve: SizingCurve) -> None:
    for name, (size, cost_mad) in curve.best.iterrows():
        column = curve.table[str(name)]
        assert column[size] == cost_mad == column.min()


def test_capital_of_pv_is_counted_over_its_lifetime() -> None:
    dear, free = (compute_sizing_curve(SITE, "solar", [20.0], solar_capex_mad_kwp=price) for price in (9000.0, 0.0))
    added_mad = (dear.table - free.table).to_numpy()
    assert added_mad == pytest.approx(20.0 * 9000.0 / compute_present_value_factor(SITE))


def test_the_cost_of_a_strategy_is_that_of_its_run_over_the_year() -> None:
    column = compute_sizing_curve(SITE, "connection", [60.0], solar_capex_mad_kwp=0.0).table["Uncontrolled"]
    kpis = simulate(replace(SITE, strategy="uncontrolled", v2g=False, limit_kw_per_vehicle=7.5)).kpis
    # Uncontrolled charging gives nothing back, so that both count wear alike but for that of charging.
    charging_wear_mad = 365.0 * (kpis["cyclic_mad"] + kpis["owed_wear_mad"])
    assert column.iloc[0] == pytest.approx(kpis["total_mad_year"] - charging_wear_mad, rel=1e-6)


def test_bad_input_is_refused_with_every_issue() -> None:
    with pytest.raises(ValidationError) as refused:
        compute_sizing_curve(replace(SITE, fleet_size=0), "roof", [-1.0], solar_capex_mad_kwp=-1.0)
    assert {issue.field for issue in refused.value.issues} == {"fleet_size", "part", "sizes", "solar_capex_mad_kwp"}
    wrong: list[tuple[str, Any]] = [("solar", []), ("solar", ["x"]), ("bidirectional", [9.0])]
    for part, sizes in wrong:
        with pytest.raises(ValidationError, match="sizes"):
            compute_sizing_curve(SITE, part, sizes)
