"""The figures of the site: skeletons built once as plain dicts, and the patches of their data."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard.service.sessions.site_view import SiteFrame
from ev2gym_dashboard.web import theme
from ev2gym_dashboard.web.components.charts import (
    CLEAR,
    Figure,
    area,
    axis,
    change_lines,
    figure,
    line,
    literal,
    names_axis,
    peak_bands,
    price_axis,
    rounded,
    time_axis,
    time_changes,
)
from ev2gym_dashboard.web.components.dash_patch import Path, patch
from ev2gym_dashboard.web.i18n import N_, Words

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
SHADED = LOAD_TRENDS.index("net_and_v2g_kw")
COST_TRENDS = ("cost_uncontrolled_mad", "cost_without_v2g_mad", "cost_mad")
CO2_TRENDS = ("co2_uncontrolled_kg", "co2_without_v2g_kg", "co2_kg")
RUNS = (N_("Uncontrolled"), N_("Without V2G"), N_("This run"))


def load_figure(_: Words) -> Figure:
    """Return the empty chart of the site's load: what is, what would have been, and what can be."""
    kw = "%{{y:,.4~r}} kW<extra>{name}</extra>"
    names = (_("Uncontrolled"), _("Without V2G"), _("Load with EVs"), _("Connection limit"))
    dotted, dashed, net, limit = (line(name, theme.SHADOW, hover=kw.format(name=name)) for name in names)
    dotted["line"] |= {"width": 1.1, "dash": "dot"}
    dashed["line"] |= {"width": 1.5, "dash": "dash"}
    net["line"] |= {"width": 2.4, "color": theme.INK}
    net |= {"fill": "tonexty", "fillcolor": f"{theme.V2G}66"}
    limit["line"] |= {"width": 1.8, "color": theme.LIMIT}
    base = line(_("Load without EVs"), theme.BASE, hover=kw.format(name=_("Load without EVs")))
    shaded = line("V2G", CLEAR, hover=f"%{{customdata:,.4~r}} kW<extra>{_('V2G')}</extra>") | {"customdata": []}
    shaded["line"]["width"] = 0
    price = line(_("Price"), theme.PRICE, hover=f"%{{y:.4f}} MAD/kWh<extra>{_('Price')}</extra>") | {"yaxis": "y2"}
    price["line"]["dash"] = "dot"
    no_event = line(_("Without the event"), theme.EVENT, hover=kw.format(name=_("Without the event")))
    no_event["line"] |= {"width": 1.6, "dash": "dash"}
    data = [area(_("Sun"), theme.SUN, unit="kW"), base, dotted, dashed, shaded, net, limit, price, no_event]
    yaxis = axis() | {"zeroline": True, "rangemode": "tozero"}
    return figure(data, height=theme.HEIGHTS["site-load"], yaxis=yaxis, yaxis2=price_axis())


def load_patch(frame: SiteFrame, _: Words) -> Figure:
    """Return the load chart's data, V2G between the load and what it would be without it, the peak hours behind."""
    trends = frame.trends
    lifted = [net + v2g for net, v2g in zip(trends["net_load_kw"], trends["v2g_kw"], strict=True)]
    series = [(trends | {"net_and_v2g_kw": lifted})[name] for name in LOAD_TRENDS]
    v2g: dict[Path, Any] = {("data", SHADED, "customdata"): rounded(trends["v2g_kw"] + trends["v2g_kw"][-1:])}
    return patch(time_changes(frame, series) | v2g | {("layout", "shapes"): peak_bands(frame) + change_lines(frame)})


def cost_figure(_: Words) -> Figure:
    """Return the empty chart of the cost since the start, of the run and of its shadows."""
    return _so_far_figure(_, "MAD", theme.HEIGHTS["site-cost"])


def cost_patch(frame: SiteFrame, _: Words) -> Figure:
    return patch(time_changes(frame, [frame.trends[name] for name in COST_TRENDS]))


def co2_figure(_: Words) -> Figure:
    """Return the empty chart of the CO2 since the start, of the run and of its shadows."""
    return _so_far_figure(_, "kg", theme.HEIGHTS["site-co2"])


