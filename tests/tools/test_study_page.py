"""The study page agrees with its results, its claims hold, and its sweep runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard import simulate
from ev2gym_dashboard.service.execution.pool_interface import map_serially
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.runner import compute_rows
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep
from tools.page_sections import fill_sections
from tools.study_page import DRAWINGS, STUDY_PAGE, list_sections
from tools.study_results import (
    INPUT_COLUMNS,
    RESULTS,
    STUDY_FOLDER,
    SWEEP,
    TARIFF_NAMES,
    read_results,
    select_runs,
    write_results,
)

TEXT = STUDY_PAGE.read_text(encoding="utf-8")
RUNS = read_results()
SWEPT = list_sweep_runs(read_sweep(SWEEP.read_bytes()))


def test_the_page_and_its_figures_agree_with_the_results() -> None:
    assert fill_sections(TEXT, list_sections(RUNS)) == TEXT, "update with python -m tools.study_page"
    for name, draw in DRAWINGS.items():
        assert (STUDY_FOLDER / name).read_text(encoding="utf-8") == draw(RUNS)
        assert f"(study/{name})" in TEXT


def test_the_results_cover_every_run_of_the_sweep() -> None:
    inputs = {tuple(row) for row in RUNS[INPUT_COLUMNS].itertuples(index=False)}
    assert inputs == {tuple(getattr(run.scenario, name) for name in INPUT_COLUMNS) for run in SWEPT}
    assert len(RUNS) == len(SWEPT)


@pytest.mark.parametrize("number", [0, len(SWEPT) // 2])
def test_a_run_of_the_sweep_reproduces_its_results(number: int) -> None:
    smallest = min(run.scenario.fleet_size for run in SWEPT)
    scenario = replace(SWEPT[number].scenario, fleet_size=smallest)
    stored = select_runs(RUNS, **{name: getattr(scenario, name) for name in INPUT_COLUMNS}).iloc[0]
    kpis = simulate(scenario).kpis
    for name in ("v2g_kwh", "v2g_bill_mad", "v2g_wear_mad", "v2g_net_mad"):
        assert kpis[name] == pytest.approx(stored[name], rel=1e-6)


def test_wear_is_proportional_to_the_pack_price_and_nothing_else_depends_on_it() -> None:
    by_input = RUNS.groupby([name for name in INPUT_COLUMNS if name != "pack_price_mad_kwh"])
    for name in ("v2g_kwh", "v2g_bill_mad", "v2g_stored_mad"):
        assert (by_input[name].max() == by_input[name].min()).all()
    breakeven = by_input["breakeven_pack_mad_kwh"]
    assert np.allclose(breakeven.max(), breakeven.min(), rtol=1e-6, equal_nan=True)


def test_the_claims_of_the_page_hold() -> None:
    assert (select_runs(RUNS, pack_price_mad_kwh=990)["v2g_net_mad"] <= 0.0).all(), (
        "no run reaches the pack price of 2025"
    )
    assert RUNS["breakeven_pack_mad_kwh"].max() < 810
    for tariff in ("bt_bi_horaire", "mt_general"):
        assert (select_runs(RUNS, tariff=tariff)["v2g_bill_mad"] > 0.0).all(), "every strategy lowers the bill"
    assert (select_runs(RUNS, tariff="bt_patente")["v2g_bill_mad"] <= 0.0).all()
    assert set(RUNS["tariff"]) == set(TARIFF_NAMES)
    per_kwh = RUNS.groupby("tariff")[["v2g_bill_mad", "v2g_stored_mad", "v2g_kwh"]].sum()
    saving = (per_kwh["v2g_bill_mad"] + per_kwh["v2g_stored_mad"]) / per_kwh["v2g_kwh"]
    assert (saving < RUNS.groupby("tariff")["v2g_spread_mad_kwh"].max()).all()


def test_the_sweep_runs_with_a_few_vehicles_over_some_hours(tmp_path: Path) -> None:
    reduced = [
        replace(run, scenario=replace(run.scenario, fleet_size=10, days=0.25)) for run in SWEPT[:: len(SWEPT) // 4]
    ]
    rows = list(compute_rows(reduced, map_serially))
    assert len(rows) == len(reduced)
    assert all("error" not in row for row in rows)


def test_results_with_missing_runs_are_not_stored() -> None:
    before = RESULTS.read_bytes()
    with pytest.raises(ValueError, match=f"1 of {len(SWEPT)} runs of sweep.toml are missing or failed"):
        write_results(RUNS.iloc[1:].assign(error=None))
    assert RESULTS.read_bytes() == before


def test_the_commands_name_existing_files_and_modules() -> None:
    sweep, page = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)[0].splitlines()
    assert sweep == f"ev2gym-dashboard sweep {SWEEP.relative_to(STUDY_PAGE.parents[1])} --out study-results"
    assert page == "python -m tools.study_page study-results"
