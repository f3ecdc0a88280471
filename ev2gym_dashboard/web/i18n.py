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

LANGUAGES = {"fr": "Français", "en": "English"}
DEFAULT_LANGUAGE = "fr"
LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN_BELOW = 1e15
GROUPED_FROM = 10_000
MAX_NUMBER = 1e300
LARGE_NUMBER = "a very large number"
NARROW_SPACE, SPACE = "\u202f", "\u00a0"


@dataclass(frozen=True)
class Translator:
    """A language; called with a msgid and its values by name, it returns the text."""

    lang: str
    translations: NullTranslations = field(repr=False, compare=False)

    def __call__(self, msgid: str, **values: object) -> str:
        text = self.translations.gettext(msgid) if msgid else ""
        return text.format(**values) if values else text

    @property
    def locale(self) -> Locale:
        return Locale.parse(self.lang)

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with a fixed number of decimals."""
        text = f"{_drop_minus_zero(value, digits):,.{digits}f}"
        return text.translate(_read_number_signs(self.lang))

    def plain(self, value: float) -> str:
        """Return a number without grouping and trailing zeros, as a user would type it."""
        if not abs(value) < PLAIN_BELOW:
            return self.scientific(value) if math.isfinite(value) else str(value)
        return format_decimal(value, format="0.##########", locale=self.lang)

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
        return format_datetime(time, "EEE d MMM y", locale=self.lang)

    def day_and_time(self, time: datetime) -> str:
        """Return a time with its day, without the year."""
        return format_datetime(time, "EEE d MMM HH:mm", locale=self.lang)

    def time(self, time: datetime) -> str:
        return format_datetime(time, "HH:mm", locale=self.lang)

    def parse_number(self, text: str) -> float | None:
        """Return a typed number, with the language's decimal sign or a point; None if the text is not a number."""
        compact = "".join(text.split()).replace("\u2212", "-")
        try:
            return float(compact)
        except ValueError:
            pass
        try:
            return float(parse_decimal(compact, locale=self.lang, strict=True))
        except (NumberFormatError, InvalidOperation, OverflowError):
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
def _read_number_signs(lang: str) -> dict[int, str]:
    """Return the language's signs for Python's comma, point and minus."""
    # Babel formats a number several times slower than Python, and every tick formats many.
    symbols = Locale.parse(lang).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"], "-": "\u2212"})


@cache
def _read_percent_space(lang: str) -> str:
    pattern = Locale.parse(lang).percent_formats[None].pattern
    # Babel has a wide space in French, where French typography asks for a narrow one.
    return NARROW_SPACE if pattern != pattern.rstrip("%").rstrip() + "%" else ""


def _drop_minus_zero(value: float, digits: int) -> float:
    # Python formats -0.04 as "-0.0".
    return 0.0 if abs(value) < 0.5 * 10.0**-digits else value