def co2_patch(frame: SiteFrame, _: Words) -> Figure:
    return patch(time_changes(frame, [frame.trends[name] for name in CO2_TRENDS]))


def prices_figure(_: Words) -> Figure:
    """Return the empty bars of the mean power by price: what is drawn up, what is given back down."""
    data = [
        _price_bars(_("G2V"), theme.G2V, _),
        _price_bars(_("V2G"), theme.V2G, _),
    ]
    xaxis = {"type": "category", "fixedrange": True, "automargin": False, "showgrid": False}
    yaxis = axis() | {"zeroline": True, "nticks": 5}
    margin = {"l": 50, "r": 12, "t": 6, "b": 26}
    height = theme.HEIGHTS["site-prices"]
    return figure(
        data, height=height, margin=margin, xaxis=xaxis, yaxis=yaxis, barmode="relative", bargap=0.45, hovermode="x"
    )


def prices_patch(frame: SiteFrame, _: Words) -> Figure:
    """Return the bars' data, a bar per price, the cheapest first."""
    by_price = frame.by_price
    changes: dict[Path, Any] = {}
    for place, (name, sign) in enumerate((("g2v_kwh", 1.0), ("v2g_kwh", -1.0))):
        mean_kw = [sign * kwh / hours for kwh, hours in zip(by_price[name], by_price["hours"], strict=True)]
        changes["data", place, "x"] = [f"{_.number(price, 4)} " for price in by_price["price_mad_kwh"]]
        changes["data", place, "y"] = rounded(mean_kw)
        changes["data", place, "customdata"] = rounded(by_price[name])
    return patch(changes)


def models_figure(_: Words) -> Figure:
    """Return the empty bars of the net value of V2G per vehicle, a bar per model."""
    hover = _("{each} MAD per vehicle, {total} MAD in all", each="%{x:,.2f}", total="%{customdata:,.0f}")
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [],
        "y": [],
        "customdata": [],
        "marker": {"color": []},
        "hovertemplate": f"%{{y}}: {hover}<extra></extra>",
    }
    yaxis = names_axis()
    margin = {"l": 128, "r": 16, "t": 4, "b": 26}
    xaxis = axis() | {"zeroline": True, "nticks": 5}
    return figure([bars], height=theme.HEIGHTS["site-models"], margin=margin, xaxis=xaxis, yaxis=yaxis, bargap=0.35)


def models_patch(frame: SiteFrame, _: Words) -> Figure:
    """Return the bars' data, green where a vehicle gains and red where it loses."""
    in_all = frame.value["per_model_mad"]
    per_vehicle = [mad / max(n, 1) for mad, n in zip(in_all, frame.models["n_fleet"], strict=True)]
    values: dict[Path, Any] = {
        ("data", 0, "x"): rounded(per_vehicle),
        ("data", 0, "y"): [literal(name) for name in frame.models["model"]],
        ("data", 0, "customdata"): rounded(in_all),
        ("data", 0, "marker", "color"): [theme.CAPABLE if mad >= 0.0 else theme.INCAPABLE for mad in per_vehicle],
    }
    return patch(values)


def _so_far_figure(_: Words, unit: str, height: int) -> Figure:
    dotted, dashed, ours = (
        line(_(name), theme.SHADOW, hover=f"%{{y:,.4~r}} {unit}<extra>{_(name)}</extra>") for name in RUNS
    )
    dotted["line"] |= {"dash": "dot", "width": 1.4}
    dashed["line"] |= {"dash": "dash", "width": 1.6}
    ours["line"] |= {"color": theme.INK, "width": 2.4}
    margin = {"l": 56, "r": 12, "t": 6, "b": 34}
    yaxis = axis() | {"rangemode": "tozero", "nticks": 5}
    return figure([dotted, dashed, ours], height=height, margin=margin, xaxis=time_axis(), yaxis=yaxis)


def _price_bars(name: str, colour: str, _: Words) -> Figure:
    hover = _("{power} on average, {energy} in all", power="%{y:,.4~r} kW", energy="%{customdata:,.4~r} kWh")
    bar = {"type": "bar", "name": name, "x": [], "y": [], "customdata": [], "marker": {"color": colour}}
    return bar | {"hovertemplate": f"{hover}<extra>{name}</extra>"}
