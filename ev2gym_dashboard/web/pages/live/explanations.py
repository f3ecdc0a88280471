"""Explanations of the fleet's figures: reasons by model, the energy ledger, assumptions and sources."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.service.scenarios.driving import list_driving_notes
from ev2gym_dashboard.service.scenarios.evse_notes import list_evse_notes
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.components.tariff_notes import list_tariff_lines
from ev2gym_dashboard.web.i18n import N_, Translator, format_template
from ev2gym_dashboard.web.pages.live.figures import count_v2g_capable, count_v2g_sold
from ev2gym_dashboard.web.requests.group_words import localize_kinds

REASON_MODES = {
    "charging": "g2v",
    "guard": "g2v",
    "connection_guard": "g2v",
    "discharging": "v2g",
    "waiting": "waiting",
    "cannot_charge": "waiting",
    "away": "away",
}
LEDGER_LABELS = {
    "grid_in_kwh": N_("Drawn from the grid"),
    "grid_out_kwh": N_("Fed back to the grid"),
    "stored_kwh": N_("Change in stored energy"),
    "charge_loss_kwh": N_("Charging losses"),
    "discharge_loss_kwh": N_("Discharging losses"),
    "driven_kwh": N_("Driving"),
    "residual_kwh": N_("Balance residual"),
}
ASSUMPTIONS = (
    N_(
        "Arrivals, stays and energy demand come from ElaadNL data shipped with EV2Gym: they reflect "
        "Dutch habits, not Moroccan ones."
    ),
    N_("Models without an efficiency table use 93.3% each way (87% round trip), as measured by Schram et al. (2020)."),
    N_(
        "Solar power is clear-sky irradiance (pvlib) times a cloud factor; the renewable strategy "
        "depends on it, not on the hour."
    ),
    N_(
        "Losses apply in both directions: charging draws more than the battery gains, and discharging "
        "delivers less than the battery loses."
    ),
    N_("Simulated time is UTC, Morocco's legal time since 20 September 2026."),
    N_("No Moroccan regulation that pays for V2G energy was found: its value is the avoided purchase at peak hours."),
)
CREDITS = N_("Vehicle data: EV2Gym 2.0.0 (MIT). Sessions: ElaadNL. Tariffs: ONEE.")


def render_reason_rows(_: Translator) -> list[html.Li]:
    """Return a row per reason in a fixed order; each reply carries the counts."""
    return [_render_reason_row(reason, _) for reason in Reason]


def format_reason_texts(view: FleetView, model: str | None, _: Translator) -> dict[str, str]:
    """Return the number of vehicles by reason, of the chosen model or of the whole fleet."""
    counts = {ids.make_reason_count_id(key): _.number(count) for key, count in count_reasons(view, model).items()}
    return counts | {
        ids.REASONS_TITLE: format_reasons_title(view, model, _),
        ids.REASONS_PLAN: describe_thresholds(view, model, _),
    }


def compute_reason_shares(view: FleetView, model: str | None) -> dict[str, float]:
    """Return the shares of the reasons, of a model or of the whole fleet, by id of the row."""
    counts = count_reasons(view, model)
    total = max(1, sum(counts.values()))
    return {ids.make_reason_id(key): round(count / total, 4) for key, count in counts.items()}


def count_reasons(view: FleetView, model: str | None) -> dict[str, int]:
    """Return the number of vehicles by reason key, of a model or of the whole fleet."""
    names = view.models["model"]
    if model not in names:
        return {key: sum(counts) for key, counts in view.reasons.items()}
    return {key: counts[names.index(model)] for key, counts in view.reasons.items()}


def format_reasons_title(view: FleetView, model: str | None, _: Translator) -> str:
    """Return the title of the reasons, which names the model or the whole fleet."""
    if model in view.models["model"]:
        return _("Why: {model}", model=model)
    return _("Why: the whole fleet")


def describe_thresholds(view: FleetView, model: str | None, _: Translator) -> str:
    """Return the thresholds by which a plan charges and gives back, of a model or of the fleet; empty without one.

    Before the first step, the sentence says that there is none yet.
    """
    if view.run.step == 0:
        return _("No step has been simulated yet.")
    thresholds = view.thresholds.get(model if model and model in view.models["model"] else "")
    if thresholds is None:
        return ""
    low = _.percent(thresholds.charge_below_soc)
    if thresholds.give_above_soc is None:
        return _.plural(
            "Plan of this step: charges below {low} SOC, no V2G ({count} plugged-in vehicle).",
            "Plan of this step: charges below {low} SOC, no V2G (median of {count} plugged-in vehicles).",
            thresholds.n,
            low=low,
        )
    return _.plural(
        "Plan of this step: charges below {low} SOC, gives back above {high} ({count} plugged-in vehicle).",
        "Plan of this step: charges below {low} SOC, gives back above {high} (medians of {count} plugged-in vehicles).",
        thresholds.n,
        low=low,
        high=_.percent(thresholds.give_above_soc),
    )


def render_pie_legend(_: Translator) -> list[html.Div]:
    """Return the legend of the pie without its numbers."""
    return [
        _render_pie_legend_item("capable", _("V2G-capable"), "✅"),
        _render_pie_legend_item("incapable", _("Without V2G"), "❌"),
        _render_pie_legend_item("sold", _("Sold with V2G today"), "○"),
    ]


def format_pie_texts(view: FleetView, basis: str, _: Translator) -> dict[str, str]:
    """Return the numbers of the pie's legend by id."""
    capable, incapable = count_v2g_capable(view, basis)
    total = max(1, capable + incapable)
    counts = {"capable": capable, "incapable": incapable, "sold": count_v2g_sold(view, basis)}
    shares = {ids.make_pie_legend_id(side, "share"): _.percent(count / total) for side, count in counts.items()}
    return shares | {ids.make_pie_legend_id(side, "count"): _.number(count) for side, count in counts.items()}


