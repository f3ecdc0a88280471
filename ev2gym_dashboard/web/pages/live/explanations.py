"""What explains the figures: reasons per model, notices about catalog and tariff, sources, the energy ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.site.tariff import check_price_threshold
from ev2gym_dashboard.service.datasets.catalogs import USER_CATALOG
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, list_scenario_prices
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.live.figures import count_v2g_capable

POSTE_NAMES = {
    "HP": N_("Peak hours (HP)"),
    "HPL": N_("Full hours (HPL)"),
    "HC": N_("Off-peak hours (HC)"),
    "HN": N_("Normal hours (HN)"),
}
REASON_MODES = {"charging": "g2v", "guard": "g2v", "discharging": "v2g", "waiting": "waiting", "away": "away"}
LEDGER_LABELS = {
    "grid_in_kwh": N_("Drawn from the grid"),
    "grid_out_kwh": N_("Given back to the grid"),
    "stored_kwh": N_("Change of the stored energy"),
    "charge_loss_kwh": N_("Lost in charging"),
    "discharge_loss_kwh": N_("Lost in discharging"),
    "driven_kwh": N_("Driven"),
    "residual_kwh": N_("Residual of the balance"),
}
CONFIDENCE_LABELS = {"high": N_("high confidence"), "medium": N_("medium confidence"), "low": N_("low confidence")}
PRICE_THRESHOLD = "price_threshold_mad_kwh"
ASSUMPTIONS = (
    N_("Arrivals, stays and energy are ElaadNL's, as EV2Gym ships them: Dutch habits, not Moroccan ones."),
    N_("Models without an efficiency table get 93.3 % each way, 87 % round trip, as Schram et al. (2020) measured."),
    N_("The sun is a clear sky (pvlib) times a cloud factor; the renewable strategy tests it, not the hour."),
    N_("Losses count both ways: charging draws more than the battery gains, discharging gives less than it loses."),
    N_("Simulated time is UTC, Morocco's legal time since 20 September 2026."),
    N_("No text that pays V2G energy was found in Morocco: its value is the peak purchase that it avoids."),
)
CREDITS = N_("Vehicle data: EV2Gym 2.0.0 (MIT). Sessions: ElaadNL. Tariffs: ONEE.")


def render_reason_rows(_: Translator) -> list[html.Li]:
    """Return a row per reason, always in the same order; the counts come with each answer."""
    return [_render_reason_row(reason, _) for reason in Reason]


def format_reason_texts(frame: FleetView, model: str | None, _: Translator) -> dict[str, str]:
    """Return how many vehicles do what and why, for a model, or for the fleet if none is chosen."""
    counts = {ids.make_reason_count_id(key): _.number(count) for key, count in count_reasons(frame, model).items()}
    return counts | {ids.REASONS_TITLE: format_reasons_title(frame, model, _)}


def compute_reason_shares(frame: FleetView, model: str | None) -> dict[str, float]:
    """Return the reasons' shares of a model's vehicles, or of the fleet's, by the id of their row."""
    counts = count_reasons(frame, model)
    total = max(1, sum(counts.values()))
    return {ids.make_reason_id(key): round(count / total, 4) for key, count in counts.items()}


def count_reasons(frame: FleetView, model: str | None) -> dict[str, int]:
    """Return the vehicles per reason of a model, or of the fleet."""
    names = frame.models["model"]
    if model not in names:
        return {key: sum(counts) for key, counts in frame.reasons.items()}
    return {key: counts[names.index(model)] for key, counts in frame.reasons.items()}


def format_reasons_title(frame: FleetView, model: str | None, _: Translator) -> str:
    if model in frame.models["model"]:
        return _("Why: {model}", model=model)
    return _("Why: the whole fleet")


def render_pie_legend(_: Translator) -> list[html.Div]:
    """Return the words of the pie, their numbers to come."""
    return [
        _render_pie_legend_item("capable", _("V2G-capable"), "✅"),
        _render_pie_legend_item("incapable", _("Without V2G"), "❌"),
    ]


def format_pie_texts(frame: FleetView, basis: str, _: Translator) -> dict[str, str]:
    """Return the pie's numbers."""
    counts = dict(zip(("capable", "incapable"), count_v2g_capable(frame, basis), strict=True))
    total = max(1, sum(counts.values()))
    shares = {ids.make_pie_legend_id(side, "share"): _.percent(count / total) for side, count in counts.items()}
    return shares | {ids.make_pie_legend_id(side, "count"): _.number(count) for side, count in counts.items()}


def render_catalog_notice(frame: FleetView, _: Translator) -> Any:
    """Return what to know where a file was not used, each reason in a fold; nothing where all is as asked."""
    loaded = frame.loaded_catalog
    if not loaded.issues:
        return None
    used = ", ".join(loaded.source)
    sentence = _("The catalog that was asked for cannot be used as it is; {files} is loaded instead.", files=used)
    partly = _("Part of the catalog cannot be used; what is loaded: {files}.", files=used)
    lines = [
        html.Li(_("{name}: {text}", name=issue.field, text=scenario_form.format_issue_message(issue, None, _)))
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
        ids.RULE: scenario_form.format_strategy_rule(STRATEGIES[frame.strategy], frame.params, _),
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


def render_ledger_rows(_: Translator) -> list[html.Tr]:
    """Return the energy balance since the start, a row per term, the numbers to come."""
    return [
        html.Tr([html.Th(_(heading), scope="row"), html.Td(id=ids.make_ledger_id(name), className="live")])
        for name, heading in LEDGER_LABELS.items()
    ]


def format_ledger_texts(frame: FleetView, _: Translator) -> dict[str, str]:
    """Return the terms of the energy balance."""
    plain = {name: _.with_unit(frame.ledger[name], "kWh", 1) for name in LEDGER_LABELS}
    plain["residual_kwh"] = f"{_.scientific(frame.ledger['residual_kwh'])}\u00a0kWh"
    return {ids.make_ledger_id(name): text for name, text in plain.items()}


def render_fleet_sources(frame: FleetView, _: Translator) -> list[html.Li]:
    """Return what is assumed and where the figures come from."""
    tariff = find_tariff(frame.run.scenario)
    assumed = [_("V2G of the 2024 models is an assumption of EV2Gym's file, not an offer of their makers.")]
    note = f"{_(tariff.note)} ({_(CONFIDENCE_LABELS[tariff.confidence])})"
    price = _("{name}: {text}", name=_(tariff.name), text=note)
    lines = [
        _(frame.loaded_catalog.registrations_note) + ".",
        *(assumed if frame.loaded_catalog.v2g_assumed else []),
        *map(_, ASSUMPTIONS),
    ]
    return [html.Li(line) for line in (*lines, price, _(tariff.source), _(CREDITS)) if line]


def _render_pie_legend_item(side: str, name: str, sign: str) -> html.Div:
    mark = html.Span(sign, **ARIA_HIDDEN)
    count = html.Strong(id=ids.make_pie_legend_id(side, "count"), className="live")
    return html.Div(
        [mark, html.Span(name), count, html.Span(id=ids.make_pie_legend_id(side, "share"), className="unit live")]
    )


def _render_reason_row(reason: Reason, _: Translator) -> html.Li:
    bar = html.Span(html.Span(className="reason-bar"), className="reason-track")
    count = html.Span(id=ids.make_reason_count_id(reason.key), className="reason-count live")
    mode = REASON_MODES.get(reason.key, "idle")
    return html.Li([_(reason.text), bar, count], id=ids.make_reason_id(reason.key), className=f"reason reason-{mode}")
