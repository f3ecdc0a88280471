"""Tables of session files: damaged bytes and too many cells are an issue of the file, whichever column it is."""

from __future__ import annotations

import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.session_file import read_session_bytes

ARRIVAL = pd.Timestamp("2026-12-15T08:00")


def write_parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="none", use_dictionary=False)
    return stream.getvalue()


def make_table(**columns: pa.Array) -> pa.Table:
    stay = {"arrival": [ARRIVAL], "departure": [ARRIVAL + pd.Timedelta(hours=9)], "energy_kwh": [5.0]}
    return pa.table({name: pa.array(values) for name, values in stay.items()} | columns)


def test_what_pandas_notes_of_itself_is_not_needed() -> None:
    table = make_table(vehicle=pa.array(["a"])).replace_schema_metadata({"pandas": "{damaged"})
    assert read_session_bytes(write_parquet(table)).vehicle_ids == ("a",)


@pytest.mark.parametrize("name", ["vehicle", "arrival", "energy_kwh"])
def test_a_text_that_is_no_utf_8_is_an_issue_of_the_file(name: str) -> None:
    content = write_parquet(make_table(**{name: pa.array(["xyzzy"])})).replace(b"xyzzy", b"x\xff\xfezy")
    with pytest.raises(ValidationError, match=r"file: must be a Parquet file: .*Invalid UTF8"):
        read_session_bytes(content)


@pytest.mark.parametrize("name", ["vehicle", "arrival"])
@pytest.mark.parametrize("second", [10**13, -(10**13)])
def test_a_time_that_python_cannot_write_is_an_issue_of_the_file(name: str, second: int) -> None:
    zone = pa.timestamp("ms", "Europe/Paris")
    content = write_parquet(make_table(**{name: pa.array([second * 1_000], zone)}))
    with pytest.raises(ValidationError, match="file: must be a Parquet file: a time is not within the years 1 to 9999"):
        read_session_bytes(content)


HEADER = "arrival,departure,energy_kwh"
STAY = "2026-12-15T08:00,2026-12-15T17:00,5"
KEYS = {f"k{k}": 1 for k in range(400)}
WIDE = {
    "a line of commas": f"{HEADER}\n{',' * 1_000_000}",
    "a header of many names": f"{HEADER}{',a' * 600}\n{STAY}",
    "many short rows below a wide one": f"{HEADER}{',a' * 400}\n" + "1\n" * 200_000,
    "rows of different keys": json.dumps([{f"k{k}": 1} for k in range(600)]),
    "many empty rows beside a wide one": "[" + json.dumps(KEYS) + ",{}" * 200_000 + "]",
}


@pytest.mark.parametrize("text", WIDE.values(), ids=WIDE)
def test_a_short_file_of_many_cells_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read_session_bytes(text.encode())
    assert [str(issue) for issue in caught.value.issues] == [
        "file: must have at most 500 columns, and 50000000 cells in all"
    ]


def test_a_parquet_file_of_many_columns_is_refused() -> None:
    columns = {f"c{k}": pa.nulls(1) for k in range(600)}
    with pytest.raises(ValidationError, match="file: must have at most 500 columns"):
        read_session_bytes(write_parquet(make_table(**columns)))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(end: str) -> None:
    assert len(read_session_bytes(end.join([HEADER, STAY, ""]).encode())) == 1
