"""Tests of the command ``sizing``."""

from __future__ import annotations

import csv
import json

import pytest

from ev2gym_dashboard.cli.main import main

SMALL = ["sizing", "solar", "--sizes", "0,10", "--fleet-size", "5", "--days", "0.5", "--timestep-min", "60"]


def test_a_row_per_size_is_printed_and_the_cheapest_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    main(SMALL)
    printed = capsys.readouterr()
    assert [float(row["size"]) for row in csv.DictReader(printed.out.splitlines())] == [0.0, 10.0]
    assert "optimum: cheapest at " in printed.err


def test_the_best_sizes_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--json"])
    curve = json.loads(capsys.readouterr().out)
    assert curve["part"] == "solar"
    assert curve["best"]["optimum"]["size"] in {0.0, 10.0}


def test_every_issue_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sizing", "roof", "--sizes", "a,-1", "--solar-capex-mad-kwp", "x", "--fleet-size", "0"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("PART", "--sizes", "--solar-capex-mad-kwp", "--fleet-size"))
