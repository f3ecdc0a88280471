"""Figures of the site: empty figures as plain dicts, and the patches that fill in their data."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard import palette
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_optimum import RunOptimum
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.change_lines import make_change_lines, make_cursor_lines
from ev2gym_dashboard.web.components.charts import (
    LABEL_MARGIN_PX,
    TRANSPARENT,
    FigureDict,
    format_plotly_time,
    list_peak_flags,
    make_area_trace,
    make_axis,
    make_category_axis,
    make_figure,
    make_label_updates,
    make_legend_states,
    make_line_trace,
    make_mode_marker,
    make_peak_bands,
    make_price_axis,
    make_price_updates,
    make_run_axis,
    make_trend_updates,
    round_significant,
)
from ev2gym_dashboard.web.components.dash_patch import PatchPath, make_patch
from ev2gym_dashboard.web.i18n import N_, Translator

FIGURE_HEIGHTS_PX = {"site-load": 330, "site-cost": 216, "site-co2": 216, "site-prices": 172, "site-models": 232}
LOAD_TRENDS = (
    "solar_kw",
    "base_load_kw",
    "uncontrolled_kw",
    "without_v2g_kw",
    "net_and_v2g_kw",
    "net_load_kw",
    "limit_kw",
    "price_mad_kwh",
    "without_event_kw",
)
V2G_BAND_INDEX = LOAD_TRENDS.index("net_and_v2g_kw")
REBOUND_INDEX, SHADOW_PRICE_INDEX = len(LOAD_TRENDS), len(LOAD_TRENDS) + 1
"""The traces after those of the trends."""
COST_TRENDS = ("cost_uncontrolled_mad", "cost_without_v2g_mad", "cost_mad")
CO2_TRENDS = ("co2_uncontrolled_kg", "co2_without_v2g_kg", "co2_kg")
VALUE_DIGITS = 2
RUN_LABELS = (N_("Uncontrolled"), N_("Without V2G"), N_("This run"))


def make_site_load_figure(_: Translator) -> FigureDict:
    """Return the empty chart of the load: of the run, of its counterfactuals, and the connection limit."""
    kw = "%{{y:,.4~r}} kW<extra>{name}</extra>"
    names = (_("Uncontrolled"), _("Without V2G"), _("Load with EVs"), _("Connection limit"))
    uncontrolled, without_v2g, net, limit = (
        make_line_trace(name, palette.COUNTERFACTUAL, hover=kw.format(name=name)) for name in names
    )
    uncontrolled["line"] |= {"width": 1.1, "dash": "dot"}
    without_v2g["line"] |= {"width": 1.5, "dash": "dash", "color": palette.WAITING}
    net["line"] |= {"width": 2.4, "color": palette.INK}
    net |= {"fill": "tonexty", "fillcolor": f"{palette.V2G}66"}
    limit["line"] |= {"width": 1.8, "color": palette.LIMIT}
    base = make_line_trace(_("Load without EVs"), palette.BASE_LOAD, hover=kw.format(name=_("Load without EVs")))
    v2g_band = make_line_trace("V2G", TRANSPARENT, hover=f"%{{customdata:,.4~r}} kW<extra>{_('V2G')}</extra>") | {
        "customdata": []
    }
    v2g_band["line"]["width"] = 0
    price = make_line_trace(_("Price"), palette.PRICE, hover=f"%{{y:.4f}} MAD/kWh<extra>{_('Price')}</extra>") | {
        "yaxis": "y2"
    }
    price["line"]["dash"] = "dot"
    without_event = make_line_trace(_("Without the event"), palette.EVENT, hover=kw.format(name=_("Without the event")))
    without_event["line"] |= {"width": 1.6, "dash": "dash"}
    data = [
        make_area_trace(_("Sun"), palette.SOLAR, unit="kW"),
        base,
        uncontrolled,
        without_v2g,
        v2g_band,
        net,
        limit,
        price,
        without_event,
        _make_rebound_trace(_),
        _make_shadow_price_trace(_),
    ]
    yaxis = make_axis() | {"zeroline": True, "rangemode": "tozero"}
    return make_figure(data, height=FIGURE_HEIGHTS_PX["site-load"], yaxis=yaxis, yaxis2=make_price_axis())


def make_site_load_patch(view: SiteView, _: Translator, past_step: int | None = None) -> FigureDict:
    """Return the data of the load chart: V2G as a band above the load, the peak hours, the cursor at a past step."""
    trends = view.trends
    # Plotly fills between a trace and the one before: the upper edge of the V2G band is an invisible trace.
    series = [trends[name] for name in LOAD_TRENDS]
    v2g: dict[PatchPath, Any] = {
        ("data", V2G_BAND_INDEX, "customdata"): round_significant(trends["v2g_kw"] + trends["v2g_kw"][-1:])
    }
    lines = make_change_lines(view, _) + make_cursor_lines(view, past_step, _)
    shapes: dict[PatchPath, Any] = {("layout", "shapes"): make_peak_bands(view) + lines}
    price = make_price_updates(LOAD_TRENDS.index("price_mad_kwh"), trends["price_mad_kwh"])
    return make_patch(make_trend_updates(view, series) | price | v2g | _make_rebound_updates(view) | shapes)


def compute_legend_states(view: SiteView) -> dict[str, str]:
    """Return the entries of the legend that name something on the chart of the load."""
    series = {"sun": view.trends["solar_kw"], "v2g": view.trends["v2g_kw"], "event": view.trends["without_event_kw"]}
    return make_legend_states(ids.SITE_LOAD, series | {"peak": list_peak_flags(view)})


def _make_rebound_trace(_: Translator) -> FigureDict:
    """Return the empty mark of the rebound after V2G: one point at its highest load."""
    name = _("Rebound after V2G")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [],
        "y": [],
        "customdata": [],
        "marker": {"symbol": "triangle-up", "size": 11, "color": palette.V2G},
        "hovertemplate": f"+%{{customdata:,.4~r}} kW<extra>{name}</extra>",
    }


def _make_rebound_updates(view: SiteView) -> dict[PatchPath, Any]:
    """Return the mark of the largest rebound so far; none without one."""
    points = [view.rebound] if view.rebound else []
    return {
        ("data", REBOUND_INDEX, "x"): [format_plotly_time(point.time) for point in points],
        ("data", REBOUND_INDEX, "y"): round_significant([point.net_load_kw for point in points]),
        ("data", REBOUND_INDEX, "customdata"): round_significant([point.rebound_kw for point in points]),
    }


def _make_shadow_price_trace(_: Translator) -> FigureDict:
    """Return the empty line of the price of one more kWh at the optimum, which a request of the user fills."""
    name = _("Price of one more kWh, optimum")
    trace = make_line_trace(name, palette.OPTIMUM, hover=f"%{{y:.4f}} MAD/kWh<extra>{name}</extra>")
    return trace | {"yaxis": "y2", "opacity": 0.65}


def make_shadow_price_patch(optimum: RunOptimum, scenario: Scenario) -> FigureDict:
    """Return the price of one more kWh at the optimum of a run so far."""
    prices = optimum.shadow_price_mad_kwh
    return make_patch(
        {
            ("data", SHADOW_PRICE_INDEX, "x0"): format_plotly_time(scenario.start_time),
            ("data", SHADOW_PRICE_INDEX, "dx"): optimum.point_steps * scenario.timestep_min * 60_000,
            ("data", SHADOW_PRICE_INDEX, "y"): round_significant(prices + prices[-1:]),
        }
    )


def make_cost_figure(_: Translator) -> FigureDict:
    """Return the empty chart of the cost since the start, of the run and of its counterfactuals."""
    return _make_cumulative_figure(_, "MAD", FIGURE_HEIGHTS_PX["site-cost"])


def make_cost_patch(view: SiteView, _: Translator, past_step: int | None = None) -> FigureDict:
    """Return the data of the chart of the cost, with the cursor at a past step."""
    return _make_cumulative_patch(view, COST_TRENDS, past_step, _)


def make_co2_figure(_: Translator) -> FigureDict:
    """Return the empty chart of the CO2 since the start, of the run and of its counterfactuals."""
    return _make_cumulative_figure(_, "kg", FIGURE_HEIGHTS_PX["site-co2"])


def make_co2_patch(view: SiteView, _: Translator, past_step: int | None = None) -> FigureDict:
    """Return the data of the chart of the CO2, with the cursor at a past step."""
    return _make_cumulative_patch(view, CO2_TRENDS, past_step, _)


def make_prices_figure(_: Translator) -> FigureDict:
    """Return the empty bars of the mean power by price, G2V upwards and V2G downwards."""
    data = [
        _make_price_bars(_("G2V"), "charging", _),
        _make_price_bars(_("V2G"), "discharging", _),
    ]
    xaxis = {"type": "category", "fixedrange": True, "automargin": False, "showgrid": False}
    yaxis = make_axis() | {"zeroline": True, "nticks": 5}
    margin = {"l": 50, "r": 12, "t": 6, "b": 26}
    height = FIGURE_HEIGHTS_PX["site-prices"]
    return make_figure(
        data, height=height, margin=margin, xaxis=xaxis, yaxis=yaxis, barmode="relative", bargap=0.45, hovermode="x"
    )


def make_prices_patch(view: SiteView, _: Translator) -> FigureDict:
    """Return the data of the bars by price, the lowest price first."""
    price_bands = view.price_bands
    changes: dict[PatchPath, Any] = {}
    for trace, (name, sign) in enumerate((("g2v_kwh", 1.0), ("v2g_kwh", -1.0))):
        mean_kw = [sign * kwh / hours for kwh, hours in zip(price_bands[name], price_bands["hours"], strict=True)]
        changes["data", trace, "x"] = [f"{_.number(price, 4)} " for price in price_bands["price_mad_kwh"]]
        changes["data", trace, "y"] = round_significant(mean_kw)
        changes["data", trace, "customdata"] = round_significant(price_bands[name])
    return make_patch(changes)


def make_model_value_figure(_: Translator) -> FigureDict:
    """Return the empty bars of the net value of V2G per vehicle, a bar per model."""
    hover = _("{each} MAD per vehicle, {total} MAD in total", each="%{x:,.2f}", total="%{customdata:,.0f}")
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [],
        "y": [],
        "customdata": [],
        "hovertext": [],
        "marker": {"color": []},
        "hovertemplate": f"%{{hovertext}}: {hover}<extra></extra>",
    }
    yaxis = make_category_axis()
    margin = {"l": LABEL_MARGIN_PX, "r": 16, "t": 4, "b": 26}
    xaxis = make_axis() | {"zeroline": True, "nticks": 5}
    return make_figure(
        [bars], height=FIGURE_HEIGHTS_PX["site-models"], margin=margin, xaxis=xaxis, yaxis=yaxis, bargap=0.35
    )


def make_model_value_patch(view: SiteView) -> FigureDict:
    """Return the data of the bars by model: gains in green, losses in red, and grey as long as they say nothing."""
    total_mad = view.value["per_model_mad"]
    per_vehicle_mad = [mad / max(n, 1) for mad, n in zip(total_mad, view.models["n_fleet"], strict=True)]
    values: dict[PatchPath, Any] = {
        ("data", 0, "x"): round_significant(per_vehicle_mad),
        **make_label_updates(view.models["model"]),
        ("data", 0, "customdata"): round_significant(total_mad),
        ("data", 0, "marker", "color"): [_choose_value_colour(mad, view) for mad in per_vehicle_mad],
    }
    return make_patch(values)


def _choose_value_colour(mad: float, view: SiteView) -> str:
    # While the value of V2G as a whole is open, that of a model is noise; one that reads as zero has no sign.
    if view.value["verdict"] == "open" or round(mad, VALUE_DIGITS) == 0.0:
        return palette.IDLE
    return palette.CAPABLE if mad > 0.0 else palette.INCAPABLE


def _make_cumulative_figure(_: Translator, unit: str, height: int) -> FigureDict:
    uncontrolled, without_v2g, run = (
        make_line_trace(_(name), palette.COUNTERFACTUAL, hover=f"%{{y:,.4~r}} {unit}<extra>{_(name)}</extra>")
        for name in RUN_LABELS
    )
    uncontrolled["line"] |= {"dash": "dot", "width": 1.4}
    without_v2g["line"] |= {"dash": "dash", "width": 1.6, "color": palette.WAITING}
    run["line"] |= {"color": palette.INK, "width": 2.4}
    margin = {"l": 56, "r": 12, "t": 6, "b": 34}
    yaxis = make_axis() | {"rangemode": "tozero", "nticks": 5}
    return make_figure(
        [uncontrolled, without_v2g, run], height=height, margin=margin, xaxis=make_run_axis(), yaxis=yaxis
    )


def _make_cumulative_patch(view: SiteView, names: tuple[str, ...], past_step: int | None, _: Translator) -> FigureDict:
    cursor: dict[PatchPath, Any] = {("layout", "shapes"): make_cursor_lines(view, past_step, _)}
    return make_patch(make_trend_updates(view, [view.trends[name] for name in names]) | cursor)


def _make_price_bars(name: str, mode: str, _: Translator) -> FigureDict:
    hover = _("{power} on average, {energy} in total", power="%{y:,.4~r} kW", energy="%{customdata:,.4~r} kWh")
    bar = {"type": "bar", "name": name, "x": [], "y": [], "customdata": [], "marker": make_mode_marker(mode)}
    return bar | {"hovertemplate": f"{hover}<extra>{name}</extra>"}
