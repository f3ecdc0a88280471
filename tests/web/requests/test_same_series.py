"""The same file gives the same series on the page, by the command line, in a scenario file and in Python."""

from __future__ import annotations

import argparse
import base64
from pathlib import Path

import pytest

from ev2gym_dashboard import Scenario, read_profile
from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario
from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.service.scenarios.toml_file import parse_scenario_toml
from ev2gym_dashboard.web.requests.uploads import parse_uploads

START = "2026-12-16T00:00"
TIMES = [f"{15 + k // 24}/12/2026 {k % 24:02d}:00" for k in range(72)]
FILES = {
    "watts.csv": "\n".join(
        ["Horodate;Puissance appelée (W);Qualité", *(f"{t};1.{100 + k};VAL" for k, t in enumerate(TIMES))]
    ),
    "LOAD.CSV": "\r\n".join(["time;kWh", *(f"{t};{k},5" for k, t in enumerate(TIMES))]),
    "newest.txt": "\n".join(["time\tkW", *(f"{t}\t{k}" for k, t in enumerate(TIMES[::-1]))]),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_file_is_the_same_series_everywhere(name: str, encoding: str, tmp_path: Path) -> None:
    content = FILES[name].encode(encoding)
    (tmp_path / name).write_bytes(content)
    expected = read_profile(tmp_path / name)
    assert expected.n_days == 3
    assert read_by_scenario_file(tmp_path, name) == expected
    assert read_by_command_line(tmp_path, name) == expected
    assert read_by_page(name, content) == expected


def read_by_scenario_file(folder: Path, name: str) -> Profile:
    return parse_scenario_toml(f'start = "{START}"\nload = "{name}"', folder=folder).base_load_profile


def read_by_command_line(folder: Path, name: str) -> Profile:
    parser = argparse.ArgumentParser()
    add_scenario_options(parser)
    scenario = build_scenario(parser.parse_args(["--load", str(folder / name), "--start", START]), None)
    return scenario.base_load_profile


def read_by_page(name: str, content: bytes) -> Profile:
    upload = {"name": name, "contents": f"data:text/csv;base64,{base64.b64encode(content).decode()}"}
    return Scenario(**parse_uploads({"upload": {"base_load_profile": upload}})).base_load_profile


def test_options_are_the_same_by_the_command_line_in_a_scenario_file_and_in_python(tmp_path: Path) -> None:
    rows = ["Ende;A;B", *(f"{time};7;{k}" for k, time in enumerate(TIMES))]
    (tmp_path / "prices.csv").write_text("\n".join(rows), encoding="utf-8")
    options = {"column": "B", "unit": "EUR/MWh", "time_zone": "Europe/Paris", "stamp": "start", "rate": 10.0}
    expected = read_profile(tmp_path / "prices.csv", "MAD/kWh", **options)
    lines = [f"price_{name} = {value!r}" for name, value in options.items()]
    text = "\n".join([f'start = "{START}"', 'price = "prices.csv"', *lines])
    assert parse_scenario_toml(text, folder=tmp_path).price_profile == expected
    parser = argparse.ArgumentParser()
    add_scenario_options(parser)
    words = [f"--price-{name.replace('_', '-')}={value}" for name, value in options.items()]
    arguments = parser.parse_args([f"--price={tmp_path / 'prices.csv'}", "--start", START, *words])
    assert build_scenario(arguments, None).price_profile == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('load = "a.csv"\nload_csv = "a.csv"', "load_csv: must not be given together with load"),
        ('load_column = "A"', "load_column: needs the file that it is about: load"),
        ('load = "a.csv"\nload_stamp = "middle"', "load: stamp: must be one of start, end, not middle"),
        ('load = "none.csv"', "cannot be read"),
        ("price = 3", "price: must be the path of a file"),
    ],
)
def test_a_wrong_use_of_a_file_is_a_sentence(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILES["watts.csv"], encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        parse_scenario_toml(text, folder=tmp_path)
