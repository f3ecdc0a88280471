"""Expected needs: the table of newcomers, taken apart by arrival and departure."""

import numpy as np
import pytest

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.newcomers import HORIZON_QUARTERS, QUARTERS_PER_DAY, list_needs


def make_table(arrival: int, departure: int, need_kwh: float) -> Floats:
    table = np.zeros((QUARTERS_PER_DAY + 1, HORIZON_QUARTERS + 1))
    table[: arrival + 1, departure:] = need_kwh
    return table


def test_a_need_is_listed_about_its_hours() -> None:
    needs = list_needs(make_table(40, 72, 8.0), 20, QUARTERS_PER_DAY, now_quarter=19)
    assert needs.need_kwh.tolist() == [8.0]
    assert needs.arrival_h[0] == pytest.approx((40 - 19) / 4, abs=0.5)
    assert needs.departure_h[0] == pytest.approx((72 - 19) / 4, abs=1.5)


@pytest.mark.parametrize(("first", "last"), [(41, QUARTERS_PER_DAY), (0, 40), (0, 0)])
def test_those_who_arrive_at_another_time_are_not_listed(first: int, last: int) -> None:
    assert list_needs(make_table(40, 72, 8.0), first, last, now_quarter=0).need_kwh.size == 0
