"""Scenario files: they read back equal, and every issue has its line and field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.schema import Choice, Declaration, Quantity, ValidationError, list_declared
from ev2gym_dashboard.service.datasets.paths import find_data_folder
from ev2gym_dashboard.service.scenarios.toml_file import format_scenario_toml, parse_scenario_toml, read_scenario

SPEC = """{"Dacia Spring": {"number_of_registrations": 3, "battery_capacity": 26.8, "max_ac_charge_power": 7.4,
 "max_dc_charge_power": 30, "max_ac_discharge_power": 3, "max_dc_discharge_power": 0}}"""
DAY = "time;kW\n" + "".join(f"{hour:02}:00;{hour * 10}\n" for hour in range(24))


def list_issues(text: str, folder: Path = Path()) -> list[str]:
    with pytest.raises(ValidationError) as error:
        parse_scenario_toml(text, folder=folder)
    return [str(issue) for issue in error.value.issues]


def generate_values(declaration: Declaration) -> st.SearchStrategy[object]:
    if isinstance(declaration, Quantity):
        if declaration.integer:
            return st.integers(int(declaration.low), int(declaration.high))
        numbers = st.floats(declaration.low, declaration.high, allow_subnormal=False)
        return numbers | st.sampled_from(declaration.words) if declaration.words else numbers
    if isinstance(declaration, Choice) and declaration.options:
        return st.sampled_from(declaration.options)
    return st.just(declaration.default)


FREE_FIELDS = {
    name: generate_values(declaration)
    for name, declaration in list_declared(Scenario).items()
    if not name.endswith("_share")
}

DIVISORS = {"timestep_min": st.sampled_from([1, 15, 60]), "metering_interval_min": st.sampled_from([10, 15])}
"""Fields that have to divide a day or an hour."""


@given(st.fixed_dictionaries({}, optional=FREE_FIELDS | DIVISORS))
def test_a_written_scenario_reads_back_equal(values: dict[str, Any]) -> None:
    assume(values.get("reserve_soc", 0.2) <= values.get("target_soc", 0.9))
    scenario = replace(Scenario(params=(("price.v2g_min_soc", 0.7),)), **values)
    assert parse_scenario_toml(format_scenario_toml(scenario), folder=Path()) == scenario


def test_a_users_own_series_and_catalog_read_back_equal() -> None:
    day = tuple(float(hour) / 7.0 for hour in range(24))
    scenario = Scenario(base_load_profile=(day, day), price_profile=(day,), catalog_spec=SPEC)
    assert parse_scenario_toml(format_scenario_toml(scenario), folder=Path()) == scenario


def test_parameters_have_their_full_name_or_a_table_per_strategy() -> None:
    by_name = parse_scenario_toml('[params]\n"price.v2g_min_soc" = 0.7', folder=Path())
    by_table = parse_scenario_toml("[params.price]\nv2g_min_soc = 0.7", folder=Path())
    assert by_name == by_table == Scenario(params=(("price.v2g_min_soc", 0.7),))


def test_a_start_is_a_text_or_a_time_of_toml() -> None:
    as_time = parse_scenario_toml("start = 2026-12-15T18:00:00Z", folder=Path())
    assert as_time.start_time == parse_scenario_toml('start = "2026-12-15T18:00"', folder=Path()).start_time


def test_named_files_are_relative_to_the_scenario_file(tmp_path: Path) -> None:
    (tmp_path / "load.csv").write_text(DAY, encoding="utf-8")
    (tmp_path / "specs.json").write_text(SPEC, encoding="utf-8")
    file = tmp_path / "scenario.toml"
    file.write_text('fleet_size = 20\ndays = 0.5\nload_csv = "load.csv"\ncatalog_file = "specs.json"', encoding="utf-8")
    result = simulate(read_scenario(file))
    assert result.models["model"].tolist() == ["Dacia Spring"]
    assert result.series["base_load_kw"].iloc[0] == 160.0


def test_a_users_spec_file_gives_the_result_of_the_same_packaged_catalog() -> None:
    spec = (find_data_folder() / "ev_specs.json").read_text(encoding="utf-8")
    packaged, user = (Scenario(fleet_size=50, days=0.5, catalog=key) for key in ("2023", "2024"))
    assert simulate(replace(user, catalog_spec=spec)).kpis == simulate(packaged).kpis


def test_every_issue_has_its_line_and_field(tmp_path: Path) -> None:
    (tmp_path / "load.csv").write_text(DAY.replace("05:00;50", "05:00;many"), encoding="utf-8")
    (tmp_path / "specs.json").write_text(SPEC.replace("26.8", "-1"), encoding="utf-8")
    text = """fleet_size = 0
colour = "red"
load_csv = "load.csv"
catalog_file = "specs.json"
price_csv = "none.csv"
strategy = "magic"
[params.price]
v2g_min_soc = 7.0
"""
    assert list_issues(text, tmp_path) == [
        "line 4: catalog_file: Dacia Spring.battery_capacity: must be from 0.5 to 2000, not -1",
        "line 3: load_csv: row 7: must be a number, not many",
        f"line 5: price_csv: file: {tmp_path / 'none.csv'} cannot be read: No such file or directory",
        list_issues('colour = "red"')[0].replace("line 1", "line 2"),
        "line 1: fleet_size: must be from 1 to 10000000, not 0",
        list_issues('strategy = "magic"')[0].replace("line 1", "line 6"),
        "line 8: price.v2g_min_soc: must be from 0.0 to 1.0, not 7.0",
    ]


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("fleet_size = ", "file: must be TOML: Invalid value (at end of document)"),
        ("days = 1\nseed == 2", "file: must be TOML: Invalid value (at line 2, column 7)"),
        ("params = 3", "line 1: params: must map names to numbers"),
        ("load_csv = 3", "line 1: load_csv: must be the path of a file"),
        ('price_csv = "a"\nprice_profile = []', "line 1: price_csv: must not be given together with price_profile"),
        (
            "[params.peak_shaving]\ntarget_share = 0.5",
            "line 2: peak_shaving.target_share: is gone: set site_cap_kw_per_vehicle",
        ),
        (
            '[params]\n"renewable.hold_before_h" = 3',
            "line 2: renewable.hold_before_h: is gone: charging waits for the surplus or the lowest price",
        ),
        ("catalog_spec = 3", "line 1: catalog_spec: must be the text of a spec file"),
        ("start = 17:00:00", "line 1: start: must be a date and time in UTC such as 2026-12-15T16:00, not 17:00:00"),
    ],
)
def test_an_invalid_file_has_an_issue_in_a_sentence(text: str, issue: str) -> None:
    assert list_issues(text) == [issue]


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"none.toml cannot be read: No such file"):
        read_scenario(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValidationError, match="must be text in UTF-8"):
        read_scenario(tmp_path / "bytes.toml")
