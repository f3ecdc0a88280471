"""Tests of the command ``optimum``."""

from __future__ import annotations

import csv
import json

import pytest

from ev2gym_dashboard.cli.main import main
from ev2gym_dashboard.core.optimum.objective import OBJECTIVE_PRICES

SMALL = ["optimum", "--fleet-size", "12", "--days", "0.5", "--timestep-min", "60"]


def test_figures_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--peak-mad-kw", "3", "--unserved-mad-kwh", "7", "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert figures["status"] in {"optimal", "no_progress"}
    assert figures["bound_mad"] <= figures["objective_mad"]
    assert (figures["peak_mad_kw"], figures["unserved_mad_kwh"]) == (3.0, 7.0)
    assert len(figures["shadow_price_mad_kwh"]) == 12


def test_every_issue_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*SMALL, "--peak-mad-kw", "much", "--co2-mad-t", "-1", "--tolerance", "0", "--time-limit", "soon"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("--peak-mad-kw", "--co2-mad-t", "tolerance", "time_limit_s"))


def test_issues_of_scenario_and_prices_are_told_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["optimum", "--fleet-size", "0", "--calendar-share", "2", "--owed-mad-kwh", "nan"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("--fleet-size", "--calendar-share: must be from 0.0 to 1.0", "--owed-mad-kwh"))


def test_every_price_has_an_option_with_its_bounds_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["optimum", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, price in OBJECTIVE_PRICES.items():
        assert f"--{name.replace('_', '-')}" in shown
        assert f"{price.low:g} to {price.high:g}" in shown
        assert price.unit in shown


def test_a_front_has_points_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--front", "peak", "--points", "3", "--workers", "1", "--json"])
    front = json.loads(capsys.readouterr().out)
    assert front["goal"] == "peak"
    assert 2 <= len(front["points"]) <= 3
    costs_mad = [point["bill_mad"] + point["weight"] * point["peak_kw"] for point in front["points"]]
    assert all(point["bound_mad"] <= cost for point, cost in zip(front["points"], costs_mad, strict=True))
    assert all(rule["above_front_mad"] >= -1e-6 for rule in front["rules"])


def test_a_front_is_a_table_of_points_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--front", "wear", "--points", "2", "--workers", "1"])
    printed = capsys.readouterr()
    rows = list(csv.DictReader(printed.out.splitlines()))
    assert [row["variant"] for row in rows[:2]] == ["optimum", "optimum"]
    assert {"weight", "bill_mad", "wear_mad", "above_front_mad"} <= set(rows[0])
    assert "supported points" in printed.err


def test_issues_of_a_front_are_told_with_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*SMALL, "--front", "peek", "--points", "1", "--workers", "x", "--tolerance", "2", "--fleet-size", "0"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("--front", "peak", "--points", "--workers", "tolerance", "--fleet-size"))


def test_the_swept_price_and_options_without_a_front_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, name in ((["--front", "co2", "--co2-mad-t", "5"], "--co2-mad-t"), (["--points", "5"], "--points")):
        with pytest.raises(SystemExit):
            main([*SMALL, *arguments])
        assert f"{name}: " in capsys.readouterr().err
