"""Labels of a run that several pages show: tariff periods, the rule in force, the vehicle catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from ev2gym_dashboard.core.schema import Quantity
from ev2gym_dashboard.core.site.tariff import check_price_threshold
from ev2gym_dashboard.service.datasets.catalogs import USER_CATALOG
from ev2gym_dashboard.service.scenarios.tariff import list_scenario_prices
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.registry import Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.issues import format_issue_message
from ev2gym_dashboard.web.requests.values import is_fraction

POSTE_NAMES = {
    "HP": N_("Peak hours (HP)"),
    "HPL": N_("Full hours (HPL)"),
    "HC": N_("Off-peak hours (HC)"),
    "HN": N_("Normal hours (HN)"),
}
CONFIDENCE_LABELS = {"high": N_("high confidence"), "medium": N_("medium confidence"), "low": N_("low confidence")}
PRICE_THRESHOLD = "price_threshold_mad_kwh"


def render_catalog_notice(frame: FleetView, _: Translator) -> Any:
    """Return what to know where a file was not used, each reason in a fold; nothing where all is as asked."""
    loaded = frame.loaded_catalog
    if not loaded.issues:
        return None
    used = ", ".join(loaded.source)
    sentence = _("The catalog that was asked for cannot be used as it is; {files} is loaded instead.", files=used)
    partly = _("Part of the catalog cannot be used; what is loaded: {files}.", files=used)
    lines = [
        html.Li(_("{name}: {text}", name=issue.field, text=format_issue_message(issue, None, _)))
        for issue in loaded.issues
    ]
    count = _("Why ({count} issues)", count=len(lines))
    return html.Div(
        [html.Strong(sentence if loaded.fallback else partly), html.Details([html.Summary(count), html.Ul(lines)])],
        className="alert alert-warning",
    )


def render_catalog_badge(frame: FleetView, names: Mapping[str, str], _: Translator) -> list[Any]:
    """Return the files in use, the user's own by its name, and that their V2G is an assumption where it is one."""
    own = frame.loaded_catalog.key == USER_CATALOG
    source = names.get("catalog_spec") or _("A file of yours") if own else " + ".join(frame.loaded_catalog.source)
    files = html.Span(source, className="source-name")
    if not frame.loaded_catalog.v2g_assumed:
        return [files]
    why = _("EV2Gym's 2024 file gives every model a discharge power; most of them do not sell V2G today.")
    return [files, html.Span(_("V2G assumed"), className="badge-assumed", title=why)]


def format_rule_texts(frame: FleetView, _: Translator) -> dict[str, str]:
    """Return the rule of the strategy in force, and what keeps it from doing anything."""
    off = "" if frame.v2g else _("V2G is switched off: no vehicle discharges.")
    return {
        ids.RULE: format_strategy_rule(STRATEGIES[frame.strategy], frame.params, _),
        ids.WARNING: off or format_threshold_warning(frame, _),
    }


def format_threshold_warning(frame: FleetView, _: Translator) -> str:
    """Return the sentence for a price threshold that the tariff never or always exceeds, or an empty text."""
    what = STRATEGIES[frame.strategy].quantities.get(PRICE_THRESHOLD)
    if what is None:
        return ""
    threshold = frame.params.get(f"{frame.strategy}.{PRICE_THRESHOLD}", what.default)
    verdict = check_price_threshold(list_scenario_prices(frame.run.scenario), threshold)
    if verdict == "never":
        return _("Under this tariff the price never exceeds the threshold: V2G never happens.")
    if verdict == "always":
        return _("Under this tariff the price always exceeds the threshold: it calls for V2G at all hours.")
    return ""


def format_strategy_rule(strategy: Strategy, params: Mapping[str, float], _: Translator) -> str:
    """Return a strategy's rule with its parameters as they are in force."""
    values = {
        name: format_quantity(params.get(f"{strategy.key}.{name}", what.default), what, _)
        for name, what in strategy.quantities.items()
    }
    return _(strategy.rule, **values)


def format_quantity(value: float, what: Quantity, _: Translator) -> str:
    """Return a quantity as a sentence holds it: times of day as such, fractions in percent, else with its unit."""
    if what.unit == "h":
        minutes = round(60 * value)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if is_fraction(what):
        return _.percent(value)
    return f"{_.plain(value)}\u00a0{what.unit}".rstrip()
