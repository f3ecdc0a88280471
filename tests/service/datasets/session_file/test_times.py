"""Times of a session table: offsets of databases, of summer and winter, and of some rows alone."""

from __future__ import annotations

import pytest

from ev2gym_dashboard import read_sessions
from ev2gym_dashboard.core.charging_sessions import format_time


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        (("2026-07-15 08:00:00+02", "2026-12-15 08:00:00+01"), ("2026-07-15T06:00", "2026-12-15T07:00")),
        (("15/07/2026 08:00+02:00", "15/12/2026 08:00"), ("2026-07-15T06:00", "2026-12-15T08:00")),
        (("2026-07-15 08:00:00 UTC", "2026-12-15T08:00-0500"), ("2026-07-15T08:00", "2026-12-15T13:00")),
        (("12/25/2026 8:00 AM", "12/26/2026 5:00 PM"), ("2026-12-25T08:00", "2026-12-26T17:00")),
    ],
    ids=["PostgreSQL", "local dates", "BigQuery", "American"],
)
def test_offsets_of_summer_and_winter_are_read(arrivals: tuple[str, str], expected: tuple[str, str]) -> None:
    table = read_sessions([{"arrival": arrival, "stay_h": 3, "energy_kwh": 5} for arrival in arrivals])
    assert tuple(map(format_time, table.arrival_s)) == expected
