"""Session files: CSV, Parquet, JSON and ACN-Data, their times, units and vehicles, and every issue at once."""

from __future__ import annotations

import base64
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ev2gym_dashboard import read_sessions
from ev2gym_dashboard.core.charging_sessions import check_sessions, format_time
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.session_file import ParquetBounds, is_session_file, read_session_bytes
from ev2gym_dashboard.service.datasets.session_file.row_issues import MAX_LISTED

HEADER = "vehicle,capacity_kwh,power_kw,arrival,departure,energy_kwh\n"
ROW = "van 1,75,11,2026-12-15T17:00,2026-12-16T06:00,40\n"


def write(tmp_path: Path, content: str | bytes, name: str = "sessions.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def list_issues(source: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        read_sessions(source)  # type: ignore[arg-type]
    return [str(issue) for issue in caught.value.issues]


def test_a_file_a_frame_and_a_list_of_rows_give_the_same_table(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROW)
    frame = pd.read_csv(path)
    parquet = tmp_path / "sessions.parquet"
    frame.to_parquet(parquet)
    rows = frame.to_dict("records")
    sources: tuple[Any, ...] = (path, str(path), frame, rows, parquet)
    tables = [read_sessions(source) for source in sources]
    assert len(set(tables)) == 1
    assert (len(tables[0]), tables[0].n_vehicles, tables[0].vehicle_ids) == (1, 1, ("van 1",))
    assert tables[0].energy_kwh.tolist() == [40.0]


DIALECTS = {
    "french_spreadsheet": """ev;battery (kWh);power (kW);start;end;energy (kWh)
van 1;75;11;15/12/2026 17:00;16/12/2026 06:00;40,0
""",
    "tabs_and_wh": """\ufeffVehicle ID\tCapacity\tPower\tArrival time\tDeparture time\tEnergy (Wh)
van 1\t75\t11\t2026-12-15 17:00:00\t2026-12-16 06:00:00\t40000
""",
    "french_names_and_w": """vehicule,capacite_kwh,puissance (W),arrivée,départ,énergie_kwh
van 1,75,11000,2026-12-15T17:00:00Z,2026-12-16T06:00:00Z,40
""",
    "length_of_stay": """vehicle,capacity_kwh,power_kw,arrival,stay_h,energy_kwh
van 1,75,11,2026-12-15T17:00,13,40
""",
    "offsets": """vehicle,capacity_kwh,power_kw,arrival,departure,energy_kwh,note
van 1,75,11,2026-12-15T18:00+01:00,2026-12-16T07:00+01:00,40,x
""",
    "json": """[{"vehicle": "van 1", "capacity_kwh": 75, "power_kw": 11, "arrival": "2026-12-15T17:00",
"departure": "2026-12-16T06:00", "energy_kwh": 40}]""",
}


@pytest.mark.parametrize("text", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_dialects_give_the_same_table(text: str, encoding: str, tmp_path: Path) -> None:
    expected = read_sessions(write(tmp_path, HEADER + ROW))
    assert read_sessions(write(tmp_path, text.encode(encoding), "other.csv")) == expected


def test_times_without_an_offset_are_those_of_the_time_zone(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROW)
    assert format_time(read_sessions(path, time_zone="Europe/Paris").arrival_s[0]) == "2026-12-15T16:00"
    with pytest.raises(ValidationError, match="must be a time zone"):
        read_sessions(path, time_zone="Mars/Olympus")


@pytest.mark.parametrize("first_has_offset", [True, False])
def test_rows_with_and_without_an_offset_are_read_for_what_they_are(tmp_path: Path, first_has_offset: bool) -> None:
    with_offset = ROW.replace("2026-12-15T17:00", "2026-12-15T19:00+02:00")
    later = ROW.replace("2026-12-15", "2026-12-17").replace("2026-12-16", "2026-12-18")
    rows = [with_offset, later] if first_has_offset else [ROW, later.replace("2026-12-17T17:00", "2026-12-17T17:00Z")]
    arrivals = read_sessions(write(tmp_path, HEADER + "".join(rows))).arrival_s
    assert [format_time(arrival) for arrival in arrivals] == ["2026-12-15T17:00", "2026-12-17T17:00"]


def test_acn_data_is_read(tmp_path: Path) -> None:
    content = {
        "_meta": {"site": "caltech"},
        "_items": [
            {
                "connectionTime": f"Wed, 25 Apr 2018 {hour}:08:04 GMT",
                "disconnectTime": f"Wed, 25 Apr 2018 {hour + 2}:20:10 GMT",
                "kWhDelivered": 7.9,
                "stationID": "0-00-00-000",
                "timezone": "America/Los_Angeles",
                "userID": None,
            }
            for hour in (11, 15)
        ],
    }
    table = read_sessions(write(tmp_path, json.dumps(content), "acn.json"))
    assert (len(table), table.n_vehicles, table.n_evse) == (2, 1, 1)
    assert format_time(table.arrival_s[0]) == "2018-04-25T11:08"
    assert table.energy_kwh.tolist() == [7.9, 7.9]


def test_stays_without_a_vehicle_are_assigned_to_free_vehicles_of_their_kind() -> None:
    stays = [(8, 10, 50), (9, 12, 50), (10, 11, 50), (10, 11, 80), (11, 13, 50), (12, 13, 80)]
    rows = [
        {"arrival": f"2026-12-15T{a:02}:00", "departure": f"2026-12-15T{d:02}:00", "capacity_kwh": c}
        | {"power_kw": 11, "energy_kwh": 5}
        for a, d, c in stays
    ]
    table = read_sessions(rows)
    assert table.n_vehicles == 3
    assert table == read_sessions(rows)
    for vehicle in range(3):
        own = table.vehicle == vehicle
        assert (table.arrival_s[own][1:] >= table.departure_s[own][:-1]).all()
    assert table.evse.tolist() == [-1] * 6


def test_every_issue_comes_at_once_with_its_row(tmp_path: Path) -> None:
    rows = [
        "van 1,75,11,2026-12-15T17:00,2026-12-15T16:00,40",
        "van 2,75,11,yesterday,2026-12-16T06:00,40",
        "van 3,75,11,2026-12-15T17:00,2026-12-16T06:00,much",
        "van 4,75,,2026-12-15T17:00,2026-12-16T06:00,40",
        "van 5,75,11,2026-12-15T17:00,2026-12-16T06:00,400",
        "van 6,75,11,2026-12-15T17:00,2026-12-16T06:00,40",
        "van 6,75,11,2026-12-15T19:00,2026-12-16T07:00,40",
        "van 6,75,22,2026-12-17T19:00,2026-12-18T07:00,40",
        "van 7,75,11,2026-12-15T17:00,2026-12-16T06:00,-1",
    ]
    issues = list_issues(write(tmp_path, HEADER + "\n".join(rows)))
    text = "\n".join(issues)
    for expected in (
        "row 2, departure: must be after the arrival, not 2026-12-15T16:00",
        "row 3, arrival: must be a time such as 2026-12-15T17:30, not yesterday",
        "row 4, energy_kwh: must be a number, not much",
        "row 5, power_kw: is missing: a capacity needs the power of charging too",
        "row 6, energy_kwh: is more than the battery of the vehicle holds",
        "row 8, vehicle: van 6 is still in the stay of row 7, until 2026-12-16T06:00",
        "row 9, vehicle: has another model, capacity or power than in an earlier row",
        "row 10, energy_kwh: must be from 0 to 100000, not -1",
    ):
        assert expected in text


def test_of_many_issues_the_first_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    issues = list_issues(write(tmp_path, HEADER + "van 1,75,11,yesterday,2026-12-16T06:00,40\n" * 500))
    assert len(issues) == MAX_LISTED + 1
    assert issues[-1] == f"file: has more issues in its rows: {500 - MAX_LISTED}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "must be a table with a line of column names"),
        (
            "vehicle,arrival\n1,2026-12-15T17:00\n",
            "departure: is missing; the columns of the file are vehicle",
        ),
        (HEADER, "must have at least one session"),
        ("{", "must be JSON"),
        ('{"type": "FeatureCollection"}', "must hold a list of sessions"),
        (b"PAR1" + b"x" * 20, "must be a Parquet file"),
        ("arrival,start,departure,soc\n", "has two columns, arrival and start"),
    ],
)
def test_a_fault_of_the_whole_file_is_one_sentence(content: str | bytes, expected: str, tmp_path: Path) -> None:
    assert expected in "\n".join(list_issues(write(tmp_path, content)))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in list_issues(tmp_path / "none.csv")[0]


