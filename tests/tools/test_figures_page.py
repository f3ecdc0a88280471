"""docs/figures.md lists every figure that is shown, and runs fulfil its formulas and its signs."""

from __future__ import annotations

import re

import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS, KPI_SUMS, NOT_NEGATIVE
from ev2gym_dashboard.core.kpis import KPIS, find_kpi
from ev2gym_dashboard.core.site.settlement import BILL_COLUMNS
from ev2gym_dashboard.service.reports.figure_units import find_unit
from ev2gym_dashboard.service.sessions.fleet_view import CURRENT_COLUMNS, CURRENT_FIGURES, collect_current_figures
from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.model_table import MODEL_COLUMNS
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.web.pages.live.table import FLEET_COLUMNS
from ev2gym_dashboard.web.pages.site.texts import BILL_LABELS
from tools.figures_page import PAGE, SECTIONS, list_site_kpis
from tools.page_sections import fill_sections

SCENARIOS = (
    Scenario(fleet_size=40, strategy="price"),
    Scenario(fleet_size=40, strategy="peak_shaving", start="2026-12-15T16:00", tariff="mt_general", days=2),
    Scenario(fleet_size=40, strategy="renewable", place="work", pv_kwp_per_vehicle=4, tariff="bt_domestique"),
)


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [simulate(scenario) for scenario in SCENARIOS]


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert fill_sections(text, SECTIONS) == text, "update with make docs"


def test_every_kpi_has_a_formula() -> None:
    assert set(KPIS) == set(KPI_FORMULAS), "add it to ev2gym_dashboard/core/kpi_formulas.py"


def test_a_formula_names_only_figures_that_exist() -> None:
    known = set(KPI_FORMULAS) | set(COLUMNS) | set(BILL_COLUMNS)
    named = {name for formula in KPI_FORMULAS.values() for name in re.findall(r"`(\w+)`", formula.text)}
    assert named
    assert named <= known


def test_every_sum_holds_in_every_run(results: list[Result]) -> None:
    sums = {name: parts for name, parts in KPI_SUMS.items() if name in KPIS}
    assert {"cost_mad", "v2g_net_mad"} <= set(sums)
    for result in results:
        for name, parts in sums.items():
            total = sum(factor * result.kpis[part] for part, factor in parts.items() if part in KPIS)
            scale = max(abs(result.kpis[part]) for part in parts if part in KPIS)
            assert result.kpis[name] == pytest.approx(total, rel=1e-9, abs=1e-9 * scale), name


def test_the_lines_of_the_bill_add_up_to_the_bill(results: list[Result]) -> None:
    for result in results:
        assert sum(line.cost_mad for line in result.bill) == pytest.approx(result.kpis["cost_mad"])
        imported_kwh = sum(line.energy_kwh for line in result.bill if line.kind == "import")
        assert imported_kwh == pytest.approx(result.kpis["import_kwh"])
        assert {line.poste or line.kind for line in result.bill} <= set(BILL_LABELS)


def test_a_figure_that_is_said_to_be_positive_is_positive(results: list[Result]) -> None:
    names = [name for name, formula in KPI_FORMULAS.items() if formula.sign == NOT_NEGATIVE and name in KPIS]
    assert names
    for result in results:
        assert {name: result.kpis[name] for name in names if result.kpis[name] < -1e-9} == {}


def test_every_figure_of_the_site_page_is_a_kpi() -> None:
    # The energy of V2G is in the table under its own name.
    names = list_site_kpis() - {"v2g_v2g_kwh", "v2g_verdict"}
    assert {"site_peak_kw", "cost_mad", "v2g_net_mad"} <= names
    for name in names:
        assert find_kpi(name)


def test_every_figure_of_the_fleet_page_has_a_meaning() -> None:
    runs = start_counterfactual_runs(Scenario(fleet_size=5))
    runs.advance(1)
    assert set(collect_current_figures(runs.simulation, runs.simulation.ledger)) == set(CURRENT_FIGURES) | set(
        CURRENT_COLUMNS
    )
    assert {column.key for column in FLEET_COLUMNS} <= set(MODEL_COLUMNS)


def test_every_column_of_a_result_has_a_meaning(results: list[Result]) -> None:
    assert set(results[0].series) == set(COLUMNS) | set(BILL_COLUMNS)
    assert list(results[0].models) == list(MODEL_COLUMNS)


def test_the_unit_of_a_kpi_is_that_of_its_name() -> None:
    for name, kpi in KPIS.items():
        assert find_unit(name) == kpi.unit, name


def test_the_value_of_v2g_on_the_page_is_that_of_the_kpis() -> None:
    scenario = Scenario(fleet_size=20, days=0.5, start="2026-12-15T16:00")
    view, kpis = get_site_view(RunSpec(scenario, (), scenario.n_steps, "figures")), simulate(scenario).kpis
    shown = {name for name in list_site_kpis() if name.startswith("v2g_") and name in kpis}
    assert "v2g_net_mad" in shown
    for name in shown:
        assert view.value[name.removeprefix("v2g_")] == kpis[name]
