"""The study page agrees with its results, its claims hold, and its sweep runs."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import simulate
from ev2gym_dashboard.service.execution.pool_interface import map_serially
from ev2gym_dashboard.service.sweeps.runner import compute_rows
from tools.page_sections import fill_sections
from tools.study_page import DRAWINGS, STUDY_PAGE, list_sections
from tools.study_results import (
    BATTERIES,
    CASE_COLUMNS,
    INPUT_COLUMNS,
    LAW_BATTERY,
    LFP_BATTERY,
    PACK_PRICE_MAD_KWH,
    RESULTS,
    STUDY_FOLDER,
    SWEEP,
    TARIFF_NAMES,
    compute_subscriptions,
    equip_runs,
    list_swept_runs,
    price_runs,
    read_results,
    select_runs,
    write_results,
)

TEXT = STUDY_PAGE.read_text(encoding="utf-8")
STORED = read_results()
RUNS = equip_runs(STORED)
SWEPT = list_swept_runs()


def test_the_page_and_its_figures_agree_with_the_results() -> None:
    assert fill_sections(TEXT, list_sections(RUNS)) == TEXT, "update with python -m tools.study_page"
    for name, draw in DRAWINGS.items():
        assert (STUDY_FOLDER / name).read_text(encoding="utf-8") == draw(RUNS)
        assert f"(study/{name})" in TEXT


def test_the_results_cover_every_run_of_the_sweep() -> None:
    inputs = [tuple(row) for row in STORED[INPUT_COLUMNS].itertuples(index=False)]
    assert inputs == [tuple(getattr(run.scenario, name) for name in INPUT_COLUMNS) for run in SWEPT]


@pytest.mark.parametrize("number", [0, len(SWEPT) // 2])
def test_a_run_of_the_sweep_reproduces_its_results(number: int) -> None:
    kpis = simulate(SWEPT[number].scenario).kpis
    for name in ("v2g_kwh", "v2g_bill_mad", "v2g_cyclic_mad", "v2g_net_mad", "needed_subscription_kva"):
        assert kpis[name] == pytest.approx(STORED.iloc[number][name], rel=1e-6)


def test_a_battery_and_a_price_that_are_calculated_are_those_of_a_run() -> None:
    scenario = replace(SWEPT[0].scenario, declared_cycle_life=1500.0, pack_price_mad_kwh=500.0)
    battery = next(name for name, entry in BATTERIES.items() if entry == (scenario.battery_chemistry, 1500.0))
    case = {name: getattr(scenario, name) for name in CASE_COLUMNS}
    priced = price_runs(select_runs(RUNS, battery=battery, **case), 500.0).iloc[0]
    assert simulate(scenario).kpis["v2g_net_mad"] == pytest.approx(priced["net_mad"], rel=1e-6)


def test_a_run_at_its_break_even_price_is_worth_nothing() -> None:
    finite = np.isfinite(RUNS["breakeven_pack_mad_kwh"]) & (RUNS["breakeven_pack_mad_kwh"] > 0.0)
    for _, run in RUNS[finite].iloc[::50].iterrows():
        frame = run.to_frame().T.infer_objects()
        net_mad = price_runs(frame, run["breakeven_pack_mad_kwh"])["net_mad"].iloc[0]
        assert net_mad == pytest.approx(0.0, abs=1e-9 * abs(run["saved_mad"]))


def test_the_net_value_of_the_law_is_that_of_the_runs() -> None:
    for battery in (LAW_BATTERY, LFP_BATTERY):
        priced = price_runs(select_runs(RUNS, battery=battery), PACK_PRICE_MAD_KWH)
        assert np.allclose(priced["net_mad"], priced["v2g_net_mad"], rtol=1e-5, atol=1e-3)


def test_the_sweep_runs_with_a_few_vehicles_over_some_hours() -> None:
    reduced = [
        replace(run, scenario=replace(run.scenario, fleet_size=10, days=0.25)) for run in SWEPT[:: len(SWEPT) // 4]
    ]
    rows = list(compute_rows(reduced, map_serially))
    assert len(rows) == len(reduced)
    assert all("error" not in row for row in rows)


def test_results_with_missing_runs_are_not_stored() -> None:
    before = RESULTS.read_bytes()
    rows = STORED.iloc[1:].assign(error=None, id=[run.id for run in SWEPT[1:]])
    with pytest.raises(ValueError, match=f"1 of {len(SWEPT)} runs of sweep.toml are missing or failed"):
        write_results(rows)
    assert RESULTS.read_bytes() == before


def test_the_commands_name_existing_files_and_modules() -> None:
    sweep, page = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)[0].splitlines()
    assert sweep == f"ev2gym-dashboard sweep {SWEEP.relative_to(STUDY_PAGE.parents[1])} --out study-results"
    assert page == "python -m tools.study_page study-results"


def test_the_claims_of_the_page_hold() -> None:
    assert set(RUNS["tariff"]) == set(TARIFF_NAMES)
    lives = RUNS.groupby("battery")["cycle_life"].mean()
    assert lives[LFP_BATTERY] > 4.0 * lives[LAW_BATTERY], "the laws differ by a factor of more than four"
    today = price_runs(RUNS, PACK_PRICE_MAD_KWH)
    spread_tariffs = today[today["tariff"] != "bt_patente"]
    for battery in (LAW_BATTERY, LFP_BATTERY):
        runs = select_runs(spread_tariffs, battery=battery)
        managed_mad = (runs["total_mad_saved_vs_uncontrolled"] - runs["v2g_net_mad"]).groupby(runs["tariff"]).mean()
        added_mad = runs["net_mad"].abs().groupby(runs["tariff"]).mean()
        assert (managed_mad > 3.0 * added_mad).all(), "managed charging saves several times what V2G adds or costs"
    capped = compute_subscriptions(RUNS).query("strategy != 'peak_shaving' and site_cap_kw_per_vehicle == 'auto'")
    assert (capped["with_kva"] > capped["without_kva"]).mean() > 0.5, "V2G under a cap needs a larger subscription"
    sums = RUNS.groupby(["tariff", "battery"])[["v2g_bill_mad", "v2g_stored_mad", "v2g_kwh"]].sum()
    used = sums[sums["v2g_kwh"] > 0.0]
    spread = RUNS.groupby(["tariff", "battery"])["v2g_spread_mad_kwh"].max()
    saving = (used["v2g_bill_mad"] + used["v2g_stored_mad"]) / used["v2g_kwh"]
    assert (saving < spread.reindex(used.index)).all(), "the saving stays below the price spread"
    parts = RUNS.groupby(["tariff", "battery"])[["v2g_calendar_mad", "v2g_cyclic_mad"]].sum().reindex(used.index)
    assert (parts["v2g_calendar_mad"] < 0.0).all(), "an emptier pack ages less with time"
    assert (parts["v2g_cyclic_mad"] > 0.0).all()
