"""Place of a request: dear work outside of a session takes its turn with the runs, and a notebook needs none."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.service.runtime.client_name import client_name
from ev2gym_dashboard.service.sessions.request_place import PlaceMissing, require_place, use_places
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete, SessionGates
from ev2gym_dashboard.service.sessions.step_times import CHEAP_S
from ev2gym_dashboard.service.sessions.work_places import PlacesTaken, WorkPlaces

DEAR_S = 2.0 * CHEAP_S


@pytest.fixture
def places() -> WorkPlaces:
    return WorkPlaces(1)


def test_dear_work_holds_the_place_until_the_request_ends(places: WorkPlaces) -> None:
    with use_places(places):
        require_place(DEAR_S)
        require_place(DEAR_S)
        with pytest.raises(PlacesTaken), places.take("", "a run"):
            pass
    with places.take("", "a run"):
        pass


def test_the_run_of_a_request_needs_no_other_place(places: WorkPlaces) -> None:
    gates = SessionGates(places, wait_s=0.0)
    with use_places(places):
        require_place(DEAR_S)
        with gates.enter("a run", 5, is_over=lambda: False) as turn:
            turn.require_place(DEAR_S)
            assert not turn.keep_place()
    with places.take("", "another run"), use_places(places), pytest.raises(ReplayIncomplete):
        require_dear_turn(gates)


def require_dear_turn(gates: SessionGates) -> None:
    with gates.enter("a run", 5, is_over=lambda: False) as turn:
        turn.require_place(DEAR_S)


def test_work_without_a_free_place_is_not_begun(places: WorkPlaces) -> None:
    with places.take("", "a run"), use_places(places):
        require_place(CHEAP_S)
        with pytest.raises(PlaceMissing):
            require_place(DEAR_S)


def fail_with_a_place(places: WorkPlaces) -> None:
    with use_places(places):
        require_place(DEAR_S)
        raise ZeroDivisionError


def test_a_place_comes_free_also_where_the_request_fails(places: WorkPlaces) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_with_a_place(places)
    with use_places(places):
        require_place(DEAR_S)


def read_file(places: WorkPlaces, client: str) -> None:
    token = client_name.set(client)
    try:
        with use_places(places):
            require_place(DEAR_S)
    finally:
        client_name.reset(token)


def test_a_client_that_has_read_less_comes_first() -> None:
    times_s = iter(range(100))
    places = WorkPlaces(1, now=lambda: float(next(times_s)) / 2.0)
    with places.take("reader", "a run"), pytest.raises(PlaceMissing):
        read_file(places, "visitor")
    with pytest.raises(PlaceMissing):
        read_file(places, "reader")
    read_file(places, "visitor")


def test_outside_of_a_server_no_place_is_needed() -> None:
    require_place(DEAR_S)
