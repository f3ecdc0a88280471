"""Settlement by hand: what a kWh of the vehicles costs or saves at the meter."""

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.core.site.settlement import compute_charging_price, compute_ev_prices, compute_v2g_saving_mad_h


def make_moment(**values: float) -> Moment:
    time: dict[str, Any] = {"hour_h": 12.0, "timestep_h": 0.25, "peak": False, "hours_to_peak_h": 5.0}
    prices = {"price_mad_kwh": 1.0, "price_low_mad_kwh": 1.0, "export_mad_kwh": 0.2, "hours_of_peak_left_h": 0.0}
    site = {"solar_kw_per_kwp": 0.5, "solar_kw": 0.0, "base_load_kw": 0.0, "limit_kw": 100.0}
    ahead = {"price_ahead_mad_kwh": np.ones(8), "surplus_price_ahead_mad_kwh": np.ones(8)}
    return Moment(**(time | prices | site | ahead | values))


@pytest.mark.parametrize(
    ("site", "powers", "prices"),
    [
        # 10 kW of base load leave 10 kW of the V2G to it.
        ({"base_load_kw": 10.0}, {"g2v_kw": 0.0, "v2g_kw": 10.0}, (1.0, 1.0)),
        # Of 40 kW, 10 save the import and 30 are exported: (10 x 1.0 + 30 x 0.2) / 40.
        ({"base_load_kw": 10.0}, {"g2v_kw": 0.0, "v2g_kw": 40.0}, (1.0, 0.4)),
        # The charging of other vehicles is a load too.
        ({"base_load_kw": 10.0}, {"g2v_kw": 30.0, "v2g_kw": 40.0}, (1.0, 1.0)),
        # 20 kW of surplus would earn 0.2: (20 x 0.2 + 20 x 1.0) / 40.
        ({"base_load_kw": 10.0, "solar_kw": 30.0}, {"g2v_kw": 40.0, "v2g_kw": 0.0}, (0.6, 1.0)),
        # Of 150 kW of surplus, the connection exports 100: 50 kW of charging are free.
        ({"solar_kw": 150.0}, {"g2v_kw": 50.0, "v2g_kw": 0.0}, (0.0, 1.0)),
        ({"solar_kw": 150.0}, {"g2v_kw": 100.0, "v2g_kw": 0.0}, (0.1, 1.0)),
    ],
)
def test_a_kwh_costs_and_saves_what_it_changes_on_the_bill(
    site: dict[str, float], powers: dict[str, float], prices: tuple[float, float]
) -> None:
    assert compute_ev_prices(make_moment(**site), **powers) == pytest.approx(prices)


METER = {
    "net_load_kw": [5.0, -1e-12, -5.0, -100.0, -30.0],
    "v2g_kw": [0.0, 0.0, 0.0, 0.0, 40.0],
    "curtailed_kw": [0.0, 0.0, 0.0, 3.0, 0.0],
    "price_mad_kwh": [1.0] * 5,
    "export_mad_kwh": [0.2] * 5,
}


def test_charging_costs_the_import_or_the_export_that_it_takes_the_place_of() -> None:
    """The last step exports V2G alone: a kWh more would be bought."""
    np.testing.assert_array_equal(compute_charging_price(METER), [1.0, 1.0, 0.2, 0.0, 1.0])


def test_v2g_saves_the_import_up_to_the_load_and_earns_the_export_beyond() -> None:
    np.testing.assert_allclose(compute_v2g_saving_mad_h(METER), [0.0, 0.0, 0.0, 0.0, 10.0 * 1.0 + 30.0 * 0.2])
