"""The record of the page "Scenarios"."""

from __future__ import annotations

from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.gallery.layout import render_gallery_layout
from ev2gym_dashboard.web.pages.gallery.routes import register_gallery

PAGE = Page("/scenarios", N_("Scenarios"), render_gallery_layout, register_gallery)
