"""Words of declared EVSEs and fleet parts: shown in the user's language, and read in either one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.evse_groups import EvseGroup, format_evse_groups
from ev2gym_dashboard.core.fleet_parts import FleetPart, format_fleet_parts
from ev2gym_dashboard.core.group_lines import PLACES
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.web.i18n import LANGUAGES, Translator, get_translator
from ev2gym_dashboard.web.requests.group_words import localize_groups, localize_kinds
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.values import format_form_values, parse_form_values

PARTS = "60% home, target 90.5%; at work: 40% work, target 80%, return 50%, models at home 2.0 | Kia Niro"
EVSES = "10 x AC 7.4 kW at home; work bank: 4 x DC 350 kW V2G at work; 2 x AC 11 kW 1ph at public"
NAMES = st.sampled_from(["", "home", "Dépôt 2.5 at work", "models", "work bank"])


def test_french_shows_french_words_and_keeps_the_user_s_names(french: Translator) -> None:
    assert localize_groups(PARTS, french) == (
        "60\u202f% domicile, cible 90,5\u202f%; "
        "at work: 40\u202f% travail, cible 80\u202f%, retour 50\u202f%, modèles at home 2.0 | Kia Niro"
    )
    assert localize_groups(EVSES, french) == (
        "10 x AC 7,4 kW à domicile; work bank: 4 x DC 350 kW V2G au travail; 2 x AC 11 kW 1ph en public"
    )


def test_english_shows_the_canonical_text() -> None:
    english = get_translator("en")
    assert (localize_groups(PARTS, english), localize_groups(EVSES, english)) == (PARTS, EVSES)


def test_what_is_no_declaration_stays_as_it_is(french: Translator) -> None:
    assert [localize_groups(text, french) for text in ("", "at home", "60 home; work")] == [
        "",
        "at home",
        "60 home; work",
    ]


@given(
    name=NAMES,
    place=st.sampled_from(PLACES),
    target=st.none() | st.sampled_from([0.1, 0.905, 1.0]),
    back=st.none() | st.sampled_from([0.0, 0.333]),
    models=st.sampled_from([(), ("Kia Niro",), ("at home 2.0", "target 50%")]),
    lang=st.sampled_from(sorted(LANGUAGES)),
)
def test_the_shown_parts_read_back_equal(
    name: str, place: str, target: float | None, back: float | None, models: tuple[str, ...], lang: str
) -> None:
    text = format_fleet_parts([FleetPart(10, False, place, target, back, models, name)])
    assert Scenario(parts=localize_groups(text, get_translator(lang))).parts == text


@given(
    name=NAMES,
    place=st.sampled_from(["", *PLACES]),
    kind=st.sampled_from([(1, 3.7), (1, 7.4), (3, 7.4), (3, 22.0), (0, 62.5)]),
    bidirectional=st.booleans(),
    lang=st.sampled_from(sorted(LANGUAGES)),
)
def test_the_shown_evses_read_back_equal(
    name: str, place: str, kind: tuple[int, float], bidirectional: bool, lang: str
) -> None:
    text = format_evse_groups([EvseGroup(0.5, True, *kind, bidirectional, place, name)] * 2)
    assert Scenario(evses=localize_groups(text, get_translator(lang))).evses == text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_shows_and_parses_a_mixed_fleet_in_either_language(lang: str) -> None:
    scenario, translator = Scenario(parts=PARTS, evses=EVSES), get_translator(lang)
    texts = format_form_values(scenario, {}, translator)
    typed = parse_form_values({name: texts[name] for name in ("parts", "evses")}, translator)
    assert replace(Scenario(), **typed) == scenario


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("60 x à domicile, cible 90 %", "60 x home, target 90%"),
        ("40 x au travail cible 80,5\u00a0% retour 50\u202f%", "40 x work, target 80.5%, return 50%"),
        ("100% travail, modèles Kia Niro | Leaf", "100% work, models Kia Niro | Leaf"),
        ("100% en public", "100% public"),
        ("100 % Maison", "100% home"),
    ],
)  # fmt: skip
def test_a_french_part_is_understood(typed: str, canonical: str) -> None:
    assert Scenario(parts=typed).parts == canonical


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("10 x AC 7,4 bidirectionnelle à domicile", "10 x AC 7.4 kW V2G at home"),
        ("4 × DC 350 kW bidirectionnelles au travail", "4 x DC 350 kW V2G at work"),
        ("2 x AC 11 monophasé unidirectionnelle en public", "2 x AC 11 kW 1ph at public"),
    ],
)
def test_a_french_evse_is_understood(typed: str, canonical: str) -> None:
    assert Scenario(evses=typed).evses == canonical


def test_a_kind_within_a_note_is_localized(french: Translator) -> None:
    note = "Bornes : 3 × AC 7.4 kW at home, 2 × Work at home."
    assert localize_kinds(note, french) == "Bornes : 3 × AC 7,4 kW à domicile, 2 × Work at home."


def test_an_issue_names_places_and_examples_in_french(french: Translator) -> None:
    scenario = Scenario(evses="10 x AC 22 at work", parts="100% home")
    (issue,) = format_issues(scenario.validate(), french)
    assert "travail" in issue["text"]
    assert "domicile" in issue["text"]
    (issue,) = format_issues(Scenario(parts="60 beach").validate(), french)
    assert "60 x domicile, cible 90\u202f%" in issue["text"]
