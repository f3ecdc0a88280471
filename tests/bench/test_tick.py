"""Benchmark of a tick: it runs, and measures the response of a browser; no time is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import tick
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.stored_scenario import MAX_LIVE_FLEET
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app


def test_a_row_per_fleet_and_speed_is_printed_and_written_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "made" / "tick.json"
    tick.main(["--vehicles", "50", "60", "--steps", "1", "2", "--ticks", "3", "--json", str(record)])
    header, *lines = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    parts = json.loads(record.read_text(encoding="utf-8"))
    rows, simulations = parts["ticks"], parts["simulation_ticks"]
    assert [(row["vehicles"], row["ticks"]) for row in simulations] == [(50, 3), (60, 3)]
    assert all(0.0 < row["p50_ms"] <= row["p95_ms"] for row in simulations)
    assert header.split() == list(rows[0])
    assert [(row["vehicles"], row["steps_per_tick"]) for row in rows] == [(50, 1), (50, 2), (60, 1), (60, 2)]
    assert [line.split() for line in lines] == [[str(value) for value in row.values()] for row in rows]


def test_the_measured_response_is_compressed_and_smaller_than_the_plain_one() -> None:
    row = tick.measure_ticks(50, steps=1, ticks=2)
    assert row.encoding in tick.CHROMIUM_ENCODINGS.split(", ")
    assert 0 < row.sent_kb < row.plain_kb


def test_each_tick_continues_from_the_last_one() -> None:
    client = tick.TickClient(create_app().server.test_client(), Scenario(fleet_size=10))
    replies = [client.tick(3)[2].get_json()["response"][ids.REPLY]["data"] for _ in range(3)]
    assert [reply["step"] for reply in replies] == [3, 6, 9]


def test_a_fleet_refused_by_the_page_stops_the_benchmark() -> None:
    with pytest.raises(ValueError, match="refused"):
        tick.measure_ticks(MAX_LIVE_FLEET + 1, steps=1, ticks=1)
