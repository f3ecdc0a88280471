"""Methods of a result: file, comparison, table of KPIs and figure."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ev2gym_dashboard import Result, Scenario, simulate
from ev2gym_dashboard.core.kpis import find_kpi
from ev2gym_dashboard.core.schema import ValidationError

DAY = Scenario(fleet_size=20, days=0.5, params=(("price.v2g_min_soc", 0.5),))


@cache
def run_day(**changed: Any) -> Result:
    return simulate(replace(DAY, **changed), trace=True)


@pytest.mark.parametrize("scenario", [{}, {"strategy": "price", "tariff": "mt_general", "v2g": False}])
def test_a_result_is_loaded_equal_to_the_one_that_was_saved(tmp_path: Path, scenario: dict[str, Any]) -> None:
    result, path = run_day(**scenario), tmp_path / "day.result"
    result.save(path)
    loaded = Result.load(str(path))
    assert loaded == result
    assert pd.DatetimeIndex(loaded.series.index).freq == pd.DatetimeIndex(result.series.index).freq
    assert loaded.series["poste"].cat.categories.equals(result.series["poste"].cat.categories)
    assert loaded.series.dtypes.equals(result.series.dtypes)
    assert loaded.scenario == result.scenario


def test_a_result_without_a_trace_is_loaded_without_one(tmp_path: Path) -> None:
    result = simulate(DAY)
    result.save(tmp_path / "day")
    assert Result.load(tmp_path / "day") == result
    assert result.vehicles is None
    assert result != run_day()
    assert run_day() != result


def test_results_differ_where_any_part_does() -> None:
    result = run_day()
    assert result == simulate(DAY, trace=True)
    others = {
        "scenario": replace(DAY, seed=1),
        "kpis": result.kpis | {"cost_mad": 0.0},
        "ledger": {},
        "bill": result.bill[:-1],
        **{name: getattr(result, name).iloc[:-1] for name in ("series", "models", "vehicles", "sessions", "evses")},
    }
    assert set(others) == {f.name for f in fields(Result)}
    assert [name for name, value in others.items() if replace(result, **{name: value}) == result] == []
    assert result != 7


BAD_FILES = {"no archive": b"PK, but not quite", "empty": b"", "text": b"a,b\n1,2\n"}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_result_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "other.zip"
    path.write_bytes(BAD_FILES[name])
    with pytest.raises(ValidationError, match=r"other\.zip is not a result that Result\.save has written"):
        Result.load(path)


def test_a_missing_file_and_an_unwritable_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="cannot be read: No such file"):
        Result.load(tmp_path / "missing")
    with pytest.raises(ValidationError, match="cannot be written"):
        run_day().save(tmp_path / "missing" / "day")


def test_the_description_has_every_kpi_with_its_unit_and_its_formula() -> None:
    result = run_day()
    table = result.describe()
    assert table["value"].to_dict() == result.kpis
    assert table["unit"].to_dict() == {name: find_kpi(name).unit for name in result.kpis}
    assert table["formula"].str.len().min() > 5
    formulas = table["formula"].astype(str).to_dict()
    assert formulas["cost_mad"].startswith("`import_cost_mad` - `export_credit_mad`")
    raw, corrected = (formulas[f"{prefix}cost_mad_saved_vs_uncontrolled"] for prefix in ("raw_", ""))
    assert corrected == "`cost_mad` of `uncontrolled` less that of the run"
    assert raw == f"{corrected}, without the energy owed at the end"


def test_the_figure_shows_the_power_of_the_site_and_the_price() -> None:
    result = run_day()
    figure = result.plot()
    lines = {trace.name: trace for trace in figure.data}
    assert list(lines["At the meter"].y) == result.series["net_load_kw"].tolist()
    assert (lines["Price"].yaxis, list(lines["Price"].y)) == ("y2", result.series["price_mad_kwh"].tolist())
    assert "(kW)" in figure.layout.yaxis.title.text


NEEDLESS = ("dash", "dask", "flask", "gymnasium", "highspy", "plotly", "pyarrow.parquet", "xarray")


def list_imports(program: str) -> set[str]:
    """Return the modules of a process that has run a program."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules)"]
    return set(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split())


def test_the_package_is_imported_without_what_only_some_runs_need() -> None:
    assert list_imports("import ev2gym_dashboard").isdisjoint((*NEEDLESS, "numba", "pvlib", "scipy"))


def test_a_plain_run_imports_neither_the_page_nor_files_nor_the_optimum() -> None:
    program = "from ev2gym_dashboard import Scenario, simulate\nsimulate(Scenario(fleet_size=2, days=0.1))"
    assert list_imports(program).isdisjoint(NEEDLESS)
