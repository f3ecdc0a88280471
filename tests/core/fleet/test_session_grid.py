"""Given stays on the steps of a run: hours and energies are kept, and no two stays of a vehicle overlap."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.fleet.session_grid import place_on_grid, round_together


@given(st.lists(st.floats(0.0, 500.0), min_size=1, max_size=60))
def test_times_that_are_rounded_together_keep_their_sum_within_half_a_step(times: list[float]) -> None:
    exact = np.array(times)
    rounded = round_together(exact)
    assert np.abs(rounded - exact).max() < 1.0
    assert abs(rounded.sum() - exact.sum()) <= 0.5 + 1e-6


def test_a_time_on_the_grid_stays_where_it_is() -> None:
    assert round_together(np.array([3.0, 4.4, 7.0, 9.8])).tolist() == [3, 4, 7, 10]


@given(
    st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.01, 4.0), st.integers(0, 2)), min_size=1, max_size=40),
)
def test_no_two_stays_of_a_vehicle_overlap_and_each_has_the_steps_that_it_needs(
    stays: list[tuple[float, float, int]],
) -> None:
    arrivals, departures, vehicles = [], [], []
    free = [0.0, 0.0, 0.0]
    for gap, length, number in stays:
        arrivals.append(free[number] + gap)
        departures.append(arrivals[-1] + length)
        vehicles.append(number)
        free[number] = departures[-1]
    order = np.argsort(arrivals, kind="stable")
    arrival, departure = np.array(arrivals)[order], np.array(departures)[order]
    needed = 0.9 * (departure - arrival)
    vehicle = np.array(vehicles, np.int32)[order]
    first, last = place_on_grid(arrival, departure, needed, vehicle=vehicle, evse=vehicle.astype(np.int64))
    assert (last - first >= np.maximum(np.ceil(needed - 1e-6), 1.0)).all()
    for v in range(3):
        assert (first[vehicle == v][1:] >= last[vehicle == v][:-1]).all()
