"""Quantiles of a file of sessions beside those that are drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import read_sessions
from ev2gym_dashboard.cli import main
from ev2gym_dashboard.service.scenarios.session_quantiles import QUANTILES, compute_session_quantiles

STAYS_H = np.arange(1, 11)


def make_acn_session(stay_h: int) -> dict[str, Any]:
    """Return a session in the form of ACN-Data, of 2 kWh an hour."""
    return {
        "connectionTime": f"Tue, {stay_h:02d} Dec 2026 08:00:00 GMT",
        "disconnectTime": f"Tue, {stay_h:02d} Dec 2026 {8 + stay_h:02d}:00:00 GMT",
        "kWhDelivered": 2.0 * stay_h,
        "stationID": f"station {stay_h}",
        "userID": None,
    }


@pytest.fixture
def acn_file(tmp_path: Path) -> Path:
    path = tmp_path / "acndata_sessions.json"
    content = {"_meta": {"site": "made up"}, "_items": [make_acn_session(int(stay_h)) for stay_h in STAYS_H]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_stays_and_energies_of_acn_data_are_set_beside_the_drawn_ones(acn_file: Path) -> None:
    stay, energy = compute_session_quantiles(read_sessions(acn_file))
    assert (stay.quantity, stay.unit, stay.n) == ("stay", "h", 10)
    assert stay.given == pytest.approx(np.quantile(STAYS_H, QUANTILES))
    assert energy.given == pytest.approx(2.0 * np.quantile(STAYS_H, QUANTILES))
    # Those of Schram et al. (2020) at home.
    assert stay.drawn["home"] == pytest.approx([1.0, 4.2, 11.0, 14.6, 29.3], rel=0.01)
    assert stay.drawn.keys() == energy.drawn.keys() == {"home", "public", "work"}


def test_a_file_without_energy_has_the_quantiles_of_its_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "stays.csv"
    path.write_text("arrival,departure,soc\n2026-12-15T17:00,2026-12-16T06:00,0.5\n", encoding="utf-8")
    (stay,) = compute_session_quantiles(read_sessions(path))
    assert stay.given == pytest.approx([13.0] * 5)


def test_the_command_of_the_page_prints_the_quantiles(acn_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[3] / "docs" / "validation.md"
    assert f"`ev2gym-dashboard validate {acn_file.name}`" in page.read_text(encoding="utf-8")
    main(["validate", str(acn_file)])
    out = capsys.readouterr().out
    assert "Stay [h] of 5 / 25 / 50 / 75 / 95 % of the 10 sessions at most: 1.4 / 3.2 / 5.5 / 7.8 / 9.5 (drawn: " in out
    assert "Energy [kWh] of 5 / 25 / 50 / 75 / 95 % of the 10 sessions at most: 2.9 / 6.5 / 11.0 / 15.5 / 19.1" in out
