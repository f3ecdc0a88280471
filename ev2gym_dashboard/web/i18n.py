"""Languages of the page: texts, numbers and dates in the user's language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import InvalidOperation
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberFormatError, format_decimal, parse_decimal

LANGUAGES = {"fr": "Français", "en": "English", "ar": "العربية"}
REGIONS = {"ar": "MA"}
"""Region of a language whose digits and months differ between regions."""
NUMERIC_DATES = {"fr": "dd/MM/yyyy", "ar": "dd/MM/yyyy"}
"""Dates in digits, as CLDR writes their patterns; the other languages write those of ISO, which no region misreads."""
DEFAULT_LANGUAGE = "fr"
LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN_BELOW = 1e15
GROUPED_FROM = 10_000
MAX_NUMBER = 1e300
LARGE_NUMBER = "a very large number"
NARROW_SPACE, SPACE = "\u202f", "\u00a0"
LEFT_TO_RIGHT_MARK, ISOLATE, END_OF_ISOLATE = "\u200e", "\u2068", "\u2069"
DIRECTION_SIGNS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069"))


@dataclass(frozen=True)
class Translator:
    """A language; called with a msgid and its values by name, it returns the text."""

    lang: str
    translations: NullTranslations = field(repr=False, compare=False)

    def __call__(self, msgid: str, **values: object) -> str:
        text = self.translations.gettext(msgid) if msgid else ""
        return self._fill(text, values) if values else text

    def plural(self, singular: str, plural: str, count: int, **values: object) -> str:
        """Return the form of a text for a number of things; its ``{count}`` is the number as the language writes it."""
        text = self.translations.ngettext(singular, plural, count)
        return self._fill(text, {"count": self.number(count), **values})

    def _fill(self, text: str, values: Mapping[str, object]) -> str:
        return text.format(**(_isolate_values(values) if self.is_rtl else values))

    @property
    def locale(self) -> Locale:
        """Return the locale of numbers and dates."""
        return _find_locale(self.lang)

    @property
    def tag(self) -> str:
        """Return the language as HTML and JavaScript name it."""
        return str(self.locale).replace("_", "-")

    @property
    def is_rtl(self) -> bool:
        """Return whether the language is written from right to left."""
        return bool(_find_mark(self.lang))

    @property
    def direction(self) -> str:
        """Return the direction of the language as HTML names it."""
        return "rtl" if self.is_rtl else "ltr"

    def keep_order(self, text: str) -> str:
        """Return a number with its sign or unit such that both keep their sides among words from right to left."""
        return _find_mark(self.lang) + text

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with a fixed number of decimals."""
        text = f"{_drop_minus_zero(value, digits):,.{digits}f}"
        return _find_mark(self.lang) + text.translate(_read_number_signs(self.lang))

    def signed(self, value: float, digits: int = 0) -> str:
        """Return a number with its sign; one that rounds to zero has none."""
        sign = self.keep_order("+") if round(value, digits) > 0.0 else ""
        return sign + self.number(value, digits)

    def plain(self, value: float) -> str:
        """Return a number without grouping and trailing zeros, as a user would type it."""
        if not abs(value) < PLAIN_BELOW:
            return self.scientific(value) if math.isfinite(value) else str(value)
        return format_decimal(value, format="0.##########", locale=self.locale)

    def with_unit(self, value: float, unit: str, digits: int = 0) -> str:
        """Return a number and its unit, joined by a non-breaking space."""
        return f"{self.number(value, digits)}{SPACE}{unit}"

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a fraction as a percentage, with the language's space before the sign."""
        return self.add_percent_sign(self.number(100.0 * share, digits))

    def add_percent_sign(self, number: object) -> str:
        """Return a formatted number with the sign of percent."""
        return f"{number}{_read_percent_space(self.lang)}%"

    def scientific(self, value: float) -> str:
        """Return a number with two significant digits and a power of ten."""
        if value == 0.0:
            return "0"
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{self.number(float(mantissa), 1)}{SPACE}×{SPACE}10{str(int(exponent)).translate(SUPERSCRIPTS)}"

    def date(self, time: datetime) -> str:
        return format_datetime(time, "EEE d MMM y", locale=self.locale)

    def day_and_time(self, time: datetime) -> str:
        """Return a time with its day, without the year."""
        return format_datetime(time, "EEE d MMM HH:mm", locale=self.locale)

    def time(self, time: datetime) -> str:
        return format_datetime(time, "HH:mm", locale=self.locale)

    @property
    def writes_day_first(self) -> bool:
        """Return whether a date in digits begins with the day."""
        return self.lang in NUMERIC_DATES

    def numeric_time(self, time: datetime) -> str:
        """Return a time in digits with its date, as a user would type it."""
        return format_datetime(time, f"{NUMERIC_DATES.get(self.lang, 'yyyy-MM-dd')} HH:mm", locale=self.locale)

    def parse_number(self, text: str) -> float | None:
        """Return a typed number, with the language's decimal sign or a point; None if the text is not a number."""
        compact = "".join(text.translate(DIRECTION_SIGNS).split()).replace("\u2212", "-")
        # First as the page writes it: a point may stand between thousands.
        try:
            return float(parse_decimal(compact, locale=self.locale, strict=True))
        except (NumberFormatError, InvalidOperation, OverflowError):
            pass
        try:
            return float(compact)
        except ValueError:
            return None


