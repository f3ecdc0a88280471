"""The record of the page "Fleet"."""

from __future__ import annotations

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.pages.live.callbacks import build_live_reply, register_live
from ev2gym_dashboard.web.pages.live.layout import render_live_layout

PAGE = Page(
    "/",
    N_("Fleet"),
    render_live_layout,
    register_live,
    request_store=ids.REQUEST,
    build_reply=build_live_reply,
    first_selection={"log": {"page": 0, "whole": False}},
)
