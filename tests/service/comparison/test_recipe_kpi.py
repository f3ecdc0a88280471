"""Recipe of a KPI: one entry in `KPIS` and its value; it appears in comparison, command line, report and sites."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
EDIT_TABLE_AND_VALUE = """
import sys
from importlib.machinery import PathFinder, SourceFileLoader

TOY = 'Kpi("kWh", _RECOMPUTED, "Toy energy", _LOWER, compared=True, headline=True, saving=True)'
ENTRY = ("= {\\n", '= {"toy_kwh": ' + TOY + ",")
FORMULA = ("= {\\n", '= {"toy_kwh": KpiFormula("2 x `g2v_kwh`"),')
VALUE = ("return {\\n", 'return {"toy_kwh": 2.0 * sums["g2v_kw"] * timestep_h,')


class EditedLoader(SourceFileLoader):
    def get_code(self, fullname):
        text = self.get_source(fullname)
        table, function = text.index("KPIS: dict"), text.index("def derive_kpis")
        text = text[:function] + text[function:].replace(*VALUE, 1)
        return compile(text[:table] + text[table:].replace(*ENTRY, 1), self.path, "exec")


class FormulaLoader(SourceFileLoader):
    def get_code(self, fullname):
        text = self.get_source(fullname)
        table = text.index("KPI_FORMULAS: dict")
        return compile(text[:table] + text[table:].replace(*FORMULA, 1), self.path, "exec")


LOADERS = {
    "ev2gym_dashboard.core.kpis": EditedLoader,
    "ev2gym_dashboard.core.kpi_formulas": FormulaLoader,
}


class EditedFinder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name not in LOADERS:
            return None
        spec = PathFinder.find_spec(name, path)
        spec.loader = LOADERS[name](name, spec.origin)
        return spec


sys.meta_path.insert(0, EditedFinder)
"""
PRINT_EVERYWHERE = """
import json, sys
from ev2gym_dashboard import Scenario, cli, run_comparison, simulate
from ev2gym_dashboard.service.reports.html_report import render_comparison_report
from ev2gym_dashboard.service.sweeps.dataset import build_arrow_schema
from ev2gym_dashboard.service.sweeps.runner import simulate_sites
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.compare.grid import build_comparison_column_definitions

scenario = Scenario(fleet_size=20, days=0.25)
columns = build_comparison_column_definitions(get_translator("en"))
result, comparison = simulate(scenario), run_comparison(scenario)
print(json.dumps({
    "run": result.kpis,
    "sites": simulate_sites(scenario, 2).kpis["toy_kwh"],
    "schema": build_arrow_schema().names,
    "notebook": "Toy energy" in result._repr_html_(),
    "best": comparison.best["toy_kwh"],
    "columns": list(comparison.table),
    "report": "Toy energy [kWh]" in render_comparison_report(comparison),
    "page": [column["field"] for column in columns if not column.get("hide")],
}))
cli.main(["compare", "--fleet-size", "20", "--days", "0.25", "--json"])
"""


@pytest.fixture(scope="module")
def printed() -> tuple[dict[str, Any], dict[str, Any]]:
    script = EDIT_TABLE_AND_VALUE + PRINT_EVERYWHERE
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert process.returncode == 0, process.stderr
    python_line, _, cli_text = process.stdout.partition("\n")
    return json.loads(python_line), json.loads(cli_text)


def test_a_declared_kpi_has_its_value_and_its_savings_in_a_run(printed: tuple[dict[str, Any], dict[str, Any]]) -> None:
    kpis = printed[0]["run"]
    assert kpis["toy_kwh"] == pytest.approx(2.0 * kpis["g2v_kwh"])
    assert "toy_kwh_saved_vs_uncontrolled" in kpis
    assert printed[0]["notebook"]


def test_a_declared_kpi_is_compared_and_printed(printed: tuple[dict[str, Any], dict[str, Any]]) -> None:
    in_python, by_cli = printed
    assert in_python["best"] == by_cli["best"]["toy_kwh"]
    assert {"toy_kwh", "toy_kwh_ci95", "toy_kwh_vs_uncontrolled"} <= set(in_python["columns"])
    assert all("toy_kwh" in row for row in by_cli["kpis"].values())
    assert in_python["report"]
    assert "toy_kwh" in in_python["page"]


def test_a_declared_kpi_is_aggregated_over_sites_and_kept_by_sweeps(
    printed: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    assert printed[0]["sites"] > 0.0
    assert {"toy_kwh", "toy_kwh_saved_vs_without_v2g"} <= set(printed[0]["schema"])


def test_a_kpi_without_an_entry_stops_the_aggregation_of_sites() -> None:
    script = EDIT_TABLE_AND_VALUE.replace("table:].replace(*ENTRY, 1)", "table:]") + (
        "from ev2gym_dashboard import Scenario\n"
        "from ev2gym_dashboard.service.sweeps.runner import simulate_sites\n"
        "simulate_sites(Scenario(fleet_size=4, days=0.05), 2)\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert "LookupError: the KPI 'toy_kwh' has no entry in ev2gym_dashboard.core.kpis.KPIS" in process.stderr
