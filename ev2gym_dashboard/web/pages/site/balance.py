"""Balance of the site: what the run costs and needs, beside its two counterfactuals, as tables by subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dash import html

from ev2gym_dashboard.core.kpis import SAVING_INFIX, find_kpi
from ev2gym_dashboard.service.scenarios.demand import has_demand_charge
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY, WITHOUT_V2G
from ev2gym_dashboard.service.simulation.end_settlement import is_open
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator

Condition = Callable[[SiteView], bool]
RUN_COLUMN = "run"
COLUMNS = {RUN_COLUMN: N_("This run"), WITHOUT_V2G: N_("Without V2G"), BASELINE_STRATEGY: N_("Uncontrolled")}
NO_VALUE = "–"
TABLE_CLASS = "ledger bill balance"


def _always(_view: SiteView) -> bool:
    return True


def _pays_for_power(view: SiteView) -> bool:
    return has_demand_charge(view.run.scenario)


def _pays_bonus(view: SiteView) -> bool:
    return view.run.scenario.plug_in_bonus_mad_h > 0.0


def pays_service(view: SiteView) -> bool:
    """Return whether the scenario pays for offered V2G power."""
    return view.run.scenario.service_mad_kw_h > 0.0


def has_sun(view: SiteView) -> bool:
    """Return whether the site has solar panels."""
    scenario = view.run.scenario
    return scenario.pv_kwp_per_vehicle > 0.0 or bool(scenario.pv_profile)


def has_had_sun(view: SiteView) -> bool:
    """Return whether the solar panels of the site have produced anything so far."""
    return has_sun(view) and view.has_had_sun


@dataclass(frozen=True)
class BalanceRow:
    """A line: its KPI and heading (a msgid), when it applies, and whether it sums up the lines above.

    Of a line with ``run_only``, the counterfactuals have no figure. An income has a minus sign, and its line is in
    sight only when it applies.
    """

    kpi: str
    heading: str
    applies: Condition = _always
    is_total: bool = False
    run_only: bool = False
    is_income: bool = False


COST_ROWS = (
    BalanceRow("cost_mad", N_("Bill")),
    BalanceRow("calendar_mad", N_("Calendar wear")),
    BalanceRow("cyclic_mad", N_("Cyclic wear")),
    BalanceRow("owed_mad", N_("Owed energy, to be bought")),
    BalanceRow("owed_wear_mad", N_("Wear of charging it")),
    BalanceRow("unserved_mad", N_("Unserved energy")),
    BalanceRow("plug_in_bonus_mad", N_("Plug-in bonus"), _pays_bonus, is_income=True),
    BalanceRow("service_mad", N_("Service payment"), pays_service, is_income=True),
    BalanceRow("total_mad", N_("Total cost"), is_total=True),
)
EV_ROWS = (
    BalanceRow("ev_cost_mad", N_("Part of the bill for EVs")),
    BalanceRow("base_cost_mad", N_("Bill of the site without EVs")),
)
"""Two parts of the bill, which the costs already contain."""
PEAK_ROWS = (
    BalanceRow("site_peak_kw", N_("Peak at the meter")),
    BalanceRow("site_valley_kw", N_("Lowest load")),
    BalanceRow("load_factor", N_("Load factor")),
    BalanceRow("overload_kw", N_("Above the connection")),
    BalanceRow("needed_connection_kva", N_("Needed connection"), run_only=True),
    BalanceRow("rebound_kw", N_("Rebound after V2G"), run_only=True),
    BalanceRow("site_cap_kw", N_("Site cap"), lambda view: view.kpis["site_cap_kw"] > 0.0),
)
SUBSCRIPTION_ROWS = (
    BalanceRow("subscription_kva", N_("Subscribed power"), _pays_for_power),
    BalanceRow("metered_peak_kva", N_("Metered peak")),
    BalanceRow("needed_subscription_kva", N_("Needed subscription"), _pays_for_power),
    BalanceRow("subscription_mad_year", N_("Its cost in a year"), _pays_for_power),
    BalanceRow("excess_mad", N_("Excess charge so far"), _pays_for_power),
)
SUN_ROWS = (
    BalanceRow("surplus_kwh", N_("Surplus beyond the load without EVs"), has_sun),
    BalanceRow("self_consumption", N_("Self-consumption"), has_sun),
    BalanceRow("ev_surplus_share", N_("EV energy from surplus"), has_sun),
    BalanceRow("export_kwh", N_("Exported")),
    BalanceRow("curtailed_kwh", N_("PV curtailed"), has_sun),
)
RESULT_ROWS = (
    BalanceRow("cost_mad", N_("Bill")),
    BalanceRow("total_mad", N_("Total cost")),
    BalanceRow("site_peak_kw", N_("Peak at the meter")),
    BalanceRow("import_kwh", N_("Imported")),
    BalanceRow("export_kwh", N_("Exported")),
    BalanceRow("co2_kg", N_("CO2")),
    BalanceRow("g2v_kwh", N_("G2V")),
    BalanceRow("v2g_kwh", N_("V2G")),
    BalanceRow("unserved_kwh", N_("Unserved energy")),
    BalanceRow("share_at_target", N_("Departures at target")),
)
"""The lines of the report."""
BALANCE_ROWS = COST_ROWS + EV_ROWS + PEAK_ROWS + SUBSCRIPTION_ROWS + SUN_ROWS
SAVING_ROWS = {
    "saved": N_("Saved by this run"),
    "raw": N_("Raw, without owed energy"),
    "verdict": N_("Verdict"),
}
"""Lines below the total cost: key and heading."""
TOTAL, RAW_TOTAL = "total_mad", "raw_total_mad"
LESS, MORE, SAME, OPEN = "less", "more", "same", "open"
SAVING_VERDICTS = {LESS: N_("cheaper"), MORE: N_("more expensive"), SAME: N_("the same"), OPEN: N_("open")}


VALUE_CONDITIONS: dict[str, Callable[[SiteView, Mapping[str, float]], bool]] = {
    # A mean over a peak is a share only where the site imports on balance.
    "load_factor": lambda _view, kpis: kpis["load_factor"] > 0.0,
    "self_consumption": lambda view, _kpis: has_had_sun(view),
    "ev_surplus_share": lambda view, kpis: has_had_sun(view) and kpis["g2v_kwh"] > 0.0,
}
"""When a share has a value, by KPI: nothing is a share of nothing. The notes below the tables say why one has none."""


def render_balance_table(rows: tuple[BalanceRow, ...], _: Translator) -> html.Table:
    """Return a table without its values."""
    return html.Table([_render_head(_), _render_body(rows, _)], className=TABLE_CLASS)


def render_cost_table(_: Translator) -> html.Table:
    """Return the table of the total cost and of the savings, without its values."""
    bodies = [_render_cost_body(rows, _) for rows in (COST_ROWS, EV_ROWS)]
    return html.Table([_render_head(_), *bodies, _render_savings(_)], className=TABLE_CLASS)


def render_result_table(_: Translator) -> html.Table:
    """Return the table of the report, without its values."""
    body = html.Tbody([_render_row(row.kpi, _format_heading(row, _), is_total=False) for row in RESULT_ROWS])
    return html.Table([_render_head(_), body, _render_savings(_)], className=TABLE_CLASS)


def format_balance_texts(
    view: SiteView, _: Translator, *, rows: tuple[BalanceRow, ...] = BALANCE_ROWS
) -> dict[str, str]:
    """Return every value of the tables by the id of its cell."""
    values = {
        ids.make_balance_id(row.kpi, column): _format_value(row, column, view, _) for row in rows for column in COLUMNS
    }
    return values | _format_saving_texts(view, _)


def compute_balance_states(view: SiteView) -> dict[str, str]:
    """Return "gain", "loss" or no state for each saving, and whether the lines of incomes are in sight."""
    savings = {
        ids.make_balance_id("saved", name): {LESS: "gain", MORE: "loss"}.get(judge_saving(view, name), "")
        for name in view.counterfactuals
    }
    incomes = (row for row in COST_ROWS if row.is_income)
    return savings | {ids.make_balance_id(row.kpi, "row"): "on" if row.applies(view) else "off" for row in incomes}


def judge_saving(view: SiteView, counterfactual: str) -> str:
    """Return the key of `SAVING_VERDICTS` that holds against a counterfactual."""
    saved_mad, raw_mad = _get_savings(view, counterfactual)
    if round(saved_mad, 2) == round(raw_mad, 2) == 0.0:
        return SAME
    if is_open(raw_mad - saved_mad, saved_mad):
        return OPEN
    return LESS if saved_mad > 0.0 else MORE


def _get_savings(view: SiteView, counterfactual: str) -> tuple[float, float]:
    """Return the saving on the total cost, with the owed energy and without it [MAD]."""
    suffix = f"{SAVING_INFIX}{counterfactual}"
    return view.kpis[TOTAL + suffix], view.kpis[RAW_TOTAL + suffix]


def _format_saving_texts(view: SiteView, _: Translator) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name in view.counterfactuals:
        saved_mad, raw_mad = _get_savings(view, name)
        texts |= {
            ids.make_balance_id("saved", name): _.signed(saved_mad),
            ids.make_balance_id("raw", name): _.signed(raw_mad),
            ids.make_balance_id("verdict", name): _(SAVING_VERDICTS[judge_saving(view, name)]),
        }
    return texts


def _format_value(row: BalanceRow, column: str, view: SiteView, _: Translator) -> str:
    if not row.applies(view) or (row.run_only and column != RUN_COLUMN):
        return NO_VALUE
    kpis = view.kpis if column == RUN_COLUMN else view.counterfactuals[column]
    if not has_value(row.kpi, view, kpis):
        return NO_VALUE
    if find_kpi(row.kpi).share:
        return _.percent(kpis[row.kpi])
    return _.signed(-kpis[row.kpi]) if row.is_income else _.number(kpis[row.kpi])


def has_value(name: str, view: SiteView, kpis: Mapping[str, float]) -> bool:
    """Return whether a KPI of the run or of a counterfactual has a value so far."""
    condition = VALUE_CONDITIONS.get(name)
    return condition is None or condition(view, kpis)


def _format_heading(row: BalanceRow, _: Translator) -> list[Any]:
    unit = find_kpi(row.kpi).unit
    return [_(row.heading), html.Span(f" {_(unit)}" if unit else "", className="unit")]


def _render_body(rows: tuple[BalanceRow, ...], _: Translator) -> html.Tbody:
    return html.Tbody([_render_row(row.kpi, _format_heading(row, _), is_total=row.is_total) for row in rows])


def _render_cost_body(rows: tuple[BalanceRow, ...], _: Translator) -> html.Tbody:
    # The unit of the costs is in the title of the panel.
    return html.Tbody([_render_income(row, _) if row.is_income else _render_cost(row, _) for row in rows])


def _render_cost(row: BalanceRow, _: Translator) -> html.Tr:
    return _render_row(row.kpi, [_(row.heading)], is_total=row.is_total)


def _render_income(row: BalanceRow, _: Translator) -> html.Tr:
    """Return the line of an income, out of sight until a state shows it."""
    hidden: dict[str, Any] = {"id": ids.make_balance_id(row.kpi, "row"), "data-state": "off"}
    return html.Tr([html.Th(_(row.heading), scope="row"), *_render_cells(row.kpi)], **hidden)


def _render_head(_: Translator) -> html.Thead:
    columns = [html.Th(_("Line"), scope="col"), *(html.Th(_(name), scope="col") for name in COLUMNS.values())]
    return html.Thead(html.Tr(columns))


def _render_row(key: str, heading: Any, *, is_total: bool) -> html.Tr:
    line = [html.Th(heading, scope="row"), *_render_cells(key)]
    return html.Tr(line, className="balance-total" if is_total else f"balance-{key}")


def _render_cells(key: str) -> list[html.Td]:
    return [html.Td(id=ids.make_balance_id(key, column), className="live") for column in COLUMNS]


def _render_savings(_: Translator) -> html.Tbody:
    return html.Tbody([_render_saving_row(key, _(heading)) for key, heading in SAVING_ROWS.items()])


def _render_saving_row(key: str, heading: str) -> html.Tr:
    # The run saves nothing against itself.
    cells = [html.Td(id=ids.make_balance_id(key, name), className="live") for name in COLUMNS if name != RUN_COLUMN]
    return html.Tr([html.Th(heading, scope="row"), html.Td(), *cells], className=f"balance-{key}")
