"""The benchmark page agrees with its record."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bench.ev2gym_reference import EV2GYM_VERSION
from tools.bench_page import BENCH_PAGE, CHART_FILE, RECORD_FILE, draw_chart, list_sections
from tools.page_sections import fill_sections

TEXT = BENCH_PAGE.read_text(encoding="utf-8")
RECORD: dict[str, Any] = json.loads(RECORD_FILE.read_text(encoding="utf-8"))


def test_the_figures_are_those_of_the_run() -> None:
    assert fill_sections(TEXT, list_sections(RECORD)) == TEXT, "update with python -m tools.bench_page"


def test_a_page_without_a_marker_is_refused() -> None:
    with pytest.raises(ValueError, match="weeks"):
        fill_sections(TEXT.replace("<!-- /weeks -->", ""), list_sections(RECORD))


def test_the_chart_shows_every_kernel_at_every_fleet_size_and_ev2gym() -> None:
    traces = {trace.name: dict(zip(trace.x, trace.y, strict=True)) for trace in draw_chart(RECORD).data}
    for row in RECORD["days"]:
        name = row["kernel"] + (f", {row['threads']} threads" if row["threads"] > 1 else "")
        assert traces[name][row["vehicles"]] == row["vehicle_steps_per_s"]
    reference = [row for row in RECORD["same_work"] if not row["kernel"]]
    assert traces[f"EV2Gym {EV2GYM_VERSION}"] == {row["vehicles"]: row["vehicle_steps_per_s"] for row in reference}


def test_the_chart_file_shows_the_traces_and_names_the_machine() -> None:
    chart_text = re.sub(r"<[^>]+>", " ", CHART_FILE.read_text(encoding="utf-8"))
    assert RECORD["machine"]["cpu"] in chart_text
    for trace in draw_chart(RECORD).data:
        assert trace.name in chart_text
