"""Texts, numbers and dates of the two languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.site.tariff import FLAT_NAME, FLAT_NOTE
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, REGISTRATIONS_NOTE, USER_REGISTRATIONS_NOTE
from ev2gym_dashboard.service.datasets.packaged import load_tariffs, read_load_shapes
from ev2gym_dashboard.service.simulation.v2g_value import VALUE_VERDICTS
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.i18n import LOCALE_FOLDER, Translator, get_translator, parse_language

PACKAGE = Path(__file__).parents[2] / "ev2gym_dashboard"
ARGUMENT = {"_": 0, "N_": 0, "Issue": 1, "_make_issue": 1, "add_issue": 1}
ARGUMENT |= {"declare_quantity": 4, "declare_switch": 1, "declare_choice": 2}
ENGLISH_FILES = ("service/runtime/settings.py", "service/scenarios/toml_file.py", "service/execution/dask_cluster.py")
ENGLISH_ROOMS = ("cli", "integrations", "service/reports", "service/sweeps")
ENGLISH_ALONE = {PACKAGE / name for name in ENGLISH_FILES}
ENGLISH_ALONE |= {path for room in ENGLISH_ROOMS for path in (PACKAGE / room).rglob("*.py")}


def texts_in_code() -> set[str]:
    """Return the texts that stand as such in a call which marks them, in any module of the page or below it."""
    files = [path for path in PACKAGE.rglob("*.py") if path not in ENGLISH_ALONE]
    return {text for path in files for text in marked_texts(ast.parse(path.read_text(encoding="utf-8")))}


def marked_texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = ARGUMENT.get(name, len(node.args))
            if place < len(node.args) and isinstance(text := getattr(node.args[place], "value", None), str):
                yield text


def texts_in_tables() -> set[str]:
    strategies = {text for strategy in STRATEGIES.values() for text in (strategy.name, strategy.rule)}
    labels = {choice.label for choice in CATALOGS.values()} | tariff_texts() | load_texts()
    return strategies | labels | {reason.text for reason in Reason} | set(VALUE_VERDICTS.values()) | other_texts()


def other_texts() -> set[str]:
    return {REGISTRATIONS_NOTE, USER_REGISTRATIONS_NOTE} | {figure.label for figure in COMPARISON_KPIS.values()}


def tariff_texts() -> set[str]:
    tariffs = load_tariffs().values()
    exports = {text for one in tariffs if one.export for text in (one.export.note, one.export.source)}
    return {text for one in tariffs for text in (one.note, one.source)} | exports | {FLAT_NAME, FLAT_NOTE}


def load_texts() -> set[str]:
    shapes = read_load_shapes()
    return {shapes.note, shapes.source, shapes.ramadan_note, shapes.ramadan_source}


def catalog_of(lang: str) -> Catalog:
    with (LOCALE_FOLDER / lang / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=lang)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_text_has_a_french_translation() -> None:
    translated = {str(message.id) for message in catalog_of("fr") if message.id and message.string}
    assert texts_in_code() | texts_in_tables() <= translated


def test_no_translation_is_left_over() -> None:
    used = texts_in_code() | texts_in_tables()
    left_over = {str(message.id) for lang in ("fr", "en") for message in catalog_of(lang) if message.id} - used
    assert left_over == set()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_translation_has_the_same_placeholders(lang: str) -> None:
    for message in catalog_of(lang):
        assert placeholders(str(message.string)) == placeholders(str(message.id)), message.id


def test_french_speaks_french_and_english_the_msgids(french: Translator, english: Translator) -> None:
    assert french("Peak shaving") == "Écrêtage de pointe"
    assert english("Peak shaving") == "Peak shaving"
    assert french("{count} on the road", count="12") == "12 sur la route"


def test_numbers_have_the_form_of_the_language(french: Translator, english: Translator) -> None:
    assert french.number(213340) == "213\u202f340"
    assert english.number(213340) == "213,340"
    assert french.with_unit(-1234.56, "kW", 1) == "\u22121\u202f234,6\u00a0kW"
    assert french.percent(0.786, 1) == "78,6\u202f%"
    assert english.percent(0.786, 1) == "78.6%"


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
def test_what_is_no_number_is_none(french: Translator, typed: str) -> None:
    assert french.parse_number(typed) is None


@pytest.mark.parametrize("asked", [None, "", "de", "../../etc", 7, ["en"]])
def test_a_language_that_there_is_not_becomes_french(asked: object) -> None:
    assert parse_language(asked) == "fr"
    assert get_translator(parse_language(asked)).lang == "fr"
