"""Profiles: each way to give a series in Python is the same series, or one sentence."""

from __future__ import annotations

import json
import pickle
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.profile import NO_PROFILE, Profile, make_profile, parse_profile_value, serialize_profile
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.scenarios.serialization import encode_scenario
from ev2gym_dashboard.service.scenarios.validation import check_scenario

GAP = pd.DatetimeIndex([f"2026-12-14T0{hour}:00" for hour in (0, 1, 3)])
HOURS = [float(hour) for hour in range(24)]
TYPICAL = make_profile(np.arange(24.0), step_min=60)
WEEK = make_profile(np.arange(168.0), step_min=60, start=datetime(2026, 12, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    "value",
    [
        HOURS,
        tuple(HOURS),
        [HOURS],
        (tuple(HOURS),),
        [list(range(24))],
        np.arange(24.0),
        np.arange(24),
        np.arange(24, dtype=np.float32),
        np.arange(24, dtype=np.uint8).reshape(1, 24),
        [np.float32(hour) for hour in HOURS],
        [np.int64(hour) for hour in HOURS],
        pd.Series(HOURS),
        pd.Series(HOURS, index=range(5, 29)),
        pd.DataFrame([HOURS]).to_numpy(),
        TYPICAL,
    ],
)
def test_a_day_is_the_same_series_however_python_holds_it(value: Any) -> None:
    profile = parse_profile_value(value)
    assert (profile, hash(profile)) == (TYPICAL, hash(TYPICAL))


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2026-12-14", periods=168, freq="h"),
        pd.date_range("2026-12-14", periods=168, freq="h", tz="UTC"),
        pd.date_range("2026-12-14T01:00", periods=168, freq="h", tz="Europe/Paris"),
        pd.date_range("2026-12-14", periods=168, freq="h").to_pydatetime(),
        pd.date_range("2026-12-14", periods=168, freq="h").to_numpy(),
    ],
)
def test_a_series_with_a_time_index_is_dated_in_utc(index: Any) -> None:
    assert parse_profile_value(pd.Series(np.arange(168), index=index)) == WEEK
    assert parse_profile_value(pd.DataFrame({"kW": np.arange(168)}, index=index)) == WEEK


