"""KPIs: the table that declares every KPI of a run, and those that follow from the series alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from ev2gym_dashboard.core.series_totals import SeriesByName, SeriesTotals, total_series

LOWER_IS_BETTER: Final = "small"
HIGHER_IS_BETTER: Final = "large"
NEITHER_IS_BETTER: Final = ""


class Aggregation(Enum):
    """Rule that gives the KPI of several sites; over seeds, every KPI is averaged.

    ``SUM`` adds the sites up, ``MEAN`` averages them by a weight, ``RECOMPUTED`` applies `compute_kpis` to the summed
    series, and ``PEAK`` does so too, but its savings compare the peaks of summed series instead of adding up.
    """

    SUM = "sum"
    MEAN = "mean"
    RECOMPUTED = "recomputed"
    PEAK = "peak"


@dataclass(frozen=True)
class Kpi:
    """Declaration of a KPI.

    Parameters
    ----------
    unit : as on the page; empty for counts and shares
    aggregation : rule over sites
    label : msgid; KPIs with a label are shown in a notebook
    better : `LOWER_IS_BETTER`, `HIGHER_IS_BETTER` or `NEITHER_IS_BETTER`
    needs_hourly_co2 : whether ``better`` holds only if the CO2 factor depends on the time: under a constant one, a
        difference comes from losses and stored energy alone
    weight : of a ``MEAN``: quantity of the site that weights it, a key of `SITE_WEIGHTS`
    column : of a ``PEAK``: column of the series whose maximum it is
    share : whether it is a share from 0 to 1, shown in percent
    compared : whether it is a column of the comparison
    headline : whether the comparison's table on the page shows it
    saving : whether its difference to the counterfactuals is a KPI too
    owed : KPI that is added to it in every difference: its share in the energy that the batteries owe at the end
    settled : whether it contains that share already
    """

    unit: str
    aggregation: Aggregation
    label: str = ""
    better: str = NEITHER_IS_BETTER
    needs_hourly_co2: bool = False
    weight: str = ""
    column: str = ""
    share: bool = False
    compared: bool = False
    headline: bool = False
    saving: bool = False
    owed: str = ""
    settled: bool = False

    def choose_better(self, *, co2_varies: bool) -> str:
        """Return which direction is better in scenarios whose CO2 factor depends on the time, or does not."""
        return NEITHER_IS_BETTER if self.needs_hourly_co2 and not co2_varies else self.better


_SUM, _MEAN, _RECOMPUTED, _PEAK = Aggregation.SUM, Aggregation.MEAN, Aggregation.RECOMPUTED, Aggregation.PEAK
_LOWER, _HIGHER, _NEITHER = LOWER_IS_BETTER, HIGHER_IS_BETTER, NEITHER_IS_BETTER

# One order serves the comparison's columns, the page's table and the savings.
KPIS: dict[str, Kpi] = {
    "total_mad": Kpi("MAD", _SUM, "Total cost", _LOWER, compared=True, headline=True, saving=True, settled=True),
    "raw_total_mad": Kpi("MAD", _SUM, "Total cost without owed energy", compared=True, saving=True),
    "cost_mad": Kpi("MAD", _SUM, "Bill", _LOWER, compared=True, headline=True, saving=True, owed="owed_mad"),
    "ev_cost_mad": Kpi("MAD", _SUM, "Part of the bill for EVs", _LOWER, compared=True),
    "base_cost_mad": Kpi("MAD", _SUM, "Bill of the site without EVs"),
    "wear_mad": Kpi(
        "MAD", _SUM, "Battery wear", _LOWER, compared=True, headline=True, saving=True, owed="owed_wear_mad"
    ),
    "owed_mad": Kpi("MAD", _SUM, "Purchase of owed energy", compared=True, headline=True),
    "owed_wear_mad": Kpi("MAD", _SUM, "Wear of charging owed energy", compared=True),
    "owed_kwh": Kpi("kWh", _SUM, "Energy owed at the end", compared=True),
    "owed_import_kwh": Kpi("kWh", _SUM, "Import of owed energy", compared=True),
    "owed_co2_kg": Kpi("kg", _SUM, "CO2 of owed energy", compared=True),
    "unserved_mad": Kpi("MAD", _SUM, "Price of unserved energy", _LOWER, compared=True, headline=True, saving=True),
    "plug_in_bonus_mad": Kpi("MAD", _SUM, "Plug-in bonus", _HIGHER, compared=True),
    "service_mad": Kpi("MAD", _SUM, "Service payment", _HIGHER, compared=True),
    "offered_kwh": Kpi("kWh", _SUM, "V2G power offered, times hours", compared=True),
    "v2g_net_mad": Kpi("MAD", _SUM, "Net value of V2G", _HIGHER, compared=True, headline=True, settled=True),
    "v2g_npv_mad": Kpi("MAD", _SUM, "Net present value of bidirectional EVSEs", _HIGHER, compared=True),
    "total_mad_year": Kpi("MAD", _SUM, "Yearly cost with the investment", _LOWER, compared=True),
    "evse_capex_mad": Kpi("MAD", _SUM, "Price of the EVSEs"),
    "bidirectional_capex_mad": Kpi("MAD", _SUM, "Additional price of bidirectional EVSEs"),
    "connection_capex_mad": Kpi("MAD", _SUM, "Price of the connection"),
    "v2g_bill_mad": Kpi("MAD", _SUM, "V2G: savings on the bill", compared=True),
    "v2g_stored_mad": Kpi("MAD", _SUM, "V2G: change of stored energy", compared=True),
    "v2g_wear_mad": Kpi("MAD", _SUM, "V2G: battery wear", compared=True),
    "v2g_owed_wear_mad": Kpi("MAD", _SUM, "V2G: wear of charging owed energy", compared=True),
    "v2g_unserved_mad": Kpi("MAD", _SUM, "V2G: price of unserved energy", compared=True),
    "v2g_service_mad": Kpi("MAD", _SUM, "V2G: service payment", compared=True),
    "peak_kw": Kpi("kW", _PEAK, "Fleet peak", _LOWER, column="net_power_kw", compared=True, saving=True),
    "site_peak_kw": Kpi(
        "kW", _PEAK, "Peak at the meter", _LOWER, column="net_load_kw", compared=True, headline=True, saving=True
    ),
    # 0 without a cap; the caps of several sites add up, as each site keeps its own.
    "site_cap_kw": Kpi("kW", _SUM, "Site cap", compared=True),
    # Each site has a connection of its own, and its own rebound at its own time.
    "needed_connection_kva": Kpi("kVA", _SUM, "Needed connection", _LOWER, compared=True, headline=True),
    "rebound_kw": Kpi("kW", _SUM, "Rebound after V2G", _LOWER, compared=True),
    "import_kwh": Kpi("kWh", _RECOMPUTED, "Imported", _LOWER, compared=True, saving=True, owed="owed_import_kwh"),
    "export_kwh": Kpi("kWh", _RECOMPUTED, "Exported", compared=True),
    "co2_kg": Kpi(
        "kg",
        _SUM,
        "CO2",
        _LOWER,
        needs_hourly_co2=True,
        compared=True,
        headline=True,
        saving=True,
        owed="owed_co2_kg",
    ),
    "calendar_mad": Kpi("MAD", _SUM, "Calendar wear", _LOWER, compared=True),
    "cyclic_mad": Kpi("MAD", _SUM, "Cyclic wear", _LOWER, compared=True),
    "g2v_kwh": Kpi("kWh", _RECOMPUTED, "G2V", compared=True),
    "v2g_kwh": Kpi("kWh", _RECOMPUTED, "V2G", compared=True),
    "loss_kwh": Kpi("kWh", _RECOMPUTED, "Losses", _LOWER, compared=True),
    "unserved_kwh": Kpi("kWh", _RECOMPUTED, "Unserved", _LOWER, compared=True, saving=True),
    "n_departures": Kpi("", _RECOMPUTED, "Departures", compared=True),
    "share_at_target": Kpi("", _RECOMPUTED, "Departures at target", _HIGHER, share=True, compared=True),
    "excess_mad": Kpi("MAD", _SUM, "Charge for excess power", _LOWER, compared=True),
    "metered_peak_kva": Kpi("kVA", _PEAK, "Metered peak", _LOWER, column="metered_kva", compared=True),
    # Each site has its own meter and subscription, so that these add up although the peaks do not.
    "needed_subscription_kva": Kpi(
        "kVA", _SUM, "Needed subscription", _LOWER, compared=True, headline=True, saving=True
    ),
    "subscription_mad_year": Kpi(
        "MAD", _SUM, "Yearly cost of the needed subscription", _LOWER, compared=True, headline=True, saving=True
    ),
    "subscription_kva": Kpi("kVA", _SUM, "Subscribed power"),
    "soc_mean": Kpi("", _RECOMPUTED, "Mean SOC at the end", share=True),
    "charge_loss_kwh": Kpi("kWh", _RECOMPUTED),
    "discharge_loss_kwh": Kpi("kWh", _RECOMPUTED),
    "valley_kw": Kpi("kW", _RECOMPUTED),
    "overload_kwh": Kpi("kWh", _RECOMPUTED),
    "overload_kw": Kpi("kW", _RECOMPUTED),
    "curtailed_kwh": Kpi("kWh", _RECOMPUTED, "PV curtailed", _LOWER, compared=True),
    "site_valley_kw": Kpi("kW", _RECOMPUTED),
    "load_factor": Kpi("", _RECOMPUTED, share=True),
    # Solar power that one site exports is not used by another, so that the sum of the series would overrate it.
    "self_consumption": Kpi("", _MEAN, weight="solar_power", share=True),
    "surplus_kwh": Kpi("kWh", _SUM, "PV surplus"),
    "ev_surplus_share": Kpi("", _MEAN, "EV energy from surplus", _HIGHER, weight="g2v_kwh", share=True, compared=True),
    "driven_kwh": Kpi("kWh", _RECOMPUTED),
    "import_cost_mad": Kpi("MAD", _SUM),
    "export_credit_mad": Kpi("MAD", _SUM),
    "fixed_mad": Kpi("MAD", _SUM),
    "calendar_loss": Kpi("", _MEAN, weight="fleet_size", share=True),
    "cyclic_loss": Kpi("", _MEAN, weight="fleet_size", share=True),
    "cycled_kwh": Kpi("kWh", _SUM),
    "wear_mad_kwh": Kpi("MAD/kWh", _MEAN, weight="cycled_kwh"),
    # Weighted by the lost capacity, so that it remains the pack price over the wear per cycled kWh.
    "cycle_life": Kpi("", _MEAN, "Full cycles to the end of life", weight="cyclic_loss"),
    "v2g_calendar_mad": Kpi("MAD", _SUM),
    "v2g_cyclic_mad": Kpi("MAD", _SUM),
    "v2g_loss_mad": Kpi("MAD", _SUM),
    "v2g_cycled_kwh": Kpi("kWh", _SUM),
    "v2g_spread_mad_kwh": Kpi("MAD/kWh", _MEAN, weight="fleet_size"),
    "v2g_breakeven_mad_kwh": Kpi("MAD/kWh", _MEAN, weight="v2g_kwh"),
    "event_response_kwh": Kpi("kWh", _SUM),
    "event_rebound_kwh": Kpi("kWh", _SUM),
    # Each site follows its own part of the schedule.
    "schedule_error_kwh": Kpi("kWh", _SUM, "Deviation from the schedule", _LOWER, compared=True),
    "schedule_rms_kw": Kpi("kW", _SUM, "Deviation from the schedule, root mean square", _LOWER, compared=True),
    "schedule_mad": Kpi("MAD", _SUM, "Settlement of the schedule", _LOWER, compared=True),
    "schedule_response_kwh": Kpi("kWh", _SUM),
    "schedule_rebound_kwh": Kpi("kWh", _SUM),
}
"""Every KPI of a run by name; its savings have the suffix of `SAVING_INFIX` and a counterfactual's name."""

