"""Layout of the site's page."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.run_spec import make_default_event
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.ahead.panel import render_ahead_panel
from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.components.flow.panel import render_flow_panel
from ev2gym_dashboard.web.components.panels import TREND_TOOLS, render_graph, render_legend, render_panel
from ev2gym_dashboard.web.components.run_bar import render_run_bar
from ev2gym_dashboard.web.components.scenario_form import render_settings
from ev2gym_dashboard.web.components.tile import render_tile
from ev2gym_dashboard.web.components.time_bar import render_time_bar
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import balance, figures, texts
from ev2gym_dashboard.web.pages.site.flexibility import render_flexibility_panel
from ev2gym_dashboard.web.pages.site.optimum import render_optimum_panel
from ev2gym_dashboard.web.pages.site.tiles import SITE_TILES


def render_site_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language; the first reply fills in figures and numbers."""
    row = html.Dl([render_tile(tile, _) for tile in SITE_TILES], className="tiles tiles-site")
    return [
        *render_run_bar(_),
        _render_threshold_notice(_),
        html.Section(row, **make_aria_label(_("Key figures of the site"))),
        render_flow_panel(_),
        render_ahead_panel(_),
        html.Div(
            [_render_load_panel(_), html.Div([_render_bill_panel(_), _render_verdict_panel(_)], className="stack")],
            className="grid grid-site",
        ),
        render_time_bar(_),
        html.Div([_render_cost_balance_panel(_), render_optimum_panel(_)], className="grid grid-halves"),
        render_flexibility_panel(_),
        html.Div([_render_v2g_value_panel(_), _render_peak_panel(_)], className="grid grid-halves"),
        html.Div([_render_subscription_panel(_), _render_sun_panel(_)], className="grid grid-halves"),
        html.Div([_render_model_value_panel(_), _render_prices_panel(_)], className="grid grid-halves"),
        html.Div([_render_cost_panel(_), _render_co2_panel(_)], className="grid grid-halves"),
        *render_settings(_),
        _render_sources_panel(_),
    ]


def _render_threshold_notice(_: Translator) -> html.Div:
    button = html.Button(id=ids.SITE_OFFER, className="btn btn-sm btn-outline-secondary offer", n_clicks=0)
    return html.Div([html.Span(id=ids.SITE_THRESHOLD), button], className="notice", role="status")