def test_every_kind_of_array_gives_the_same_run() -> None:
    loads: dict[str, Any] = {
        "float64": np.full((1, 24), 30.0),
        "float32": np.full((1, 24), 30.0, np.float32),
        "int64": np.full((1, 24), 30),
        "list": [30.0] * 24,
        "series": pd.Series([30.0] * 24),
        "dated": pd.Series([30.0] * 72, index=pd.date_range("2026-12-15", periods=72, freq="h")),
    }
    results = [simulate(Scenario(fleet_size=20, days=0.1, base_load_profile=load)).kpis for load in loads.values()]
    assert all(kpis == results[0] for kpis in results)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (30.0, "must be a list of days"),
        ("load.csv", "must be a list of days"),
        (None, "must be a list of days"),
        ([1.0] * 7, "days of equal steps"),
        ([1.0] * 168, "days of equal steps"),
        ([HOURS, []], "days of equal steps"),
        (["1", "2"], "must be numbers"),
        ([[1.0, "2"]], "must be numbers"),
        ([[1.0, None]], "must be numbers"),
        (np.zeros((2, 2, 2)), "must be numbers"),
        (pd.Series(HOURS, index=pd.date_range("2026-12-14", periods=24, freq="7min")), "divide a day"),
        (
            pd.Series(HOURS, index=[*GAP[:1]] * 23 + [pd.NaT]),
            "a time for every value",
        ),
        (
            pd.Series([1.0, 2.0, 3.0], index=GAP),
            "2026-12-14T03:00 follows 2026-12-14T01:00",
        ),
        ({"start": "2026-12-14", "values": [1.0]}, "must have exactly start, step_min, values"),
        ({"start": "soon", "step_min": 60, "values": [1.0]}, "date and time in UTC"),
        ({"start": "2026-12-14", "step_min": 7, "values": [1.0]}, "divide a day"),
        ({"start": "2026-12-14", "step_min": True, "values": {}}, "must"),
    ],
)
def test_what_is_no_series_is_one_sentence(value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as error:
        parse_profile_value(value)
    assert len(error.value.issues) == 1
    assert [issue.field for issue in check_scenario(Scenario(base_load_profile=value))] == ["base_load_profile"]


@pytest.mark.parametrize("profile", [TYPICAL, WEEK, NO_PROFILE])
def test_a_profile_survives_its_stored_form_and_a_process(profile: Profile) -> None:
    assert parse_profile_value(json.loads(json.dumps(serialize_profile(profile)))) == profile
    assert pickle.loads(pickle.dumps(profile)) == profile


def test_a_profile_of_a_year_is_short_in_print() -> None:
    year = Scenario(price_profile=pd.Series(1.0, index=pd.date_range("2026", periods=35_040, freq="15min")))
    assert len(repr(year)) < 3000
    assert "from 2026-01-01T00:00Z, 35040 steps of 15 min, 1 to 1" in repr(year)


def test_days_of_different_steps_have_the_finer_ones() -> None:
    profile = parse_profile_value([[1.0, 3.0], [2.0]])
    assert (profile.step_min, profile.days.ravel().tolist()) == (720, [1.0, 3.0, 2.0, 2.0])


def test_values_cannot_be_changed() -> None:
    assert not TYPICAL.days.flags.writeable


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("fleet_size", np.int64(20), 20),
        ("fleet_size", 20.0, 20),
        ("fleet_size", np.float32(20), 20),
        ("fleet_size", np.array(20), 20),
        ("seed", 1e3, 1000),
        ("days", np.float64(0.5), 0.5),
        ("days", np.int32(2), 2),
        ("v2g", np.bool_(False), False),
        ("strategy", np.str_("price"), "price"),
        ("start", pd.Timestamp("2026-12-15T16:00"), "2026-12-15T16:00:00"),
        ("start", pd.Timestamp("2026-12-15T17:00", tz="Europe/Paris"), "2026-12-15T17:00:00+01:00"),
        ("start", datetime(2026, 12, 15, 16, tzinfo=UTC), "2026-12-15T16:00:00+00:00"),
        ("start", date(2026, 12, 15), "2026-12-15"),
        ("start", np.datetime64("2026-12-15T16:00"), "2026-12-15T16:00"),
        ("params", {"price.v2g_min_soc": np.float32(0.5)}, (("price.v2g_min_soc", 0.5),)),
    ],
)
def test_numbers_and_times_of_numpy_and_pandas_are_taken_for_what_they_are(field: str, value: Any, stored: Any) -> None:
    scenario = Scenario(**{field: value})
    assert (getattr(scenario, field), type(getattr(scenario, field))) == (stored, type(stored))
    assert check_scenario(scenario) == []
    assert encode_scenario(scenario)
    assert hash(scenario) == hash(Scenario(**{field: stored}))


STRANGE = [
    None,
    object(),
    [1],
    float("nan"),
    pd.NaT,
    np.datetime64("NaT"),
    np.array([1, 2]),
    {"a": 1},
    b"x",
    1j,
    1 << 99,
]


@pytest.mark.parametrize("field", [field.name for field in fields(Scenario) if not field.name.endswith("_profile")])
def test_a_value_of_a_strange_type_is_a_sentence_and_no_traceback(field: str) -> None:
    # None is a way to say that there are no sessions.
    for value in [*STRANGE[field == "sessions" :], pd.Series([1, 2]), pd.DataFrame({"a": [1]}), 20.5j]:
        values: dict[str, Any] = {field: value}
        issues = check_scenario(Scenario(**values))
        assert issues, (field, value)
        assert all(str(issue) for issue in issues)


def test_a_local_day_that_spans_two_days_of_utc_is_one_day_long() -> None:
    local = make_profile(np.arange(24.0), step_min=60, start=datetime(2025, 6, 30, 23, tzinfo=UTC))
    assert (local.n_days, local.length_days, WEEK.length_days) == (2, 1.0, 7.0)
