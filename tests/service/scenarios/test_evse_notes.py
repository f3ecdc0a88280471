"""EVSE notes: the numbers of EVSEs and their rounding are stated, in every language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard.core.fleet.evse import EVSE_TYPES
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.evse_notes import format_rounding, list_evse_notes
from ev2gym_dashboard.web.i18n import LANGUAGES, format_template, get_translator


def test_a_site_without_rounding_has_its_numbers_alone() -> None:
    assert len(list_evse_notes(Scenario())) == 1
    assert format_rounding(Scenario()) == ""


def test_a_fleet_of_one_states_its_evse_and_both_roundings() -> None:
    text = format_rounding(Scenario(fleet_size=1))
    assert text.startswith("EVSEs: 1, of which 0 bidirectional; 1 AC 7.4 kW, 0 AC 11 kW")
    assert "rounded from 0.5, to at least one" in text
    assert "largest remainder" in text


def test_whole_numbers_of_evses_with_rounded_kinds_state_the_kinds_alone() -> None:
    text = format_rounding(Scenario(fleet_size=24))
    assert "EVSEs: 12," in text
    assert "rounded from" not in text
    assert "largest remainder" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_type_of_evse_is_in_the_text_of_every_language(lang: str) -> None:
    (template, values), *_ = list_evse_notes(Scenario())
    counts = {name: 1000 + i for i, name in enumerate(values)}
    text = format_template(template, counts, get_translator(lang))
    assert all(str(counts[evse.key]) in text for evse in EVSE_TYPES)


def test_french_numbers_are_those_of_the_site() -> None:
    _ = get_translator("fr")
    notes = [format_template(*note, _) for note in list_evse_notes(replace(Scenario(), fleet_size=3))]
    assert notes[0].startswith("Bornes\u00a0: 2 (bidirectionnelles\u00a0: 1)\u202f; 2 AC 7,4\u00a0kW")
    assert "arrondi à partir de 1,5" in notes[1]