SAVING_INFIX: Final = "_saved_vs_"
RAW_PREFIX: Final = "raw_"
"""Prefix of a saving without the energy owed at the end, of the KPIs that declare ``owed``."""


def find_kpi(name: str) -> Kpi:
    """Return the declaration of a KPI; of a saving, that of the KPI whose difference it is.

    Raises
    ------
    LookupError
        If `KPIS` has no such entry.
    """
    base, is_saving, _ = name.partition(SAVING_INFIX)
    kpi = KPIS.get(base)
    if kpi is None and is_saving and base.startswith(RAW_PREFIX):
        kpi = KPIS.get(base.removeprefix(RAW_PREFIX))
        # Without owed energy there is nothing to correct, and no raw saving beside the corrected one.
        kpi = kpi if kpi and kpi.owed else None
    if kpi is None or (is_saving and not kpi.saving):
        raise LookupError(f"the KPI {name!r} has no entry in ev2gym_dashboard.core.kpis.KPIS")
    return kpi


def add_owed(kpis: Mapping[str, float], name: str) -> float:
    """Return a KPI of a run with its share in the energy owed at the end, as differences between runs count it."""
    owed = KPIS[name].owed
    return kpis[name] + kpis[owed] if owed else kpis[name]


def compute_kpis(series: SeriesByName, *, timestep_h: float) -> dict[str, float]:
    """Compute the KPIs that follow from the series, by name with the unit as suffix.

    Parameters
    ----------
    series : columns of `FLEET_COLUMNS`, each (steps,)
    timestep_h : length of a step [h]

    Returns
    -------
    ``g2v_kwh``, ``v2g_kwh`` : energy through the EVSEs, both >= 0; ``loss_kwh`` : losses in both directions
    ``peak_kw``, ``valley_kw`` : largest and smallest net power
    ``import_kwh``, ``export_kwh`` : energy through the meter, both >= 0; ``overload_kwh`` : energy above the limit
    ``site_peak_kw``, ``site_valley_kw`` : largest and smallest net load at the meter; ``load_factor`` : its mean over
    its peak; ``self_consumption`` : share of the solar energy that the site uses itself, 1 without solar energy
    ``surplus_kwh`` : solar energy above the load without EVs, step by step
    ``curtailed_kwh`` : solar energy that the connection could not export
    ``ev_surplus_share`` : share of ``g2v_kwh`` that was charged from the surplus, step by step; 0 without charging
    ``driven_kwh``, ``n_departures``, ``unserved_kwh`` : sums; ``share_at_target`` : share of the departures, 1 without
    departures
    ``soc_mean`` : at the end; 0 before the first step
    """
    return derive_kpis(total_series(series), timestep_h=timestep_h)


