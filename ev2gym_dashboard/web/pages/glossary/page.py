"""The record of the page "Glossary"."""

from __future__ import annotations

from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.glossary.layout import render_glossary_layout

PAGE = Page("/glossary", N_("Glossary"), render_glossary_layout, is_listed=False)
