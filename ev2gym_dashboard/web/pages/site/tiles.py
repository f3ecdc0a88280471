"""Tiles of the site: the conclusions of the run at first sight, each with its reservation."""

from __future__ import annotations

from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS
from ev2gym_dashboard.core.kpis import SAVING_INFIX
from ev2gym_dashboard.service.scenarios.demand import has_demand_charge
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.web.components.tile import Tile, TileText
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.site.balance import (
    NO_VALUE,
    OPEN,
    RAW_TOTAL,
    TOTAL,
    has_sun,
    has_value,
    judge_saving,
)

MIN_VALUE_WITHOUT_DECIMALS = 1000.0
MIN_OVERLOAD_KWH = 0.5
VERDICT_WORDS = {"worth": N_("profitable"), "paid": N_("profitable"), "not_used": N_("not used"), "open": N_("open")}
MIN_CURTAILED_KWH = 0.5


def _make_kpi_text(name: str, unit: str) -> TileText:
    def text(view: SiteView, _: Translator) -> str:
        value = view.kpis[name]
        return _.with_unit(value, unit, 0 if abs(value) >= MIN_VALUE_WITHOUT_DECIMALS else 1)

    return text


def _get_difference(view: SiteView, name: str) -> float:
    # A saving is what the counterfactual has more; the tile shows what the run has more.
    return -view.kpis[f"{name}{SAVING_INFIX}{BASELINE_STRATEGY}"]


def _format_total(view: SiteView, _: Translator) -> str:
    return f"{_.signed(_get_difference(view, TOTAL))}\u00a0MAD"


def _format_raw_total(view: SiteView, _: Translator) -> str:
    raw = _("raw: {value}", value=_.signed(_get_difference(view, RAW_TOTAL)))
    return f"{_('open')} · {raw}" if judge_saving(view, BASELINE_STRATEGY) == OPEN else raw


def _format_v2g_value(view: SiteView, _: Translator) -> str:
    return f"{_.signed(view.value['net_mad'])}\u00a0MAD"


def _format_v2g_verdict(view: SiteView, _: Translator) -> str:
    return _(VERDICT_WORDS.get(view.value["verdict"], N_("not profitable")))


def _format_limit_share(view: SiteView, _: Translator) -> str:
    kwh, limit_kw = view.kpis["overload_kwh"], view.run.scenario.limit_kw
    if kwh >= MIN_OVERLOAD_KWH:
        return _("{energy} above the limit", energy=_.with_unit(kwh, "kWh", 0))
    if not limit_kw:
        return _("the connection is declared as 0 kW")
    return _("{share} of the limit", share=_.percent(view.kpis["site_peak_kw"] / limit_kw))


def _format_subscription(view: SiteView, _: Translator) -> str:
    is_charged = has_demand_charge(view.run.scenario)
    return _.with_unit(view.kpis["needed_subscription_kva"], "kVA") if is_charged else NO_VALUE


def _format_subscription_cost(view: SiteView, _: Translator) -> str:
    if not has_demand_charge(view.run.scenario):
        return _("no demand charge")
    return _("{cost} MAD/year", cost=_.number(view.kpis["subscription_mad_year"]))


def _format_owed_cost(view: SiteView, _: Translator) -> str:
    owed_mad = view.kpis["owed_mad"] + view.kpis["owed_wear_mad"]
    return _("worth {cost} MAD", cost=_.number(owed_mad))


def _format_unserved_cost(view: SiteView, _: Translator) -> str:
    return _("counted as {cost} MAD", cost=_.number(view.kpis["unserved_mad"]))


def _format_surplus_share(view: SiteView, _: Translator) -> str:
    is_known = has_value("ev_surplus_share", view, view.kpis)
    return _.percent(view.kpis["ev_surplus_share"], 1) if is_known else NO_VALUE


def _format_surplus(view: SiteView, _: Translator) -> str:
    if not has_sun(view):
        return _("no solar panels")
    if view.kpis["curtailed_kwh"] >= MIN_CURTAILED_KWH:
        return _("{cut} curtailed", cut=_.with_unit(view.kpis["curtailed_kwh"], "kWh"))
    return _("of {energy} surplus", energy=_.with_unit(view.kpis["surplus_kwh"], "kWh"))


SITE_TILES = (
    Tile(
        "site-total",
        N_("Cost vs. uncontrolled"),
        _format_total,
        _format_raw_total,
        definition=KPI_FORMULAS["total_mad"].text,
    ),
    Tile(
        "site-v2g",
        N_("Net value of V2G"),
        _format_v2g_value,
        _format_v2g_verdict,
        definition=KPI_FORMULAS["v2g_net_mad"].text,
    ),
    Tile(
        "site-peak",
        N_("Peak at the meter"),
        _make_kpi_text("site_peak_kw", "kW"),
        _format_limit_share,
        definition=KPI_FORMULAS["site_peak_kw"].text,
    ),
    Tile(
        "site-connection",
        N_("Needed connection"),
        _make_kpi_text("needed_connection_kva", "kVA"),
        lambda view, _: _("without a limit"),
        definition=KPI_FORMULAS["needed_connection_kva"].text,
    ),
    Tile(
        "site-subscription",
        N_("Needed subscription"),
        _format_subscription,
        _format_subscription_cost,
        definition=KPI_FORMULAS["needed_subscription_kva"].text,
    ),
    Tile(
        "site-owed",
        N_("Energy owed"),
        _make_kpi_text("owed_kwh", "kWh"),
        _format_owed_cost,
        definition=KPI_FORMULAS["owed_kwh"].text,
    ),
    Tile(
        "site-unserved",
        N_("Unserved energy"),
        _make_kpi_text("unserved_kwh", "kWh"),
        _format_unserved_cost,
        definition=KPI_FORMULAS["unserved_kwh"].text,
    ),
    Tile(
        "site-sun",
        N_("EVs on surplus sun"),
        _format_surplus_share,
        _format_surplus,
        definition=KPI_FORMULAS["ev_surplus_share"].text,
    ),
)
