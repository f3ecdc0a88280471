"""EVSEs and their queue."""

import numpy as np

from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue, make_evse_queue


def rows(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def make_queue(ring: np.ndarray, first: int, n_free: int, waiting: np.ndarray, since: np.ndarray) -> EvseQueue:
    return EvseQueue(
        np.ones(len(ring), np.uint8), ring, first, n_free, waiting, since, np.zeros(len(waiting), np.uint16)
    )


def test_first_come_first_served() -> None:
    plugs = make_queue(rows(3, 1), 0, 2, rows(), rows())
    plugs.add_waiting(rows(7, 8, 9), 5)
    plugged, since, assigned, _ = plugs.assign_evses()
    assert (plugged.tolist(), since.tolist(), assigned.tolist()) == ([7, 8], [5, 5], [3, 1])
    assert plugs.waiting.tolist() == [9]


def test_a_released_evse_goes_to_the_one_that_waits() -> None:
    plugs = make_queue(rows(5, 5), 1, 0, rows(9), rows(4))
    plugs.release_evses(rows(5))
    assert [part.tolist() for part in plugs.assign_evses()[:3]] == [[9], [4], [5]]


def test_a_vehicle_that_leaves_unplugged_is_dropped() -> None:
    plugs = make_queue(rows(), 0, 0, rows(4, 5, 6), rows(1, 2, 3))
    assert [part.tolist() for part in plugs.drop_waiting(np.array([False, True, False]))] == [[5], [2]]
    assert plugs.waiting.tolist() == [4, 6]


def test_the_order_of_the_evses_comes_from_the_generator_alone() -> None:
    first, second = (make_evse_queue(np.array([5, 5]), np.random.default_rng(1)) for _ in range(2))
    assert first.ring.tolist() == second.ring.tolist()
    assert sorted(first.ring.tolist()) == list(range(10))
    assert first.kinds.tolist() == [1] * 5 + [2] * 5


def test_released_evses_are_taken_in_the_order_of_their_release_round_the_ring() -> None:
    plugs = make_queue(rows(1, 2, 3), 0, 3, rows(10, 11, 12), rows(0, 0, 0))
    plugs.assign_evses()
    plugs.release_evses(rows(3, 1))
    plugs.release_evses(rows(2))
    plugs.add_waiting(rows(13, 14, 15), 1)
    assert plugs.assign_evses()[2].tolist() == [3, 1, 2]


def test_a_site_without_evses_leaves_every_vehicle_waiting() -> None:
    plugs = make_evse_queue(np.zeros(8, np.int64), np.random.default_rng(1))
    plugs.add_waiting(rows(1), 0)
    assert plugs.assign_evses()[0].tolist() == []
