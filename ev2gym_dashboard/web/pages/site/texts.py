"""The words and figures of the site: tiles, bill, value of V2G, and notices."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.tariff import Tariff
from ev2gym_dashboard.service.scenarios.tariff import tariff_of
from ev2gym_dashboard.service.sessions.site_view import SiteFrame
from ev2gym_dashboard.service.simulation.v2g_value import VERDICTS
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.i18n import N_, Words
from ev2gym_dashboard.web.pages.live import explanations
from ev2gym_dashboard.web.pages.live.tiles import Text, Tile

THRESHOLD = f"price.{explanations.PRICE_THRESHOLD}"
LARGE = 1000.0
LEAST_KWH = 0.5
BILL_LINES = {poste: N_("Import, {poste}") for poste in POSTES} | {
    "export": N_("Export"),
    "fixed": N_("Fixed charge"),
    "total": N_("Total"),
    "without_v2g": N_("The same without V2G"),
    "uncontrolled": N_("Uncontrolled charging"),
}
PEAK_WORDS = (N_("peak lowered"), N_("peak raised"))
COST_WORDS = (N_("less so far"), N_("more so far"))
SHADOW_LINES = ("without_v2g", "uncontrolled")
WORTH_LINES = {
    "bill_mad": N_("Saved on the bill"),
    "stored_mad": N_("Held more in the batteries"),
    "wear_mad": N_("Wear of the batteries"),
    "net_mad": N_("Net value of V2G"),
}
SPREADS = {
    "spread_mad_kwh": N_("Spread of the prices so far"),
    "breakeven_mad_kwh": N_("Spread from which V2G pays"),
}


def texts(frame: SiteFrame, _: Words) -> dict[str, str]:
    """Return every text of the site by the id of its place."""
    values = {ids.figure(tile.key): tile.text(frame, _) for tile in TILES}
    values |= {ids.figure_note(tile.key): tile.note(frame, _) for tile in TILES if tile.note}
    values |= _bill_texts(frame, _) | _worth_texts(frame, _) | notice_texts(frame, _)
    return values | {ids.SITE_PRICE_WORDS: price_words(frame, _), ids.SITE_VERDICT: verdict(frame, _)}


def states(frame: SiteFrame) -> dict[str, str]:
    """Return what the style needs to know: which lines the bill has, who gains, and what is offered."""
    postes = _postes_of(tariff_of(frame.run.scenario))
    shown = {ids.bill(poste, "row"): "on" if poste in postes else "off" for poste in POSTES}
    gains = "gain" if frame.value["net_mad"] > 0.0 else "loss" if frame.value["net_mad"] < 0.0 else ""
    return shown | {
        ids.SITE_VERDICT: "" if frame.value["verdict"] == "open" else gains,
        ids.worth("net_mad", "row"): gains,
        ids.SITE_OFFER: "on" if offer(frame) else "off",
    }


def shares(frame: SiteFrame) -> dict[str, float]:
    """Return the lengths of the two spreads' bars."""
    largest = max(*(frame.value[name] for name in SPREADS), 1e-9)
    return {ids.worth(name, "row"): round(max(frame.value[name], 0.0) / largest, 4) for name in SPREADS}


def offer(frame: SiteFrame) -> dict[str, float] | None:
    """Return the threshold that is offered in the place of one that never or always fires, as a parameter."""
    better = frame.better_threshold_mad_kwh
    return {THRESHOLD: better} if frame.threshold != "sometimes" and better is not None else None


def notice_texts(frame: SiteFrame, _: Words) -> dict[str, str]:
    """Return what to know of threshold, export and event; empty where there is nothing to know."""
    better = offer(frame)
    button = _("Use {price}", price=_.with_unit(better[THRESHOLD], "MAD/kWh", 4)) if better else ""
    return {
        ids.SITE_THRESHOLD: _threshold_text(frame, _),
        ids.SITE_OFFER: button,
        ids.SITE_EXPORT_NOTE: _export_text(frame, _),
        ids.EVENT_NOTE: _event_text(frame, _),
    }


def verdict(frame: SiteFrame, _: Words) -> str:
    """Return whether V2G is worth it, and why; nothing before there is something to judge."""
    return _(VERDICTS[frame.value["verdict"]]) if frame.run.step else _("No step has been run yet.")


