"""What stands where on the page of the site."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.run_spec import usual_event
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.components.aria import labelled
from ev2gym_dashboard.web.components.run_bar import TREND_TOOLS, fold, graph, panel, top_bar
from ev2gym_dashboard.web.i18n import Words
from ev2gym_dashboard.web.pages.live import tiles
from ev2gym_dashboard.web.pages.site import figures, texts


def site_layout(_: Words) -> list[Any]:
    """Return the page's content in a language; figures and numbers come with the first answer."""
    row = html.Dl([tiles.tile_of(tile, _) for tile in texts.TILES], className="tiles tiles-site")
    return [
        *top_bar(_),
        _threshold_notice(_),
        html.Section(row, **labelled(_("Figures of the site"))),
        html.Div(
            [_load_panel(_), html.Div([_bill_panel(_), _verdict_panel(_)], className="stack")],
            className="grid grid-site",
        ),
        html.Div([_cost_panel(_), _co2_panel(_), _prices_panel(_)], className="grid grid-thirds"),
        html.Div([_worth_panel(_), _models_panel(_)], className="grid grid-halves"),
        fold(_("Advanced parameters"), scenario_form.advanced_form(_), ids.ADVANCED),
        _sources_panel(_),
    ]


def _threshold_notice(_: Words) -> html.Div:
    button = html.Button(id=ids.SITE_OFFER, className="btn btn-sm btn-outline-secondary offer", n_clicks=0)
    return html.Div([html.Span(id=ids.SITE_THRESHOLD), button], className="notice", role="status")


def _load_panel(_: Words) -> html.Section:
    keys = [
        ("base", _("Load without EVs")),
        ("net", _("Load with EVs")),
        ("without-v2g", _("Without V2G")),
        ("uncontrolled", _("Uncontrolled")),
        ("v2g", _("V2G")),
        ("sun", _("Sun")),
        ("limit", _("Limit")),
        ("price", _("Price (MAD/kWh)")),
        ("peak", _("Peak hours")),
        ("event", _("Without the event")),
    ]
    event = usual_event()
    size = {"minutes": _.plain(event["minutes"]), "share": _.percent(event["reduction"])}
    title = _(
        "From the next step on, the connection carries {share} less for {minutes} min; beside it the run without that.",
        **size,
    )
    button = html.Button(
        _("Demand response now: {minutes} min, −{share}", **size),
        id=ids.EVENT,
        className="btn btn-sm btn-outline-secondary",
        n_clicks=0,
        title=title,
    )
    note = html.P([button, html.Span(id=ids.EVENT_NOTE, className="event-said live")], className="event")
    chart = html.Div([graph(ids.SITE_LOAD, figures.load_figure(_), _, TREND_TOOLS), note])
    return panel(_("Load of the site"), "kW", chart, keys)


def _bill_panel(_: Words) -> html.Section:
    head = html.Thead(
        html.Tr([html.Th(_("Line"), scope="col"), html.Th("kWh", scope="col"), html.Th("MAD", scope="col")])
    )
    table = html.Table([head, html.Tbody(texts.bill_rows(_))], className="ledger bill")
    note = html.P(id=ids.SITE_EXPORT_NOTE, className="hint")
    return panel(_("Bill since the start"), "", html.Div([table, note]))


def _shadow_keys(_: Words) -> list[tuple[str, str]]:
    return [("net", _("This run")), ("without-v2g", _("Without V2G")), ("uncontrolled", _("Uncontrolled"))]


def _cost_panel(_: Words) -> html.Section:
    chart = graph(ids.SITE_COST, figures.cost_figure(_), _)
    return panel(_("Cost since the start"), "MAD", chart, _shadow_keys(_))


def _co2_panel(_: Words) -> html.Section:
    chart = graph(ids.SITE_CO2, figures.co2_figure(_), _)
    return panel(_("CO2 since the start"), "kg", chart, _shadow_keys(_))


def _prices_panel(_: Words) -> html.Section:
    keys = [("g2v", _("G2V")), ("v2g", _("V2G"))]
    words = html.P(id=ids.SITE_PRICE_WORDS, className="hint price-words")
    chart = html.Div([graph(ids.SITE_PRICES, figures.prices_figure(_), _), words], className="prices")
    return panel(_("Mean power by price"), _("kW by MAD/kWh"), chart, keys)


def _worth_panel(_: Words) -> html.Section:
    columns = [html.Th(text, scope="col") for text in (_("Line"), _("MAD in all"), _("MAD per vehicle"))]
    table = html.Table([html.Thead(html.Tr(columns)), html.Tbody(texts.worth_rows(_))], className="ledger bill")
    against = html.P(
        _(
            "Since the start, against the same strategy without V2G; energy left in the batteries counts at the lowest "
            "price so far, without the wear of charging it again."
        ),
        className="hint",
    )
    bars = html.Ul(texts.spread_rows(_), className="reasons spreads")
    return panel(_("What V2G is worth"), "", html.Div([table, bars, against]))


def _verdict_panel(_: Words) -> html.Section:
    return panel(_("Is V2G worth it?"), "", html.P(id=ids.SITE_VERDICT, className="verdict live"))


def _models_panel(_: Words) -> html.Section:
    chart = graph(ids.SITE_MODELS, figures.models_figure(_), _)
    return panel(_("Net value by model"), _("MAD per vehicle"), chart)


def _sources_panel(_: Words) -> html.Section:
    return panel(_("Sources and dates"), "", html.Ul(id=ids.SITE_SOURCES, className="sources"))
