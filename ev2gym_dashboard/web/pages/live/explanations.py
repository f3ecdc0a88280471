"""What explains the figures: reasons per model, notices about catalog and tariff, sources, the energy ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.site.tariff import verdict_of
from ev2gym_dashboard.service.datasets.catalogs import OWN
from ev2gym_dashboard.service.scenarios.tariff import prices_of, tariff_of
from ev2gym_dashboard.service.sessions.fleet_view import Frame
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.components.aria import HIDDEN
from ev2gym_dashboard.web.i18n import N_, Words
from ev2gym_dashboard.web.pages.live.figures import capable_counts

POSTE_NAMES = {
    "HP": N_("Peak hours (HP)"),
    "HPL": N_("Full hours (HPL)"),
    "HC": N_("Off-peak hours (HC)"),
    "HN": N_("Normal hours (HN)"),
}
REASON_MODES = {"charging": "g2v", "guard": "g2v", "discharging": "v2g", "waiting": "waiting", "away": "away"}
LEDGER = {
    "grid_in_kwh": N_("Drawn from the grid"),
    "grid_out_kwh": N_("Given back to the grid"),
    "stored_kwh": N_("Change of the stored energy"),
    "charge_loss_kwh": N_("Lost in charging"),
    "discharge_loss_kwh": N_("Lost in discharging"),
    "driven_kwh": N_("Driven"),
    "residual_kwh": N_("Residual of the balance"),
}
CONFIDENCES = {"high": N_("high confidence"), "medium": N_("medium confidence"), "low": N_("low confidence")}
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


def reason_rows(_: Words) -> list[html.Li]:
    """Return a row per reason, always in the same order; the counts come with each answer."""
    return [_reason_row(reason, _) for reason in Reason]


def reason_texts(frame: Frame, model: str | None, _: Words) -> dict[str, str]:
    """Return how many vehicles do what and why, for a model, or for the fleet if none is chosen."""
    counts = {ids.reason_count(key): _.number(count) for key, count in reason_counts(frame, model).items()}
    return counts | {ids.REASONS_TITLE: reasons_title(frame, model, _)}


def reason_shares(frame: Frame, model: str | None) -> dict[str, float]:
    """Return the reasons' shares of a model's vehicles, or of the fleet's, by the id of their row."""
    counts = reason_counts(frame, model)
    total = max(1, sum(counts.values()))
    return {ids.reason(key): round(count / total, 4) for key, count in counts.items()}


def reason_counts(frame: Frame, model: str | None) -> dict[str, int]:
    """Return the vehicles per reason of a model, or of the fleet."""
    names = frame.models["model"]
    if model not in names:
        return {key: sum(counts) for key, counts in frame.reasons.items()}
    return {key: counts[names.index(model)] for key, counts in frame.reasons.items()}


def reasons_title(frame: Frame, model: str | None, _: Words) -> str:
    if model in frame.models["model"]:
        return _("Why: {model}", model=model)
    return _("Why: the whole fleet")


def pie_words(_: Words) -> list[html.Div]:
    """Return the words of the pie, their numbers to come."""
    return [_pie_word("capable", _("V2G-capable"), "✅"), _pie_word("incapable", _("Without V2G"), "❌")]


def pie_texts(frame: Frame, basis: str, _: Words) -> dict[str, str]:
    """Return the pie's numbers."""
    counts = dict(zip(("capable", "incapable"), capable_counts(frame, basis), strict=True))
    total = max(1, sum(counts.values()))
    shares = {ids.pie_word(side, "share"): _.percent(count / total) for side, count in counts.items()}
    return shares | {ids.pie_word(side, "count"): _.number(count) for side, count in counts.items()}


def catalog_notice(frame: Frame, _: Words) -> Any:
    """Return what to know where a file was not used, each reason in a fold; nothing where all is as asked."""
    loaded = frame.loaded
    if not loaded.issues:
        return None
    used = ", ".join(loaded.source)
    sentence = _("The catalog that was asked for cannot be used as it is; {files} is loaded instead.", files=used)
    partly = _("Part of the catalog cannot be used; what is loaded: {files}.", files=used)
    lines = [
        html.Li(_("{name}: {text}", name=issue.field, text=scenario_form.issue_text(issue, None, _)))
        for issue in loaded.issues
    ]
    count = _("Why ({count} issues)", count=len(lines))
    return html.Div(
        [html.Strong(sentence if loaded.fallback else partly), html.Details([html.Summary(count), html.Ul(lines)])],
        className="alert alert-warning",
    )


