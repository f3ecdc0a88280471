"""Documentation: the link of each page to the part of the documentation that explains it."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.i18n import DEFAULT_LANGUAGE, Translator

ENTRIES = {"fr": "fr/demarrer.html", "en": "index.html"}
"""Where the documentation begins, in each of its languages."""
PARTS = {
    "/": {"fr": "fr/guide.html#flotte", "en": "pages.html#fleet"},
    "/vehicles": {"fr": "fr/guide.html#vehicules", "en": "pages.html#vehicles"},
    "/site": {"fr": "fr/guide.html#site", "en": "pages.html#site"},
    "/compare": {"fr": "fr/guide.html#comparer", "en": "compare.html"},
    "/scenarios": {"fr": "fr/guide.html", "en": "pages.html#scenarios"},
    "/report": {"fr": "fr/guide.html#lire-le-verdict", "en": "pages.html#site"},
    "/glossary": {"fr": "fr/guide.html#les-termes", "en": "glossary.html"},
    "/about": {"fr": "fr/guide.html#jusquou-sy-fier", "en": "assumptions.html"},
}
"""The part of the documentation that explains a page, by the path of the page."""


def render_documentation_link(_: Translator, path: str | None, root: str, *, class_name: str) -> html.A:
    """Return the link to the part for a page, in a tab of its own; ``root`` is the address of the documentation."""
    parts = PARTS.get(path or "", ENTRIES)
    lang = _.lang if _.lang in parts else DEFAULT_LANGUAGE
    text: list[Any] = [
        _("Documentation"),
        html.Span(" ↗", **ARIA_HIDDEN),
        html.Span(_("(new tab)"), className="visually-hidden"),
    ]
    return html.A(text, href=root + parts[lang], hrefLang=lang, target="_blank", rel="noopener", className=class_name)
