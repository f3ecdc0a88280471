"""Words of declared EVSEs and fleet parts: canonical English text, shown in the user's language.

`core.group_lines` reads the words of both languages, so that the shown text reads back equal.
"""

from __future__ import annotations

import re

from ev2gym_dashboard.core.group_lines import AMOUNT_PATTERN, NAME_PATTERN
from ev2gym_dashboard.web.i18n import N_, Translator

WORDS = (
    N_("at home"), N_("at work"), N_("at public"), N_("home"), N_("work"), N_("public"), N_("target"), N_("return"),
    N_("models"),
)  # fmt: skip
"""Words of a canonical line, longer ones first."""

# A name before the colon and the models at the end are the user's own words.
_LINE = re.compile(NAME_PATTERN + AMOUNT_PATTERN + r".*?(?:, models (?P<models>.*))?")
_KIND = re.compile(r"\b(?:AC|DC) [\d.]+ kW(?: [13]ph)?(?: V2G)?(?: at (?:home|work|public))?\b")
_WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b")


def localize_groups(text: str, _: Translator) -> str:
    """Return declared EVSEs or parts in canonical text in the user's language; any other text as it is."""
    return "; ".join(_localize_line(line, _) for line in text.split("; "))


def localize_kinds(text: str, _: Translator) -> str:
    """Return a text with the kinds of EVSE in it in the user's language, such as "AC 7.4 kW at home"."""
    return _KIND.sub(lambda match: localize_words(match[0], _), text)


def localize_words(text: str, _: Translator) -> str:
    """Return words of ours in the user's language, and the numbers with its decimal sign and its percent."""
    text = _WORD.sub(lambda match: _(match[0]), text)
    text = re.sub(r"\d+(?:\.\d+)?", lambda match: _.plain(float(match[0])), text)
    return text.replace("%", _.add_percent_sign(""))


def _localize_line(line: str, _: Translator) -> str:
    match = _LINE.fullmatch(line)
    if match is None:
        return line
    name, models = line[: match.start("amount")], match["models"]
    rule = line[len(name) :].removesuffix(f", models {models}")
    return name + localize_words(rule, _) + (f", {_('models')} {models}" if models else "")
