"""Answers of the REST interface."""

from __future__ import annotations

import pandas as pd

from ev2gym_dashboard.web.rest.answers import make_json, make_table_answer


def test_what_json_cannot_write_is_null() -> None:
    answer = make_json({"gap": float("inf"), "rows": [{"value": float("nan")}, {"value": 1.0}]})
    assert answer.get_json() == {"gap": None, "rows": [{"value": None}, {"value": 1.0}]}


def test_a_table_has_its_index_as_a_column_and_its_times_as_text() -> None:
    times = pd.date_range("2026-12-15", periods=2, freq="15min", tz="UTC", name="time")
    rows = make_table_answer(pd.DataFrame({"value": [1.0, float("nan")]}, index=times), "json").get_json()
    assert rows == [
        {"time": "2026-12-15T00:00:00+00:00", "value": 1.0},
        {"time": "2026-12-15T00:15:00+00:00", "value": None},
    ]