def catalog_badge(frame: Frame, names: Mapping[str, str], _: Words) -> list[Any]:
    """Return the files in use, the user's own by its name, and that their V2G is an assumption where it is one."""
    own = frame.loaded.key == OWN
    source = names.get("catalog_spec") or _("A file of yours") if own else " + ".join(frame.loaded.source)
    files = html.Span(source, className="source-name")
    if not frame.loaded.v2g_assumed:
        return [files]
    why = _("EV2Gym's 2024 file gives every model a discharge power; most of them do not sell V2G today.")
    return [files, html.Span(_("V2G assumed"), className="badge-assumed", title=why)]


def rule_texts(frame: Frame, _: Words) -> dict[str, str]:
    """Return the rule of the strategy in force, and what keeps it from doing anything."""
    off = "" if frame.v2g else _("V2G is switched off: no vehicle discharges.")
    return {
        ids.RULE: scenario_form.rule_text(STRATEGIES[frame.strategy], frame.params, _),
        ids.WARNING: off or threshold_warning(frame, _),
    }


def threshold_warning(frame: Frame, _: Words) -> str:
    """Return the sentence for a price threshold that the tariff never or always exceeds, or an empty text."""
    what = STRATEGIES[frame.strategy].quantities.get(PRICE_THRESHOLD)
    if what is None:
        return ""
    threshold = frame.params.get(f"{frame.strategy}.{PRICE_THRESHOLD}", what.default)
    verdict = verdict_of(prices_of(frame.run.scenario), threshold)
    if verdict == "never":
        return _("Under this tariff the price never exceeds the threshold: V2G never happens.")
    if verdict == "always":
        return _("Under this tariff the price always exceeds the threshold: it calls for V2G at all hours.")
    return ""


def ledger_rows(_: Words) -> list[html.Tr]:
    """Return the energy balance since the start, a row per term, the numbers to come."""
    return [
        html.Tr([html.Th(_(heading), scope="row"), html.Td(id=ids.ledger(name), className="live")])
        for name, heading in LEDGER.items()
    ]


def ledger_texts(frame: Frame, _: Words) -> dict[str, str]:
    """Return the terms of the energy balance."""
    plain = {name: _.with_unit(frame.ledger[name], "kWh", 1) for name in LEDGER}
    plain["residual_kwh"] = f"{_.scientific(frame.ledger['residual_kwh'])}\u00a0kWh"
    return {ids.ledger(name): text for name, text in plain.items()}


def sources(frame: Frame, _: Words) -> list[html.Li]:
    """Return what is assumed and where the figures come from."""
    tariff = tariff_of(frame.run.scenario)
    assumed = [_("V2G of the 2024 models is an assumption of EV2Gym's file, not an offer of their makers.")]
    note = f"{_(tariff.note)} ({_(CONFIDENCES[tariff.confidence])})"
    price = _("{name}: {text}", name=_(tariff.name), text=note)
    lines = [
        _(frame.loaded.registrations_note) + ".",
        *(assumed if frame.loaded.v2g_assumed else []),
        *map(_, ASSUMPTIONS),
    ]
    return [html.Li(line) for line in (*lines, price, _(tariff.source), _(CREDITS)) if line]


def _pie_word(side: str, name: str, sign: str) -> html.Div:
    mark = html.Span(sign, **HIDDEN)
    count = html.Strong(id=ids.pie_word(side, "count"), className="live")
    return html.Div([mark, html.Span(name), count, html.Span(id=ids.pie_word(side, "share"), className="unit live")])


def _reason_row(reason: Reason, _: Words) -> html.Li:
    bar = html.Span(html.Span(className="reason-bar"), className="reason-track")
    count = html.Span(id=ids.reason_count(reason.key), className="reason-count live")
    mode = REASON_MODES.get(reason.key, "idle")
    return html.Li([_(reason.text), bar, count], id=ids.reason(reason.key), className=f"reason reason-{mode}")
