"""Tests of the energy balance."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.core.ledger import compute_ledger

SERIES = {
    "g2v_kw": np.array([40.0, 0.0]),
    "v2g_kw": np.array([0.0, 8.0]),
    "charge_loss_kw": np.array([4.0, 0.0]),
    "discharge_loss_kw": np.array([0.0, 1.0]),
    "driven_kwh": np.array([0.0, 2.0]),
}


def test_the_residual_is_the_energy_that_went_nowhere() -> None:
    ledger = compute_ledger(SERIES, timestep_h=0.25, stored_kwh=4.75)
    assert ledger == {
        "grid_in_kwh": 10.0,
        "grid_out_kwh": 2.0,
        "stored_kwh": 4.75,
        "charge_loss_kwh": 1.0,
        "discharge_loss_kwh": 0.25,
        "driven_kwh": 2.0,
        "residual_kwh": 0.0,
    }


def test_a_kilowatt_hour_that_is_stored_without_a_source_is_the_residual() -> None:
    assert compute_ledger(SERIES, timestep_h=0.25, stored_kwh=5.75)["residual_kwh"] == pytest.approx(-1.0)
