"""Sign of life: a long call does not look like a hang, and a hang is noticed in the end."""

from __future__ import annotations

from threading import Event
from threading import enumerate as list_threads

from ev2gym_dashboard.service.server.sign_of_life import report_regularly


def test_reports_come_while_a_call_lasts_and_end_with_it() -> None:
    is_reported = Event()
    with report_regularly(is_reported.set, interval_s=0.001, limit_s=60.0):
        assert is_reported.wait(60.0)
    assert "sign-of-life" not in [thread.name for thread in list_threads()]


def test_a_call_that_hangs_is_reported_no_longer_than_its_limit() -> None:
    reports: list[None] = []
    with report_regularly(lambda: reports.append(None), interval_s=0.001, limit_s=0.003):
        # On a busy machine, the thread may have ended by now.
        for thread in [thread for thread in list_threads() if thread.name == "sign-of-life"]:
            thread.join()
    assert len(reports) == 3
