"""What explains the figures: reasons per model, notices about the catalog and the tariff, sources, the energy ledger."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.service.data import load_tariffs
from ev2gym_dashboard.service.session import Frame
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import form
from ev2gym_dashboard.web.figures import capable_counts
from ev2gym_dashboard.web.i18n import N_, Words

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
    N_("Models without an efficiency table get 93.3 % each way, 87 % for the round trip, as measured by Schram et al. (2020)."),
    N_("The sun is a clear sky over Casablanca (pvlib): an upper bound. Its absence is what the renewable strategy tests, not the clock."),
    N_("Losses count both ways: charging draws more than the battery gains, discharging costs the battery more than the grid gets."),
    N_("Simulated time is UTC, Morocco's legal time since 20 September 2026."),
    N_("No text that pays V2G energy was found in Morocco: its value is the peak purchase that it avoids."),
)
CREDITS = N_("Vehicle data: EV2Gym 2.0.0 (MIT). Sessions: ElaadNL. Tariffs: ONEE.")


def reasons(frame: Frame, model: str | None, _: Words) -> list[html.Li]:
    """Return how many vehicles do what and why, for a model, or for the fleet if none is chosen."""
    counts = reason_counts(frame, model)
    total = max(1, sum(counts.values()))
    return [_reason(key, count, count / total, _) for key, count in counts.items()]


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


def pie_words(frame: Frame, basis: str, _: Words) -> list[html.Div]:
    """Return what the pie shows, in words and numbers."""
    capable, incapable = capable_counts(frame, basis)
    total = max(1, capable + incapable)
    counts = ((_("V2G-capable"), "✅", capable), (_("Without V2G"), "❌", incapable))
    return [_pie_word(name, sign, count, count / total, _) for name, sign, count in counts]


def catalog_notice(frame: Frame, _: Words) -> Any:
    """Return what to know where a file was not used, each reason in a fold; nothing where all is as asked."""
    loaded = frame.loaded
    if not loaded.issues:
        return None
    used = ", ".join(loaded.source)
    sentence = _("The catalog that was asked for cannot be used as it is; {files} is loaded instead.", files=used)
    partly = _("Part of the catalog cannot be used; what is loaded: {files}.", files=used)
    lines = [html.Li(_("{name}: {text}", name=issue.field, text=form.issue_text(issue, None, _))) for issue in loaded.issues]
    count = _("Why ({count} issues)", count=len(lines))
    return html.Div(
        [html.Strong(sentence if loaded.fallback else partly), html.Details([html.Summary(count), html.Ul(lines)])],
        className="alert alert-warning",
    )


def catalog_badge(frame: Frame, _: Words) -> list[Any]:
    """Return the files in use, and that their V2G is an assumption where it is one."""
    files = html.Span(" + ".join(frame.loaded.source), className="source-name")
    if not frame.loaded.v2g_assumed:
        return [files]
    why = _("EV2Gym's 2024 file gives every model a discharge power; most of them do not sell V2G today.")
    return [files, html.Span(_("V2G assumed"), className="badge-assumed", title=why)]


def rule(frame: Frame, _: Words) -> list[Any]:
    """Return the rule of the strategy in force, and where its price threshold means nothing under this tariff."""
    strategy = STRATEGIES[frame.strategy]
    sentence = form.rule_text(strategy, frame.params, _)
    warning = threshold_warning(frame, _)
    off = [] if frame.v2g else [html.Strong(_("V2G is switched off: no vehicle discharges."), className="rule-warning")]
    return [html.Span(sentence), *([html.Strong(warning, className="rule-warning")] if warning else []), *off]


def threshold_warning(frame: Frame, _: Words) -> str:
    """Return the sentence for a price threshold that the tariff never or always exceeds, or an empty text."""
    what = STRATEGIES[frame.strategy].quantities.get(PRICE_THRESHOLD)
    if what is None:
        return ""
    threshold = frame.params.get(f"{frame.strategy}.{PRICE_THRESHOLD}", what.default)
    tariff = load_tariffs()[frame.run.scenario.tariff]
    if tariff.highest_mad_kwh <= threshold:
        return _("Under this tariff the price never exceeds the threshold: V2G never happens.")
    if tariff.lowest_mad_kwh > threshold:
        return _("Under this tariff the price always exceeds the threshold: it calls for V2G at all hours.")
    return ""


def ledger(frame: Frame, _: Words) -> list[html.Tr]:
    """Return the energy balance since the start, a row per term."""
    return [_ledger_row(name, heading, frame.ledger[name], _) for name, heading in LEDGER.items()]


def sources(frame: Frame, _: Words) -> list[html.Li]:
    """Return what is assumed and where the figures come from."""
    tariff = load_tariffs()[frame.run.scenario.tariff]
    assumed = [_("V2G of the 2024 models is an assumption of EV2Gym's file, not an offer of their makers.")]
    note = f"{_(tariff.note)} ({_(CONFIDENCES[tariff.confidence])})"
    price = _("{name}: {text}", name=tariff.name, text=note)
    lines = [_(frame.loaded.registrations_note) + ".", *(assumed if frame.loaded.v2g_assumed else []), *map(_, ASSUMPTIONS)]
    return [html.Li(line) for line in (*lines, price, tariff.source, _(CREDITS))]


def _pie_word(name: str, sign: str, count: int, share: float, _: Words) -> html.Div:
    mark = html.Span(sign, **{"aria-hidden": "true"})
    return html.Div([mark, html.Span(name), html.Strong(_.number(count)), html.Span(_.percent(share), className="unit")])


def _reason(key: str, count: int, share: float, _: Words) -> html.Li:
    bar = html.Span(className="reason-bar", style={"width": f"{100 * share:.1f}%"})
    number = html.Span(_.number(count), className="reason-count")
    mode = REASON_MODES.get(key, "idle")
    name = html.Span(form.reason_text(key, _), className="reason-name")
    return html.Li([name, html.Span(bar, className="reason-track"), number], className=f"reason reason-{mode}" + ("" if count else " none"))


def _ledger_row(name: str, heading: str, kwh: float, _: Words) -> html.Tr:
    text = f"{_.scientific(kwh)}\u00a0kWh" if name == "residual_kwh" else _.with_unit(kwh, "kWh", 1)
    return html.Tr([html.Th(_(heading), scope="row"), html.Td(text)])