def price_words(frame: SiteFrame, _: Words) -> str:
    """Return at what prices energy was drawn and given back on average, beside the mean price of the time."""
    mean = _mean_price(frame, "hours")
    drawn, given = _mean_price(frame, "g2v_kwh"), _mean_price(frame, "v2g_kwh")
    if mean is None or drawn is None:
        return _("Nothing has been charged yet.")
    prices = {"drawn": _.number(drawn, 3), "mean": _.number(mean, 3)}
    if given is None:
        return _("Charges at {drawn} MAD/kWh on average; the mean price of the time is {mean}.", **prices)
    return _(
        "Charges at {drawn} MAD/kWh on average, gives back at {given}; the mean price of the time is {mean}.",
        given=_.number(given, 3),
        **prices,
    )


def bill_rows(_: Words) -> list[html.Tr]:
    """Return the lines of the bill, empty."""
    return [_bill_row(line, heading, _) for line, heading in BILL_LINES.items()]


def worth_rows(_: Words) -> list[html.Tr]:
    """Return the lines of what V2G is worth, empty."""
    return [
        html.Tr(
            [
                html.Th(_(heading), scope="row"),
                html.Td(id=ids.worth(name, "all"), className="live"),
                html.Td(id=ids.worth(name, "each"), className="live"),
            ],
            id=ids.worth(name, "row"),
            className=f"worth-{name.removesuffix('_mad')}",
        )
        for name, heading in WORTH_LINES.items()
    ]


def spread_rows(_: Words) -> list[html.Li]:
    """Return the two spreads as bars, empty."""
    return [
        html.Li(
            [
                _(heading),
                html.Span(html.Span(className="reason-bar"), className="reason-track"),
                html.Span(id=ids.worth(name, "all"), className="reason-count live"),
            ],
            id=ids.worth(name, "row"),
            className="reason spread",
        )
        for name, heading in SPREADS.items()
    ]


def _threshold_text(frame: SiteFrame, _: Words) -> str:
    if frame.threshold == "sometimes":
        return ""
    chosen = dict(frame.run.scenario.params) | _params_of(frame)
    quantity = STRATEGIES["price"].quantities[explanations.PRICE_THRESHOLD]
    price = scenario_form.quantity_text(chosen.get(THRESHOLD, quantity.default), quantity, _)
    if frame.threshold == "never":
        said = _("The price strategy's threshold of {price} is never exceeded under this tariff: no V2G.", price=price)
    else:
        said = _("Under this tariff the price is always above the price strategy's threshold, {price}.", price=price)
    return said if offer(frame) else f"{said} {_('The price is flat: no threshold means anything here.')}"


def _params_of(frame: SiteFrame) -> dict[str, float]:
    changes = (dict(change.what).get("params", ()) for change in frame.run.changes)
    return {name: value for params in changes for name, value in params}


def _export_text(frame: SiteFrame, _: Words) -> str:
    export, scenario = tariff_of(frame.run.scenario).export, frame.run.scenario
    if export is None:
        return _("Export is not paid under this tariff (ANRE 04/26 pays from MT on, surplus of renewables only).")
    prices = {"peak": _.number(scenario.export_peak_mad_kwh, 2), "other": _.number(scenario.export_other_mad_kwh, 2)}
    if not export.first_day <= frame.time.date() <= export.last_day:
        return _("Export is not paid at this date: ANRE 04/26 holds until 28 February 2027.")
    return _(
        "Assumption: export is paid {peak} MAD/kWh in peak hours and {other} otherwise (ANRE 04/26, until 28 February "
        "2027); no text covers energy out of vehicles.",
        **prices,
    )


def _event_text(frame: SiteFrame, _: Words) -> str:
    event = frame.event
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
        "Demand response from {time}, {minutes} min, −{share}: {given} less in it, {back} more since.",
        given=_.with_unit(event.effect["event_response_kwh"], "kWh", 0),
        back=_.with_unit(event.effect["event_rebound_kwh"], "kWh", 0),
        **when,
    )


def _bill_row(line: str, heading: str, _: Words) -> html.Tr:
    name = _(heading, poste=_(explanations.POSTE_NAMES[line])) if line in POSTES else _(heading)
    cells = [html.Td(id=ids.bill(line, what), className="live") for what in ("energy", "cost")]
    return html.Tr([html.Th(name, scope="row"), *cells], id=ids.bill(line, "row"), className=f"bill-{line.lower()}")


def _bill_texts(frame: SiteFrame, _: Words) -> dict[str, str]:
    amounts: dict[str, tuple[float | None, float]] = dict.fromkeys(POSTES, (0.0, 0.0))
    amounts |= {line.poste or line.what: (line.energy_kwh, line.cost_mad) for line in frame.bill}
    amounts["fixed"] = (None, amounts.get("fixed", (None, 0.0))[1])
    amounts |= {"export": amounts.get("export", (0.0, 0.0))}
    amounts |= {name: (frame.shadows[name]["import_kwh"], frame.shadows[name]["cost_mad"]) for name in SHADOW_LINES}
    amounts["total"] = (frame.kpis["import_kwh"], frame.kpis["cost_mad"])
    energies = {
        ids.bill(line, "energy"): "" if kwh is None else _.number(kwh, 0) for line, (kwh, _mad) in amounts.items()
    }
    return energies | {ids.bill(line, "cost"): _.number(mad, 2) for line, (_kwh, mad) in amounts.items()}


