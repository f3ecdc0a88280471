"""Places for dear work: few at a time, and first for those who had the least."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from ev2gym_dashboard.service.sessions import work_places
from ev2gym_dashboard.service.sessions.work_places import (
    ASKING_S,
    HALF_LIFE_S,
    KEPT_S,
    PATIENCE_S,
    TURN_S,
    PlacesTaken,
    WorkPlaces,
)


class Clock:
    """A clock that is set by hand [s]."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def __call__(self) -> float:
        return self.time_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def places(clock: Clock) -> WorkPlaces:
    return WorkPlaces(1, now=clock)


def work(places: WorkPlaces, clock: Clock, client: str, seconds: float) -> bool:
    """Work in a place for some seconds; return whether there was one."""
    try:
        with places.take(client):
            clock.time_s += seconds
    except PlacesTaken:
        return False
    return True


def test_there_are_no_more_at_a_time_than_places(places: WorkPlaces) -> None:
    with places.take("a"), pytest.raises(PlacesTaken), places.take("b"):
        pytest.fail("took a place that another one holds")


def test_a_place_is_free_again_after_an_error(places: WorkPlaces) -> None:
    with pytest.raises(ValueError, match="broken"), places.take("a"):
        raise ValueError("broken")
    with places.take("a"):
        pass


def test_a_client_alone_works_without_a_pause(places: WorkPlaces, clock: Clock) -> None:
    assert all(work(places, clock, "a", 1.0) for _ in range(50))


def test_who_had_more_work_steps_back_for_a_client_that_waits(places: WorkPlaces, clock: Clock) -> None:
    with places.take("greedy"):
        clock.time_s += 1.0
        with pytest.raises(PlacesTaken), places.take("modest"):
            pytest.fail("took a place that another one holds")
    assert not work(places, clock, "greedy", 1.0)
    assert work(places, clock, "modest", 1.0)


def test_a_client_that_asks_no_more_is_not_waited_for(places: WorkPlaces, clock: Clock) -> None:
    with places.take("greedy"):
        clock.time_s += 1.0
        with pytest.raises(PlacesTaken), places.take("gone"):
            pytest.fail("took a place that another one holds")
    clock.time_s += ASKING_S
    assert work(places, clock, "greedy", 1.0)


def test_clients_that_all_ask_have_the_same_time(places: WorkPlaces, clock: Clock) -> None:
    # One asks at every moment, the other twice a second; a slice of work takes a second.
    worked = {"eager": 0, "calm": 0}
    held, end = ExitStack(), 0
    for k in range(4_000):
        clock.time_s = 0.05 * k
        if k == end:
            held.close()
        for client, period in (("eager", 1), ("calm", 10)):
            if k % period == 0:
                with suppress(PlacesTaken):
                    held.enter_context(places.take(client))
                    worked[client] += 1
                    end = k + 20
    assert worked["calm"] == pytest.approx(worked["eager"], rel=0.1)


def list_turns(
    places: WorkPlaces, clock: Clock, seconds: float, list_sessions: Callable[[int], dict[str, float]]
) -> list[str]:
    """Let sessions of an address ask every 50 ms by the work that they need [s]; return them in order of their turns.

    Each turn takes a second.
    """
    held, end, turns = ExitStack(), 0, []
    for k in range(round(seconds / 0.05)):
        clock.time_s = 0.05 * k
        if k == end:
            held.close()
        for session, work_s in list_sessions(k).items():
            with suppress(PlacesTaken):
                held.enter_context(places.take("address", session, work_s))
                turns.append(session)
                end = k + 20
    held.close()
    return turns


def add_visitor(k: int, *, since: int = 0) -> dict[str, float]:
    """Return a visitor who asks for short work twice a second."""
    return {"visitor": 2.0} if k >= since and k % 10 == 9 else {}


def test_a_visitor_has_turns_beside_sessions_that_ask_once(places: WorkPlaces, clock: Clock) -> None:
    turns = list_turns(places, clock, 100.0, lambda k: {f"new {k}": 0.2} | add_visitor(k))
    assert "visitor" in turns[:6]
    assert turns.count("visitor") > len(turns) / 10


def test_short_work_comes_before_long_work(places: WorkPlaces, clock: Clock) -> None:
    # The long ones have waited for a hundred seconds when the visitor comes.
    many = {f"long {k}": 20.0 for k in range(16)}
    turns = list_turns(places, clock, 130.0, lambda k: many | add_visitor(k, since=2_000))
    assert "visitor" in turns[99:105]
    assert turns[99:].count("visitor") > 4


