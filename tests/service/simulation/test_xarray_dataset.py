"""The xarray dataset of a result holds its series and its vehicles; without xarray, a sentence says what to install."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, simulate

SCENARIO = Scenario(fleet_size=20, days=0.5)


def test_without_xarray_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"^to_xarray\(\) needs the package xarray: pip install xarray$"):
        simulate(SCENARIO).to_xarray()


def test_the_vehicles_are_variables_of_time_and_vehicle() -> None:
    pytest.importorskip("xarray", exc_type=ImportError)
    result = simulate(SCENARIO, trace=[4, 17])
    dataset = result.to_xarray()
    assert result.vehicles is not None
    assert dict(dataset.sizes) == {"time": SCENARIO.n_steps, "vehicle": 2}
    assert dataset["vehicle"].to_numpy().tolist() == [4, 17]
    of_17 = result.vehicles.xs(17, level="vehicle")
    traced = dataset.sel(vehicle=17)
    assert np.array_equal(traced["vehicle_soc"], of_17["soc"])
    assert np.array_equal(traced["vehicle_evse"], of_17["evse"].fillna(-1))
    meanings = dataset["vehicle_mode"].attrs["flag_meanings"].split()
    assert [meanings[code] for code in traced["vehicle_mode"].to_numpy()] == of_17["mode"].tolist()


def test_without_a_trace_the_dataset_has_the_series() -> None:
    pytest.importorskip("xarray", exc_type=ImportError)
    result = simulate(SCENARIO)
    dataset = result.to_xarray()
    assert list(dataset.data_vars) == list(result.series.columns)
    assert dict(dataset.sizes) == {"time": SCENARIO.n_steps}
    assert np.array_equal(dataset["net_power_kw"], result.series["net_power_kw"])