def _worth_texts(frame: SiteFrame, _: Words) -> dict[str, str]:
    signs = {"wear_mad": -1.0}
    size = frame.run.scenario.fleet_size
    values = {name: signs.get(name, 1.0) * frame.value[name] for name in WORTH_LINES}
    in_all = {ids.worth(name, "all"): _signed(value, _) for name, value in values.items()}
    each = {ids.worth(name, "each"): _signed(value / size, _) for name, value in values.items()}
    spreads = {ids.worth(name, "all"): _.with_unit(frame.value[name], "MAD/kWh", 2) for name in SPREADS}
    if frame.value["v2g_kwh"] <= 0.0:
        spreads[ids.worth("breakeven_mad_kwh", "all")] = ""
    return in_all | each | spreads


def _signed(value: float, _: Words) -> str:
    return ("+" if round(value, 2) > 0.0 else "") + _.number(value, 2)


def _mean_price(frame: SiteFrame, weight: str) -> float | None:
    weights = frame.by_price[weight]
    total = sum(weights)
    prices = frame.by_price["price_mad_kwh"]
    return sum(w * price for w, price in zip(weights, prices, strict=True)) / total if total > 0.0 else None


def _postes_of(tariff: Tariff) -> set[str]:
    return {rule.poste for rule in tariff.winter + tariff.summer} or {"HN"}


def _kw(value: float, _: Words) -> str:
    return _.with_unit(value, "kW", 0 if abs(value) >= LARGE else 1)


def _kpi(name: str) -> Text:
    return lambda frame, _: _kw(frame.kpis[name], _)


def _against(shadow: str, figure: str, unit: str, said: tuple[str, str]) -> tuple[Text, Text]:
    """Return the difference to a shadow, and in words (less, more) whose advantage it is."""

    def difference(frame: SiteFrame, _: Words) -> str:
        more = frame.kpis[figure] - frame.shadows[shadow][figure]
        return ("+" if round(more, 1) > 0.0 else "") + _.with_unit(more, unit, 0 if abs(more) >= LARGE else 1)

    def words(frame: SiteFrame, _: Words) -> str:
        more = round(frame.kpis[figure] - frame.shadows[shadow][figure], 1)
        return _("the same") if more == 0.0 else _(said[0] if more < 0.0 else said[1])

    return difference, words


def _limit_share(frame: SiteFrame, _: Words) -> str:
    limit_kw = frame.run.scenario.limit_kw
    return _("{share} of the connection", share=_.percent(frame.kpis["site_peak_kw"] / limit_kw if limit_kw else 0.0))


def _overload(frame: SiteFrame, _: Words) -> str:
    kwh = frame.kpis["overload_kwh"]
    return _("{energy} above the limit", energy=_.with_unit(kwh, "kWh", 0)) if kwh >= LEAST_KWH else _("limit kept")


def _sun(frame: SiteFrame, _: Words) -> str:
    hours = frame.trend_step_min / 60.0
    return _("of {energy} from the sun", energy=_.with_unit(sum(frame.trends["solar_kw"]) * hours, "kWh", 0))


TILES = (
    Tile("site-peak", N_("Peak of the site"), _kpi("site_peak_kw"), _limit_share),
    Tile("site-valley", N_("Valley of the site"), _kpi("site_valley_kw"), lambda frame, _: _("lowest load so far")),
    Tile(
        "site-factor",
        N_("Load factor"),
        lambda frame, _: _.percent(frame.kpis["load_factor"], 1),
        lambda frame, _: _("mean over peak"),
    ),
    Tile("site-sun", N_("Self-consumption"), lambda frame, _: _.percent(frame.kpis["self_consumption"], 1), _sun),
    Tile("site-overload", N_("Overload"), _kpi("overload_kw"), _overload),
    Tile("site-vs-v2g", N_("Peak against without V2G"), *_against("without_v2g", "site_peak_kw", "kW", PEAK_WORDS)),
    Tile(
        "site-vs-uncontrolled",
        N_("Peak against uncontrolled"),
        *_against("uncontrolled", "site_peak_kw", "kW", PEAK_WORDS),
    ),
    Tile("site-cost", N_("Bill against uncontrolled"), *_against("uncontrolled", "cost_mad", "MAD", COST_WORDS)),
)
