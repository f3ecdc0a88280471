"""Suggestions of the command line for mistyped commands, options, keys and parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from ev2gym_dashboard.cli.main import main

MISTYPED = {
    "did you mean simulate?": ["simulat"],
    "did you mean --fleet-size?": ["simulate", "--fleet-sise", "5"],
    "did you mean --scheduler?": ["sweep", "a.toml", "--out", "b", "--schedular", "c"],
    "did you mean renewable?": ["simulate", "--strategy", "renewables"],
    "did you mean mt_general?": ["simulate", "--tariff", "mt_generale"],
    "did you mean price.v2g_min_soc?": ["simulate", "--param", "price.v2g_min=0.5"],
}


@pytest.mark.parametrize("suggestion", MISTYPED)
def test_a_mistyped_name_costs_a_usage_error_with_a_suggestion(
    suggestion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(MISTYPED[suggestion])
    assert end.value.code == 2
    assert suggestion in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[base]\nfleet_sise = 3\n", "[grid]\nfleet_sise = [3, 4]\n"])
def test_a_mistyped_name_in_a_sweep_file_is_told(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sweep.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["sweep", str(tmp_path / "sweep.toml"), "--out", str(tmp_path / "out")])
    assert "did you mean fleet_size?" in capsys.readouterr().err


def test_a_mistyped_name_in_a_scenario_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scenario.toml").write_text("fleet_sise = 3\n[params]\nprice.v2g_min = 0.5\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["simulate", str(tmp_path / "scenario.toml")])
    told = capsys.readouterr().err
    assert "did you mean fleet_size?" in told
    assert "did you mean price.v2g_min_soc?" in told
