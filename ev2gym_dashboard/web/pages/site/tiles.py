"""Tiles of the site: load, self-consumption and overload, and the differences to the counterfactuals."""

from __future__ import annotations

from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web.components.tile import Tile, TileText
from ev2gym_dashboard.web.i18n import N_, Translator

MIN_VALUE_WITHOUT_DECIMALS = 1000.0
MIN_OVERLOAD_KWH = 0.5
MIN_CURTAILED_KWH = 0.5
PEAK_CHANGE_TEXTS = (N_("peak lowered"), N_("peak raised"))
COST_CHANGE_TEXTS = (N_("less so far"), N_("more so far"))


def _format_kw(value: float, _: Translator) -> str:
    return _.with_unit(value, "kW", 0 if abs(value) >= MIN_VALUE_WITHOUT_DECIMALS else 1)


def _make_kpi_text(name: str) -> TileText:
    return lambda view, _: _format_kw(view.kpis[name], _)


def _make_difference_texts(
    counterfactual: str, kpi: str, *, unit: str, change_texts: tuple[str, str]
) -> tuple[TileText, TileText]:
    """Return the difference of a KPI to a counterfactual, and its note: a text for less, another for more."""

    def compute_difference(view: SiteView) -> float:
        return view.kpis[kpi] - view.counterfactuals[counterfactual][kpi]

    def format_difference(view: SiteView, _: Translator) -> str:
        difference = compute_difference(view)
        digits = 0 if abs(difference) >= MIN_VALUE_WITHOUT_DECIMALS else 1
        return ("+" if round(difference, 1) > 0.0 else "") + _.with_unit(difference, unit, digits)

    def format_note(view: SiteView, _: Translator) -> str:
        # The note follows the value as it reads: a difference below a tenth reads as zero.
        difference = round(compute_difference(view), 1)
        return _("the same") if difference == 0.0 else _(change_texts[0 if difference < 0.0 else 1])

    return format_difference, format_note


def _format_limit_share(view: SiteView, _: Translator) -> str:
    # The connection may be declared as zero.
    limit_kw = view.run.scenario.limit_kw
    return _("{share} of the limit", share=_.percent(view.kpis["site_peak_kw"] / limit_kw if limit_kw else 0.0))


def _format_overload(view: SiteView, _: Translator) -> str:
    kwh = view.kpis["overload_kwh"]
    return (
        _("{energy} above the limit", energy=_.with_unit(kwh, "kWh", 0))
        if kwh >= MIN_OVERLOAD_KWH
        else _("within the limit")
    )


def _format_solar_energy(view: SiteView, _: Translator) -> str:
    step_h, curtailed_kwh = view.trend_step_min / 60.0, view.kpis["curtailed_kwh"]
    energy = _.with_unit(sum(view.trends["solar_kw"]) * step_h, "kWh", 0)
    if curtailed_kwh < MIN_CURTAILED_KWH:
        return _("of {energy} solar", energy=energy)
    return _("of {energy} solar, {cut} curtailed", energy=energy, cut=_.with_unit(curtailed_kwh, "kWh", 0))


SITE_TILES = (
    Tile("site-peak", N_("Site peak"), _make_kpi_text("site_peak_kw"), _format_limit_share),
    Tile(
        "site-valley",
        N_("Site valley"),
        _make_kpi_text("site_valley_kw"),
        lambda view, _: _("lowest load so far"),
    ),
    Tile(
        "site-factor",
        N_("Load factor"),
        lambda view, _: _.percent(view.kpis["load_factor"], 1),
        lambda view, _: _("mean load / peak load"),
    ),
    Tile(
        "site-sun",
        N_("Self-consumption"),
        lambda view, _: _.percent(view.kpis["self_consumption"], 1),
        _format_solar_energy,
    ),
    Tile("site-overload", N_("Overload"), _make_kpi_text("overload_kw"), _format_overload),
    Tile(
        "site-vs-v2g",
        N_("Peak vs. no V2G"),
        *_make_difference_texts("without_v2g", "site_peak_kw", unit="kW", change_texts=PEAK_CHANGE_TEXTS),
    ),
    Tile(
        "site-vs-uncontrolled",
        N_("Peak vs. uncontrolled"),
        *_make_difference_texts("uncontrolled", "site_peak_kw", unit="kW", change_texts=PEAK_CHANGE_TEXTS),
    ),
    Tile(
        "site-cost",
        N_("Bill vs. uncontrolled"),
        *_make_difference_texts("uncontrolled", "cost_mad", unit="MAD", change_texts=COST_CHANGE_TEXTS),
    ),
)
