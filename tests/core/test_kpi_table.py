"""KPI table: it declares every KPI of a run, once, and rules that exist."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.kpis import (
    HIGHER_IS_BETTER,
    KPIS,
    LOWER_IS_BETTER,
    NEITHER_IS_BETTER,
    RAW_PREFIX,
    SAVING_INFIX,
    Aggregation,
    Kpi,
    find_kpi,
)
from ev2gym_dashboard.service.simulation.counterfactuals import COUNTERFACTUALS, SAVINGS
from ev2gym_dashboard.service.sweeps.multi_site import SITE_WEIGHTS

RUN = simulate(Scenario(fleet_size=5, days=0.25))


def test_the_table_and_a_run_have_the_same_kpis() -> None:
    savings = {f"{name}{SAVING_INFIX}{counterfactual}" for name in SAVINGS for counterfactual in COUNTERFACTUALS}
    raw = {f"{RAW_PREFIX}{name}" for name in savings if find_kpi(name).owed}
    assert raw
    assert set(RUN.kpis) == set(KPIS) | savings | raw


@pytest.mark.parametrize(
    "name",
    ["toy_kwh", "toy_kwh_saved_vs_uncontrolled", "v2g_kwh_saved_vs_uncontrolled", "raw_peak_kw_saved_vs_uncontrolled"],
)
def test_a_kpi_without_an_entry_is_an_error(name: str) -> None:
    with pytest.raises(LookupError, match=f"'{name}' has no entry"):
        find_kpi(name)


def test_a_saving_has_the_declaration_of_its_kpi() -> None:
    assert find_kpi("cost_mad_saved_vs_without_v2g") is KPIS["cost_mad"]
    assert find_kpi("raw_cost_mad_saved_vs_without_v2g") is KPIS["cost_mad"]
    assert find_kpi("raw_total_mad_saved_vs_without_v2g") is KPIS["raw_total_mad"]


@pytest.mark.parametrize("kpi", KPIS.values(), ids=KPIS)
def test_a_declaration_is_complete(kpi: Kpi) -> None:
    assert kpi.better in {LOWER_IS_BETTER, HIGHER_IS_BETTER, NEITHER_IS_BETTER}
    assert (kpi.aggregation is Aggregation.MEAN) == (kpi.weight in SITE_WEIGHTS)
    assert (kpi.aggregation is Aggregation.PEAK) == (kpi.column in RUN.series)
    assert bool(kpi.label) or not kpi.compared
    assert kpi.compared or not kpi.headline
    assert not (kpi.share and kpi.unit)
    assert not kpi.owed or KPIS[kpi.owed].unit == kpi.unit


def test_the_unit_is_the_suffix_of_the_name() -> None:
    with_unit = {name: kpi for name, kpi in KPIS.items() if kpi.unit}
    assert with_unit
    for name, kpi in with_unit.items():
        # An amount of money per year keeps the unit of money.
        assert name.removesuffix("_year").endswith(f"_{kpi.unit.lower().replace('/', '_')}"), name


def test_a_peak_is_the_maximum_of_its_column() -> None:
    peaks = {name: kpi.column for name, kpi in KPIS.items() if kpi.aggregation is Aggregation.PEAK}
    assert peaks
    for name, column in peaks.items():
        assert RUN.kpis[name] == np.max(RUN.series[column])
