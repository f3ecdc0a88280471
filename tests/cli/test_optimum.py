"""Tests of the command ``optimum``."""

from __future__ import annotations

import json

import pytest

from ev2gym_dashboard.cli.main import main

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
    assert all(name in told for name in ("peak_mad_kw", "co2_mad_t", "tolerance", "time_limit_s"))
