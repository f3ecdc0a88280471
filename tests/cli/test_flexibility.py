"""Tests of the command ``flexibility``."""

from __future__ import annotations

import csv
import json

import pytest

from ev2gym_dashboard.cli.main import main

SMALL = ["flexibility", "--fleet-size", "6", "--timestep-min", "60", "--seeds", "1", "--durations", "1,2"]


def test_a_row_per_hour_direction_and_duration_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(SMALL)
    printed = capsys.readouterr()
    rows = list(csv.DictReader(printed.out.splitlines()))
    assert len(rows) == 24 * 2 * 2
    assert {row["direction"] for row in rows} == {"up", "down"}
    assert "up, 1 h: " in printed.err


def test_the_same_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert (printed["seeds"], printed["confidence"], len(printed["hours"])) == (1, 0.95, 96)


def test_every_issue_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--durations", "x", "--seeds", "0", "--confidence", "3", "--fleet-size", "0"]
    with pytest.raises(SystemExit) as ended:
        main(["flexibility", *words])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in words[::2])
