"""Value of V2G: savings on the bill less battery wear, and the reason for its sign under the tariff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import add
from typing import NamedTuple

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.settlement import compute_charging_price, compute_v2g_saving_mad_h
from ev2gym_dashboard.service.simulation.end_settlement import compute_owed_rates, is_open
from ev2gym_dashboard.service.simulation.simulation import Simulation

VALUE_VERDICTS = {
    "open": "Too early to judge V2G: the energy that the batteries owe is worth more than a tenth of its net value.",
    "worth": "V2G is profitable under this tariff: its savings on the bill exceed its losses and battery wear.",
    "paid": "V2G is profitable by its service payment alone: its savings on the bill do not cover its losses and wear.",
    "not_used": "V2G has no value here: the strategy never requested it, or no vehicle could discharge.",
    "no_spread": "V2G is not profitable under this tariff: the price spread is below the cost of storing a kWh "
    "and feeding it back.",
    "wear": "V2G is not profitable under this tariff: it saves on the bill, but its battery wear costs more.",
    "bill": "V2G is not profitable under this tariff: its losses and timing cancel its savings on the bill.",
}
"""Sentences (msgids) by verdict."""


@dataclass(frozen=True)
class V2gValue:
    """The value of V2G since the start of a run, against the same strategy without V2G.

    Parameters
    ----------
    bill_mad : saving on the bill, without the change of the stored energy [MAD]
    stored_mad : value of the additional energy in the batteries (negative if there is less), at `OwedRates` [MAD]
    wear_mad : additional battery wear in the run, calendar_mad + cyclic_mad [MAD]
    calendar_mad : additional calendar wear; V2G lowers the mean SOC, and with it this wear [MAD]
    cyclic_mad : additional cyclic wear [MAD]
    owed_wear_mad : wear of charging what the batteries hold less (negative if they hold more) [MAD]
    unserved_mad : price of the additional energy missing at departures [MAD]
    service_mad : service payment for the V2G power offered [MAD]
    net_mad : bill_mad + stored_mad - wear_mad - owed_wear_mad - unserved_mad + service_mad [MAD]
    loss_mad : cost of the additional losses, contained in the bill [MAD]
    cycled_kwh : additional energy cycled through the batteries [kWh]
    v2g_kwh : energy discharged at the EVSEs [kWh]
    spread_mad_kwh : mean of what a discharged kWh saved, the price of import, or earned, the price of export beyond the
        site's load, less the lowest cost of a charged kWh so far; before any V2G, the highest price less that cost. Not
        above 0 under tiers without a surplus, as their price does not depend on the hour [MAD/kWh]
    breakeven_mad_kwh : spread at which a discharged kWh pays for its losses and its wear [MAD/kWh]
    per_model_mad : net_mad by model, which adds up to it, at the prices of `compute_ev_prices`; what V2G changes on the
        bill otherwise, such as the month's price under tiers, and the service payment are shared in proportion to the
        vehicles
    verdict : key of `VALUE_VERDICTS`
    """

    bill_mad: float
    stored_mad: float
    wear_mad: float
    calendar_mad: float
    cyclic_mad: float
    owed_wear_mad: float
    unserved_mad: float
    service_mad: float
    net_mad: float
    loss_mad: float
    cycled_kwh: float
    v2g_kwh: float
    spread_mad_kwh: float
    breakeven_mad_kwh: float
    per_model_mad: Floats
    verdict: str


def compute_v2g_value(run: Simulation, without_v2g: Simulation) -> V2gValue:
    """Compare a run with the same run without V2G, on the same arrivals."""
    run_kpis, baseline_kpis = run.kpis, without_v2g.kpis
    low_mad_kwh, (marginal_low_mad_kwh, spread_mad_kwh) = _find_low_price(run), _compute_spread(run)
    added = {name: run_kpis[name] - baseline_kpis[name] for name in _ADDED_KPIS}
    bill_mad, stored_mad, owed_wear_mad = -added["cost_mad"], -added["owed_mad"], added["owed_wear_mad"]
    service_mad = added["service_mad"]
    net_mad = bill_mad + stored_mad - added["wear_mad"] - owed_wear_mad - added["unserved_mad"] + service_mad
    breakeven_mad_kwh = _compute_breakeven(run_kpis, marginal_low_mad_kwh, added["wear_mad"])
    v2g_kwh = run_kpis["v2g_kwh"]
    return V2gValue(
        bill_mad=bill_mad,
        stored_mad=stored_mad,
        wear_mad=added["wear_mad"],
        calendar_mad=added["calendar_mad"],
        cyclic_mad=added["cyclic_mad"],
        owed_wear_mad=owed_wear_mad,
        unserved_mad=added["unserved_mad"],
        service_mad=service_mad,
        net_mad=net_mad,
        loss_mad=added["loss_kwh"] * low_mad_kwh,
        cycled_kwh=added["cycled_kwh"],
        v2g_kwh=v2g_kwh,
        spread_mad_kwh=spread_mad_kwh,
        breakeven_mad_kwh=breakeven_mad_kwh,
        per_model_mad=_compute_net_by_model(run, without_v2g, bill_mad + service_mad),
        verdict="open"
        if is_open(stored_mad - owed_wear_mad, net_mad)
        else "paid"
        if net_mad > 0.0 >= net_mad - service_mad
        else _choose_verdict(v2g_kwh, net_mad, bill_mad + stored_mad, spread_mad_kwh, breakeven_mad_kwh),
    )


def list_value_kpis(value: V2gValue) -> dict[str, float]:
    """Return the parts of the value that are KPIs, with ``v2g_`` before their names."""
    return {f"v2g_{name}": getattr(value, name) for name in _VALUE_KPIS}


_VALUE_KPIS = (
    "bill_mad",
    "stored_mad",
    "wear_mad",
    "calendar_mad",
    "cyclic_mad",
    "owed_wear_mad",
    "unserved_mad",
    "service_mad",
    "net_mad",
    "loss_mad",
    "cycled_kwh",
    "spread_mad_kwh",
    "breakeven_mad_kwh",
)
_ADDED_KPIS = (
    "cost_mad",
    "owed_mad",
    "wear_mad",
    "calendar_mad",
    "cyclic_mad",
    "owed_wear_mad",
    "unserved_mad",
    "service_mad",
    "loss_kwh",
    "cycled_kwh",
)


def _compute_net_by_model(run: Simulation, without_v2g: Simulation, earned_mad: float) -> Floats:
    """Return the net value by model, (models,) [MAD]."""
    rates = compute_owed_rates(run.engine)
    stored_kwh = _compute_stored_kwh(run) - _compute_stored_kwh(without_v2g)
    unserved_kwh = run.model_totals.unserved_kwh - without_v2g.model_totals.unserved_kwh
    net_mad: Floats = (
        _compute_earned_by_model(run, without_v2g, earned_mad)
        + stored_kwh * (rates.energy_mad + rates.wear_mad)
        - (_compute_wear_mad(run) - _compute_wear_mad(without_v2g))
        - unserved_kwh * run.scenario.unserved_mad_kwh
    )
    return net_mad


def _find_low_price(run: Simulation) -> float:
    """Return the lowest price of the bill so far [MAD/kWh]."""
    # Before the first step there is no price yet.
    if not run.step:
        return 0.0
    billed_mad_kwh = run.billed_prices_mad_kwh
    return run.fold_bill("low_price", lambda first, end: float(billed_mad_kwh[first:end].min(initial=np.inf)), min)


def _compute_spread(run: Simulation) -> tuple[float, float]:
    """Return the lowest cost of a charged kWh so far, and how far the value of a discharged one is above it."""
    # Before the first step there is no price yet.
    if not run.step:
        return 0.0, 0.0
    # The prices of the steps: those of the bill differ between months under tiers, which V2G cannot use.
    totals = run.fold("spread", lambda first, end: _total_prices(run.select(first, end)), _PriceTotals.join)
    high_mad_kwh = totals.earned_mad_h / totals.v2g_kw if totals.v2g_kw > 0.0 else totals.high_mad_kwh
    return totals.low_mad_kwh, high_mad_kwh - totals.low_mad_kwh


class _PriceTotals(NamedTuple):
    """Sums of V2G and of what it earns, and extremes of the prices, over a span of steps."""

    v2g_kw: float
    earned_mad_h: float
    low_mad_kwh: float
    high_mad_kwh: float

    def join(self, later: _PriceTotals) -> _PriceTotals:
        return _PriceTotals(
            self.v2g_kw + later.v2g_kw,
            self.earned_mad_h + later.earned_mad_h,
            min(self.low_mad_kwh, later.low_mad_kwh),
            max(self.high_mad_kwh, later.high_mad_kwh),
        )


def _total_prices(series: Mapping[str, Floats]) -> _PriceTotals:
    return _PriceTotals(
        sum(series["v2g_kw"].tolist()),
        float(compute_v2g_saving_mad_h(series).sum()),
        float(compute_charging_price(series).min(initial=np.inf)),
        float(series["price_mad_kwh"].max(initial=-np.inf)),
    )


def _compute_earned_by_model(run: Simulation, without_v2g: Simulation, earned_mad: float) -> Floats:
    """Return the saving on the bill and the service payment by model, (models,) [MAD]."""
    saved_mad = without_v2g.model_totals.energy_cost_mad - run.model_totals.energy_cost_mad
    # Not the sum of the models: that they add up to what the meter has saved is what a test checks.
    other_mad = earned_mad - _compute_energy_bill(without_v2g) + _compute_energy_bill(run)
    counts = run.fleet.counts
    shared: Floats = saved_mad + other_mad * counts / counts.sum()
    return shared


def _compute_energy_bill(simulation: Simulation) -> float:
    """Return the cost of the energy at the meter so far, at the prices of the steps [MAD]."""

    def reduce(first: int, end: int) -> float:
        series = simulation.select(first, end)
        return float(series["import_kw"] @ series["price_mad_kwh"] - series["export_kw"] @ series["export_mad_kwh"])

    bill_mad_h: float = simulation.fold("energy_bill", reduce, add)
    return bill_mad_h * simulation.scenario.timestep_h


def _choose_verdict(
    v2g_kwh: float, net_mad: float, saved_mad: float, spread_mad_kwh: float, breakeven_mad_kwh: float
) -> str:
    if v2g_kwh <= 0.0:
        return "not_used"
    if net_mad > 0.0:
        return "worth"
    if spread_mad_kwh < breakeven_mad_kwh:
        return "no_spread"
    return "wear" if saved_mad > 0.0 else "bill"


def _compute_breakeven(kpis: dict[str, float], low_mad_kwh: float, wear_mad: float) -> float:
    """Return the spread at which a discharged kWh pays [MAD/kWh].

    Notes
    -----
    A discharged kWh takes 1 / round-trip efficiency kWh, bought at the low price, and its share of the wear.
    """
    if kpis["v2g_kwh"] <= 0.0:
        return 0.0
    discharge_efficiency = kpis["v2g_kwh"] / (kpis["v2g_kwh"] + kpis["discharge_loss_kwh"])
    round_trip = _compute_charge_efficiency(kpis) * discharge_efficiency
    return low_mad_kwh * (1.0 / round_trip - 1.0) + wear_mad / kpis["v2g_kwh"]


def _compute_charge_efficiency(kpis: dict[str, float]) -> float:
    return 1.0 - kpis["charge_loss_kwh"] / kpis["g2v_kwh"] if kpis["g2v_kwh"] > 0.0 else 1.0


def _compute_stored_kwh(simulation: Simulation) -> Floats:
    fleet = simulation.fleet
    return fleet.sum_by_model(simulation.state.soc) * fleet.capacity_kwh


def _compute_wear_mad(simulation: Simulation) -> Floats:
    return np.asarray(simulation.fleet.sum_by_model(simulation.wear.cost_mad))
