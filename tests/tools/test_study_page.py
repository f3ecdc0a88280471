"""The study: its numbers are those of its results, its claims hold in them, and its sweep runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard import simulate
from ev2gym_dashboard.service.execution.pool import map_serially
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.runner import compute_rows
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep
from tools.study_page import DRAWINGS, STUDY_PAGE, fill_results
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


def test_the_page_and_its_figures_are_written_of_the_results() -> None:
    assert fill_results(TEXT, RUNS) == TEXT, "python -m tools.study_page writes them anew"
    for name, draw in DRAWINGS.items():
        assert (STUDY_FOLDER / name).read_text(encoding="utf-8") == draw(RUNS)
        assert f"(study/{name})" in TEXT


def test_a_lost_marker_is_found() -> None:
    with pytest.raises(ValueError, match="sizes"):
        fill_results(TEXT.replace("<!-- /sizes -->", ""), RUNS)


def test_the_results_are_those_of_every_run_of_the_sweep() -> None:
    kept = {tuple(row) for row in RUNS[INPUT_COLUMNS].itertuples(index=False)}
    assert kept == {tuple(getattr(run.scenario, name) for name in INPUT_COLUMNS) for run in SWEPT}
    assert len(RUNS) == len(SWEPT)


@pytest.mark.parametrize("number", [0, len(SWEPT) // 2])
def test_a_run_of_the_sweep_gives_what_the_results_say(number: int) -> None:
    smallest = min(run.scenario.fleet_size for run in SWEPT)
    scenario = replace(SWEPT[number].scenario, fleet_size=smallest)
    kept = select_runs(RUNS, **{name: getattr(scenario, name) for name in INPUT_COLUMNS}).iloc[0]
    kpis = simulate(scenario).kpis
    for name in ("v2g_kwh", "v2g_bill_mad", "v2g_wear_mad", "v2g_net_mad"):
        assert kpis[name] == pytest.approx(kept[name], rel=1e-6)


def test_wear_is_proportional_to_the_pack_price_and_nothing_else_depends_on_it() -> None:
    by_rest = RUNS.groupby([name for name in INPUT_COLUMNS if name != "pack_price_mad_kwh"])
    for name in ("v2g_kwh", "v2g_bill_mad", "v2g_stored_mad"):
        assert (by_rest[name].max() == by_rest[name].min()).all()
    breakeven = by_rest["breakeven_pack_mad_kwh"]
    assert np.allclose(breakeven.max(), breakeven.min(), rtol=1e-6, equal_nan=True)


def test_what_the_page_claims_in_words_holds() -> None:
    assert (select_runs(RUNS, pack_price_mad_kwh=990)["v2g_net_mad"] <= 0.0).all(), (
        "none reaches what packs cost in 2025"
    )
    assert RUNS["breakeven_pack_mad_kwh"].max() < 810
    for tariff in ("bt_bi_horaire", "mt_general"):
        assert (select_runs(RUNS, tariff=tariff)["v2g_bill_mad"] > 0.0).all(), (
            "with every strategy it saves on the bill"
        )
    assert (select_runs(RUNS, tariff="bt_patente")["v2g_bill_mad"] <= 0.0).all()
    assert set(RUNS["tariff"]) == set(TARIFF_NAMES)
    per_kwh = RUNS.groupby("tariff")[["v2g_bill_mad", "v2g_stored_mad", "v2g_kwh"]].sum()
    saved = (per_kwh["v2g_bill_mad"] + per_kwh["v2g_stored_mad"]) / per_kwh["v2g_kwh"]
    assert (saved < RUNS.groupby("tariff")["v2g_spread_mad_kwh"].max()).all()


def test_the_sweep_runs_reduced_to_hours_and_a_few_vehicles(tmp_path: Path) -> None:
    few = [replace(run, scenario=replace(run.scenario, fleet_size=10, days=0.25)) for run in SWEPT[:: len(SWEPT) // 4]]
    rows = list(compute_rows(few, map_serially))
    assert len(rows) == len(few)
    assert all("error" not in row for row in rows)


def test_results_with_runs_missing_are_not_kept() -> None:
    before = RESULTS.read_bytes()
    with pytest.raises(ValueError, match=f"1 of {len(SWEPT)} runs of sweep.toml are missing or failed"):
        write_results(RUNS.iloc[1:].assign(error=None))
    assert RESULTS.read_bytes() == before


def test_the_commands_name_what_is_there() -> None:
    sweep, page = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)[0].splitlines()
    assert sweep == f"ev2gym-dashboard sweep {SWEEP.relative_to(STUDY_PAGE.parents[1])} --out study-results"
    assert page == "python -m tools.study_page study-results"
