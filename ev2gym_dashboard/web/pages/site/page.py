"""The record of the page "Site"."""

from __future__ import annotations

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.site.callbacks import register_site
from ev2gym_dashboard.web.pages.site.layout import render_site_layout

PAGE = Page("/site", N_("Site"), render_site_layout, register_site, request_store=ids.SITE_REQUEST)
