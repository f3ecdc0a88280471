"""Tables and sentences of the study page, rendered from its results."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bench.record import format_markdown
from ev2gym_dashboard.strategies import STRATEGIES
from tools.study_results import (
    BATTERIES,
    CASE_COLUMNS,
    DEMAND_TARIFF,
    LAW_BATTERY,
    LFP_BATTERY,
    PACK_PRICE_MAD_KWH,
    PACK_PRICES_MAD_KWH,
    STAY_NAMES,
    TARIFF_NAMES,
    WEEKS_PER_YEAR,
    average_seasons,
    compute_subscriptions,
    get_kva_price_mad_year,
    price_runs,
    select_runs,
)

LAW_BATTERIES = (LAW_BATTERY, LFP_BATTERY)
CAP_NAMES = {"off": "none", "auto": "lowest"}


def format_conclusion(runs: pd.DataFrame) -> str:
    """Return the answer with its figures."""
    today = price_runs(runs, PACK_PRICE_MAD_KWH)
    counts = [
        f"**{_count(select_runs(today, battery=battery), 'worth')}** with {_name_cycles(runs, battery)}"
        for battery in BATTERIES
    ]
    lines = [f"At the mean pack price of {PACK_PRICE_MAD_KWH} MAD/kWh, V2G is worth it in", ""]
    lines += [f"- {count}{'.' if count is counts[-1] else ','}" for count in counts]
    lines += ["", *_format_tariff_answers(today), "", _format_stay_answer(today), _format_subscription_answer(today)]
    return "\n".join(lines) + "\n"


def render_verdict_table(runs: pd.DataFrame) -> str:
    """Return the number of runs in which V2G is worth it by pack price, and its value over a year."""
    rows = []
    for tariff, battery in _list_pairs():
        selected = select_runs(runs, tariff=tariff, battery=battery)
        today = price_runs(selected, PACK_PRICE_MAD_KWH)
        counts = {
            f"Worth it at {price:,}": _count(price_runs(selected, price), "worth")
            for price in PACK_PRICES_MAD_KWH.values()
        }
        rows.append(
            {"Tariff": TARIFF_NAMES[tariff], "Battery": battery, "Full cycles": _format_cycles(selected)}
            | counts
            | {
                f"Open at {PACK_PRICE_MAD_KWH:,}": f"{today['open'].sum()}",
                "Best [MAD per vehicle and year]": _format_mad(today["per_year_mad"].max(), 0),
                "Median": _format_mad(today["per_year_mad"].median(), 0),
                "Worst": _format_mad(today["per_year_mad"].min(), 0),
            }
        )
    return format_markdown(rows)


def render_breakeven_table(runs: pd.DataFrame) -> str:
    """Return the pack price below which V2G is worth it, by strategy, for both laws, over all other inputs."""
    rows = [
        {
            "Strategy": STRATEGIES[strategy].name,
            **{
                f"{name}, {battery}": _format_range(select_runs(runs, tariff=key, strategy=strategy, battery=battery))
                for key, name in TARIFF_NAMES.items()
                for battery in LAW_BATTERIES
            },
        }
        for strategy in sorted(set(runs["strategy"]))
    ]
    return format_markdown(rows)


def render_per_kwh_table(runs: pd.DataFrame) -> str:
    """Return the savings and costs per kWh discharged, by tariff, for both laws at the mean pack price."""
    rows = []
    for tariff, battery in _list_pairs(LAW_BATTERIES):
        selected = select_runs(runs, tariff=tariff, battery=battery)
        sums = price_runs(selected, PACK_PRICE_MAD_KWH).sum(numeric_only=True)
        if not sums["v2g_kwh"]:
            continue
        per_kwh = sums / sums["v2g_kwh"]
        rows.append(
            {
                "Tariff": TARIFF_NAMES[tariff],
                "Battery": battery,
                "Price spread": _format_mad(selected["v2g_spread_mad_kwh"].max()),
                "Bill": _format_mad(per_kwh["v2g_bill_mad"]),
                "Change of stored energy": _format_mad(per_kwh["v2g_stored_mad"]),
                "Cyclic wear": _format_mad(-per_kwh["v2g_cyclic_mad"]),
                "Calendar wear": _format_mad(-per_kwh["v2g_calendar_mad"]),
                "Wear of putting back": _format_mad(-per_kwh["v2g_owed_wear_mad"]),
                "Unserved": _format_mad(-per_kwh["v2g_unserved_mad"]),
                "Net": _format_mad(per_kwh["net_mad"]),
            }
        )
    return format_markdown(rows)


def render_stay_table(runs: pd.DataFrame) -> str:
    """Return energy and value of V2G by stay model, as means over strategies, caps and weeks."""
    rows = []
    for tariff, name in TARIFF_NAMES.items():
        for stays, stays_name in STAY_NAMES.items():
            today = price_runs(select_runs(runs, tariff=tariff, stay_model=stays), PACK_PRICE_MAD_KWH)
            law = select_runs(today, battery=LAW_BATTERY)
            discharged_kwh = (law["v2g_kwh"] / law["fleet_size"]).mean() * WEEKS_PER_YEAR
            values = {
                f"Net, {battery}": _format_mad(select_runs(today, battery=battery)["per_year_mad"].mean(), 0)
                for battery in LAW_BATTERIES
            }
            row = {
                "Tariff": name,
                "Stays": stays_name,
                "Discharged [kWh per vehicle and year]": f"{discharged_kwh:.0f}",
            }
            rows.append(row | values)
    return format_markdown(rows)


def render_owed_table(runs: pd.DataFrame) -> str:
    """Return the net value of V2G without and with the energy owed at the end of the week."""
    rows = []
    for tariff, battery in _list_pairs(LAW_BATTERIES):
        today = price_runs(select_runs(runs, tariff=tariff, battery=battery), PACK_PRICE_MAD_KWH)
        changed = ((today["raw_net_mad"] > 0.0) != (today["net_mad"] > 0.0)).sum()
        per_year = today[["raw_net_mad", "net_mad"]].mean() / today["fleet_size"].mean() * WEEKS_PER_YEAR
        rows.append(
            {
                "Tariff": TARIFF_NAMES[tariff],
                "Battery": battery,
                "Raw [MAD per vehicle and year]": _format_mad(per_year["raw_net_mad"], 0),
                "Corrected": _format_mad(per_year["net_mad"], 0),
                "Sign changes": f"{changed} of {len(today)} runs",
            }
        )
    return format_markdown(rows)


def render_charging_table(runs: pd.DataFrame) -> str:
    """Return what each strategy saves without V2G, and what V2G adds, over a year."""
    today = price_runs(runs, PACK_PRICE_MAD_KWH)
    rows = []
    for tariff, name in TARIFF_NAMES.items():
        for strategy in sorted(set(runs["strategy"])):
            selected = select_runs(today, tariff=tariff, strategy=strategy)
            added = {
                f"V2G adds, {battery}": _format_mad(select_runs(selected, battery=battery)["per_year_mad"].mean(), 0)
                for battery in LAW_BATTERIES
            }
            saved = {"Saved without V2G": _format_mad(_compute_charging_mad(selected).mean(), 0)}
            rows.append({"Tariff": name, "Strategy": STRATEGIES[strategy].name} | saved | added)
    return format_markdown(rows)


def render_subscription_table(runs: pd.DataFrame) -> str:
    """Return the subscription that each strategy needs under MT général, its cost, and all else that it saves."""
    today, price = price_runs(select_runs(runs, tariff=DEMAND_TARIFF), PACK_PRICE_MAD_KWH), get_kva_price_mad_year()
    rows = []
    for (strategy, cap), group in compute_subscriptions(runs).groupby(["strategy", "site_cap_kw_per_vehicle"]):
        kva = group[["uncontrolled_kva", "without_kva", "with_kva"]].mean()
        selected = select_runs(today, strategy=strategy, site_cap_kw_per_vehicle=cap)
        added = {
            f"V2G adds: rest, {battery}": _format_mad(select_runs(selected, battery=battery)["per_year_mad"].mean(), 0)
            for battery in LAW_BATTERIES
        }
        rows.append(
            {
                "Strategy": STRATEGIES[str(strategy)].name,
                "Site cap": CAP_NAMES[str(cap)],
                "Uncontrolled [kVA per vehicle]": f"{kva['uncontrolled_kva']:.2f}",
                "Without V2G": f"{kva['without_kva']:.2f}",
                "With V2G": f"{kva['with_kva']:.2f}",
                "Saved without V2G: subscription [MAD per vehicle and year]": _format_mad(
                    (kva["uncontrolled_kva"] - kva["without_kva"]) * price, 0
                ),
                "Rest": _format_mad(_compute_charging_mad(selected).mean(), 0),
                "V2G adds: subscription": _format_mad((kva["without_kva"] - kva["with_kva"]) * price, 0),
            }
            | added
        )
    return format_markdown(sorted(rows, key=lambda row: row["Strategy"]))


def _format_tariff_answers(today: pd.DataFrame) -> Iterable[str]:
    for key, name in TARIFF_NAMES.items():
        parts = []
        for battery in LAW_BATTERIES:
            selected = select_runs(today, tariff=key, battery=battery)
            added = selected.groupby("strategy")["per_year_mad"].mean()
            parts.append(f"{battery}: {_count(selected, 'worth')}, V2G adds {_format_span(added)}")
        saved = _compute_charging_mad(select_runs(today, tariff=key)).groupby("strategy").mean()
        yield (
            f"- **{name}**: without V2G the strategies save {_format_span(saved)} MAD per vehicle and year against "
            f"uncontrolled charging. {'; '.join(parts)}."
        )


def _compute_charging_mad(runs: pd.DataFrame) -> pd.Series:
    """Return what each run saves without V2G against uncontrolled charging, by strategy, per vehicle and year [MAD]."""
    law = select_runs(runs, battery=LAW_BATTERY).set_index("strategy")
    saved_mad = law["total_mad_saved_vs_uncontrolled"] - law["v2g_net_mad"]
    return saved_mad / law["fleet_size"] * WEEKS_PER_YEAR


def _format_stay_answer(today: pd.DataFrame) -> str:
    years = average_seasons(today, ["net_mad", "v2g_kwh"])
    years = years[years["v2g_kwh"] > 0.0]
    inputs = [name for name in (*CASE_COLUMNS, "battery") if name not in {"start", "stay_model"}]
    signs = (years["net_mad"] > 0.0).groupby([years[name] for name in inputs]).nunique()
    return (
        f"The model of the stays decides the sign of the year in {(signs > 1).sum()} of {len(signs)} cases (tariff, "
        "strategy, site cap, battery)."
    )


def _format_subscription_answer(today: pd.DataFrame) -> str:
    cases, price = compute_subscriptions(today), get_kva_price_mad_year()
    managed = (cases["uncontrolled_kva"] - cases["without_kva"]) * price
    added = (cases["without_kva"] - cases["with_kva"]) * price
    return (
        f"Under MT général, where a kVA costs {price:.2f} MAD a year, a strategy without V2G saves "
        f"{_format_span(managed)} MAD per vehicle and year on the subscription that uncontrolled charging needs; V2G "
        f"adds {_format_span(added)}."
    )


def _list_pairs(batteries: Iterable[str] = BATTERIES) -> list[tuple[str, str]]:
    return [(tariff, battery) for tariff in TARIFF_NAMES for battery in batteries]


def _count(runs: pd.DataFrame, name: str) -> str:
    return f"{runs[name].sum()} of {len(runs)} runs"


def _name_cycles(runs: pd.DataFrame, battery: str) -> str:
    selected = select_runs(runs, battery=battery)
    return f"{battery} ({_format_cycles(selected)} full cycles)" if battery in LAW_BATTERIES else battery


def _format_cycles(runs: pd.DataFrame) -> str:
    return f"{runs['cycle_life'].mean():,.0f}"


def _format_range(runs: pd.DataFrame) -> str:
    prices = runs["breakeven_pack_mad_kwh"].dropna()
    if prices.empty:
        return "only by less ageing" if runs["v2g_kwh"].sum() > 0.0 else "no V2G"
    if not prices.max() > 0.0:
        return "none"
    return "any" if np.isinf(prices.min()) else f"{max(prices.min(), 0.0):,.0f} to {_format_price(prices.max())}"


def _format_price(price: float) -> str:
    return "any" if np.isinf(price) else f"{price:,.0f}"


def _format_span(values: pd.Series) -> str:
    return f"{_format_mad(values.min(), 0)} to {_format_mad(values.max(), 0)}"


def _format_mad(value: float, digits: int = 2) -> str:
    # A value that rounds to zero has no sign.
    text = f"{value:+,.{digits}f}"
    return text if text.strip("+-0.,") else text.lstrip("+-")