def derive_kpis(totals: SeriesTotals, *, timestep_h: float) -> dict[str, float]:
    """Return the KPIs of `compute_kpis` from the totals of the series."""
    sums, n_departures = totals.sums, totals.sums["n_departures"]
    return {
        "g2v_kwh": sums["g2v_kw"] * timestep_h,
        "v2g_kwh": sums["v2g_kw"] * timestep_h,
        "charge_loss_kwh": sums["charge_loss_kw"] * timestep_h,
        "discharge_loss_kwh": sums["discharge_loss_kw"] * timestep_h,
        "loss_kwh": sums["loss_kw"] * timestep_h,
        "peak_kw": totals.highest["net_power_kw"],
        "valley_kw": totals.lowest["net_power_kw"],
        **_derive_site_kpis(totals, timestep_h),
        "driven_kwh": sums["driven_kwh"],
        "n_departures": n_departures,
        "share_at_target": sums["n_at_target"] / n_departures if n_departures else 1.0,
        "unserved_kwh": sums["unserved_kwh"],
        "soc_mean": totals.soc_mean,
    }


def _derive_site_kpis(totals: SeriesTotals, timestep_h: float) -> dict[str, float]:
    sums, peak_kw = totals.sums, totals.highest["net_load_kw"]
    solar_kwh, unused_solar_kwh = sums["solar_kw"] * timestep_h, sums["unused_solar_kw"] * timestep_h
    return {
        "import_kwh": sums["import_kw"] * timestep_h,
        "export_kwh": sums["export_kw"] * timestep_h,
        "overload_kwh": sums["overload_kw"] * timestep_h,
        "overload_kw": totals.highest["overload_kw"],
        "site_peak_kw": peak_kw,
        "site_valley_kw": totals.lowest["net_load_kw"],
        "load_factor": sums["net_load_kw"] / totals.n_steps / peak_kw if peak_kw > 0.0 else 0.0,
        "self_consumption": 1.0 - unused_solar_kwh / solar_kwh if solar_kwh > 0.0 else 1.0,
        "curtailed_kwh": sums["curtailed_kw"] * timestep_h,
        "surplus_kwh": sums["surplus_kw"] * timestep_h,
        "ev_surplus_share": sums["ev_surplus_kw"] / sums["g2v_kw"] if sums["g2v_kw"] > 0.0 else 0.0,
    }
