"""The record of the page "About"."""

from __future__ import annotations

from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.about.layout import render_about_layout

PAGE = Page("/about", N_("About"), render_about_layout, is_listed=False)
