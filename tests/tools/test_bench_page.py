"""The page on speed says what its run measured."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bench.ev2gym_reference import EV2GYM_VERSION
from tools.bench_page import BENCH_PAGE, CHART_FILE, RECORD_FILE, draw_chart, fill_sections

TEXT = BENCH_PAGE.read_text(encoding="utf-8")
ON_RECORD: dict[str, Any] = json.loads(RECORD_FILE.read_text(encoding="utf-8"))


def test_the_figures_are_those_of_the_run() -> None:
    assert fill_sections(TEXT, ON_RECORD) == TEXT, "python -m tools.bench_page writes them anew"


def test_a_lost_marker_is_found() -> None:
    with pytest.raises(ValueError, match="weeks"):
        fill_sections(TEXT.replace("<!-- /weeks -->", ""), ON_RECORD)


def test_the_chart_shows_every_way_at_every_size_and_ev2gym() -> None:
    traces = {trace.name: dict(zip(trace.x, trace.y, strict=True)) for trace in draw_chart(ON_RECORD).data}
    for row in ON_RECORD["days"]:
        name = row["kernel"] + (f", {row['threads']} threads" if row["threads"] > 1 else "")
        assert traces[name][row["vehicles"]] == row["vehicle_steps_per_s"]
    theirs = [row for row in ON_RECORD["same_work"] if not row["kernel"]]
    assert traces[f"EV2Gym {EV2GYM_VERSION}"] == {row["vehicles"]: row["vehicle_steps_per_s"] for row in theirs}


def test_the_chart_is_drawn_of_the_run_and_names_the_machine() -> None:
    drawn = re.sub(r"<[^>]+>", " ", CHART_FILE.read_text(encoding="utf-8"))
    assert ON_RECORD["machine"]["cpu"] in drawn
    for trace in draw_chart(ON_RECORD).data:
        assert trace.name in drawn
