"""Texts, numbers and dates of each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ev2gym_dashboard.web import i18n
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.i18n import LANGUAGES, LOCALE_FOLDER, Translator, get_translator, parse_language
from tools import messages
from tools.messages import count_missing, format_catalog, format_catalogs, list_msgids, read_catalog, update_catalog


def list_forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """Return the forms of a text: one, or one for each number that the language tells apart."""
    return [text] if isinstance(text, str) else list(text or ())


def read_texts(lang: str) -> dict[str, str]:
    """Return the translations of a language by msgid; a text with a number has an entry for each form."""
    forms = [(list_forms(message.id), list_forms(message.string)) for message in read_catalog(lang) if message.id]
    return {
        msgids[min(number, len(msgids) - 1)] + f"#{number}" * (number >= len(msgids)): text
        for msgids, texts in forms
        for number, text in enumerate(texts)
        if text
    }


FRENCH, ARABIC = read_texts("fr"), read_texts("ar")
PLURALS = sorted(message.id for message in read_catalog("fr") if isinstance(message.id, tuple))
LACKING_BETWEEN_RELEASES = 0.05
FOREIGN_WORDS_BY_TERM = {
    "écrêtage": r"écrêtement|écretage|lissage de pointe",
    "tirage": r"\bgraines?\b(?!\))|\bsemence|\bseed",
    "recharge": r"\bcharge (?:non pilotée|immédiate|au prix|intelligente)|\bà la charge\b",
    "réinject|réinjection": r"\binject|\brestitu|\brendue?\b",
    "soutir": r"\bprise? (?:au|du|sur le) réseau|\btirée? du réseau",
    "puissance souscrite": r"puissance (?:abonnée|contractuelle)",
    "postes? horaires?": r"plages? horaires?|période tarifaire",
    "SOC cible": r"SOC (?:voulu|visé)",
}
"""The stem of each French term, and the words that would name the same thing differently."""
FOREIGN_ARABIC_WORDS_BY_TERM = {
    "اهتراء": "تآكل",
    "نقط شحن|نقط الشحن": "نقاط (?:ال)?شحن",
    "تعرفة": r"(?:ال)?تعريفة\b",
    "أشطر": "شرائح",
    "مكوث": "إقامة",
}
BRACES = re.compile(r"\{(\w+)\}")


def list_texts() -> list[str]:
    """Return the forms of all texts; not when the tests are collected, as it reads all modules."""
    return sorted(form for msgid in list_msgids() for form in list_forms(msgid))


def find_placeholders(text: str) -> set[str]:
    return set(BRACES.findall(text))


def test_every_text_has_a_french_translation() -> None:
    assert [msgid for msgid in list_texts() if not FRENCH.get(msgid)] == []


def test_arabic_lacks_few_texts_between_releases_and_shows_those_in_english() -> None:
    lacking = [msgid for msgid in list_texts() if msgid not in ARABIC]
    assert len(lacking) <= LACKING_BETWEEN_RELEASES * len(list_texts()), "translate them, or have them translated"
    assert [get_translator("ar")(msgid) for msgid in lacking] == lacking


def test_a_release_asks_for_every_translation(monkeypatch: pytest.MonkeyPatch, german: Translator) -> None:
    assert german.lang == "de"
    assert count_missing("de") > 0
    monkeypatch.setattr("sys.argv", ["messages", "--complete"])
    monkeypatch.setattr(messages, "format_catalogs", dict)
    assert messages.main() == 1


def test_the_catalogs_are_up_to_date_without_obsolete_texts() -> None:
    outdated = [str(path) for path, text in format_catalogs().items() if path.read_text(encoding="utf-8") != text]
    assert outdated == [], "run python -m tools.messages"


def test_an_update_adds_new_texts_and_drops_obsolete_ones() -> None:
    catalog = update_catalog(read_catalog("fr"), ["Peak shaving", "A new text"])
    assert [str(message.id) for message in catalog if message.id] == ["Peak shaving", "A new text"]
    text = format_catalog(catalog)
    assert 'msgid "Peak shaving"\nmsgstr "Écrêtage de pointe"' in text
    assert 'msgid "A new text"\nmsgstr ""' in text
    assert not re.search(r"POT-Creation-Date|^#:", text, re.MULTILINE)


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_every_translation_has_the_same_placeholders(lang: str) -> None:
    catalog = list(read_catalog(lang))
    assert catalog
    for message in catalog:
        for text in filter(None, list_forms(message.string)):
            allowed = [find_placeholders(list_forms(message.id)[0])]
            # A form of exactly one or two things may say the number by its words.
            allowed += [allowed[0] - {"count"}] * message.pluralizable
            assert find_placeholders(text) in allowed, message.id


COUNTED = re.compile(
    r"\{\w+\} (?!of )(?:[a-z-]+ )?"
    r"(?:vehicles|models|stays|EVSEs|phases|plans|sizes|events|departures|issues|days|gaps)\b"
)
BOUNDS = re.compile(r"\{(?:high|size|n|asked|arrivals|seeds|value|vehicles)\}")
"""Placeholders of limits, of other numbers above one, and of issues from below the page."""


def test_a_text_with_a_number_of_things_has_a_form_for_one() -> None:
    texts = [msgid for msgid in list_msgids() if isinstance(msgid, str)]
    wrong = [text for text in texts if (found := COUNTED.search(text)) and not BOUNDS.match(found[0])]
    assert wrong == [], "call _.plural"
    assert [text for text in list_texts() if re.search(r"\w\(e?s\)", text)] == []


@pytest.mark.parametrize("msgid", PLURALS, ids=lambda msgid: msgid[1])
def test_each_number_has_its_form(msgid: tuple[str, str], french: Translator, arabic: Translator) -> None:
    values = dict.fromkeys(find_placeholders(msgid[0]) - {"count"}, "x")
    translation = {n: french.plural(*msgid, n, **values) for n in (0, 1, 2, 3, 11, 100, 1_000_000)}
    shown = {n: re.sub(rf"(?<!V){french.number(n)}", "#", text) for n, text in translation.items()}
    assert shown[0] == shown[1] != shown[2] == shown[3] == shown[11] == shown[100] == shown[1_000_000]
    forms = list_forms(read_catalog("ar")[msgid[0]].string)
    assert len(forms) == 6
    by_number = {0: 0, 1: 1, 2: 2, 3: 3, 11: 4, 100: 5, 103: 3}
    for n, form in by_number.items():
        isolated = {name: f"\u2068{value}\u2069" for name, value in {**values, "count": arabic.number(n)}.items()}
        assert arabic.plural(*msgid, n, **values) == forms[form].format(**isolated)


def test_numbers_of_things_read_well(french: Translator, english: Translator, arabic: Translator) -> None:
    vehicles = ("{count} vehicle", "{count} vehicles")
    assert [english.plural(*vehicles, n) for n in (0, 1, 2)] == ["0 vehicles", "1 vehicle", "2 vehicles"]
    assert [french.plural(*vehicles, n) for n in (0, 1, 2)] == ["0 véhicule", "1 véhicule", "2 véhicules"]
    assert french.plural(*vehicles, 12000) == "12\u202f000 véhicules"
    assert [arabic.plural(*vehicles, n) for n in (1, 2)] == ["مركبة واحدة", "مركبتان"]


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param("'", id="a straight apostrophe"),
        pytest.param(r"(?<![\w-])-(?=[\d{])", id="a hyphen as a minus sign"),
        pytest.param(r"(?<!\u00a0):(?=\s|$)", id="no non-breaking space before a colon"),
        pytest.param(
            r"(?<!\u202f)(?<!«\u00a0)[;!?]|(?<![\u202f(])%", id="no narrow space before a high sign or a percent sign"
        ),
        pytest.param(r"«(?!\u00a0)|(?<!\u00a0)»|[“”\"]", id="no French quotation marks with non-breaking spaces"),
        pytest.param(
            r"[\d}] (?:(?:kWh?|MWh|kWp|MAD|min|h|j|octets)\b|{unit})", id="a unit that may break from its number"
        ),
        pytest.param(r"\.\.\.", id="three dots"),
        pytest.param(r"[^\S\u00a0\u202f ]|  ", id="other or double spaces"),
    ],
)
def test_french_typography(mistake: str) -> None:
    assert [text for text in FRENCH.values() if re.search(mistake, text)] == []


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param("'(?!ev2gym)(?!$)", id="a straight apostrophe"),
        pytest.param(r"[\u0600-\u06ff»)}] ?[,;?](?!\d)", id="a comma, semicolon or question mark of Latin script"),
        pytest.param(r"[\u0660-\u0669\u06f0-\u06f9]", id="digits that Morocco does not use"),
        pytest.param(r"\s[،؛؟:.!]", id="a space before a sign"),
        pytest.param(r"[،؛؟](?=\w)", id="no space after a sign"),
        pytest.param(r"[“”\"]|«\s|\s»", id="other quotation marks, or spaces within them"),
        pytest.param(r"[\d}] (?:kWh?|kWp|kVA|MAD|km|A|°C)\b", id="a unit that may break from its number"),
        pytest.param(r"(?<!\u200e)\{\w+\}\u00a0|(?<!\u200e)\{\w+\}%", id="a value whose unit may change sides"),
        pytest.param(r"(?<!\u200e)\b\d{2,4}-\d\d\b(?!\))(?<!-\d\d)", id="a date whose parts may change places"),
        pytest.param(r"\u0640(?![A-Za-z{@\u200e\d])", id="a stretched letter that joins no Latin word"),
        pytest.param(r"\.\.\.|  ", id="three dots or double spaces"),
    ],
)
def test_arabic_typography(mistake: str) -> None:
    assert [text for text in ARABIC.values() if re.search(mistake, text)] == []


@pytest.mark.parametrize(("term", "foreign"), FOREIGN_WORDS_BY_TERM.items())
def test_french_has_one_word_for_each_term(term: str, foreign: str) -> None:
    texts = [BRACES.sub("", text) for text in FRENCH.values()]
    assert any(re.search(term, text, re.IGNORECASE) for text in texts)
    assert [text for text in texts if re.search(foreign, text, re.IGNORECASE)] == []


@pytest.mark.parametrize(("term", "foreign"), FOREIGN_ARABIC_WORDS_BY_TERM.items())
def test_arabic_has_one_word_for_each_term(term: str, foreign: str) -> None:
    assert any(re.search(term, text) for text in ARABIC.values())
    assert [text for text in ARABIC.values() if re.search(foreign, text)] == []


@pytest.mark.parametrize(
    "mistake", [r"\s%", r"\bof (?:yours|its own|your own)\b", r"\bMAD in all\b", r"\bwhat\b", "  "]
)
def test_english_is_plain(mistake: str) -> None:
    assert [text for text in list_texts() if re.search(mistake, text, re.IGNORECASE)] == []


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Translator]:
    """A language as it is added: a folder with a catalog, and a line in `LANGUAGES`."""
    for lang in LANGUAGES:
        (tmp_path / lang).symlink_to(LOCALE_FOLDER / lang)
    monkeypatch.setattr(i18n, "LOCALE_FOLDER", tmp_path)
    path = i18n.find_catalog_file("de")
    path.parent.mkdir(parents=True)
    catalog = update_catalog(read_catalog("de"), ["Compare the strategies"])
    catalog["Compare the strategies"].string = "Strategien vergleichen"
    path.write_text(format_catalog(catalog), encoding="utf-8")
    monkeypatch.setitem(LANGUAGES, "de", "Deutsch")
    i18n._load_translations.cache_clear()
    yield get_translator("de")
    i18n._load_translations.cache_clear()


def test_a_language_costs_a_catalog_and_a_line(german: Translator) -> None:
    assert german("Compare the strategies") == "Strategien vergleichen"
    assert german("Conclusion") == "Conclusion"
    assert german.with_unit(1234.5, "kW", 1) == "1.234,5\u00a0kW"
    assert german.percent(0.5) == "50\u202f%"
    assert german.parse_number("1.234,5") == 1234.5
    page = str(render_page("/compare", "?lang=de"))
    assert "Strategien vergleichen" in page
    assert "Deutsch" in page


def test_french_is_translated_and_english_is_the_msgid(french: Translator, english: Translator) -> None:
    assert french("Peak shaving") == "Écrêtage de pointe"
    assert english("Peak shaving") == "Peak shaving"
    assert french("{count} on the road", count="12") == "12 sur la route"


def test_numbers_have_the_form_of_the_language(french: Translator, english: Translator) -> None:
    assert french.number(213340) == "213\u202f340"
    assert english.number(213340) == "213,340"
    assert french.with_unit(-1234.56, "kW", 1) == "\u22121\u202f234,6\u00a0kW"
    assert french.percent(0.786, 1) == "78,6\u202f%"
    assert english.percent(0.786, 1) == "78.6%"


def test_arabic_is_written_from_right_to_left_with_latin_digits_and_moroccan_months(arabic: Translator) -> None:
    time = datetime(2026, 12, 15, 18, 5, tzinfo=UTC)
    assert (arabic.tag, arabic.direction) == ("ar-MA", "rtl")
    assert (arabic.date(time), arabic.time(time)) == ("الثلاثاء 15 دجنبر 2026", "18:05")
    assert arabic.parse_number("1.234,5") == 1234.5
    assert arabic.parse_number("0.6") == 0.6
    assert arabic.parse_number("1.234") == arabic.parse_number("\u200e1.234") == 1234.0


def test_a_number_keeps_its_sign_and_unit_at_its_side_in_arabic(arabic: Translator, french: Translator) -> None:
    assert arabic.with_unit(-1234.56, "kW", 1) == "\u200e\u22121.234,6\u00a0kW"
    assert arabic.percent(0.786, 1) == "\u200e78,6%"
    assert arabic.signed(0.5, 1) == "\u200e+\u200e0,5"
    assert arabic.keep_order("7 A") == "\u200e7 A"
    assert french.keep_order("7 A") == "7 A"


def test_values_in_an_arabic_sentence_do_not_trade_places(arabic: Translator, french: Translator) -> None:
    assert arabic("{count} on the road", count="12") == "\u206812\u2069 على الطريق"
    assert french("{count} on the road", count="12") == "12 sur la route"


def test_a_signed_number_that_rounds_to_zero_has_no_sign(english: Translator) -> None:
    assert [english.signed(value, 1) for value in (0.06, 0.04, -0.04, -0.06)] == ["+0.1", "0.0", "0.0", "\u22120.1"]


def test_a_number_that_rounds_to_zero_has_no_sign(english: Translator) -> None:
    assert english.number(-0.04, 1) == "0.0"
    assert english.number(-0.06, 1) == "\u22120.1"


def test_a_residual_is_shown_by_its_power_of_ten(french: Translator) -> None:
    assert french.scientific(-9.13e-13) == "\u22129,1\u00a0×\u00a010⁻¹³"
    assert french.scientific(0.0) == "0"


def test_dates_have_the_form_of_the_language(french: Translator, english: Translator) -> None:
    time = datetime(2026, 12, 15, 18, 5, tzinfo=UTC)
    assert (french.date(time), french.time(time)) == ("mar. 15 déc. 2026", "18:05")
    assert english.date(time) == "Tue 15 Dec 2026"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0,6", 0.6), ("0.6", 0.6), ("1 000", 1000.0), ("1\u202f000", 1000.0), ("−3", -3.0), ("1e3", 1000.0)],
)
def test_a_typed_number_is_understood(french: Translator, typed: str, value: float) -> None:
    assert french.parse_number(typed) == value


@pytest.mark.parametrize("typed", ["", "abc", "1,2,3", "12 kWh"])
def test_a_text_that_is_not_a_number_has_no_value(french: Translator, typed: str) -> None:
    assert french.parse_number(typed) is None


@pytest.mark.parametrize("code", [None, "", "de", "../../etc", 7, ["en"]])
def test_an_unknown_language_becomes_french(code: object) -> None:
    assert parse_language(code) == "fr"
    assert get_translator(parse_language(code)).lang == "fr"