def test_long_work_is_not_put_off_for_ever(places: WorkPlaces, clock: Clock) -> None:
    short = {f"short {k}": 0.5 for k in range(8)}
    turns = list_turns(places, clock, 400.0, lambda _: short | {"long": 10.0})
    assert turns.count("long") > 1


def test_sessions_that_need_as_much_have_the_same_time(places: WorkPlaces, clock: Clock) -> None:
    sessions = {f"session {k}": 5.0 for k in range(8)}
    turns = list_turns(places, clock, 160.0, lambda _: sessions)
    counts = [turns.count(session) for session in sessions]
    assert min(counts) > 0.6 * max(counts)


def test_a_place_is_kept_for_a_session_that_has_waited_long(places: WorkPlaces, clock: Clock) -> None:
    with places.take("address", "first"):
        for session in ("second", "third", "second", "third"):
            with pytest.raises(PlacesTaken), places.take("address", session):
                pytest.fail("took a place that another one holds")
            clock.time_s += 0.3 * PATIENCE_S
    for session in ("third", "first"):
        with pytest.raises(PlacesTaken), places.take("address", session):
            pytest.fail("took the turn of another session")
    for session in ("second", "third", "first"):
        with places.take("address", session):
            pass


def test_no_place_lies_idle_for_a_session_that_has_waited_shortly(places: WorkPlaces, clock: Clock) -> None:
    with places.take("address", "first"), pytest.raises(PlacesTaken), places.take("address", "second"):
        pytest.fail("took a place that another one holds")
    clock.time_s += 0.5 * PATIENCE_S
    with places.take("address", "first"):
        pass


def test_the_turns_of_a_bounded_number_of_sessions_are_noted(
    places: WorkPlaces, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_places, "MAX_WAITING", 3)
    with places.take("address", "first"):
        for k in range(10):
            with pytest.raises(PlacesTaken), places.take("address", f"new {k}"):
                pytest.fail("took a place that another one holds")
        assert len(places._uses["address"].waiting) == 3
    clock.time_s += ASKING_S
    with places.take("address", "last"):
        assert not places._uses["address"].waiting


def test_a_place_is_kept_for_a_session_that_goes_on(places: WorkPlaces, clock: Clock) -> None:
    with places.take("address", "long"):
        clock.time_s += 1.0
        assert places.keep("address", "long")
    clock.time_s += 0.5 * KEPT_S
    for client, session in (("other", "a"), ("address", "b")):
        with pytest.raises(PlacesTaken), places.take(client, session):
            pytest.fail("took a place that is kept for another one")
    with places.take("address", "long"):
        pass
    with places.take("other", "a"):
        pass


def test_a_place_is_not_kept_for_a_session_that_asks_no_more(places: WorkPlaces, clock: Clock) -> None:
    with places.take("address", "gone"):
        assert places.keep("address", "gone")
    clock.time_s += KEPT_S
    with places.take("address", "next"):
        pass


def test_a_session_has_a_turn_and_then_others_do(places: WorkPlaces, clock: Clock) -> None:
    turns = []
    for _ in range(20):
        for session, other in (("first", "second"), ("second", "first")):
            with suppress(PlacesTaken), places.take("address", session):
                turns.append(session)
                clock.time_s += 1.0
                places.keep("address", session)
                with pytest.raises(PlacesTaken), places.take("address", other):
                    pytest.fail("took a place that another one holds")
    n_slices = 1 + round(TURN_S)
    assert turns[: 2 * n_slices] == ["first"] * n_slices + ["second"] * n_slices


def test_a_session_alone_keeps_its_place(places: WorkPlaces, clock: Clock) -> None:
    for _ in range(3 * round(TURN_S)):
        with places.take("address", "alone"):
            clock.time_s += 1.0
            assert places.keep("address", "alone")


def test_work_of_long_ago_does_not_count(places: WorkPlaces, clock: Clock) -> None:
    assert work(places, clock, "early", 10.0)
    clock.time_s += 20 * HALF_LIFE_S
    with places.take("now"):
        clock.time_s += 1.0
        with pytest.raises(PlacesTaken), places.take("early"):
            pytest.fail("took a place that another one holds")
    assert not work(places, clock, "now", 1.0)
    assert work(places, clock, "early", 1.0)