def parse_language(code: object) -> str:
    """Return a language code, the default one if the language is unknown."""
    return code if isinstance(code, str) and code in LANGUAGES else DEFAULT_LANGUAGE


def get_translator(lang: str) -> Translator:
    """Return a language by its code, the default one if the code is unknown."""
    code = parse_language(lang)
    return Translator(code, _load_translations(code))


def N_(msgid: str) -> str:  # noqa: N802
    """Mark a text of a table for translation."""
    return msgid


VALUE_WORDS = {
    LARGE_NUMBER: N_("a very large number"),
    "a list": N_("a list"),
    "an object": N_("an object"),
    "None": N_("no value"),
    "True": N_("true"),
    "False": N_("false"),
}
"""Our words for values that are neither numbers nor texts, see `format_value` of the schema."""


def localize_value(value: object, _: Translator) -> object:
    """Return the value of an issue, a number in the format of the language, our words for others in the language."""
    if isinstance(value, str):
        return _(VALUE_WORDS[value]) if value in VALUE_WORDS else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if abs(value) > MAX_NUMBER:
        return _(VALUE_WORDS[LARGE_NUMBER])
    grouped = GROUPED_FROM <= abs(value) < PLAIN_BELOW and value == round(value)
    return _.number(value) if grouped else _.plain(value)


def format_template(template: str, values: Mapping[str, object], _: Translator) -> str:
    """Return a template in the user's language, its numbers in the format of the language."""
    return _(template, **{name: localize_value(value, _) for name, value in values.items()})


def find_catalog_file(lang: str) -> Path:
    """Return the path of a language's catalog."""
    return LOCALE_FOLDER / lang / "LC_MESSAGES" / "messages.po"


@cache
def _load_translations(lang: str) -> NullTranslations:
    path = find_catalog_file(lang)
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=lang)
    # gettext reads only compiled catalogs: compiling here keeps generated files out of the repository and the wheel.
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _find_locale(lang: str) -> Locale:
    return Locale(lang, REGIONS.get(lang))


@cache
def _find_mark(lang: str) -> str:
    """Return the sign that starts a text from left to right, empty if the language goes that way anyway."""
    return LEFT_TO_RIGHT_MARK if Locale.parse(lang).text_direction == "rtl" else ""


def _isolate_values(values: Mapping[str, object]) -> dict[str, str]:
    # A name, a time or a number in a sentence from right to left would otherwise trade places with its neighbours.
    return {name: f"{ISOLATE}{value}{END_OF_ISOLATE}" for name, value in values.items()}


@cache
def _read_number_signs(lang: str) -> dict[int, str]:
    """Return the language's signs for Python's comma, point and minus."""
    # Babel formats a number several times slower than Python, and every tick formats many.
    symbols = _find_locale(lang).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"], "-": "\u2212"})


@cache
def _read_percent_space(lang: str) -> str:
    pattern = Locale.parse(lang).percent_formats[None].pattern
    # Babel has a wide space in French, where French typography asks for a narrow one.
    return NARROW_SPACE if pattern != pattern.rstrip("%").rstrip() + "%" else ""


def _drop_minus_zero(value: float, digits: int) -> float:
    # Python formats -0.04 as "-0.0".
    return 0.0 if abs(value) < 0.5 * 10.0**-digits else value
