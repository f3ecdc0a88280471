"""Labels of a run that several pages show: tariff periods, the rule of the strategy, the vehicle catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from ev2gym_dashboard.core.schema import Quantity
from ev2gym_dashboard.core.site.tariff import check_price_threshold
from ev2gym_dashboard.service.datasets.catalogs import USER_CATALOG, LoadedCatalog
from ev2gym_dashboard.service.scenarios.tariff import list_scenario_prices
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.strategies import STRATEGIES, Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.issues import format_issue_message
from ev2gym_dashboard.web.requests.values import is_fraction

POSTE_NAMES = {
    "HP": N_("Peak hours (HP)"),
    "HPL": N_("Shoulder hours (HPL)"),
    "HC": N_("Off-peak hours (HC)"),
    "HN": N_("Normal hours (HN)"),
}
CONFIDENCE_LABELS = {"high": N_("high confidence"), "medium": N_("medium confidence"), "low": N_("low confidence")}
TIERED_BILL_NOTE = N_(
    "The tier follows the import at the meter in each calendar month, EVs included; a month that the run covers only "
    "in part is scaled to the whole month by its hours."
)
TIERED_PRICE_NOTE = N_(
    "The current price is an estimate from the site load and the expected charging; the bill follows the meter."
)
PRICE_THRESHOLD = "price_threshold_mad_kwh"

UNIT_WORDS = {"years": N_("years")}


def render_catalog_notice(view: RunView, _: Translator) -> Any:
    """Return the notices of a catalog: why it is not loaded as chosen, what is assumed, and the sources of its V2G."""
    loaded = view.loaded_catalog
    notices = (_render_catalog_issues(loaded, _), render_assumptions(loaded, _), _render_v2g_sources(loaded, _))
    return [notice for notice in notices if notice is not None] or None


def render_assumptions(loaded: LoadedCatalog, _: Translator) -> html.Div | None:
    """Return what is assumed about the models of a converted file, by model, in a fold."""
    if not loaded.assumptions:
        return None
    by_model: dict[str, list[str]] = {}
    for issue in loaded.assumptions:
        by_model.setdefault(issue.field, []).append(format_issue_message(issue, None, _))
    lines = [html.Li(_("{name}: {text}", name=name, text="; ".join(texts))) for name, texts in by_model.items()]
    sentence = _("Some properties of the vehicle models are assumed.")
    summary = _.plural("Assumptions ({count} model)", "Assumptions ({count} models)", len(lines))
    return _render_fold(sentence, summary, lines, "alert alert-info")


def _render_v2g_sources(loaded: LoadedCatalog, _: Translator) -> html.Div | None:
    """Return the source of each model's V2G as sold today, in a fold."""
    if not loaded.v2g_sources:
        return None
    sources = zip(loaded.models.names, loaded.v2g_sources, strict=True)
    lines = [html.Li(_("{name}: {text}", name=name, text=_(source))) for name, source in sources]
    capable = int(loaded.models.v2g_capable.sum())
    sentence = _.plural(
        "V2G as sold today: {capable} of {count} model.",
        "V2G as sold today: {capable} of {count} models.",
        len(lines),
        capable=capable,
    )
    return _render_fold(sentence, _("Source of each model"), lines, "alert alert-info")


def _render_fold(sentence: str, summary: str, lines: list[html.Li], style: str) -> html.Div:
    # A catalog may have two thousand models: the list scrolls within the page.
    fold = html.Details([html.Summary(summary), html.Ul(lines, className="fold-list")])
    return html.Div([html.Strong(sentence), fold], className=style)


def _render_catalog_issues(loaded: LoadedCatalog, _: Translator) -> html.Div | None:
    if not loaded.issues:
        return None
    used = ", ".join(loaded.source)
    sentence = _("The requested catalog cannot be used; {files} is loaded instead.", files=used)
    partly = _("Part of the catalog cannot be used; {files} is loaded.", files=used)
    lines = [
        html.Li(_("{name}: {text}", name=issue.field, text=format_issue_message(issue, None, _)))
        for issue in loaded.issues
    ]
    count = _.plural("Why ({count} issue)", "Why ({count} issues)", len(lines))
    return _render_fold(sentence if loaded.fallback else partly, count, lines, "alert alert-warning")


def render_catalog_badge(view: RunView, names: Mapping[str, str], _: Translator) -> list[Any]:
    """Return the names of the catalog's files, the user's own as uploaded, with a badge if their V2G is assumed."""
    loaded = view.loaded_catalog
    user_file = names.get("catalog_spec") or _("Your file")
    source = user_file if loaded.key == USER_CATALOG else " + ".join(loaded.source)
    files = html.Span(source, className="source-name")
    if loaded.v2g_sources:
        return [files, html.Span(_("V2G as sold"), className="badge-assumed")]
    if not loaded.v2g_assumed:
        return [files]
    reason = _("EV2Gym's 2024 file assigns a discharge power to every model; most of them do not offer V2G today.")
    return [files, html.Span(_("V2G assumed"), className="badge-assumed", title=reason)]


def format_rule_texts(view: RunView, _: Translator) -> dict[str, str]:
    """Return the rule of the active strategy, and a warning if V2G is off or the price threshold has no effect."""
    # With V2G off the threshold has no effect at all: one warning is enough.
    off = "" if view.v2g else _("V2G is switched off: no vehicle discharges.")
    return {
        ids.RULE: format_strategy_rule(STRATEGIES[view.strategy], view.params, _),
        ids.WARNING: off or format_threshold_warning(view, _),
    }


def format_threshold_warning(view: RunView, _: Translator) -> str:
    """Return a sentence if the price never or always exceeds the price threshold, otherwise an empty text."""
    quantity = STRATEGIES[view.strategy].quantities.get(PRICE_THRESHOLD)
    if quantity is None:
        return ""
    threshold_mad_kwh = view.params.get(f"{view.strategy}.{PRICE_THRESHOLD}", quantity.default)
    verdict = check_price_threshold(list_scenario_prices(view.run.scenario), threshold_mad_kwh)
    if verdict == "never":
        return _("Under this tariff the price never exceeds the threshold: no V2G.")
    if verdict == "always":
        return _("Under this tariff the price always exceeds the threshold: V2G is requested at all hours.")
    return ""


def format_strategy_rule(strategy: Strategy, params: Mapping[str, float], _: Translator) -> str:
    """Return the rule of a strategy with the values of its parameters."""
    values = {
        name: format_quantity(params.get(f"{strategy.key}.{name}", quantity.default), quantity, _)
        for name, quantity in strategy.quantities.items()
    }
    return _(strategy.rule, **values)


def translate_unit(unit: str, _: Translator) -> str:
    """Return a unit in the user's language: only those that are words differ."""
    return _(UNIT_WORDS[unit]) if unit in UNIT_WORDS else unit


def format_quantity(value: float, quantity: Quantity, _: Translator) -> str:
    """Return a quantity for a sentence: hours as a time of day, fractions in percent, others with their unit."""
    if quantity.unit == "h":
        minutes = round(60 * value)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if is_fraction(quantity):
        return _.percent(value)
    return _.keep_order(f"{_.plain(value)}\u00a0{translate_unit(quantity.unit, _)}".rstrip())
