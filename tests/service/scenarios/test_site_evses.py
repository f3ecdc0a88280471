"""Site EVSEs: their number by type, at least one, and whether it is rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.fleet.evse import count_evses
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.site_evses import summarize_evses


@pytest.mark.parametrize("evse_per_vehicle", [1e-6, 0.1, 0.5, 1.0])
def test_a_fleet_of_one_has_an_evse(evse_per_vehicle: float) -> None:
    assert Scenario(fleet_size=1, evse_per_vehicle=evse_per_vehicle).n_evse == 1


def test_without_evses_per_vehicle_there_is_none() -> None:
    evses = summarize_evses(Scenario(fleet_size=1000, evse_per_vehicle=0.0))
    assert (evses.total, evses.is_total_rounded, evses.are_kinds_rounded) == (0, False, False)


@given(st.integers(1, 3000), st.floats(0.0, 2.0), st.floats(0.0, 1.0))
def test_the_numbers_add_up_and_rounding_is_reported(size: int, evse_per_vehicle: float, share: float) -> None:
    scenario = Scenario(fleet_size=size, evse_per_vehicle=evse_per_vehicle, bidirectional_share=share)
    evses, shares = summarize_evses(scenario), (0.4, 0.4, 0.1, 0.1)
    counts = count_evses(scenario.n_evse, shares, bidirectional_share=share)
    assert sum(evses.by_type.values()) == evses.total == scenario.n_evse == counts.sum()
    assert evses.bidirectional == counts[1::2].sum()
    assert evses.is_total_rounded == (evses.total != pytest.approx(evses.exact, rel=1e-6, abs=1e-6))
    assert (evses.total >= 1) == (evse_per_vehicle > 0.0)


def test_the_default_site_is_not_rounded_and_a_small_one_is() -> None:
    default, small = summarize_evses(Scenario()), summarize_evses(Scenario(fleet_size=24))
    assert default.by_type == {"ac_7": 200, "ac_11": 200, "ac_22": 50, "dc_50": 50}
    assert (default.bidirectional, default.is_total_rounded, default.are_kinds_rounded) == (250, False, False)
    assert (small.total, small.is_total_rounded, small.are_kinds_rounded) == (12, False, True)
