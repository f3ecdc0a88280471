"""How many bidirectional EVSEs: the optimum, its interval over seeds, and the command."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import EvseOptimum, Scenario, find_evse_optimum
from ev2gym_dashboard.cli.main import main
from ev2gym_dashboard.core.schema import ValidationError

SITE = Scenario(
    fleet_size=12, strategy="price", start="2026-12-15T00:00", pack_price_mad_kwh=0.0, pv_kwp_per_vehicle=0.0, days=1.0
)
"""Of an evening tariff, with packs that wear for free: V2G is worth what its EVSEs cost, or not."""


@pytest.mark.parametrize(("capex_mad_kw", "expected"), [(0.0, "many"), (20_000.0, "none")])
def test_the_optimum_follows_the_price(capex_mad_kw: float, expected: str) -> None:
    optimum = find_evse_optimum(replace(SITE, bidirectional_capex_mad_kw=capex_mad_kw), seeds=2, points=2)
    assert optimum.counts[0] == 0
    assert optimum.counts[-1] == optimum.total == 6
    # Without a bidirectional EVSE there is nothing to gain and nothing to pay.
    assert optimum.npv_mad[0].tolist() == [0.0, 0.0]
    assert optimum.best == {"many": 6, "none": 0}[expected]


def test_the_interval_holds_the_numbers_that_are_not_worse_at_95_percent() -> None:
    npv_mad = np.array([[0.0, 0.0, 0.0], [9.0, 11.0, 10.0], [12.0, 9.0, 10.0], [1.0, 2.0, 1.5]])
    optimum = EvseOptimum(10, (0, 3, 6, 10), npv_mad)
    assert optimum.best == 6
    assert optimum.interval == (3, 6)
    assert EvseOptimum(10, (0, 3, 6, 10), npv_mad[:, :1]).interval == (3, 10)


def test_a_site_with_declared_evses_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValidationError, match="evses: must be empty"):
        find_evse_optimum(replace(SITE, evses="2 x AC 22"))


def test_the_command_prints_the_optimum_and_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    site = ["--fleet-size", "4", "--days", "0.25", "--strategy", "price"]
    main(["bidirectional", *site, "--seeds", "2", "--points", "2", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["low"] <= told["best"] <= told["high"] <= told["total"] == 2
    assert [row["bidirectional"] for row in told["tried"]] == sorted(row["bidirectional"] for row in told["tried"])