def list_load_keys(_: Translator) -> list[tuple[str, str]]:
    """Return the entries of the legend of the load."""
    return [
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


def _render_load_panel(_: Translator) -> html.Section:
    event = make_default_event()
    size = {"minutes": _.plain(event["minutes"]), "share": _.percent(event["reduction"])}
    title = _(
        "Reduces the connection limit by {share} for {minutes} min from the next step; the run without "
        "the event is shown for comparison.",
        **size,
    )
    button = html.Button(
        _("Demand response now: {minutes} min, −{share}", **size),
        id=ids.EVENT,
        className="btn btn-sm btn-outline-secondary",
        n_clicks=0,
        title=title,
    )
    note = html.P([button, html.Span(id=ids.EVENT_NOTE, className="event-note live")], className="event")
    chart = html.Div(
        [render_graph(ids.SITE_LOAD, figures.make_site_load_figure(_), _, TREND_TOOLS, title=_("Site load")), note]
    )
    return render_panel(_("Site load"), "kW", chart, render_legend(ids.SITE_LOAD, _("Site load"), list_load_keys(_), _))


def _render_bill_panel(_: Translator) -> html.Section:
    head = html.Thead(
        html.Tr([html.Th(_("Line"), scope="col"), html.Th("kWh", scope="col"), html.Th("MAD", scope="col")])
    )
    table = html.Table([head, html.Tbody(texts.render_bill_rows(_))], className="ledger bill")
    note = html.P(id=ids.SITE_EXPORT_NOTE, className="hint")
    return render_panel(_("Bill since the start"), "", html.Div([table, note]))


def list_counterfactual_keys(_: Translator) -> list[tuple[str, str]]:
    """Return the entries of the legends of cost and CO2."""
    return [("net", _("This run")), ("without-v2g", _("Without V2G")), ("uncontrolled", _("Uncontrolled"))]


def _render_cost_panel(_: Translator) -> html.Section:
    chart = render_graph(ids.SITE_COST, figures.make_cost_figure(_), _, title=_("Cost since the start"))
    legend = render_legend(ids.SITE_COST, _("Cost since the start"), list_counterfactual_keys(_), _)
    return render_panel(_("Cost since the start"), "MAD", chart, legend)


def _render_co2_panel(_: Translator) -> html.Section:
    chart = render_graph(ids.SITE_CO2, figures.make_co2_figure(_), _, title=_("CO2 since the start"))
    legend = render_legend(ids.SITE_CO2, _("CO2 since the start"), list_counterfactual_keys(_), _)
    return render_panel(_("CO2 since the start"), "kg", chart, legend)


def _render_prices_panel(_: Translator) -> html.Section:
    keys = [("g2v", _("G2V")), ("v2g", _("V2G"))]
    summary = html.P(id=ids.SITE_PRICE_SUMMARY, className="hint price-summary")
    chart = html.Div(
        [render_graph(ids.SITE_PRICES, figures.make_prices_figure(_), _, title=_("Mean power by price")), summary],
        className="prices",
    )
    legend = render_legend(ids.SITE_PRICES, _("Mean power by price"), keys, _)
    return render_panel(_("Mean power by price"), _("kW by MAD/kWh"), chart, legend)


def _render_cost_balance_panel(_: Translator) -> html.Section:
    hint = html.P(id=ids.SITE_TOTAL_NOTE, className="hint balance-note")
    return render_panel(_("Total cost since the start"), "MAD", html.Div([balance.render_cost_table(_), hint]))


def _render_peak_panel(_: Translator) -> html.Section:
    hint = html.P(
        _(
            "Needed connection: the peak that the same strategy would make without a connection limit. Rebound: the "
            "rise of the load after a V2G window, relative to the run without V2G. The load factor has no value while "
            "the site exports more than it imports."
        ),
        className="hint",
    )
    return _render_balance_panel(_("Peak and connection"), balance.PEAK_ROWS, hint, _)


def _render_subscription_panel(_: Translator) -> html.Section:
    hint = html.P(id=ids.SITE_SUBSCRIPTION_NOTE, className="hint balance-note")
    return _render_balance_panel(_("Subscribed power"), balance.SUBSCRIPTION_ROWS, hint, _)


def _render_sun_panel(_: Translator) -> html.Section:
    hint = html.P(id=ids.SITE_SUN_NOTE, className="hint balance-note")
    return _render_balance_panel(_("Sun"), balance.SUN_ROWS, hint, _)


def _render_balance_panel(
    title: str, rows: tuple[balance.BalanceRow, ...], hint: html.P, _: Translator
) -> html.Section:
    return render_panel(title, "", html.Div([balance.render_balance_table(rows, _), hint]))


def _render_v2g_value_panel(_: Translator) -> html.Section:
    columns = [html.Th(text, scope="col") for text in (_("Line"), _("Total (MAD)"), _("Per vehicle (MAD)"))]
    table = html.Table(
        [html.Thead(html.Tr(columns)), html.Tbody(texts.render_v2g_value_rows(_))], className="ledger bill"
    )
    bars = html.Ul(texts.render_spread_rows(_), className="reasons spreads")
    hint = html.P(_("Since the start, relative to the same strategy without V2G."), className="hint")
    return render_panel(_("Value of V2G"), "", html.Div([table, bars, hint]))


def _render_verdict_panel(_: Translator) -> html.Section:
    return render_panel(_("Is V2G profitable?"), "", html.P(id=ids.SITE_VERDICT, className="verdict live"))


def _render_model_value_panel(_: Translator) -> html.Section:
    chart = render_graph(ids.SITE_MODELS, figures.make_model_value_figure(_), _, title=_("Net value by model"))
    return render_panel(_("Net value by model"), _("Per vehicle (MAD)"), chart)


def _render_sources_panel(_: Translator) -> html.Section:
    content = html.Div(
        [html.Ul(id=ids.SITE_SOURCES, className="sources"), html.P(id=ids.SITE_DATE_NOTE, className="hint")]
    )
    return render_panel(_("Sources and dates"), "", content)
