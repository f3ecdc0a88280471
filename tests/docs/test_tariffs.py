"""The tariffs in docs/tariffs.md: their bills are those worked out by hand on the page, to the centime."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.site.tariff import Tariff
from ev2gym_dashboard.service.datasets import tariff_calendar, tariff_charges, tariff_file

PAGE = Path(__file__).parents[2] / "docs" / "tariffs.md"
TEXT = PAGE.read_text(encoding="utf-8")
FRENCH = re.search(r"<<'END'\n(.*?)END\n", TEXT, re.DOTALL)
TIERS = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
CENTIME = 0.005


def read_example(match: re.Match[str] | None, more: str = "") -> Tariff:
    assert match
    return tariff_file.parse_tariff((more + match[1]).encode())


def bill(tariff: Tariff, start: str, hours: float, load_kw: float) -> dict[str, float]:
    """Return the KPIs of a site with a constant load, no panels and no EVSE."""
    site: dict[str, Any] = {"fleet_size": 1, "evse_per_vehicle": 0.0, "pv_kwp_per_vehicle": 0.0, "timestep_min": 60}
    load = ((load_kw,) * 24,)
    scenario = Scenario(
        tariff=tariff, start=start, days=hours / 24, base_load_profile=load, limit_kw_per_vehicle=100.0, **site
    )
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    return simulation.kpis


@pytest.mark.parametrize(
    ("start", "hours", "cost_mad"),
    [("2026-12-14T23:00", 24, 518.40), ("2026-12-24T23:00", 24, 414.72), ("2026-10-24T22:00", 25, 432.00)],
)
def test_the_french_bill_is_that_of_hand(start: str, hours: float, cost_mad: float) -> None:
    kpis = bill(read_example(FRENCH), start, hours, 10.0)
    assert kpis["import_cost_mad"] == pytest.approx(cost_mad, abs=CENTIME)
    assert kpis["fixed_mad"] == pytest.approx(5.68 * hours / 24, abs=CENTIME)
    assert f"{cost_mad:.2f}" in TEXT


@pytest.mark.parametrize(("more", "cost_mad"), [("", 430.00), ("progressive_up_to_kwh = 150\n", 540.00)])
def test_the_tiered_bill_is_that_of_hand(more: str, cost_mad: float) -> None:
    kpis = bill(read_example(TIERS, more), "2027-06-01", 720, 0.5)
    assert kpis["cost_mad"] == pytest.approx(cost_mad, abs=CENTIME)
    assert f"{cost_mad:.2f}" in TEXT


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert FRENCH
    (tmp_path / "french.toml").write_text(FRENCH[1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(example, PAGE.name, "exec"), {})
    assert float(capsys.readouterr().out)


def test_every_key_of_a_file_is_in_the_table() -> None:
    keys = {*tariff_file.TARIFF_KEYS, *tariff_file.PERIOD_KEYS, *tariff_charges.DEMAND_KEYS, *tariff_charges.TIER_KEYS}
    keys |= {*tariff_calendar.SEASON_KEYS, *tariff_calendar.GROUPS, "holiday"} - {"hours"}
    # Written by the dashboard alone, beside prices that are converted already.
    missing = {key for key in keys - {"converted_from"} if f"`{key}`" not in TEXT and f"`{key} " not in TEXT}
    assert not missing