def render_ledger_rows(_: Translator) -> list[html.Tr]:
    """Return the rows of the energy ledger without their numbers."""
    return [
        html.Tr([html.Th(_(heading), scope="row"), html.Td(id=ids.make_ledger_id(name), className="live")])
        for name, heading in LEDGER_LABELS.items()
    ]


def format_ledger_texts(view: FleetView, _: Translator) -> dict[str, str]:
    """Return the energies of the ledger since the start by id."""
    texts = {name: _.with_unit(view.ledger[name], "kWh", 1) for name in LEDGER_LABELS}
    # The residual is rounding error of any magnitude: with one decimal it would always read as zero.
    texts["residual_kwh"] = f"{_.scientific(view.ledger['residual_kwh'])}\u00a0kWh"
    return {ids.make_ledger_id(name): text for name, text in texts.items()}


def render_fleet_sources(view: FleetView, _: Translator) -> list[html.Li]:
    """Return the assumptions and the sources of the figures."""
    v2g_note = [
        _("V2G capability of the 2024 models is an assumption of EV2Gym's file, not an offer of the manufacturers.")
    ]
    lines = [
        _(view.loaded_catalog.registrations_note) + ".",
        *(v2g_note if view.loaded_catalog.v2g_assumed else []),
        *(localize_kinds(format_template(*note, _), _) for note in list_evse_notes(view.run.scenario)),
        _("A vehicle waits for an EVSE that can charge it; where the site has none, it is not plugged in."),
        *map(_, ASSUMPTIONS),
        *(format_template(template, values, _) for template, values in list_driving_notes(view.run.scenario)),
    ]
    return [html.Li(line) for line in (*lines, *list_tariff_lines(view.run.scenario, _), _(CREDITS)) if line]


def _render_pie_legend_item(side: str, name: str, sign: str) -> html.Div:
    sign_span = html.Span(sign, **ARIA_HIDDEN)
    count = html.Strong(id=ids.make_pie_legend_id(side, "count"), className="live")
    return html.Div(
        [sign_span, html.Span(name), count, html.Span(id=ids.make_pie_legend_id(side, "share"), className="unit live")]
    )


def _render_reason_row(reason: Reason, _: Translator) -> html.Li:
    bar = html.Span(html.Span(className="reason-bar"), className="reason-track")
    count = html.Span(id=ids.make_reason_count_id(reason.key), className="reason-count live")
    mode = REASON_MODES.get(reason.key, "idle")
    return html.Li([_(reason.text), bar, count], id=ids.make_reason_id(reason.key), className=f"reason reason-{mode}")
