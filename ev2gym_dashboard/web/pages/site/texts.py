"""Texts of the site's page: tiles, bill, value of V2G, and notices."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.core.kpis import SAVING_INFIX
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.tariff import Tariff
from ev2gym_dashboard.service.scenarios.demand import has_demand_charge
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, has_tiers
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.service.simulation.billing import POWER_KINDS
from ev2gym_dashboard.service.simulation.counterfactuals import WITHOUT_V2G
from ev2gym_dashboard.service.simulation.v2g_value import VALUE_VERDICTS
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.labels import (
    POSTE_NAMES,
    PRICE_THRESHOLD,
    TIERED_BILL_NOTE,
    format_quantity,
)
from ev2gym_dashboard.web.components.tariff_notes import format_own_export
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.site import balance, balance_notes
from ev2gym_dashboard.web.pages.site.date_notes import format_date_note
from ev2gym_dashboard.web.pages.site.tiles import SITE_TILES

PRICE_STRATEGY = "price"
PRICE_THRESHOLD_KEY = f"{PRICE_STRATEGY}.{PRICE_THRESHOLD}"
BILL_LABELS = {poste: N_("Import, {poste}") for poste in POSTES} | {
    "export": N_("Export"),
    "fixed": N_("Fixed charge"),
    "excess": N_("Excess demand (assumed price)"),
    "total": N_("Total"),
    "without_v2g": N_("Same strategy without V2G"),
    "uncontrolled": N_("Uncontrolled charging"),
}
COUNTERFACTUAL_LINES = ("without_v2g", "uncontrolled")
V2G_VALUE_LABELS = {
    "bill_mad": N_("Bill savings"),
    "stored_mad": N_("Extra energy stored"),
    "calendar_mad": N_("Calendar wear"),
    "cyclic_mad": N_("Cyclic wear"),
    "owed_wear_mad": N_("Wear of recharging"),
    "unserved_mad": N_("Unserved energy"),
    "service_mad": N_("Service payment"),
    "net_mad": N_("Net value of V2G"),
    "raw_mad": N_("Raw, without owed energy"),
}
OUT_OF_SIGHT: dict[str, Any] = {"data-state": "off"}
"""State of a line until a reply shows it: the scenario then pays for services."""
SPREAD_LABELS = {
    "spread_mad_kwh": N_("Price spread so far"),
    "breakeven_mad_kwh": N_("Break-even price spread"),
}


def format_site_texts(view: SiteView, _: Translator) -> dict[str, str]:
    """Return every text of the site by the id of its element."""
    values = {ids.make_tile_id(tile.key): tile.text(view, _) for tile in SITE_TILES}
    values |= {ids.make_tile_note_id(tile.key): tile.note(view, _) for tile in SITE_TILES if tile.note}
    values |= _format_bill_texts(view, _) | _format_v2g_value_texts(view, _) | format_note_texts(view, _)
    values |= balance.format_balance_texts(view, _) | balance_notes.format_balance_notes(view, _)
    return values | {
        ids.SITE_PRICE_SUMMARY: describe_average_prices(view, _),
        ids.SITE_VERDICT: format_v2g_verdict(view, _),
    }


def compute_site_states(view: SiteView) -> dict[str, str]:
    """Return the states for the style: the visible lines of the bill, gain or loss, and whether there is an offer."""
    postes = _list_postes(find_tariff(view.run.scenario))
    bill_states = {ids.make_bill_id(poste, "row"): "on" if poste in postes else "off" for poste in POSTES}
    bill_states[ids.make_bill_id("excess", "row")] = "on" if has_demand_charge(view.run.scenario) else "off"
    bill_states[ids.make_v2g_value_id("service_mad", "row")] = "on" if balance.pays_service(view) else "off"
    outcome = "gain" if view.value["net_mad"] > 0.0 else "loss" if view.value["net_mad"] < 0.0 else ""
    outcome = "" if view.value["verdict"] == "open" else outcome
    outcomes = {ids.SITE_VERDICT: outcome, ids.make_v2g_value_id("net_mad", "row"): outcome}
    return bill_states | balance.compute_balance_states(view) | outcomes


def compute_spread_shares(view: SiteView) -> dict[str, float]:
    """Return the lengths of the bars of the two spreads, relative to the larger one."""
    # Before the first step both spreads are zero.
    largest = max(*(view.value[name] for name in SPREAD_LABELS), 1e-9)
    return {
        ids.make_v2g_value_id(name, "row"): round(max(view.value[name], 0.0) / largest, 4) for name in SPREAD_LABELS
    }


def find_better_threshold(view: SiteView) -> dict[str, float] | None:
    """Return a price threshold that divides the prices, if the current one does not, as a parameter by name."""
    suggested_mad_kwh = view.suggested_threshold_mad_kwh
    if view.strategy != PRICE_STRATEGY or view.threshold_verdict == "sometimes" or suggested_mad_kwh is None:
        return None
    return {PRICE_THRESHOLD_KEY: suggested_mad_kwh}


def compute_offer_states(view: SiteView) -> dict[str, str]:
    """Return whether a better threshold is offered."""
    return {ids.SITE_OFFER: "on" if find_better_threshold(view) else "off"}


def format_offer_texts(view: SiteView, _: Translator) -> dict[str, str]:
    """Return the notice of the threshold and the button with a better one; empty texts where none applies."""
    better = find_better_threshold(view)
    button = _("Use {price}", price=_.with_unit(better[PRICE_THRESHOLD_KEY], "MAD/kWh", 4)) if better else ""
    return {ids.SITE_THRESHOLD: _format_threshold_notice(view, _), ids.SITE_OFFER: button}


def format_note_texts(view: SiteView, _: Translator) -> dict[str, str]:
    """Return the notes on bill, event and dates; empty texts where none applies."""
    return {
        ids.SITE_EXPORT_NOTE: _format_bill_note(view, _),
        ids.EVENT_NOTE: _format_event_note(view, _),
        ids.SITE_DATE_NOTE: format_date_note(view, _),
    }


def format_v2g_verdict(view: SiteView, _: Translator) -> str:
    """Return the verdict on V2G with its reason, after the first step."""
    return _(VALUE_VERDICTS[view.value["verdict"]]) if view.run.step else _("No step has been simulated yet.")


def describe_average_prices(view: SiteView, _: Translator) -> str:
    """Return a sentence on the mean prices of G2V and V2G energy, and on the mean price over time."""
    mean = _compute_mean_price(view, "hours")
    g2v, v2g = _compute_mean_price(view, "g2v_kwh"), _compute_mean_price(view, "v2g_kwh")
    if mean is None or g2v is None:
        return _("Nothing has been charged yet.")
    prices = {"drawn": _.number(g2v, 3), "mean": _.number(mean, 3)}
    if v2g is None:
        return _("Average price: {drawn} MAD/kWh for charging; {mean} over the period.", **prices)
    return _(
        "Average price: {drawn} MAD/kWh for charging, {given} for discharging; {mean} over the period.",
        given=_.number(v2g, 3),
        **prices,
    )


def render_bill_rows(_: Translator) -> list[html.Tr]:
    """Return the lines of the bill without their amounts."""
    return [_render_bill_row(line, heading, _) for line, heading in BILL_LABELS.items()]


def render_v2g_value_rows(_: Translator) -> list[html.Tr]:
    """Return the lines of the value of V2G without their amounts."""
    return [
        html.Tr(
            [
                html.Th(_(heading), scope="row"),
                html.Td(id=ids.make_v2g_value_id(name, "all"), className="live"),
                html.Td(id=ids.make_v2g_value_id(name, "each"), className="live"),
            ],
            id=ids.make_v2g_value_id(name, "row"),
            className=f"v2g-value-{name.removesuffix('_mad')}",
            **(OUT_OF_SIGHT if name == "service_mad" else {}),
        )
        for name, heading in V2G_VALUE_LABELS.items()
    ]


def render_spread_rows(_: Translator) -> list[html.Li]:
    """Return the two price spreads as bars without their values."""
    return [
        html.Li(
            [
                _(heading),
                html.Span(html.Span(className="reason-bar"), className="reason-track"),
                html.Span(id=ids.make_v2g_value_id(name, "all"), className="reason-count live"),
            ],
            id=ids.make_v2g_value_id(name, "row"),
            className="reason spread",
        )
        for name, heading in SPREAD_LABELS.items()
    ]


def _format_threshold_notice(view: SiteView, _: Translator) -> str:
    # Another strategy has no threshold, and its page no notice of one.
    if view.strategy != PRICE_STRATEGY or view.threshold_verdict == "sometimes":
        return ""
    quantity = STRATEGIES[PRICE_STRATEGY].quantities[PRICE_THRESHOLD]
    price = format_quantity(view.params.get(PRICE_THRESHOLD_KEY, quantity.default), quantity, _)
    if view.threshold_verdict == "never":
        notice = _(
            "The price strategy's threshold of {price} is never exceeded under this tariff: no V2G.", price=price
        )
    else:
        notice = _("Under this tariff the price always exceeds the price strategy's threshold, {price}.", price=price)
    if find_better_threshold(view):
        return notice
    return f"{notice} {_('The price is flat: a threshold has no effect here.')}"


def _format_bill_note(view: SiteView, _: Translator) -> str:
    tier_note = [_(TIERED_BILL_NOTE)] if has_tiers(view.run.scenario) else []
    return " ".join([*tier_note, _format_export_note(view, _)])


def _format_export_note(view: SiteView, _: Translator) -> str:
    tariff, scenario = find_tariff(view.run.scenario), view.run.scenario
    if tariff.key == OWN_TARIFF:
        return format_own_export(tariff, _)
    export = tariff.export
    if export is None:
        return _("Export is not paid under this tariff (ANRE 04/26 pays only for renewable surplus, at MT and above).")
    prices = {"peak": _.number(scenario.export_peak_mad_kwh, 2), "other": _.number(scenario.export_other_mad_kwh, 2)}
    if not export.first_day <= view.time.date() <= export.last_day:
        return _("Export is not paid on this date: ANRE 04/26 applies until 28 February 2027.")
    return _(
        "Assumption: export is paid {peak} MAD/kWh in peak hours and {other} otherwise (ANRE 04/26, "
        "until 28 February 2027); no regulation covers energy from vehicles.",
        **prices,
    )


def _format_event_note(view: SiteView, _: Translator) -> str:
    event = view.event
    if event is None:
        return ""
    when = {
        "time": f"{_.date(event.time)} {_.time(event.time)}",
        "minutes": _.plain(event.minutes),
        "share": _.percent(event.reduction),
    }
    if not event.effect:
        return _("Demand response from {time}, {minutes} min, −{share}.", **when)
    return _(
        "Demand response from {time}, {minutes} min, −{share}: {given} less during the event, {back} more since.",
        given=_.with_unit(event.effect["event_response_kwh"], "kWh", 0),
        back=_.with_unit(event.effect["event_rebound_kwh"], "kWh", 0),
        **when,
    )


def _render_bill_row(line: str, heading: str, _: Translator) -> html.Tr:
    name = _(heading, poste=_(POSTE_NAMES[line])) if line in POSTES else _(heading)
    cells = [html.Td(id=ids.make_bill_id(line, column), className="live") for column in ("energy", "cost")]
    return html.Tr(
        [html.Th(name, scope="row"), *cells], id=ids.make_bill_id(line, "row"), className=f"bill-{line.lower()}"
    )


def _format_bill_texts(view: SiteView, _: Translator) -> dict[str, str]:
    amounts: dict[str, tuple[float | None, float]] = dict.fromkeys(POSTES, (0.0, 0.0))
    amounts |= {line.poste or line.kind: (line.energy_kwh, line.cost_mad) for line in view.bill}
    # A charge for power has no energy, and a line without an amount shows zero.
    amounts |= {kind: (None, amounts.get(kind, (None, 0.0))[1]) for kind in POWER_KINDS}
    amounts |= {"export": amounts.get("export", (0.0, 0.0))}
    amounts |= {
        name: (view.counterfactuals[name]["import_kwh"], view.counterfactuals[name]["cost_mad"])
        for name in COUNTERFACTUAL_LINES
    }
    amounts["total"] = (view.kpis["import_kwh"], view.kpis["cost_mad"])
    energies = {
        ids.make_bill_id(line, "energy"): "" if kwh is None else _.number(kwh, 0)
        for line, (kwh, _mad) in amounts.items()
    }
    return energies | {ids.make_bill_id(line, "cost"): _.number(mad, 2) for line, (_kwh, mad) in amounts.items()}


def _format_v2g_value_texts(view: SiteView, _: Translator) -> dict[str, str]:
    # Wear and unserved energy are costs; the lines of the table add up to the net value.
    signs = dict.fromkeys(("calendar_mad", "cyclic_mad", "owed_wear_mad", "unserved_mad"), -1.0)
    size = view.run.scenario.fleet_size
    raw_mad = view.kpis[f"{balance.RAW_TOTAL}{SAVING_INFIX}{WITHOUT_V2G}"]
    amounts = view.value | {"raw_mad": raw_mad}
    values = {name: signs.get(name, 1.0) * amounts[name] for name in V2G_VALUE_LABELS}
    totals = {ids.make_v2g_value_id(name, "all"): _.signed(value, 2) for name, value in values.items()}
    per_vehicle = {ids.make_v2g_value_id(name, "each"): _.signed(value / size, 2) for name, value in values.items()}
    spreads = {
        ids.make_v2g_value_id(name, "all"): _.with_unit(view.value[name], "MAD/kWh", 2) for name in SPREAD_LABELS
    }
    # Without V2G energy, there is no price spread at which it breaks even.
    if view.value["v2g_kwh"] <= 0.0:
        spreads[ids.make_v2g_value_id("breakeven_mad_kwh", "all")] = ""
    return totals | per_vehicle | spreads


def _compute_mean_price(view: SiteView, weight: str) -> float | None:
    weights = view.price_bands[weight]
    total = sum(weights)
    prices = view.price_bands["price_mad_kwh"]
    return sum(w * price for w, price in zip(weights, prices, strict=True)) / total if total > 0.0 else None


def _list_postes(tariff: Tariff) -> set[str]:
    # A flat tariff has no periods: its energy counts as that of normal hours.
    return {rule.poste for rule in tariff.rules} or {"HN"}
