"""Cells of a session table: what is no number, text or time is an issue of its row, and fails nothing inside."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from ev2gym_dashboard import read_sessions
from ev2gym_dashboard.core.schema import ValidationError

ODD_CELLS: dict[str, tuple[object, str]] = {
    "list": ([1], "a list"),
    "table": ({"a": 1}, "an object"),
    "half a character": ("\ud800", "?"),
    "bytes": (b"x", "an object"),
    "integer": (10**5_000, "a very large number"),
}


@pytest.mark.parametrize(("cell", "word"), ODD_CELLS.values(), ids=ODD_CELLS)
@pytest.mark.parametrize("is_frame", [False, True], ids=["rows", "frame"])
def test_a_cell_that_is_no_number_text_or_time_is_an_issue(is_frame: bool, cell: object, word: str) -> None:
    kinds = {"vehicle": "a text", "energy_kwh": "a number"}
    kinds |= dict.fromkeys(("arrival", "departure"), "a time such as 2026-12-15T17:30")
    row = {"vehicle": None, "energy_kwh": 5, "arrival": "2026-12-15T08:00", "departure": "2026-12-15T17:00"}
    rows = [row | {name: cell} for name in kinds]
    expected = [f"row {k}, {name}: must be {kind}, not {word}" for k, (name, kind) in enumerate(kinds.items(), start=1)]
    with pytest.raises(ValidationError) as caught:
        read_sessions(pd.DataFrame(rows, dtype=object) if is_frame else rows)
    assert [text for text in map(str, caught.value.issues) if word in text] == expected


def test_names_of_vehicles_may_be_numbers_of_any_size() -> None:
    row = {"arrival": "2026-12-15T08:00", "departure": "2026-12-15T17:00", "energy_kwh": 5}
    assert read_sessions([row | {"vehicle": 3.0}, row | {"vehicle": 1e300}]).vehicle_ids == ("3.0", "1e+300")
    assert read_sessions([row | {"vehicle": 3.0}, row]).vehicle_ids[0] == "3"


@pytest.mark.parametrize("name", ["arrival", ("arrival",)])
def test_columns_of_a_frame_may_be_named_by_tuples(name: Any) -> None:
    frame = pd.DataFrame({name: ["2026-12-15T08:00"], "stay_h": [3.0], "energy_kwh": [5.0]})
    assert len(read_sessions(frame)) == 1
