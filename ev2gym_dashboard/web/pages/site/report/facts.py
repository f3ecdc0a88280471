"""Facts of the report: the run, and the scenario by which it can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.field_facts import (
    list_changed_fields,
    render_fact,
    render_field,
    render_field_change,
)
from ev2gym_dashboard.web.components.labels import format_strategy_rule, render_catalog_badge
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from ev2gym_dashboard.web.requests.uploads import select_active_files

SHOWN_FIELDS = (
    "fleet_size",
    "tariff",
    "base_load_kw_per_vehicle",
    "limit_kw_per_vehicle",
    "pv_kwp_per_vehicle",
    "seed",
)
"""Fields that every report names; the others follow where they differ from the default."""
HIDDEN_FIELDS = {*SHOWN_FIELDS, "catalog", "strategy", "v2g", "params"}
MAX_CHANGED_FIELDS = 5
"""More of them would not fit on the page."""


def format_run_line(view: SiteView, _: Translator) -> str:
    """Return what was simulated: strategy, V2G and period."""
    start = view.run.scenario.start_time
    return _(
        "{strategy}, {v2g}, from {start} to {end}",
        strategy=_(STRATEGIES[view.strategy].name),
        v2g=_("V2G allowed") if view.v2g else _("V2G off"),
        start=f"{_.date(start)} {_.time(start)}",
        end=f"{_.date(view.time)} {_.time(view.time)}",
    )


def render_facts(view: SiteView, names: Mapping[str, str], _: Translator) -> list[html.Div]:
    """Return the facts of a run; ``names`` are those of the user's files by field."""
    scenario = view.run.scenario
    rule = format_strategy_rule(STRATEGIES[view.strategy], view.params, _)
    return [
        render_fact(_("Rule of the strategy"), rule),
        render_fact(_("Catalog"), render_catalog_badge(view, names, _)),
        *(render_field(name, scenario, _) for name in SHOWN_FIELDS),
        *_render_changed_fields(view, _),
        *_render_files(view, names, _),
        *_render_change_count(view, _),
    ]


def _render_changed_fields(view: SiteView, _: Translator) -> list[html.Div]:
    scenario = view.run.scenario
    changed = [name for name in list_changed_fields(scenario) if name not in HIDDEN_FIELDS]
    facts = [render_field_change(name, scenario, _) for name in changed[:MAX_CHANGED_FIELDS]]
    left = len(changed) - len(facts)
    return facts + ([render_fact(_("Other differences"), _("{n}, in the link below", n=left))] if left else [])


def _render_files(view: SiteView, names: Mapping[str, str], _: Translator) -> list[html.Div]:
    files = select_active_files(view.run.scenario, names)
    return [render_fact(_(UPLOAD_KINDS[field].about), name) for field, name in files.items()]


def _render_change_count(view: SiteView, _: Translator) -> list[Any]:
    n = len(view.run.changes)
    return [render_fact(_("Changes of settings during the run"), _.number(n))] if n else []
