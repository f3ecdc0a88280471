"""Tests of the time bar: its note says how the charts draw the steps."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.trend_axis import WINDOWS_H
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.time_bar import WINDOW_NAMES, format_time_texts
from ev2gym_dashboard.web.i18n import get_translator


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_note_tells_an_envelope_from_every_step(lang: str) -> None:
    _ = get_translator(lang)
    run = RunSpec(Scenario(fleet_size=3), (), 700)
    notes = {window: format_time_texts(get_fleet_view(run, window=window), _)[ids.WINDOW_NOTE] for window in WINDOWS_H}
    assert "15" in notes["day"]
    assert notes["week"] == notes["all"]
    assert "2" in notes["week"]
    assert ("Envelop" in notes["week"], "Envelop" in notes["day"]) == (True, False)


def test_every_window_has_a_name() -> None:
    assert set(WINDOW_NAMES) == set(WINDOWS_H)