def test_soc_may_be_in_per_cent() -> None:
    row = {"arrival": "2026-12-15T08:00", "departure": "2026-12-15T12:00", "model": "Kia Niro"}
    assert read_sessions([{**row, "soc": 35}]).soc.tolist() == [0.35]
    assert read_sessions([{**row, "soc": 0.35}]).soc.tolist() == [0.35]
    assert read_sessions([{**row, "soc (%)": 1.0}]).soc.tolist() == [0.01]
    assert "must be from 0 to 1" in list_issues([{**row, "soc": 140}])[0]


def test_a_big_file_has_no_loop_over_its_rows(tmp_path: Path) -> None:
    n = 20_000
    start = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(n) * 60, unit="s")
    frame = pd.DataFrame({"arrival": start, "departure": start + pd.Timedelta(hours=2), "energy_kwh": 10.0})
    frame.to_csv(tmp_path / "big.csv", index=False)
    table = read_sessions(tmp_path / "big.csv")
    assert (len(table), table.n_vehicles) == (n, 120)


def test_a_session_file_is_told_from_a_series(tmp_path: Path) -> None:
    assert is_session_file(write(tmp_path, HEADER + ROW))
    assert is_session_file(write(tmp_path, '{"_items": [{"connectionTime": "x"}]}', "acn.json"))
    assert not is_session_file(write(tmp_path, "time,kW\n00:00,3\n", "load.csv"))
    assert not is_session_file(write(tmp_path, "start;end;value (kWh)\n00:00;00:15;3\n", "meter.csv"))
    assert not is_session_file(tmp_path / "none.csv")


