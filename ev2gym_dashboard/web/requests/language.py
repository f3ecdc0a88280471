"""Language of a visitor: that of the address, else the one that the visitor has chosen, else the browser's."""

from __future__ import annotations

from werkzeug.wrappers import Request

from ev2gym_dashboard.web.i18n import DEFAULT_LANGUAGE, LANGUAGES

LANGUAGE_COOKIE = "lang"
"""Set by `language.js` when the visitor follows a link of the languages, not by an address sent by somebody else."""


def choose_language(request: Request, named: str | None) -> str:
    """Return the language ``named`` by an address, or the one that the visitor of a request reads best."""
    for code in (named, request.cookies.get(LANGUAGE_COOKIE)):
        if code in LANGUAGES:
            return code
    return request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE)