def write_parquet(**columns: list[Any]) -> bytes:
    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream, compression="zstd")
    return stream.getvalue()


@pytest.mark.parametrize(
    "columns",
    [{"arrival": ["2026-12-15T08:00"] * 2_000_000}, {"arrival": ["x" * 50_000] * 10_000}],
    ids=["rows", "long texts"],
)
def test_a_short_parquet_file_that_holds_much_is_refused(
    columns: dict[str, list[str]],
) -> None:
    content = write_parquet(**columns)
    assert len(content) < 100_000
    with pytest.raises(ValidationError, match="file: must hold at most 20000 rows and 20000000 bytes"):
        read_session_bytes(content, max_parquet=ParquetBounds(20_000, 20_000_000))


def encode_varint(number: int, n_bytes: int) -> bytes:
    """Return a positive number as Parquet's metadata writes it, padded to a length."""
    zigzag = 2 * number
    parts = [(zigzag >> 7 * k) & 0x7F for k in range(n_bytes)]
    return bytes([part | 0x80 for part in parts[:-1]] + parts[-1:])


def test_a_parquet_file_is_bounded_whatever_its_metadata_says() -> None:
    content = write_parquet(**{f"c{k}": [0.0] * 1_000_000 for k in range(8)})
    size = pq.read_metadata(io.BytesIO(content)).row_group(0).total_byte_size
    n_bytes = next(n for n in range(1, 10) if 2 * size < 128**n)
    footer = content[-4000:].replace(encode_varint(size, n_bytes), encode_varint(1, n_bytes))
    lying = content[:-4000] + footer
    assert pq.read_metadata(io.BytesIO(lying)).row_group(0).total_byte_size == 1
    with pytest.raises(ValidationError, match="file: must hold at most 2000000 rows and 1000000 bytes"):
        read_session_bytes(lying, max_parquet=ParquetBounds(2_000_000, 1_000_000))


@pytest.mark.parametrize("values", [[[0.0] * 1_000_000] * 3, [{"a": 1}] * 3])
def test_columns_of_lists_are_not_read(values: list[Any]) -> None:
    day = pd.Timestamp("2026-12-15")
    rows: dict[str, list[Any]] = {
        "arrival": [day] * 3,
        "departure": [day + pd.Timedelta(hours=2)] * 3,
        "energy_kwh": [5.0] * 3,
    }
    content = write_parquet(**rows, extra=values)
    assert len(read_session_bytes(content, max_parquet=ParquetBounds(10, 1_000_000))) == 3


def test_a_short_text_that_unpacks_to_much_is_refused() -> None:
    bomb = base64.b85encode(zlib.compress(bytes(100_000_000))).decode()
    assert len(bomb) < 200_000
    assert [issue.field for issue in check_sessions(bomb)] == ["sessions"]
